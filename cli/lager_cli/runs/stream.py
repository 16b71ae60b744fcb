"""A run's messages, in order and without a gap, across lost connections. Its own thread reads, the caller's takes."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable

from lager import errors, wire
from lager.stream import Dropped, Stream

LOST_AFTER = 30.0  # s without contact
_RETRY = 0.25  # s between two attempts
_HELD = 1.0  # s after which a connection counts as one that worked

Message = wire.Output | wire.PauseBegan | wire.PauseEnded | wire.Exited | wire.StreamFailed | errors.LagerError


class RunStream:
    """What a run says, and what is said to it.

    Args:
        connect: Opens the run's stream from an offset on.
        reattach: The command that follows the run again.
        lost_after: How long to look for a box that does not answer, s.
    """

    def __init__(self, connect: Callable[[int], Stream], reattach: str, lost_after: float = LOST_AFTER) -> None:
        self._connect, self._reattach, self._lost_after = connect, reattach, lost_after
        self._taken: queue.Queue[Message] = queue.Queue(maxsize=256)  # then the box waits: its log has the rest
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._woken, False)
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._unsent: list[wire.Continue | wire.Stop] = []
        self._underway: list[tuple[wire.Continue | wire.Stop, threading.Event]] = []  # sent; set when it has arrived
        self._closed = threading.Event()
        threading.Thread(target=self._top, name="run stream", daemon=True).start()

    def fileno(self) -> int:
        """Give the descriptor that is readable when messages have come."""
        return self._wake

    def messages(self) -> list[Message]:
        """Give what has come. A LagerError among it is the last."""
        os.read(self._wake, 4096)
        found: list[Message] = []
        with contextlib.suppress(queue.Empty):  # that was all
            while True:
                found.append(self._taken.get_nowait())
        return found

    def send(self, message: wire.Continue | wire.Stop) -> None:
        """Send a message, now or when there is contact again; once more, if the connection broke before it arrived."""
        with self._lock:
            self._unsent.append(message)
            self._flush()

    def close(self) -> None:
        """Leave the run to itself."""
        self._closed.set()
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _flush(self) -> None:
        with contextlib.suppress(Dropped):  # the thread notices, too, and connects again
            while self._stream is not None and self._unsent:
                self._stream.send(self._unsent[0])
                arrived = self._stream.probe()
                self._underway.append((self._unsent.pop(0), arrived))

    def _top(self) -> None:
        try:
            self._follow()
        except Exception as exc:  # noqa: BLE001  # a thread's top: the command must not wait for ever for it
            self._put(
                errors.Defect(f"following the run failed: {type(exc).__name__}: {exc}", "report that; the run goes on")
            )

    def _follow(self) -> None:
        offset, since = 0, time.monotonic()
        while not self._closed.is_set():
            began = time.monotonic()
            try:
                with self._connect(offset) as stream:
                    began = time.monotonic()
                    self._attach(stream)
                    offset = self._read(stream, offset)
                if offset < 0:
                    return
                if time.monotonic() - began > _HELD:
                    since = time.monotonic()
                last = self._lost(since)
            except errors.ServiceUnreachable:
                last = self._lost(since)
            except errors.LagerError as exc:
                last = exc
            if last is not None:
                self._put(last)
                return
            self._closed.wait(_RETRY)

    def _attach(self, stream: Stream) -> None:
        with self._lock:
            # Asking twice for one pause is asking once, so that is done until the pause is over; a signal is sent
            # again only if it has not arrived: the script would be interrupted in its `finally:`.
            again = [
                message
                for message, arrived in self._underway
                if isinstance(message, wire.Continue) or not arrived.is_set()
            ]
            self._unsent[:0] = again
            self._underway.clear()
            self._stream = stream
            self._flush()

    def _read(self, stream: Stream, offset: int) -> int:
        """Take what comes until the connection drops; give where to go on, or -1 at the end of the run."""
        try:
            while True:
                message: Message = stream.receive(wire.FromRun)
                if isinstance(message, wire.Output):
                    offset = message.offset
                self._put(message)
                if isinstance(message, wire.Exited | wire.StreamFailed):
                    return -1
        except Dropped:
            return offset
        finally:
            with self._lock:
                self._stream = None

    def _lost(self, since: float) -> errors.LagerError | None:
        if time.monotonic() - since < self._lost_after:
            return None
        return errors.LagerError(
            f"lost contact with the run: the box has not answered for {self._lost_after:g} s",
            f"the run goes on if the box does; reattach with `{self._reattach}`, which gives its exit status",
        )

    def _put(self, message: Message) -> None:
        if isinstance(message, wire.PauseEnded):
            with self._lock:  # unsent, too: a connection that breaks right after it carried a message leaves it there
                self._unsent = [one for one in self._unsent if getattr(one, "number", None) != message.number]
                self._underway = [one for one in self._underway if getattr(one[0], "number", None) != message.number]
        self._taken.put(message)
        with contextlib.suppress(BlockingIOError):  # it is readable already
            os.write(self._woken, b"x")
