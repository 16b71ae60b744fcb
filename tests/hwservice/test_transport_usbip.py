"""Unlinks and crossing answers against a scripted USB/IP server: nothing is lost, nothing is given twice."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
import struct
import threading
from array import array

import pytest
from usb.core import USBError

from lager_drivers.simulated import usbip_protocol as protocol
from lager_drivers.simulated.usbtmc import TmcDevice
from lager_hwservice.transports import usbip, usbip_handle

CANCELLED = -errno.ECONNRESET


class Silent:
    vendor, product = 0x05E6, 0x2281
    strings = ("Maker", "Model", "1")

    def handle(self, line):
        return None

    def power_cycle(self):
        return None


RECORD = protocol.Record("1-1", 1, 2, 1, TmcDevice(Silent()).descriptors())


class Scripted:
    """A server that hands each message of its importer to `script(server, message)`."""

    def __init__(self, script, status=0, record=RECORD):
        self.script, self.status, self.record = script, status, record
        self.submitted = self.unlinks = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.threads = []
        self.doorman = self.start(self.accept)

    def start(self, target, *args):
        thread = threading.Thread(target=target, args=args)
        self.threads.append(thread)
        thread.start()
        return thread

    def accept(self):
        with contextlib.suppress(OSError):  # closed: the end
            while True:
                self.start(self.serve, self.door.accept()[0])

    def serve(self, link):
        with link, contextlib.suppress(OSError):
            _, code, _ = protocol.OPERATION.unpack(usbip_handle.exactly(link, 8))
            if code == protocol.LIST_REQUEST:
                link.sendall(protocol.OPERATION.pack(protocol.VERSION, protocol.LIST_REPLY, 0))
                link.sendall(protocol.COUNT.pack(1) + RECORD.pack() + protocol.INTERFACE_CLASS.pack(0xFE, 3, 1))
                return
            usbip_handle.exactly(link, 32)
            link.sendall(protocol.OPERATION.pack(protocol.VERSION, protocol.IMPORT_REPLY, self.status))
            if self.status:
                return
            link.sendall(self.record.pack())
            self.link, buffer = link, bytearray()
            while data := link.recv(65536):
                buffer += data
                while (message := protocol.take_request(buffer)) is not None:
                    self.submitted += isinstance(message, protocol.Submit)
                    self.unlinks += isinstance(message, protocol.Unlink)
                    self.script(self, message)

    def give(self, sequence, data=b"", status=0):
        self.link.sendall(protocol.returned(sequence, status, len(data), data))

    def heard(self, sequence, status):
        self.link.sendall(protocol.unlinked(sequence, status))

    def close(self):
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.doorman.join(10)
        for thread in self.threads:
            thread.join(10)


PATIENT = 5000  # ms: for what comes for certain, however busy the machine is


@contextlib.contextmanager
def reader(script, **more):
    """Give a function that reads once from a device behind the scripted server: what came, or the errno."""
    with contextlib.closing(Scripted(script, **more)) as server:
        backend = usbip.Backend([usbip.server_of(f"usbip://127.0.0.1:{server.door.getsockname()[1]}")])
        handle = backend.open_device(backend.enumerate_devices()[0])

        def read(timeout=30, size=64):
            buffer = array("B", bytes(size))
            try:
                return bytes(buffer[: backend.bulk_read(handle, 0x82, 0, buffer, timeout)])
            except USBError as error:
                return error.errno

        read.handle, read.server, read.backend = handle, server, backend
        try:
            yield read
        finally:
            backend.close_device(handle)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(usbip_handle, "PATIENCE", 0.2)


def second_comes(on_unlink):
    """A script: the first read is left alone until it is unlinked, the second is answered at once."""

    def script(server, message):
        if isinstance(message, protocol.Unlink):
            on_unlink(server, message)
        elif server.submitted > 1:
            server.give(message.sequence, b"second")

    return script


def test_answer_just_before_the_unlink():
    def late(server, unlink):
        server.give(unlink.victim, b"first")
        server.heard(unlink.sequence, 0)

    with reader(second_comes(late)) as read:
        assert [read(), read()] == [b"first", b"second"]


def test_answer_just_after_the_unlinks_return():
    def later(server, unlink):
        server.heard(unlink.sequence, 0)
        server.give(unlink.victim, b"first")

    with reader(second_comes(later)) as read:
        assert [read(), read()] == [b"first", b"second"]


def test_unlinked_in_time():
    with reader(second_comes(lambda server, unlink: server.heard(unlink.sequence, CANCELLED))) as read:
        assert [read(), read(PATIENT)] == [errno.ETIMEDOUT, b"second"]


def test_return_of_an_unlinked_transfer_says_so():
    def both(server, unlink):
        server.give(unlink.victim, status=CANCELLED)
        server.heard(unlink.sequence, 0)

    with reader(second_comes(both)) as read:
        assert [read(), read(PATIENT)] == [errno.ETIMEDOUT, b"second"]


@pytest.mark.parametrize("pieces", [1, 2])
def test_answer_to_a_settled_transfer_ends_the_connection(pieces):
    def stray(server, unlink):
        heard = protocol.unlinked(unlink.sequence, CANCELLED)
        data = b"stray" * 20
        answer = protocol.returned(unlink.victim, 0, len(data), data)
        for piece in [heard + answer] if pieces == 1 else [heard, answer]:
            server.link.sendall(piece)

    with reader(second_comes(stray)) as read:
        assert read() == errno.ETIMEDOUT
        assert [read(2000), read(2000)] == [errno.ENODEV] * 2


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "on_unlink",
    [lambda server, unlink: None, lambda server, unlink: server.heard(unlink.sequence, 0)],
    ids=["no answer to the unlink", "ended, but its return never comes"],
)
def test_dead_server(on_unlink):
    with reader(second_comes(on_unlink)) as read:
        assert [read(), read()] == [errno.ENODEV] * 2


def test_connection_ends_within_a_return():
    def cut(server, message):
        server.link.sendall(protocol.returned(message.sequence, 0, 400, b"x" * 100))
        server.link.shutdown(socket.SHUT_RDWR)

    with reader(cut) as read:
        assert [read(0), read(0)] == [errno.ENODEV] * 2


def test_connection_is_reset():
    def reset(server, message):
        server.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.link.close()

    with reader(reset) as read:
        assert [read(0), read(0)] == [errno.ENODEV] * 2


def test_answer_byte_by_byte():
    def drip(server, message):
        for byte in protocol.returned(message.sequence, 0, 5, b"drips"):
            server.link.sendall(bytes([byte]))

    with reader(drip) as read:
        assert [read(2000), read(2000)] == [b"drips"] * 2


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ({"status": -errno.EPIPE}, errno.EPIPE),
        ({"data": b"z" * 65}, errno.EOVERFLOW),
        ({"status": -errno.ESHUTDOWN}, errno.ENODEV),
        ({"status": -errno.EILSEQ}, errno.EIO),
    ],
)
def test_failed_transfer(answer, number):
    with reader(lambda server, message: server.give(message.sequence, **answer)) as read:
        assert read(2000) == number


@pytest.mark.parametrize(
    ("status", "number"), [(1, errno.EBUSY), (2, errno.EBUSY), (3, errno.EIO), (4, errno.ENODEV), (5, errno.EIO)]
)
def test_refused_import(status, number):
    with reader(lambda server, message: None, status=status) as read:
        assert read() == number


def test_import_of_what_was_replugged_meanwhile():
    other = protocol.Record("1-1", 1, 3, 1, RECORD.descriptors)
    with reader(lambda server, message: None, record=other) as read:
        assert read() == errno.ENODEV


def test_interrupted_read_leaves_its_answer_to_the_next(monkeypatch):
    def late(server, unlink):
        server.give(unlink.victim, b"first")
        server.heard(unlink.sequence, 0)

    with reader(second_comes(late)) as read:
        read.backend.claim_interface(read.handle, 0)

        def ctrl_c(patience):
            monkeypatch.undo()
            raise KeyboardInterrupt

        monkeypatch.setattr(read.handle, "_receive", ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            read()
        assert [read(size=3), read(), read()] == [b"fir", b"st", b"second"]


def test_close_from_another_thread_ends_a_read():
    reading = threading.Event()
    with reader(lambda server, message: reading.set()) as read:
        read.backend.claim_interface(read.handle, 0)
        found = []
        thread = threading.Thread(target=lambda: found.append(read(0)))
        thread.start()
        reading.wait(10)
        read.handle.close()
        thread.join(10)
        assert found == [errno.ENODEV]


def test_answers_right_at_the_timeout_come_once_and_in_order():
    """The scripted device gives 1, 2, 3 ... each once, about when the host gives up; none may be lost or doubled."""
    chance = random.Random(1)
    lock, waiting, given, timers = threading.Lock(), set(), [0], []

    def answer(server, sequence):
        with lock:
            if sequence in waiting:
                waiting.discard(sequence)
                given[0] += 1
                server.give(sequence, b"%d" % given[0])

    def script(server, message):
        if isinstance(message, protocol.Unlink):
            with lock:
                status = CANCELLED if message.victim in waiting else 0
                waiting.discard(message.victim)
                server.heard(message.sequence, status)
            return
        with lock:
            waiting.add(message.sequence)
        timer = threading.Timer(chance.uniform(0.001, 0.005), answer, (server, message.sequence))
        timers.append(timer)
        timer.start()

    with reader(script) as read:
        results = [read(3) for _ in range(200)]
        for timer in timers:
            timer.join(10)
        got = [int(one) for one in results if isinstance(one, bytes)]
        assert got == list(range(1, given[0] + 1))
        assert len(got) + results.count(errno.ETIMEDOUT) == 200
        assert read.server.unlinks > 0


@pytest.mark.parametrize("via", ["127.0.0.1:3240", "usbip://", "usbip://127.0.0.1", "tcp://127.0.0.1:1"])
def test_malformed_server(via):
    with pytest.raises(ValueError, match="write usbip://HOST:PORT"):
        usbip.install([via])
