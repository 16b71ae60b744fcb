"""A queue for one taker, which a signal's handler may fill, and whose wait always ends in time.

`queue.SimpleQueue` is neither on Python 3.10 to 3.12: a `get` that is held up for longer than its timeout, between
looking into the queue and waiting, waits for ever (seen on 3.10 and 3.11, after some 100 000 waits of no time on a busy
machine). `queue.Queue` must not be filled by the handler of a signal that interrupts its own lock.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from queue import Empty
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """What was put in comes out in that order. Anybody may put; one thread takes."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._bell = threading.Lock()  # free: something was put in since the last wait
        self._bell.acquire()

    def put(self, item: T) -> None:
        """Put something in; it never waits, and may be done at any moment."""
        self._items.append(item)
        with contextlib.suppress(RuntimeError):  # it is free already
            self._bell.release()

    def get(self, timeout: float | None = None) -> T:
        """Take the first thing out, waiting for it.

        Args:
            timeout: How long to wait, s; None for ever.

        Raises:
            queue.Empty: There was none in time.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._items:
            left = -1.0 if until is None else until - time.monotonic()
            if until is not None and left <= 0:
                raise Empty
            self._bell.acquire(timeout=left)
        return self._items.popleft()

    def empty(self) -> bool:
        """Whether there is nothing in it now."""
        return not self._items
