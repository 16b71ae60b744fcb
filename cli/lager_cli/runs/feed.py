"""What boxes say of their runs as it changes, from a thread for each box. A broken connection is made again."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lager import errors, wire
from lager.stream import Dropped, Stream
from lager_cli.runs.places import Place
from lager_cli.selection import Box

_RETRY = 0.5  # s between two attempts


@dataclass(frozen=True)
class News:
    """A box's runs, or why there is nothing to hear from it.

    Attributes:
        runs: None while there is no connection.
        final: Whether nothing more comes from this box.
    """

    place: Place
    runs: list[wire.RunInfo] | None = None
    error: errors.LagerError | None = None
    final: bool = False


class Feed:
    """The news of some boxes, in the order they came.

    Args:
        places: The boxes.
        whereabouts: Looks where a box listens now.
    """

    def __init__(self, places: Sequence[Place], whereabouts: Callable[[Box], Box]) -> None:
        self._whereabouts = whereabouts
        self._came: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._threads = [
            threading.Thread(target=self._top, args=(place,), name=f"runs of {place.name}", daemon=True)
            for place in places
        ]
        for thread in self._threads:
            thread.start()

    def fileno(self) -> int:
        """Give the descriptor that is readable when news have come."""
        return self._wake

    def nudge(self) -> None:
        """Wake whoever waits; safe in a signal's handler."""
        with contextlib.suppress(BlockingIOError):  # it is readable already
            os.write(self._woken, b"x")

    def take(self) -> list[News]:
        """Give what has come; waits for nothing."""
        with contextlib.suppress(BlockingIOError):  # nobody has written: then there may still be something
            os.read(self._wake, 4096)
        found: list[News] = []
        with contextlib.suppress(queue.Empty):  # that was all
            while True:
                found.append(self._came.get_nowait())
        return found

    def close(self) -> None:
        """Hang up; the threads end by themselves."""
        with self._lock:
            self._closed.set()
            streams = list(self._streams)
        for stream in streams:
            stream.close()

    def _tell(self, news: News) -> None:
        self._came.put(news)
        self.nudge()

    def _top(self, place: Place) -> None:
        last = place.error or errors.Defect(f"watching {place.name} has failed", "report that")
        try:
            if place.box is not None:
                last = self._follow(place, place.box)
        finally:
            if not self._closed.is_set():
                self._tell(News(place, error=last, final=True))

    def _follow(self, place: Place, box: Box) -> errors.LagerError:
        """Follow a box for as long as it makes sense and anybody listens; give why it does no more."""
        try:
            while True:
                lost = self._listen(place, box)
                if self._closed.is_set():
                    return lost
                self._tell(News(place, error=lost))
                if self._closed.wait(_RETRY):
                    return lost
                box = self._whereabouts(box)
        except errors.LagerError as error:
            return error

    def _listen(self, place: Place, box: Box) -> errors.ServiceUnreachable:
        """Give on what a box says until the connection is lost; give why it is."""
        try:
            with contextlib.suppress(Dropped), box.runner.connect("/runs/watch") as stream:
                with self._lock:
                    self._streams.add(stream)
                try:
                    while not self._closed.is_set():
                        told: wire.RunList = stream.receive(wire.RunList)
                        self._tell(News(place, told.runs))
                finally:
                    with self._lock:
                        self._streams.discard(stream)
        except errors.ServiceUnreachable as error:
            return error
        return errors.ServiceUnreachable(f"{box.runner.place} has ended the connection", "see that it is on")
