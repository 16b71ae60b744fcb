"""What the process of a console has printed itself: its threads, its children, or Python when it died.

It is no console's, so it comes with the run's output, on a connection of its own; in a thread, and also after that
connection broke. What is not taken stays at the box, however much it is. It shows nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator

from lager import errors, wire
from lager.stream import Dropped, Stream

_ROOM = 256 * 1024  # bytes that wait to be taken
_RETRY = 1.0  # s
_LOOK = 5.0  # s without a word, until it is looked whether the box is still there


class Printed:
    """The output of a run, from its beginning to its end.

    Args:
        dial: Opens the run's stream, from an offset on.
        changed: Told, in a thread, that there is something to take.

    Attributes:
        exited: How the run has ended; None while it lives, or where that is unknown.
    """

    def __init__(self, dial: Callable[[int], Stream], changed: Callable[[], None]) -> None:
        self._dial, self._changed = dial, changed
        self._offset = 0
        self._waiting: deque[wire.Output] = deque()
        self._size = 0
        self._moved = threading.Condition()
        self._ending = self._done = False
        self._over = threading.Event()
        self.exited: wire.Exited | None = None
        threading.Thread(target=self._follow, name="console, printed", daemon=True).start()

    def take(self) -> Iterator[wire.Output]:
        """Give what has come."""
        while True:
            with self._moved:
                if not self._waiting:
                    return
                output = self._waiting.popleft()
                self._size -= len(output.data)
                self._moved.notify_all()
            yield output

    def rest(self, patience: float) -> Iterator[wire.Output]:
        """Give what still comes until the run has ended, or until nothing comes any more.

        Args:
            patience: For how long nothing may come, s.
        """
        self._ending = True
        while not self._done or self._waiting:
            yield from self.take()
            with self._moved:
                if not self._moved.wait_for(lambda: self._done or self._waiting, patience):
                    break
        self._over.set()

    def _follow(self) -> None:
        try:
            self._connect()
        finally:
            with self._moved:
                self._done = True
                self._moved.notify_all()

    def _connect(self) -> None:
        while not self._over.is_set() and self.exited is None:
            try:
                with self._dial(self._offset) as stream:
                    self._read(stream)
            except Dropped:
                self._over.wait(_RETRY)
            except errors.ServiceUnreachable:
                if self._ending:
                    return
                self._over.wait(_RETRY)
            except errors.LagerError:
                return  # the box has the run no more

    def _read(self, stream: Stream) -> None:
        while not self._over.is_set() and self.exited is None:
            try:
                message: object = stream.receive(wire.FromRun, _LOOK)
            except TimeoutError:
                continue
            if isinstance(message, wire.Exited):
                self.exited = message
            elif isinstance(message, wire.StreamFailed):
                raise message.error.as_error()
            elif isinstance(message, wire.Output):
                self._keep(message)

    def _keep(self, output: wire.Output) -> None:
        with self._moved:
            self._moved.wait_for(lambda: self._size < _ROOM)
            self._offset = output.offset
            self._waiting.append(output)
            self._size += len(output.data)
            self._moved.notify_all()
        self._changed()
