"""The simulated bench's USB: ports with USB-TMC devices in them, served over USB/IP on this machine's loopback.

Like a real bus: whoever imports a device holds it alone until the connection ends, and a device that is pulled out and
plugged in again comes back under a new number. Faults happen here, at the port (`Port.unplug`, `Port.hold`), never in
the instrument. Everything runs in one event loop; from another thread, ask with `call_soon_threadsafe`.

USB/IP knows no authentication: the bus listens on loopback and nowhere else.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections.abc import Callable, Iterable
from typing import cast

from lager_drivers.simulated import usbip_protocol as protocol
from lager_drivers.simulated.loopback import LoopbackServer
from lager_drivers.simulated.usbtmc import INTERFACE_CLASS, Instrument, Stall, TmcDevice

_BUS = 1
_BULK_IN, _INTERRUPT_IN = 2, 3  # endpoint numbers, without the direction bit


class Port:
    """One socket of the bus and the device that belongs in it."""

    def __init__(self, bus_id: str, device: TmcDevice, numbers: itertools.count[int]) -> None:
        self.bus_id = bus_id
        self.device = device
        self.plugged = True
        self.held = False
        self.importer: Connection | None = None
        self._numbers = numbers
        self.number = next(numbers)
        self.record().pack()  # a device that cannot be listed is refused at once

    def record(self) -> protocol.Record:
        """Describe the device as it is listed."""
        return protocol.Record(self.bus_id, _BUS, self.number, self.device.configuration, self.device.descriptors())

    def unplug(self) -> None:
        """Pull the device out: it is listed no more, and who held it has lost it for good."""
        self.plugged = False
        if self.importer is not None:
            self.importer.close()

    def plug(self) -> None:
        """Plug the device in (again): it starts anew, under a new number."""
        self.unplug()
        self.device.power_cycle()
        self.number = next(self._numbers)
        self.plugged, self.held = True, False

    def hold(self) -> None:
        """Keep back what the device answers, until `release`."""
        self.held = True

    def release(self) -> None:
        """Let through what was kept back."""
        self.held = False
        if self.importer is not None:
            self.importer.answer_waiting()


class Bus(LoopbackServer):
    """All ports, and the server through which they are reached.

    Args:
        instruments: What is plugged in, from port 1 on.
        on_use: Called at each transfer.
    """

    def __init__(self, instruments: Iterable[Instrument], on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        numbers = itertools.count(2)  # 1 is the root hub
        devices = [TmcDevice(instrument) for instrument in instruments]
        self.ports = {f"1-{place}": Port(f"1-{place}", device, numbers) for place, device in enumerate(devices, 1)}
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


class Connection(asyncio.Protocol):
    """One client: it asks for the list, or imports a device and then sends its transfers."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._buffer = bytearray()
        self._port: Port | None = None
        self._waiting: dict[int, protocol.Submit] = {}  # transfers towards the host, by sequence number

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        self._transport = cast(asyncio.Transport, transport)
        self._bus.joined(self)

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
        elif port.importer is not None:
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
        self.answer_waiting()

    def _submit(self, urb: protocol.Submit) -> None:
        if self._port is None:
            return
        if urb.inward and urb.endpoint:
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

    def answer_waiting(self) -> None:
        """Give what the device has for the host to the transfers that wait for it, the oldest first."""
        if self._port is None or self._port.held:
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
