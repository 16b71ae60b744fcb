"""What released clients were refused a moment ago. The oldest show no refusal: they come again, by another way.

That way ends at the runner, which asks here what to tell them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_KEPT = 30.0  # s; such a client comes again at once
_MOST = 100


class Refusals:
    """The last refusal of each net, by the client's address; for any thread.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._last: dict[tuple[str, str], tuple[float, str]] = {}

    def note(self, client: str, net: str, words: str) -> None:
        """Take one; the oldest is forgotten where there are many."""
        with self._turn:
            self._last.pop((client, net), None)
            self._last[client, net] = self._clock(), words
            while len(self._last) > _MOST:
                del self._last[next(iter(self._last))]

    def last(self, client: str, net: str) -> str:
        """Give one, if it is not long ago; '' where there was none."""
        with self._turn:
            when, words = self._last.get((client, net), (0.0, ""))
            return words if words and self._clock() - when < _KEPT else ""
