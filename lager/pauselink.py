"""The connection of one pause to the box, in a thread of its own.

It announces the pause, hands on what the box says, and sends what the paused thread has to say. While the box is away
it connects again and again, and keeps the deadline itself; while the box is there, the box decides, and only a late
net below it catches a box that hangs.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import socket
import threading
import time
import weakref
from queue import Empty, SimpleQueue
from typing import Protocol

import msgspec

from lager import errors, wire
from lager.evaluation import pauses

GRACE_SECONDS = 2.0  # by how much a box may be late before the script goes on by itself
STOP_SECONDS = 0.4  # how often a statement that does not stop is told to
BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
PART_SECONDS = 2.0  # that the box gets to close its end
PART_BYTES = 65536
KEPT = 4 * 1024 * 1024  # bytes of what is kept for the next box; of more, the text of statements is left out
MANY = 50  # messages that wait: then texts of one statement are joined, as each message is work for the box


class Waiting(Protocol):
    """The paused thread, as its link sees it."""

    def take(self, message: wire.ToScript) -> bool:
        """Take a message of the box; say whether to `press` for it."""

    def end(self, reason: str, by: str = "") -> None:
        """Go on."""

    def press(self) -> bool:
        """Stop what holds up a release; say whether to do so again."""

    def changing(self) -> bool:
        """Say whether a change is being made, which has its own limit of time."""

    def news(self) -> None:
        """Know that the link has a name, or has sent its last word."""

    def lost(self) -> None:
        """Know that the box has gone."""

    def consoles(self) -> list[wire.HeldConsole]:
        """Tell of the consoles, to the next box."""


class PauseLink(threading.Thread):
    """The thread that speaks to the box.

    Args:
        path: The box's socket; empty for none, then only the deadline is kept.
        hit: What to announce.
        waiting: The paused thread.
    """

    is_pydev_daemon_thread = pydev_do_not_trace = True  # an IDE's debugger neither shows nor stops it

    def __init__(self, path: str, hit: wire.Hit, waiting: Waiting) -> None:
        super().__init__(name=f"lager-pause-{hit.key}", daemon=True)
        self.named = threading.Event()
        self.sent = threading.Event()  # the last word, or there is nobody to send it to
        self.label: str | None = None  # that the box has for it
        self.left: float | None = None  # of the run's runtime, s
        self.door = False  # whether clients of the released interface get a console on it
        self.name_given = ""
        self.number = 0
        self._path = path
        if not path:
            self.named.set()  # nobody will name it
        self._hit = hit
        self._waiting: Waiting | None = waiting
        self._deadline = None if hit.left is None else time.monotonic() + hit.left
        self._outgoing: SimpleQueue[object] = SimpleQueue()
        self._unsent = bytearray()
        self._unread = bytearray()
        self._kept: list[wire.ConsoleOutput | wire.ConsoleResult | wire.Wrote] = []  # for the next box
        self._kept_size = 0
        self._box: socket.socket | None = None
        self._bell, self._button = _bell()
        self._pressing = False
        self._finished = False
        self._held_back = False  # it is released, and the box waits for its own lock: no deadline counts
        self._failures = 0
        _links.add(self)
        pauses.began(self)

    def send(self, message: object) -> None:
        """Queue a message; any thread, and safe where an interrupt may strike."""
        self._outgoing.put(message)
        self._ring()

    def finish(self, last: object, seconds: float) -> None:
        """Send the last message, and end. Wait until it is sent, at most so long, s; the rest is done meanwhile."""
        pauses.ended(self)
        if not self.is_alive():
            self.disarm()  # it never began, or this is a forked child, where it does not exist
            return
        self._outgoing.put(last)
        self._finished = True  # not before: else the link may end without it
        self._ring()
        if seconds:
            self.sent.wait(seconds)

    def _ring(self) -> None:
        try:
            self._button.send(b"!")
        except OSError as exc:  # it rings already, or the link is over
            if exc.errno is None:
                raise  # by a signal handler of the script: a TimeoutError is an OSError, too

    def see_off(self, seconds: float) -> None:
        """Wait, at most so long, s, for the end of a link that is finished."""
        if self._finished and self.is_alive():
            self.join(seconds)

    def disarm(self) -> None:
        """Close what a forked child has inherited: the box must see its parent's end."""
        pauses.ended(self)
        for one in (self._box, self._bell, self._button):
            if one is not None:
                one.close()

    def run(self) -> None:
        """Serve the pause until it is over."""
        try:
            while not (self._finished and (self._box is None or self._drained())):
                if self._box is None and self._path:
                    self._connect()
                self._turn()
            self._let_go()
            if self._box is not None:
                _part(self._box)
        finally:
            self._let_go()
            self.disarm()

    def _let_go(self) -> None:
        waiting, self._waiting = self._waiting, None
        self.sent.set()
        if waiting and not self._finished:
            waiting.end("failed")  # by a defect of ours: the script must not wait for ever for this thread
        if waiting:
            waiting.news()

    def _drained(self) -> bool:
        return self._outgoing.empty() and not self._unsent

    def _connect(self) -> None:
        box = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            box.connect(self._path)
        except OSError:
            box.close()
            self._failures += 1
            return
        box.setblocking(False)
        self._box, self._failures = box, 0
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        hit = msgspec.structs.replace(self._hit, left=left, number=self.number, label=self.label or self._hit.label)
        self._unread.clear()
        self._unsent[:] = wire.to_json(msgspec.structs.replace(hit, consoles=self._consoles())) + b"\n"
        kept, self._kept, self._kept_size = self._kept, [], 0
        for message in kept:
            self._write(message)

    def _consoles(self) -> list[wire.HeldConsole]:
        """Give the consoles, as they were before what is kept happened."""
        done = {(one.console, one.statement) for one in self._kept if isinstance(one, wire.ConsoleResult)}
        return [
            msgspec.structs.replace(one, waiting=[*(n for of, n in done if of == one.console), *one.waiting])
            for one in (self._waiting.consoles() if self._waiting else [])
        ]

    def _turn(self) -> None:
        """Wait for whatever comes first, and deal with it."""
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        if self._box:
            poll.register(self._box, select.POLLIN | (select.POLLOUT if self._unsent else 0))
        for number, _ in poll.poll(self._patience()):
            if number == self._bell.fileno():
                self._hush()
        self._collect()
        if self._box:
            self._exchange(self._box)
        self._keep_deadline()

    def _hush(self) -> None:
        try:
            self._bell.recv(PART_BYTES)
        except BlockingIOError:
            return
        except OSError:  # somebody has closed all files of this process (`os.closerange`)
            for one in (self._bell, self._button):
                one.detach()
            self._bell, self._button = _bell()

    def _patience(self) -> float | None:
        """Give how long nothing may happen, ms; None for ever."""
        waits = []
        if self._pressing:
            waits.append(STOP_SECONDS)
        elif self._deadline is not None and not self._held_back:
            waits.append(max(0.0, self._due() - time.monotonic()))
        if self._box is None and self._path:
            waits.append(BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS)) - 1])
        return min([*waits, 86400.0]) * 1000 + 1 if waits else None

    def _due(self) -> float:
        return (self._deadline or 0.0) + (GRACE_SECONDS if self._box else 0.0)

    def _keep_deadline(self) -> None:
        waiting = self._waiting
        if not waiting:
            return
        if self._pressing:
            self._pressing = waiting.press()
        elif self._deadline is not None and not self._held_back and time.monotonic() >= self._due():
            if waiting.changing():
                self._deadline = time.monotonic() + STOP_SECONDS  # look again; a change is not cut off
            else:
                self._pressing = True
                waiting.end("timed out")  # where it is ending already, the first reason stands

    def _collect(self) -> None:
        many = self._outgoing.qsize() > MANY
        texts: list[wire.ConsoleOutput] = []  # that are sent as one
        while True:
            try:
                message = self._outgoing.get_nowait()
            except Empty:
                self._write_texts(texts)
                return
            if texts and not (isinstance(message, wire.ConsoleOutput) and _goes_with(message, texts[0])):
                self._write_texts(texts)
                texts = []
            if many and isinstance(message, wire.ConsoleOutput):
                texts.append(message)
            else:
                self._write(message)

    def _write_texts(self, texts: list[wire.ConsoleOutput]) -> None:
        if texts:
            self._write(msgspec.structs.replace(texts[0], text="".join(one.text for one in texts)))

    def _write(self, message: object) -> None:
        if self._box:
            self._unsent += wire.to_json(message) + b"\n"
        elif isinstance(message, wire.ConsoleOutput | wire.ConsoleResult | wire.Wrote):
            self._keep(message)  # of all else a box that was away hears anew

    def _keep(self, message: wire.ConsoleOutput | wire.ConsoleResult | wire.Wrote) -> None:
        if isinstance(message, wire.ConsoleOutput):
            self._kept_size += len(message.text)
            if self._kept_size > KEPT:
                return
        self._kept.append(message)

    def _exchange(self, box: socket.socket) -> None:
        try:
            if self._unsent:
                del self._unsent[: box.send(self._unsent)]
            part = box.recv(PART_BYTES)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if not part:
            self._hung_up(box)
            return
        self._unread += part
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            self._hear(bytes(line))

    def _hung_up(self, box: socket.socket) -> None:
        with contextlib.suppress(OSError):  # somebody else has closed it
            box.close()
        self._box = None
        self._held_back = False
        self._failures = 1
        self._unsent.clear()
        if self._waiting:
            self._waiting.lost()

    def _hear(self, line: bytes) -> None:
        try:
            message: wire.ToScript = wire.from_json(line, wire.ToScript)
        except errors.UsageError:
            return  # from a newer box: what this end does not know, it cannot do
        if isinstance(message, wire.Announced):
            self.number, self.name_given, self.label = message.number, message.name, message.label
            self.left, self.door = message.left, message.door
            self.named.set()
            if self._waiting:
                self._waiting.news()
        elif isinstance(message, wire.Ping):
            self._unsent += wire.to_json(wire.Pong(message.number)) + b"\n"
        elif self._waiting:
            self._held_back = self._held_back or isinstance(message, wire.Waits)
            self._pressing = self._waiting.take(message) or self._pressing


def _goes_with(one: wire.ConsoleOutput, other: wire.ConsoleOutput) -> bool:
    return (one.console, one.statement, one.stream) == (other.console, other.statement, other.stream)


def _bell() -> tuple[socket.socket, socket.socket]:
    """Make what wakes a link from another thread: one end to wait for, and one to press."""
    ends = socket.socketpair()
    for one in ends:
        one.setblocking(False)
    return ends


def _part(box: socket.socket) -> None:
    """Close in order: a box that is writing just then would not read what was said last, were this end shut already."""
    with contextlib.suppress(OSError):  # it has gone, or does not answer: there is nothing left to say
        box.shutdown(socket.SHUT_WR)
        box.settimeout(PART_SECONDS)
        while box.recv(PART_BYTES):
            pass


_links: weakref.WeakSet[PauseLink] = weakref.WeakSet()  # only what a forked child must close


def _disarm() -> None:
    for link in list(_links):
        link.disarm()


def _flush() -> None:
    """At the script's end: let no last word be lost that is just being sent."""
    for link in list(_links):
        link.see_off(PART_SECONDS)


os.register_at_fork(after_in_child=_disarm)
atexit.register(_flush)
