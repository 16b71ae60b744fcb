"""How soon a process that died is started again: at once, unless it dies young again and again. Starts nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

_SHORT_LIFE, _SHORT_SERVICE = 2.0, 0.3  # s: of a process that never came to serve, and of one that did
_FREE_RESTARTS = 3  # a process may die young this often before its restart waits


def restart_delay(young_deaths: int, was_ready: bool = False) -> float:
    """Decide how long to wait, s, before a process is started again.

    Args:
        young_deaths: After so many short lives in a row.
        was_ready: Whether the last one had come as far as serving: then somebody may be killing them.
    """
    over = young_deaths - _FREE_RESTARTS
    return 0.0 if over <= 0 else min(0.1 * 2.0 ** min(over, 10), 0.4 if was_ready else 5.0)


class Youth:
    """Counts the short lives in a row.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deaths = 0
        self._began = 0.0

    def begin(self) -> None:
        """Note that a process starts."""
        self._began = self._clock()

    def end(self, was_ready: bool = False) -> float:
        """Note that it has ended, and give how long the next one has to wait, s; `was_ready` as in `restart_delay`."""
        short = _SHORT_SERVICE if was_ready else _SHORT_LIFE
        self._deaths = self._deaths + 1 if self._clock() - self._began < short else 0
        return restart_delay(self._deaths, was_ready)
