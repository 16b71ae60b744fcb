"""A USB-TMC device (subclass USB488) around an instrument: what a bench instrument looks like to its USB host.

Follows USBTMC 1.0 and USBTMC-USB488 1.0. Pure: bytes of control and bulk transfers go in and come out. Which bus
carries them, who may use the device, and when an answer is ready is the port's affair (`usbport.py`).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from lager_drivers.simulated import usb_descriptors as usb
from lager_drivers.simulated.mischief import Mischief
from lager_drivers.simulated.usbip_protocol import SETUP

PACKET = 512  # bytes, of the bulk endpoints at high speed
BULK_OUT, BULK_IN, INTERRUPT_IN = 0x01, 0x82, 0x83
INTERFACE_CLASS = (0xFE, 0x03, 0x01)  # application specific, test and measurement, USB488

_HEADER = struct.Struct("<BBBxIB3x")  # message, tag, inverted tag, size, attributes
_OUT, _REQUEST_IN, _TRIGGER = 1, 2, 128
_END_OF_MESSAGE = 1
_DEVICE, _ENDPOINT = 0, 2  # whom a standard request is for
_ENDPOINT_HALT = 0  # the one feature there is
_SUCCESS, _FAILED, _NOT_IN_PROGRESS = 0x01, 0x80, 0x81
_MESSAGE_AVAILABLE = 0x10  # bit of the IEEE 488.2 status byte
# TermChar: no; REN_CONTROL, TRIGGER, USB488.2: yes; SCPI, SR1, RL1, DT1: yes
_CAPABILITIES = struct.pack("<BxHBB6xHBB8x", _SUCCESS, 0x0100, 0, 0, 0x0100, 7, 15)


class Instrument(Protocol):
    """What is behind the socket: an instrument that takes SCPI lines."""

    vendor: int
    product: int
    strings: tuple[str, str, str]  # manufacturer, product, serial number

    def handle(self, line: str) -> str | None:
        """Take one line without its terminator; give the answer, None where there is none."""

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""


class Stall(Exception):
    """The device refuses a transfer (a USB STALL); its endpoint may stay halted."""


class _Asked(NamedTuple):
    tag: int
    most: int


class TmcDevice:
    """The USB side of one instrument.

    Args:
        instrument: What is behind it.
        mischief: What goes wrong in it: halted endpoints, garbled answers.

    Attributes:
        answered: Called with what the instrument answers; it is to end in `say`.
        cleared: How often its buffers were cleared: what was answered before may not be said after.
    """

    def __init__(self, instrument: Instrument, mischief: Mischief | None = None) -> None:
        self.instrument = instrument
        self.mischief = mischief or Mischief()
        self.answered: Callable[[bytes], None] = self.say
        self.cleared = 0
        self.plugged_in()

    def plugged_in(self) -> None:
        """Start the USB side anew, as at every plug-in; the instrument behind it goes on."""
        self.configuration = 0
        self._halted: set[int] = set()
        self._notices: deque[bytes] = deque()
        self.clear()

    def clear(self) -> None:
        """Forget all that was said and is not yet heard, in both directions."""
        self.cleared += 1
        self._received = b""  # of the transfer under way
        self._message = b""  # of the message under way (it may take several transfers)
        self._answer = b""  # said by the instrument, not yet asked for
        self._asked: _Asked | None = None  # a request for an answer that waits for one
        self._tag: int | None = None  # of the bulk-in transfer under way
        self._transfer: bytes | None = None  # what of it the host has still to read; b"" is a zero-length packet

    # Descriptors ------------------------------------------------------------------------------------------------------

    def descriptors(self) -> dict[tuple[int, int], bytes]:
        """Give its descriptors by (type, index)."""
        vendor, product = self.instrument.vendor, self.instrument.product
        found = {
            (usb.DEVICE_KIND, 0): usb.DEVICE.pack(0x0200, 0, 0, 0, 64, vendor, product, 0x0100, 1, 2, 3, 1),
            (usb.CONFIGURATION_KIND, 0): self._configuration_descriptor(),
            (usb.STRING_KIND, 0): usb.languages(),
        }
        for index, text in enumerate(self.instrument.strings, 1):
            found[usb.STRING_KIND, index] = usb.string(text)
        return found

    @staticmethod
    def _configuration_descriptor() -> bytes:
        body = usb.INTERFACE.pack(0, 0, 3, *INTERFACE_CLASS, 0)
        body += usb.ENDPOINT.pack(BULK_OUT, 2, PACKET, 0)
        body += usb.ENDPOINT.pack(BULK_IN, 2, PACKET, 0)
        body += usb.ENDPOINT.pack(INTERRUPT_IN, 3, 2, 8)
        return usb.CONFIGURATION.pack(usb.CONFIGURATION.size + len(body), 1, 1, 0, 0xC0, 0) + body

    # Control requests -------------------------------------------------------------------------------------------------

    def control(self, setup: bytes) -> bytes:
        """Carry out a control request; give its answer (empty for one towards the device).

        Raises:
            Stall: There is no such request.
        """
        kind, request, value, index, length = SETUP.unpack(setup)
        of_class = kind & 0x60
        if not of_class:
            answer = self._standard(kind, request, value, index)
        elif of_class == 0x20:
            answer = self._class(request, value)
        else:
            raise Stall
        return answer[:length]

    def _standard(self, kind: int, request: int, value: int, index: int) -> bytes:
        match request:
            case 0:  # GET_STATUS
                return self._status(kind & 0x1F, index)
            case 1 | 3:  # CLEAR_FEATURE, SET_FEATURE
                self._set_feature(kind & 0x1F, value, index, on=request == 3)
                return b""
            case 6:  # GET_DESCRIPTOR
                return self._descriptor(value)
            case 9 | 11:  # SET_CONFIGURATION, SET_INTERFACE
                if request == 9:
                    self.configuration = value
                self._halted.clear()
                self.clear()
                return b""
        fixed = {8: bytes([self.configuration]), 10: b"\0"}  # GET_CONFIGURATION, GET_INTERFACE
        if request not in fixed:
            raise Stall
        return fixed[request]

    def _status(self, recipient: int, index: int) -> bytes:
        if recipient == _ENDPOINT:
            return bytes([index in self._halted, 0])
        return bytes([recipient == _DEVICE, 0])  # the device has a power supply of its own

    def _set_feature(self, recipient: int, feature: int, index: int, *, on: bool) -> None:
        if recipient != _ENDPOINT or feature != _ENDPOINT_HALT:
            raise Stall
        if on:
            self.halt(index)
        else:
            self._halted.discard(index)

    def _descriptor(self, value: int) -> bytes:
        found = self.descriptors().get((value >> 8, value & 0xFF))
        if found is None:
            raise Stall
        return found

    def _class(self, request: int, value: int) -> bytes:
        match request:
            case 1:  # INITIATE_ABORT_BULK_OUT: nothing is ever under way, messages are taken at once
                return bytes([_FAILED, 0])
            case 3:  # INITIATE_ABORT_BULK_IN
                return self._abort_bulk_in(value & 0xFF)
            case 2 | 4:  # CHECK_ABORT_BULK_OUT_STATUS, CHECK_ABORT_BULK_IN_STATUS
                return bytes([_SUCCESS]) + bytes(7)
            case 5:  # INITIATE_CLEAR
                self.clear()
                return bytes([_SUCCESS])
            case 7:  # GET_CAPABILITIES
                return _CAPABILITIES
            case 128:  # READ_STATUS_BYTE: the byte itself goes by the interrupt endpoint
                status = _MESSAGE_AVAILABLE if self._answer else 0
                self._notices.append(bytes([0x80 | value & 0x7F, status]))
                return bytes([_SUCCESS, value & 0xFF, 0])
        # CHECK_CLEAR_STATUS, INDICATOR_PULSE, REN_CONTROL, GO_TO_LOCAL, LOCAL_LOCKOUT
        fixed = {6: bytes([_SUCCESS, 0]), 64: b"\1", 160: b"\1", 161: b"\1", 162: b"\1"}
        if request not in fixed:
            raise Stall
        return fixed[request]

    def _abort_bulk_in(self, tag: int) -> bytes:
        """End the transfer under way by a short packet (USBTMC 4.2.1.4)."""
        if self._tag is None:
            return bytes([_FAILED, 0])
        if self._tag != tag:
            return bytes([_NOT_IN_PROGRESS, self._tag])
        self._asked, self._transfer = None, b""
        return bytes([_SUCCESS, tag])

    # Bulk and interrupt transfers -------------------------------------------------------------------------------------

    def halt(self, endpoint: int) -> None:
        """Refuse transfers on an endpoint until the host clears its halt."""
        self._halted.add(endpoint)

    def go_on(self) -> None:
        """End every halt."""
        self._halted.clear()

    def bulk_out(self, data: bytes) -> None:
        """Take bytes from the host, and act on each USB-TMC message that is complete.

        Raises:
            Stall: They are no such message.
        """
        self._refuse_if_halted(BULK_OUT)
        self._received += data
        while len(self._received) >= _HEADER.size:
            message, tag, inverse, size, attributes = _HEADER.unpack_from(self._received)
            if tag ^ inverse != 0xFF or message not in (_OUT, _REQUEST_IN, _TRIGGER):
                self._received = b""
                self.halt(BULK_OUT)
                raise Stall
            end = _HEADER.size + (size if message == _OUT else 0)
            if len(self._received) < end:
                return
            text = self._received[_HEADER.size : end]
            self._received = self._received[(end + 3) // 4 * 4 :]
            if message == _OUT:
                self._take(text, last=bool(attributes & _END_OF_MESSAGE))
            elif message == _REQUEST_IN:
                self._asked, self._tag, self._transfer = _Asked(tag, size), tag, None
            self._reply()

    def _take(self, text: bytes, *, last: bool) -> None:
        """Take a part of a message; the last part makes the instrument act."""
        self._message += text
        if not last:
            return
        said, self._message = self._message.decode("latin-1"), b""
        self._answer = b""  # IEEE 488.2: a new message before the answer was read interrupts the query
        answers = [self.instrument.handle(line.rstrip("\r")) for line in said.rstrip("\r\n").split("\n")]
        text = b"".join(answer.encode("latin-1") + b"\n" for answer in answers if answer is not None)
        if text:
            self.answered(text)

    def say(self, text: bytes) -> None:
        """Have an answer ready for the host, behind what it has not yet asked for."""
        self._answer += text
        self._reply()

    def _reply(self) -> None:
        """Make a bulk-in transfer once there is both an answer and a request for it."""
        if self._asked is None or not self._answer:
            return
        (tag, most), self._asked = self._asked, None
        text, self._answer = self._answer[:most], self._answer[most:]
        header = _HEADER.pack(_REQUEST_IN, tag, ~tag & 0xFF, len(text), 0 if self._answer else _END_OF_MESSAGE)
        whole = header + text + bytes(-len(text) % 4)
        self._transfer = self.mischief.spoil(whole, _SPOILT)

    def bulk_in(self, length: int) -> bytes | None:
        """Give the host at most `length` bytes of the transfer under way; None while there is nothing to give.

        Raises:
            Stall: The endpoint is halted.
        """
        self._refuse_if_halted(BULK_IN)
        if self._transfer is None:
            return None
        data, rest = self._transfer[:length], self._transfer[length:]
        if rest or (len(data) == length and length % PACKET == 0):
            self._transfer = rest  # perhaps only the zero-length packet that ends it
        else:
            self._transfer = self._tag = None
        return data

    def interrupt_in(self, length: int) -> bytes | None:
        """Give the host a status byte it has asked for; None while there is none.

        Raises:
            Stall: The endpoint is halted.
        """
        self._refuse_if_halted(INTERRUPT_IN)
        return self._notices.popleft()[:length] if self._notices else None

    def _refuse_if_halted(self, endpoint: int) -> None:
        if self.mischief.stalls and endpoint != INTERRUPT_IN and endpoint not in self._halted:
            self.mischief.stalls -= 1
            self._halted |= {BULK_OUT, BULK_IN}
        if endpoint in self._halted:
            raise Stall


def _wrong_bytes(transfer: bytes) -> bytes:
    """Give another text of that length, no part of which can be taken for a number or a word."""
    return transfer[: _HEADER.size] + bytes(one ^ 0xA5 for one in transfer[_HEADER.size :])


def _truncated(transfer: bytes) -> bytes:
    """Give half of the text its header announces."""
    return transfer[: _HEADER.size + _HEADER.unpack_from(transfer)[3] // 2]


def _wrong_tag(transfer: bytes) -> bytes:
    """Give the answer to another request."""
    tag = transfer[1] % 255 + 1
    return transfer[:1] + bytes([tag, ~tag & 0xFF]) + transfer[3:]


_SPOILT = (_wrong_bytes, _truncated, _wrong_tag)
