"""The simulated bench's USB: ports with USB-TMC devices in them, served over USB/IP on this machine's loopback.

Like a real bus: whoever imports a device holds it alone until the connection ends, and a device that is pulled out and
plugged in again comes back under a new number. What goes wrong is decided at the port (`usbport.py`), never in the
instrument. Everything runs in one event loop; from another thread, ask with `call_soon_threadsafe`.

USB/IP knows no authentication: the bus listens on loopback and nowhere else.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
from collections.abc import Callable, Iterable
from typing import cast

from lager_drivers.simulated import usbip_protocol as protocol
from lager_drivers.simulated.loopback import LoopbackServer
from lager_drivers.simulated.usbport import Port
from lager_drivers.simulated.usbtmc import INTERFACE_CLASS, Instrument, Stall, TmcDevice

_BULK_IN, _INTERRUPT_IN = 2, 3  # endpoint numbers, without the direction bit


class Bus(LoopbackServer):
    """All ports, and the server through which they are reached.

    Args:
        instruments: What is plugged in, from port 1 on.
        on_use: Called at each transfer.
    """

    def __init__(self, instruments: Iterable[Instrument], on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        numbers = itertools.count(2)  # 1 is the root hub
        ports = [Port(f"1-{place}", instrument, numbers) for place, instrument in enumerate(instruments, 1)]
        self.ports = {port.bus_id: port for port in ports}
        self.on_use = on_use

    def port_of(self, serial: str) -> Port:
        """Find the port of the instrument with this serial number; KeyError where there is none."""
        for port in self.ports.values():
            if port.device.instrument.strings[2] == serial:
                return port
        raise KeyError(serial)

    def serve(self) -> Connection:
        """Make what serves one client."""
        return Connection(self)

    async def lend(self, port: Port, link: socket.socket) -> None:
        """Serve a device over a connection that needs no import any more: its other end has the device from now on."""
        link.setblocking(False)
        await asyncio.get_running_loop().create_connection(lambda: Connection(self, port), sock=link)


class Connection(asyncio.Protocol):
    """One client: it asks for the list, or imports a device and then sends its transfers.

    Args:
        bus: What it asks.
        port: Where the device is that it has already.
    """

    def __init__(self, bus: Bus, port: Port | None = None) -> None:
        self._bus = bus
        self._buffer = bytearray()
        self._port = port
        self._waiting: dict[int, protocol.Submit] = {}  # transfers towards the host, by sequence number

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        self._transport = cast(asyncio.Transport, transport)
        self._bus.joined(self)
        if self._port is not None:
            self._port.importer = self

    def connection_lost(self, _exc: Exception | None) -> None:
        """End; the device is free again."""
        self._let_go()
        self._bus.left(self)

    def eof_received(self) -> None:
        """Free the device before the client hears that the connection is closed: it may import again at once."""
        self._let_go()

    def close(self) -> None:
        """Send what is due, and end the connection."""
        self._let_go()
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._let_go()
        self._transport.abort()

    def _let_go(self) -> None:
        self._waiting.clear()
        if self._port is not None and self._port.importer is self:
            self._port.importer = None
        self._port = None

    def data_received(self, data: bytes) -> None:
        """Act on all that is complete."""
        self._buffer += data
        try:
            if self._port is None:
                self._operation()
            else:
                self._transfers()
        except protocol.ProtocolError:
            self.close()

    # The list, and the import -----------------------------------------------------------------------------------------

    def _operation(self) -> None:
        if len(self._buffer) < protocol.OPERATION.size:
            return
        _, code, _ = protocol.OPERATION.unpack_from(self._buffer)
        if code == protocol.LIST_REQUEST:
            self._transport.write(self._list())
            self.close()
        elif code != protocol.IMPORT_REQUEST:
            raise protocol.ProtocolError(f"no operation: {code:#x}")
        elif len(self._buffer) >= protocol.OPERATION.size + protocol.BUS_ID.size:
            (wanted,) = protocol.BUS_ID.unpack_from(self._buffer, protocol.OPERATION.size)
            del self._buffer[: protocol.OPERATION.size + protocol.BUS_ID.size]
            self._import(wanted.rstrip(b"\0").decode("ascii", "replace"))

    def _list(self) -> bytes:
        there = [port.record().pack() for port in self._bus.ports.values() if port.plugged]
        interface = protocol.INTERFACE_CLASS.pack(*INTERFACE_CLASS)
        head = protocol.OPERATION.pack(protocol.VERSION, protocol.LIST_REPLY, 0)
        return head + protocol.COUNT.pack(len(there)) + b"".join(record + interface for record in there)

    def _import(self, bus_id: str) -> None:
        port = self._bus.ports.get(bus_id)
        status = protocol.IMPORTED
        if port is None or not port.plugged:
            status = protocol.NO_DEVICE
        elif port.importer is not None or port.mischief.held:
            status = protocol.BUSY
        reply = protocol.OPERATION.pack(protocol.VERSION, protocol.IMPORT_REPLY, status)
        if port is None or status != protocol.IMPORTED:
            self._transport.write(reply)
            self.close()
            return
        port.importer, self._port = self, port
        self._transport.write(reply + port.record().pack())

    # Transfers --------------------------------------------------------------------------------------------------------

    def _transfers(self) -> None:
        while (request := protocol.take_request(self._buffer)) is not None:
            self._bus.on_use()
            if isinstance(request, protocol.Unlink):
                called_off = self._waiting.pop(request.victim, None) is not None
                self._transport.write(protocol.unlinked(request.sequence, -errno.ECONNRESET if called_off else 0))
            else:
                self._submit(request)
        self._answer_waiting()

    def _submit(self, urb: protocol.Submit) -> None:
        if self._port is None:
            return
        if (urb.inward and urb.endpoint) or self._port.mischief.dead:
            self._waiting[urb.sequence] = urb
            return
        device = self._port.device
        try:
            if urb.endpoint:
                device.bulk_out(urb.data)
                answer = b""
            else:
                answer = device.control(urb.setup)
        except Stall:
            self._transport.write(protocol.returned(urb.sequence, -errno.EPIPE, 0))
            return
        length = len(answer) if urb.inward else len(urb.data)
        self._transport.write(protocol.returned(urb.sequence, 0, length, answer if urb.inward else b""))

    def resume(self) -> None:
        """Carry out what a dead device left lying, and give what is ready."""
        if self._port is not None and not self._port.mischief.dead:
            for sequence, urb in list(self._waiting.items()):
                if not (urb.inward and urb.endpoint):
                    del self._waiting[sequence]
                    self._submit(urb)
            self._answer_waiting()

    def _answer_waiting(self) -> None:
        """Give what the device has for the host to the transfers that wait for it, the oldest first."""
        if not self._waiting or self._port is None or self._port.mischief.kept_back or self._port.mischief.dead:
            return
        for sequence, urb in list(self._waiting.items()):
            try:
                data = self._fetch(self._port.device, urb)
            except Stall:
                del self._waiting[sequence]
                self._transport.write(protocol.returned(sequence, -errno.EPIPE, 0))
                continue
            if data is not None:
                del self._waiting[sequence]
                self._transport.write(protocol.returned(sequence, 0, len(data), data))

    @staticmethod
    def _fetch(device: TmcDevice, urb: protocol.Submit) -> bytes | None:
        if urb.endpoint == _BULK_IN:
            return device.bulk_in(urb.length)
        if urb.endpoint == _INTERRUPT_IN:
            return device.interrupt_in(urb.length)
        raise Stall
