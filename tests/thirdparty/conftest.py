"""Simulators, as drivers that somebody else wrote meet them: on a raw SCPI socket, or on USB over USB/IP.

The simulators are written from the manuals; so were these drivers, by others. Where the two disagree, the manual
decides, and the test says which page.
"""

import asyncio
import threading

import pytest

from lager_drivers.simulated.scpi_socket import ScpiSocket
from lager_drivers.simulated.usbip import Bus
from lager_hwservice.transports import usbip


class Servers:
    """Servers in an event loop of their own, in a thread, until closed."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._open = []

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    def socket(self, instrument):
        """Serve it on a raw socket; give the TCP port."""
        return self._serve(ScpiSocket(instrument))

    def usb(self, instrument):
        """Plug it into a USB; give its VISA address, which pyvisa-py finds in this process from now on."""
        port = self._serve(Bus([instrument]))
        usbip.install([f"usbip://127.0.0.1:{port}"])
        vendor, product, serial = instrument.vendor, instrument.product, instrument.strings[2]
        return f"USB0::0x{vendor:04X}::0x{product:04X}::{serial}::INSTR"

    def serve(self, server):
        """Serve with any server of the simulated bench; give the TCP port."""
        return self._serve(server)

    def _serve(self, server):
        port = self.do(server.listen())
        self._open.append(server)
        return port

    def close(self):
        for server in self._open:
            self.do(server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def servers():
    found = Servers()
    yield found
    found.close()
