"""USB/IP on the wire, for both ends: the simulated bus that serves devices and the pyusb backend that reaches them.

Version 1.1.1 of the protocol, as in the Linux kernel's documentation, with one addition: the descriptors of a listed
device lie behind the end (NUL) of its record's path, where other clients do not look. So a device that somebody holds
can still be listed with its serial number, as on a USB of this machine.

This file turns messages into bytes and back. It opens nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lager_drivers.simulated import usb_descriptors

VERSION = 0x0111
LIST_REQUEST, LIST_REPLY, IMPORT_REQUEST, IMPORT_REPLY = 0x8005, 0x0005, 0x8003, 0x0003
SUBMIT, UNLINK, RETURN_SUBMIT, RETURN_UNLINK = 1, 2, 3, 4

IMPORTED, BUSY, NO_DEVICE = 0, 2, 4  # statuses of an import
HIGH_SPEED = 3

OPERATION = struct.Struct(">HHI")  # version, code, status
COUNT = struct.Struct(">I")
BUS_ID = struct.Struct(">32s")
INTERFACE_CLASS = struct.Struct(">BBBx")
SETUP = struct.Struct("<BBHHH")  # request type, request, value, index, length
NO_SETUP = bytes(8)

_RECORD = struct.Struct(">256s32sIIIHHHBBBBBB")
_PATH = "/sys/devices/simulated/"
_SUBMIT = struct.Struct(">IIIIIIiIii8s")
_UNLINK = struct.Struct(">IIIIII24x")
_RETURN_SUBMIT = struct.Struct(">IIIIIiiiii8x")
_RETURN_UNLINK = struct.Struct(">IIIIIi24x")

HEADER_SIZE = _SUBMIT.size
RECORD_SIZE = _RECORD.size
_LONGEST = 1 << 24  # bytes in one transfer; more is no USB/IP any more

Descriptors = Mapping[tuple[int, int], bytes]  # by type and index


class ProtocolError(ValueError):
    """The other end speaks something else."""


@dataclass(frozen=True)
class Record:
    """A device as it is listed: where it is, what it is, and its descriptors by (type, index)."""

    bus_id: str
    bus: int
    number: int
    configuration: int
    descriptors: Descriptors

    @property
    def place(self) -> tuple[str, int, int]:
        """Get what tells it from every other device, and from itself before it was plugged in again."""
        return self.bus_id, self.bus, self.number

    def pack(self) -> bytes:
        """Make the record's bytes.

        Raises:
            ValueError: Its descriptors are too long to be listed.
        """
        device = usb_descriptors.DEVICE.unpack(self.descriptors[usb_descriptors.DEVICE_KIND, 0])
        tail = b"".join(bytes([index]) + data for (_, index), data in self.descriptors.items())
        path = f"{_PATH}{self.bus_id}".encode() + b"\0" + tail
        if len(path) > 256:
            raise ValueError(f"the descriptors of {self.bus_id} are {len(path) - 256} bytes too long to be listed")
        return _RECORD.pack(
            path,
            self.bus_id.encode(),
            self.bus,
            self.number,
            HIGH_SPEED,
            device["idVendor"],
            device["idProduct"],
            device["bcdDevice"],
            device["bDeviceClass"],
            device["bDeviceSubClass"],
            device["bDeviceProtocol"],
            self.configuration,
            device["bNumConfigurations"],
            1,
        )

    @classmethod
    def unpack(cls, data: bytes) -> tuple[Record, int]:
        """Read a record; give it, and how many interfaces it announces."""
        fields = _RECORD.unpack(data)
        tail = fields[0].partition(b"\0")[2]
        descriptors = _descriptors(tail)
        bus_id = fields[1].rstrip(b"\0").decode("ascii", "replace")
        return cls(bus_id, fields[2], fields[3], fields[11], descriptors), fields[13]


def _descriptors(tail: bytes) -> dict[tuple[int, int], bytes]:
    """Read the descriptors behind a path: each one's index, then the descriptor."""
    found = {}
    while len(tail) > 3 and tail[1]:
        kind = tail[2]
        size = struct.unpack_from("<H", tail, 3)[0] if kind == usb_descriptors.CONFIGURATION_KIND else tail[1]
        found[kind, tail[0]] = tail[1 : 1 + size]
        tail = tail[1 + size :]
    return found


