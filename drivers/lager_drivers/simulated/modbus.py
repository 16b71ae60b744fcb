"""A Modbus TCP server around registers that are worked out at the moment they are read.

Serves any unit id, on this machine's loopback only. What the messages say is read in `modbus_messages`; what the
registers mean is not this file's affair; what goes wrong on the way to them is.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import NamedTuple, Protocol, cast, runtime_checkable

from lager_drivers.modbus import Registers, Unanswered
from lager_drivers.simulated import modbus_messages
from lager_drivers.simulated.tcpport import TcpPort

_HEADER = struct.Struct(">HHHB")  # transaction, protocol, length of what follows, unit
_NOT_IN_LENGTH = 6  # bytes of the header
_PROTOCOL = 0
_TRANSACTION = 2  # bytes a frame begins with, to tell whose answer it is


class Frame(NamedTuple):
    """One message of a client.

    Attributes:
        message: From its function byte on.
    """

    transaction: int
    unit: int
    message: bytes


class NoModbus(Exception):
    """What a client sends is something else."""


def take_frame(data: bytes) -> tuple[Frame | None, bytes]:
    """Take the first frame off what has come, if it is all there, and give what is left.

    Raises:
        NoModbus: It is no frame.
    """
    if len(data) < _HEADER.size:
        return None, data
    transaction, protocol, length, unit = _HEADER.unpack_from(data)
    if protocol != _PROTOCOL or length < 2:
        raise NoModbus
    end = _NOT_IN_LENGTH + length
    if len(data) < end:
        return None, data
    return Frame(transaction, unit, data[_HEADER.size : end]), data[end:]


class Device(Registers, Protocol):
    """What is behind the network socket."""

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""


@runtime_checkable
class Choosy(Protocol):
    """A device that serves only so many connections at once (`sockets`; 0 for any number)."""

    sockets: int


class ModbusServer(TcpPort):
    """Serves one device.

    Args:
        device: The device.
        on_use: Called at each request.
    """

    def __init__(self, device: Device, on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__(device, on_use)
        self.device = device

    def serve(self) -> _Connection:
        """Make what serves one client."""
        return _Connection(self)

    @property
    def full(self) -> bool:
        """Get whether it takes no more connections."""
        most = self.device.sockets if isinstance(self.device, Choosy) else 0
        return self.mischief.held or 0 < most <= len(self._clients)

    def drop_clients(self) -> None:
        """End all connections, as a device does that starts again."""
        for client in list(self._clients):
            client.abort()


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._server.full:
            self._transport.close()
        else:
            self._server.joined(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._server.left(self)

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while (taken := take_frame(self._buffer))[0] is not None:
                frame, self._buffer = taken
                self._carry_out(cast("Frame", frame))
        except NoModbus:
            self.abort()

    def _carry_out(self, frame: Frame) -> None:
        self._server.on_use()
        if self._server.mischief.dead:
            return
        try:
            answer = modbus_messages.answer(self._server.device, frame.message, frame.transaction)
        except Unanswered:
            self._server.drop_clients()
        else:
            self._give(_HEADER.pack(frame.transaction, _PROTOCOL, len(answer) + 1, frame.unit) + answer)

    def _give(self, frame: bytes) -> None:
        """Send an answer, unless something goes wrong with it."""
        mischief = self._server.mischief
        if mischief.wedged:
            return
        frame = mischief.spoil(frame, _SPOILT)
        if mischief.delay:
            asyncio.get_running_loop().call_later(mischief.delay, self._send, frame)
        else:
            self._send(frame)

    def _send(self, frame: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame)


def _wrong_bytes(frame: bytes) -> bytes:
    """Give nonsense in answer to the right request: its length and function are wrong, so no value can be read."""
    return frame[:_TRANSACTION] + bytes(one ^ 0xA5 for one in frame[_TRANSACTION:])


def _truncated(frame: bytes) -> bytes:
    """Give the first half."""
    return frame[: len(frame) // 2]


def _wrong_transaction(frame: bytes) -> bytes:
    """Give the answer to another request."""
    return bytes(one ^ 0xA5 for one in frame[:_TRANSACTION]) + frame[_TRANSACTION:]


_SPOILT = (_wrong_bytes, _truncated, _wrong_transaction)
