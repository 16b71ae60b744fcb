"""A Modbus TCP server around registers that are worked out at the moment they are read.

pymodbus does the frames and the messages; its own data stores hold values that somebody has put there before, which an
analog input is not. Serves function codes 3, 4, 6 and 16, to any unit id, on this machine's loopback only. What the
registers mean is not this file's affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

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

from lager_drivers.labjack.registers import ModbusFault, Registers
from lager_drivers.simulated.loopback import LoopbackServer

ILLEGAL_FUNCTION, ILLEGAL_VALUE = 1, 3  # exception codes
_READ_HOLDING, _READ_INPUT, _WRITE_SINGLE, _WRITE_MULTIPLE = 3, 4, 6, 16
_LONGEST = 260  # bytes of one message
_MOST = 125  # registers one read may ask for
_SERVED = (_READ_HOLDING, _READ_INPUT, _WRITE_SINGLE, _WRITE_MULTIPLE)


class ModbusServer(LoopbackServer):
    """Serves one device.

    Args:
        registers: The device.
        on_use: Called at each request.
    """

    def __init__(self, registers: Registers, on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.registers = registers
        self.on_use = on_use

    def serve(self) -> _Connection:
        """Make what serves one client."""
        return _Connection(self)


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._decoder = DecodePDU(True)
        self._framer = FramerSocket(self._decoder)
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
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
            answer = self._answer(message)
            body = bytes([answer.function_code]) + answer.encode()
            self._transport.write(self._framer.encode(body, unit, transaction))

    def _answer(self, message: bytes) -> ModbusPDU:
        function = message[0]
        if function not in _SERVED:
            return ExceptionResponse(function, ILLEGAL_FUNCTION)
        request = self._decoder.decode(message)
        if request is None:
            return ExceptionResponse(function, ILLEGAL_VALUE)
        try:
            return _carry_out(self._server.registers, request)
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
