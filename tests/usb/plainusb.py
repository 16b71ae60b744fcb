"""USB devices of the tests' own in this machine's kernel, beside those of the simulated bench: no box knows of them."""

import asyncio
import itertools
import threading
from types import SimpleNamespace

import usbsystem

from lager_drivers.simulated import usb_descriptors as usb
from lager_drivers.simulated.places import UsbPlace, address_of
from lager_drivers.simulated.usbip import Bus
from lager_drivers.simulated.usbtmc import BULK_IN, BULK_OUT, PACKET, Stall, TmcDevice

_VENDOR_SPECIFIC = (0xFF, 0, 0)
_NUMBERS = itertools.count(100)


class VendorDevice(TmcDevice):
    """The USB side of what is spoken to by its maker's own library: one interface of no class, two bulk endpoints."""

    @staticmethod
    def _configuration_descriptor():
        body = usb.INTERFACE.pack(0, 0, 2, *_VENDOR_SPECIFIC, 0)
        body += usb.ENDPOINT.pack(BULK_OUT, 2, PACKET, 0)
        body += usb.ENDPOINT.pack(BULK_IN, 2, PACKET, 0)
        return usb.CONFIGURATION.pack(usb.CONFIGURATION.size + len(body), 1, 1, 0, 0x80, 250) + body

    def _class(self, request, value):
        raise Stall

    def bulk_out(self, data):
        """Take it; nothing of it is understood."""


def labjack(serial):
    """What a LabJack T7 is on USB."""
    return 0x0CD5, 0x0007, ("LabJack", "LabJack T7", serial)


class Plugged:
    """A device that is in the kernel until the `with` block ends.

    Args:
        vendor: Its vendor.
        product: Its product.
        strings: Manufacturer, product, serial number.
    """

    def __init__(self, vendor, product, strings):
        instrument = SimpleNamespace(vendor=vendor, product=product, strings=strings, handle=lambda line: None)
        bus = Bus([instrument])
        (port,) = bus.ports.values()
        port.device, port.number = VendorDevice(instrument), next(_NUMBERS)
        self.address, self.serial = address_of(port), strings[2]
        self._bus, self._place = bus, UsbPlace(strings[1], bus, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=strings[1], daemon=True)

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._plug(), self._loop).result(10)
        usbsystem.until(lambda: usbsystem.find(self.serial), f"{self.serial} is in the kernel")
        usbsystem.settle()
        return self

    async def _plug(self):
        await self._bus.listen()  # a bus that is shut drops who joins
        await self._place.into_kernel()

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._bus.close(), self._loop).result(10)
        usbsystem.until(lambda: not usbsystem.find(self.serial), f"{self.serial} has left the kernel")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def device(self):
        return usbsystem.find(self.serial)