# URBs ----------------------------------------------------------------------------------------------------------------


class Submit(NamedTuple):
    """A transfer is asked for. `length` is how many bytes are wanted, or sent."""

    sequence: int
    inward: bool
    endpoint: int
    length: int
    setup: bytes
    data: bytes


class Unlink(NamedTuple):
    """The transfer `victim` is to be called off."""

    sequence: int
    victim: int


class Returned(NamedTuple):
    """A transfer has ended; `length` bytes went over. `status` is 0 or a negative errno."""

    sequence: int
    status: int
    length: int
    data: bytes


class Unlinked(NamedTuple):
    """An unlink was heard. `status` is 0 where the transfer had ended already, else a negative errno."""

    sequence: int
    status: int


def sequence_number(serial: int, *, inward: bool) -> int:
    """Number a transfer. Its direction is in the lowest bit, because its return does not say whether data follow."""
    return (serial << 1 | inward) & 0xFFFFFFFF


def submit(device: int, urb: Submit) -> bytes:
    """Ask for a transfer; `device` is bus << 16 | number."""
    head = (SUBMIT, urb.sequence, device, urb.inward, urb.endpoint, 0, urb.length, 0, 0, 0, urb.setup)
    return _SUBMIT.pack(*head) + urb.data


def unlink(device: int, sequence: int, victim: int) -> bytes:
    """Call off a transfer."""
    return _UNLINK.pack(UNLINK, sequence, device, 0, 0, victim)


def returned(sequence: int, status: int, length: int, data: bytes = b"") -> bytes:
    """Tell that a transfer has ended."""
    return _RETURN_SUBMIT.pack(RETURN_SUBMIT, sequence, 0, 0, 0, status, length, 0, 0, 0) + data


def unlinked(sequence: int, status: int) -> bytes:
    """Tell that an unlink was heard."""
    return _RETURN_UNLINK.pack(RETURN_UNLINK, sequence, 0, 0, 0, status)


def take_request(buffer: bytearray) -> Submit | Unlink | None:
    """Take the first whole message of a client out of `buffer`; None until there is one.

    Raises:
        ProtocolError: It is no USB/IP.
    """
    if len(buffer) < HEADER_SIZE:
        return None
    command, sequence, _, inward, endpoint, victim, length, _, _, _, setup = _SUBMIT.unpack_from(buffer)
    if command == UNLINK:
        del buffer[:HEADER_SIZE]
        return Unlink(sequence, victim)
    if command != SUBMIT or not 0 <= length <= _LONGEST:
        raise ProtocolError(f"no request: command {command}, length {length}")
    end = HEADER_SIZE + (0 if inward else length)
    if len(buffer) < end:
        return None
    data = bytes(buffer[HEADER_SIZE:end])
    del buffer[:end]
    return Submit(sequence, bool(inward), endpoint, length, setup, data)


def take_return(buffer: bytearray) -> Returned | Unlinked | None:
    """Take the first whole message of a server out of `buffer`; None until there is one.

    Raises:
        ProtocolError: It is no USB/IP.
    """
    if len(buffer) < HEADER_SIZE:
        return None
    command, sequence, _, _, _, status, length, _, _, _ = _RETURN_SUBMIT.unpack_from(buffer)
    if command == RETURN_UNLINK:
        del buffer[:HEADER_SIZE]
        return Unlinked(sequence, status)
    if command != RETURN_SUBMIT or not 0 <= length <= _LONGEST:
        raise ProtocolError(f"no return: command {command}, length {length}")
    end = HEADER_SIZE + (length if sequence & 1 else 0)
    if len(buffer) < end:
        return None
    data = bytes(buffer[HEADER_SIZE:end])
    del buffer[:end]
    return Returned(sequence, status, length, data)
