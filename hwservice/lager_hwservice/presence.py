"""Whether an instrument is on its bus, and the wait for one that was just plugged in again. Says nothing to it.

The wait is for all who want the instrument, not for each of them: who comes when it has been away for long is told so
at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

BACK_WITHIN = 1.5  # s that an instrument gets to be back, from when it was found missing
LOOK_EVERY = 0.02  # s


class Presence:
    """The instrument's place on its bus.

    Args:
        look: Says whether it is there; None where that cannot be told.
        clock: Monotonic time, s.
        sleep: Waits, s.
    """

    def __init__(
        self,
        look: Callable[[], bool | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # a bus without events wakes nobody
    ) -> None:
        self._look = look
        self._clock = clock
        self._sleep = sleep
        self._missing_since: float | None = None

    def look(self) -> bool | None:
        """Look once: whether it is there; None where that cannot be told."""
        return self._look()

    def gone(self) -> bool:
        """Look once: whether it is known to be away."""
        return self._look() is False

    def returns(self) -> bool:
        """Wait until it is there, or nobody can tell; False when it has been away for too long."""
        while self.gone():
            now = self._clock()
            if self._missing_since is None:
                self._missing_since = now
            if now - self._missing_since >= BACK_WITHIN:
                return False
            self._sleep(LOOK_EVERY)
        self._missing_since = None
        return True
