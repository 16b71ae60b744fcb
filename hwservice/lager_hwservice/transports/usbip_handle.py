"""One open USB device behind USB/IP: its import and its transfers, with libusb's errors.

A device is imported when its interface is claimed, not when it is opened: as on a real USB, one can list and open what
another process uses, and hears EBUSY only at the claim. Who loses the connection has lost the device, also when it is
plugged in again.

One transfer at a time: a second thread waits for its turn, and `close` from any thread ends the transfer under way.
This file knows nothing of instruments.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

from usb.core import USBError, USBTimeoutError

from lager_drivers.simulated import usbip_protocol as protocol

PATIENCE = 5.0  # s, for what a live server answers at once: list, import, unlink
_CONFIGURE_TIMEOUT = 1000  # ms
_ENDLESS = 1 << 31  # ms; pyvisa-py says 2**32 - 1 for "no timeout", which poll() does not take
_LONGEST_POLL = 3_600_000  # ms

# errno: libusb's number and text
_FAILURES = {
    errno.EIO: (-1, "Input/Output Error"),
    errno.EACCES: (-3, "Access denied (insufficient permissions)"),
    errno.ENODEV: (-4, "No such device (it may have been disconnected)"),
    errno.EBUSY: (-6, "Resource busy"),
    errno.ETIMEDOUT: (-7, "Operation timed out"),
    errno.EOVERFLOW: (-8, "Overflow"),
    errno.EPIPE: (-9, "Pipe error"),
}
_CANCELLED = (-errno.ECONNRESET, -errno.ENOENT)


def failure(number: int) -> USBError:
    """Make the error pyusb raises for an errno on top of libusb."""
    if number == errno.ESHUTDOWN:
        number = errno.ENODEV
    if number not in _FAILURES:
        number = errno.EIO
    code, text = _FAILURES[number]
    kind: Any = USBTimeoutError if number == errno.ETIMEDOUT else USBError
    return cast(USBError, kind(text, code, number))


@dataclass(frozen=True)
class Server:
    """Where a USB/IP server listens."""

    host: str
    port: int

    def connect(self) -> socket.socket:
        """Connect; OSError where nobody listens."""
        link = socket.create_connection((self.host, self.port), timeout=PATIENCE)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link


def exactly(link: socket.socket, count: int) -> bytes:
    """Receive `count` bytes; ConnectionResetError where the server ends before."""
    data = bytearray()
    while len(data) < count:
        part = link.recv(count - len(data))
        if not part:
            raise ConnectionResetError(errno.ECONNRESET, "the USB/IP server closed the connection")
        data += part
    return bytes(data)


@dataclass(frozen=True)
class Listed:
    """A device as a server listed it."""

    server: Server
    record: protocol.Record

    @property
    def address(self) -> int:
        """Get how transfers name it."""
        return self.record.bus << 16 | self.record.number


@dataclass
class _Transfer:
    """The transfer under way, and the unlink sent after it."""

    sequence: int
    returned: protocol.Returned | None = None
    unlink_sequence: int | None = None
    unlinked: protocol.Unlinked | None = None

    def take(self, message: protocol.Returned | protocol.Unlinked) -> bool:
        """Take what the server says; False where it is about something else."""
        if isinstance(message, protocol.Returned):
            if message.sequence != self.sequence or self.returned is not None:
                return False
            self.returned = message
        else:
            if message.sequence != self.unlink_sequence or self.unlinked is not None:
                return False
            self.unlinked = message
        return True

    def has_returned(self) -> bool:
        """Tell whether it has ended by itself."""
        return self.returned is not None

    def is_settled(self) -> bool:
        """Tell whether nothing more will come, now that it was unlinked.

        Its return and the unlink's may cross, in either order: an unlink that came too late (status 0) is settled only
        when the return is here as well.
        """
        return self.unlinked is not None and (self.unlinked.status != 0 or self.returned is not None)


class Handle:
    """An open device; imported once it is claimed."""

    def __init__(self, device: Listed) -> None:
        self.device = device
        self._link: socket.socket | None = None
        self._gone = False
        self._turn = threading.Lock()
        self._poll = select.poll()
        self._buffer = bytearray()
        self._inlet = memoryview(bytearray(65536))  # recv(n) would allocate n bytes at every call
        self._serial = 0
        self._late: dict[int, deque[bytes]] = {}  # answers to interrupted reads, by endpoint: the next read's

    @property
    def claimed(self) -> bool:
        """Tell whether the device is imported."""
        return self._link is not None

    @property
    def configuration(self) -> int:
        """Get the active configuration; USBError where the device has gone."""
        self.check()
        return self.device.record.configuration or 1

    # Import and close -------------------------------------------------------------------------------------------------

    def claim(self) -> None:
        """Import the device, and configure it as a host does at plug-in; nothing to do if it is ours already.

        Raises:
            USBError: EBUSY if another holds it, ENODEV if it has gone.
        """
        if self._gone:
            raise failure(errno.ENODEV)
        if self._link is not None:
            return
        try:
            link = self.device.server.connect()
        except OSError:
            self._lose()
        try:
            now = self._import(link)
        except (OSError, USBError) as error:
            link.close()
            if isinstance(error, USBError):
                raise
            self._lose()
        link.setblocking(True)
        self._poll.register(link, select.POLLIN)
        self._link = link
        self.device = replace(self.device, record=now)
        if not now.configuration:
            self.configure(1)

    def _import(self, link: socket.socket) -> protocol.Record:
        record = self.device.record
        ask = protocol.OPERATION.pack(protocol.VERSION, protocol.IMPORT_REQUEST, 0)
        link.sendall(ask + protocol.BUS_ID.pack(record.bus_id.encode()))
        _, _, status = protocol.OPERATION.unpack(exactly(link, protocol.OPERATION.size))
        if status:
            # Linux' own server says 1 (not available) for a device that is in use
            number = {1: errno.EBUSY, protocol.BUSY: errno.EBUSY, protocol.NO_DEVICE: errno.ENODEV}
            raise failure(number.get(status, errno.EIO))
        now, _ = protocol.Record.unpack(exactly(link, protocol.RECORD_SIZE))
        if now.place != record.place:  # it was plugged in again: another device, as on a real USB
            raise failure(errno.ENODEV)
        return now

    def configure(self, value: int) -> None:
        """Set the configuration."""
        self.control(protocol.SETUP.pack(0, 9, value, 0, 0), timeout=_CONFIGURE_TIMEOUT)
        self.device = replace(self.device, record=replace(self.device.record, configuration=value))

    def close(self) -> None:
        """Let go, and wait until the server has noticed: an open right after this must find the device free."""
        link, self._link, self._gone = self._link, None, True
        if link is None:
            return
        with contextlib.suppress(OSError):  # the server is gone, or silent: then there is nothing to wait for
            link.shutdown(socket.SHUT_WR)
            link.settimeout(PATIENCE)
            while link.recv(65536):
                pass
        link.close()

    def check(self) -> None:
        """Notice without a transfer that the connection has ended; then raise ENODEV."""
        if self._link is not None and not self._gone and not self._turn.locked() and self._poll.poll(0):
            try:
                self._gone = not self._link.recv(1, socket.MSG_PEEK)
            except OSError:
                self._gone = True
        if self._gone:
            raise failure(errno.ENODEV)

    def _lose(self) -> NoReturn:
        self._gone = True
        raise failure(errno.ENODEV) from None

    # Transfers --------------------------------------------------------------------------------------------------------

    def control(self, setup: bytes, data: bytes = b"", length: int = 0, timeout: int = 0) -> bytes:
        """Make a control transfer; give what came in. `length` and `data` are its data stage, `timeout` is in ms."""
        inward = bool(setup[0] & 0x80)
        asked = protocol.Submit(0, inward, 0, length if inward else len(data), setup, data)
        return self._transfer(asked, timeout).data

    def read(self, endpoint: int, length: int, timeout: int) -> bytes:
        """Read at most `length` bytes from an endpoint. `timeout` is in ms, 0 for none."""
        late = self._late.get(endpoint)
        if late:
            data = late.popleft()
            if len(data) > length:
                late.appendleft(data[length:])
            return data[:length]
        return self._transfer(protocol.Submit(0, True, endpoint, length, protocol.NO_SETUP, b""), timeout).data

    def write(self, endpoint: int, data: bytes, timeout: int) -> int:
        """Write to an endpoint; give how many bytes went out. `timeout` is in ms, 0 for none."""
        return self._transfer(protocol.Submit(0, False, endpoint, len(data), protocol.NO_SETUP, data), timeout).length

    def _transfer(self, asked: protocol.Submit, timeout: int) -> protocol.Returned:
        """Make one transfer.

        Raises:
            USBError: As libusb would: ETIMEDOUT, ENODEV, EPIPE for a stall, EOVERFLOW for more than was asked for.
        """
        self.claim()
        with self._turn:
            under_way = _Transfer(self._next(inward=asked.inward))
            self._send(protocol.submit(self.device.address, asked._replace(sequence=under_way.sequence)))
            try:
                ended = self._wait(under_way, under_way.has_returned, timeout)
            except BaseException:  # Ctrl-C: this read must not leave its answer to the next one
                self._interrupted(under_way, asked)
                raise
            if not ended:
                self._cancel(under_way)
        result = under_way.returned
        if result is None or result.status in _CANCELLED:
            raise failure(errno.ETIMEDOUT)
        if result.status:
            raise failure(-result.status)
        if asked.inward and result.length > asked.length:
            raise failure(errno.EOVERFLOW)
        return result

    def _interrupted(self, under_way: _Transfer, asked: protocol.Submit) -> None:
        if self._gone:
            return
        self._cancel(under_way)
        result = under_way.returned
        if asked.endpoint and result is not None and result.status == 0 and result.data:
            self._late.setdefault(asked.endpoint, deque()).append(result.data)

    def _cancel(self, under_way: _Transfer) -> None:
        """Call a transfer off; if it had ended meanwhile, its return counts."""
        under_way.unlink_sequence = self._next(inward=False)
        self._send(protocol.unlink(self.device.address, under_way.unlink_sequence, under_way.sequence))
        if not self._wait(under_way, under_way.is_settled, int(PATIENCE * 1000)):
            self._lose()  # a server that does not even answer an unlink

    def _next(self, *, inward: bool) -> int:
        self._serial = self._serial % 0x3FFFFFFF + 1
        return protocol.sequence_number(self._serial, inward=inward)

    def _send(self, message: bytes) -> None:
        """Send in one piece: header and data apart would wait for each other's acknowledgement (Nagle)."""
        try:
            if self._link is None:
                self._lose()
            self._link.sendall(message)
        except OSError as error:
            if isinstance(error, USBError):
                raise
            self._lose()

    def _wait(self, under_way: _Transfer, done: Callable[[], bool], timeout: int) -> bool:
        """Receive until `done`; False after `timeout` ms (0 and very long ones: never)."""
        deadline = time.monotonic() + timeout / 1000 if 0 < timeout < _ENDLESS else None
        self._dispatch(under_way, done)  # what came in one piece with the end of the transfer before
        while not done():
            left = _LONGEST_POLL if deadline is None else (deadline - time.monotonic()) * 1000
            if left <= 0:
                return False
            if self._receive(min(left, _LONGEST_POLL)):
                self._dispatch(under_way, done)
        return True

    def _receive(self, patience: float) -> bool:
        """Receive what comes within `patience` ms; ENODEV where the connection has ended."""
        try:
            if (link := self._link) is None:  # closed by another thread
                self._lose()
            if not self._poll.poll(patience):
                return False
            count = link.recv_into(self._inlet)
        except OSError as error:
            if isinstance(error, USBError):
                raise
            self._lose()
        if not count:
            self._lose()
        self._buffer += self._inlet[:count]
        return True

    def _dispatch(self, under_way: _Transfer, done: Callable[[], bool]) -> None:
        try:
            while not done() and (message := protocol.take_return(self._buffer)) is not None:
                if not under_way.take(message):  # not ours: Linux, too, gives such a connection up
                    self._lose()
        except protocol.ProtocolError:
            self._lose()
