"""Modbus messages as a LabJack takes them: what each function asks of the registers, and the answer. Pure; no sockets.

Functions 3, 4, 6, 16 and 76 (Modbus Feedback: many reads and writes in one message, carried out one after the other up
to the first that is refused). Any function reaches any address. Not by the Modbus limit of 125 registers, but by the
size of a packet is it said how much one message can ask for; above 127 the byte count of an answer to 3 or 4, which is
one byte, cannot say it (its low byte is given), so clients with such needs use 76.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from lager_drivers.labjack_t7 import codes
from lager_drivers.modbus import ModbusFault, Registers

PACKET = 1040  # bytes of the longest, with its header
HEADER = 7  # bytes: transaction, protocol, length, unit
ILLEGAL_FUNCTION, ILLEGAL_VALUE = 1, 3  # exception codes
_REFUSED = 0x80  # added to the function in the answer
_READ_FRAME, _WRITE_FRAME = 0, 1
_MOST = (PACKET - HEADER - 2) // 2  # registers one answer to 3 or 4 can carry


@runtime_checkable
class Remembering(Protocol):
    """A device that remembers what it refused."""

    def refused(self, fault: ModbusFault, frame: int, transaction: int) -> None:
        """Remember a refusal: why, in which frame of function 76 (0 for others), and in which message."""


class _InFrame(Exception):
    """A frame of function 76 was refused."""

    def __init__(self, frame: int, fault: ModbusFault) -> None:
        super().__init__(frame)
        self.frame, self.fault = frame, fault


def answer(registers: Registers, message: bytes, transaction: int) -> bytes:
    """Carry out a message, from its function byte on, and give the answer.

    Raises:
        Unanswered: The device does not answer.
    """
    function = message[0]
    try:
        return message[:1] + _carry_out(registers, message)
    except _InFrame as refused:
        frame, fault = refused.frame, refused.fault
    except ModbusFault as refused:
        frame, fault = 0, refused
    if isinstance(registers, Remembering):
        registers.refused(fault, frame, transaction)
    return bytes([(function | _REFUSED) & 0xFF, fault.code])


def _carry_out(registers: Registers, message: bytes) -> bytes:
    carry_out = _FUNCTIONS.get(message[0])
    if carry_out is None:
        raise ModbusFault(ILLEGAL_FUNCTION)
    if len(message) > PACKET - HEADER:
        raise ModbusFault(ILLEGAL_VALUE, codes.COMMAND_TOO_LONG)
    try:
        return carry_out(registers, message[1:])
    except struct.error as exc:  # it is shorter than it must be
        raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT) from exc


def _read(registers: Registers, data: bytes) -> bytes:
    address, count = struct.unpack(">HH", data)
    if not count:
        raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)
    if count > _MOST:
        raise ModbusFault(ILLEGAL_VALUE, codes.READ_TOO_LARGE)
    words = _words_to_bytes(registers.read(address, count))
    return bytes([len(words) & 0xFF]) + words


def _write_single(registers: Registers, data: bytes) -> bytes:
    address, word = struct.unpack(">HH", data)
    registers.write(address, [word])
    return data


def _write_multiple(registers: Registers, data: bytes) -> bytes:
    address, count, size = struct.unpack_from(">HHB", data)
    words = data[5:]
    if not count or len(words) != 2 * count or size != len(words) & 0xFF:
        raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)
    registers.write(address, _bytes_to_words(words))
    return data[:4]


def _feedback(registers: Registers, data: bytes) -> bytes:
    """Carry out frames in order; those before a refused one have taken effect."""
    answer, frame = b"", 0
    while data:
        try:
            read, data = _one_frame(registers, data)
            answer += read
            if len(answer) + 1 > PACKET - HEADER:
                raise ModbusFault(ILLEGAL_VALUE, codes.RESPONSE_TOO_LONG)
        except ModbusFault as fault:
            raise _InFrame(frame, fault) from fault
        except struct.error as exc:
            raise _InFrame(frame, ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)) from exc
        frame += 1
    return answer


def _one_frame(registers: Registers, data: bytes) -> tuple[bytes, bytes]:
    """Carry out the first frame; give what it read, and the frames after it."""
    kind, address, count = struct.unpack_from(">BHB", data)
    if not count or kind not in (_READ_FRAME, _WRITE_FRAME):
        raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)
    if kind == _READ_FRAME:
        return _words_to_bytes(registers.read(address, count)), data[4:]
    end = 4 + 2 * count
    if len(data) < end:
        raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)
    registers.write(address, _bytes_to_words(data[4:end]))
    return b"", data[end:]


def _words_to_bytes(words: list[int]) -> bytes:
    return struct.pack(f">{len(words)}H", *words)


def _bytes_to_words(data: bytes) -> list[int]:
    return list(struct.unpack(f">{len(data) // 2}H", data))


_FUNCTIONS: dict[int, Callable[[Registers, bytes], bytes]] = {
    3: _read,
    4: _read,
    6: _write_single,
    16: _write_multiple,
    76: _feedback,
}
