"""A Modbus TCP server around registers that are worked out at the moment they are read.

pymodbus does the frames and the messages; its own data stores hold values that somebody has put there before, which an
analog input is not. Serves function codes 3, 4, 6 and 16, to any unit id, on this machine's loopback only. What the
registers mean is not this file's affair; what goes wrong on the way to them is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
    WriteSingleRegisterRequest,
    WriteSingleRegisterResponse,
)

from lager_drivers.modbus import ModbusFault, Registers
from lager_drivers.simulated.loopback import LoopbackServer
from lager_drivers.simulated.mischief import Mischief

ILLEGAL_FUNCTION, ILLEGAL_VALUE = 1, 3  # exception codes
_READ_HOLDING, _READ_INPUT, _WRITE_SINGLE, _WRITE_MULTIPLE = 3, 4, 6, 16
_LONGEST = 260  # bytes of one message
_MOST = 125  # registers one read may ask for
_SERVED = (_READ_HOLDING, _READ_INPUT, _WRITE_SINGLE, _WRITE_MULTIPLE)
_TRANSACTION = 2  # bytes a frame begins with, to tell whose answer it is


class Device(Registers, Protocol):
    """What is behind the network socket."""

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""


class ModbusServer(LoopbackServer):
    """Serves one device.

    Args:
        device: The device.
        on_use: Called at each request.
    """

    def __init__(self, device: Device, on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.device = device
        self.on_use = on_use
        self.mischief = Mischief()
        self.plugged = True

    def serve(self) -> _Connection:
        """Make what serves one client."""
        return _Connection(self)

    @property
    def in_use(self) -> bool:
        """Get whether anybody is connected, or has taken all its connections."""
        return bool(self._clients) or self.mischief.held

    def unplug(self) -> None:
        """Pull the network cable: every connection is lost, and new ones are refused."""
        self.plugged = False
        self.shut()

    async def replug(self) -> None:
        """Plug the network cable in again."""
        self.unplug()
        self.mischief.plugged_in()
        await self.reopen()
        self.plugged = True

    async def power_cycle(self) -> None:
        """Switch the device off and on."""
        self.unplug()
        self.device.power_cycle()
        await self.replug()

    def hold(self) -> None:
        """Let another process have all connections it serves, until `release`: others are closed at once."""
        self.mischief.held = True
        for client in list(self._clients):
            client.abort()

    def release(self) -> None:
        """End `hold`."""
        self.mischief.held = False

    async def clear(self) -> None:
        """End every fault; a cable that is out is plugged in."""
        self.mischief.clear()
        if not self.plugged:
            await self.replug()


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._decoder = DecodePDU(True)
        self._framer = FramerSocket(self._decoder)
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._server.mischief.held:
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
        while True:
            used, unit, transaction, message = self._framer.decode(self._buffer)
            self._buffer = self._buffer[used:]
            if not used or not message:
                if len(self._buffer) > _LONGEST:
                    self.abort()  # more than one message can have, and yet none: this client speaks no Modbus
                return
            self._server.on_use()
            if not self._server.mischief.dead:
                answer = self._answer(message)
                body = bytes([answer.function_code]) + answer.encode()
                self._give(self._framer.encode(body, unit, transaction))

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

    def _answer(self, message: bytes) -> ModbusPDU:
        function = message[0]
        if function not in _SERVED:
            return ExceptionResponse(function, ILLEGAL_FUNCTION)
        request = self._decoder.decode(message)
        if request is None:
            return ExceptionResponse(function, ILLEGAL_VALUE)
        try:
            return _carry_out(self._server.device, request)
        except ModbusFault as fault:
            return ExceptionResponse(function, fault.code)


def _carry_out(registers: Registers, request: ModbusPDU) -> ModbusPDU:
    """Read or write.

    Raises:
        ModbusFault: The device refuses.
    """
    address = request.address
    match request:
        case ReadHoldingRegistersRequest() if not 1 <= request.count <= _MOST:  # and of input registers
            raise ModbusFault(ILLEGAL_VALUE)
        case ReadInputRegistersRequest():
            return ReadInputRegistersResponse(registers=registers.read(address, request.count))
        case ReadHoldingRegistersRequest():
            return ReadHoldingRegistersResponse(registers=registers.read(address, request.count))
        case WriteSingleRegisterRequest():
            registers.write(address, list(request.registers))
            return WriteSingleRegisterResponse(address=address, registers=request.registers)
        case WriteMultipleRegistersRequest():
            registers.write(address, list(request.registers))
            return WriteMultipleRegistersResponse(address=address, count=request.count)
    raise ModbusFault(ILLEGAL_FUNCTION)


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
