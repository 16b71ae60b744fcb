"""What waits for one target, in order, and when it is tried again. Pure: time and chance are handed in.

A notice is tried `ATTEMPTS` times, over about a minute; then it counts as missed, and the next one says so.
"""

from __future__ import annotations

from collections import deque

import msgspec

from lager_runner.notifying.notices import Notice

ATTEMPTS = 5
FIRST_WAIT = 4.0  # s before the second attempt; each wait is twice the one before: 4, 8, 16 and 32 s
SPREAD = 0.5  # of a wait; so that many boxes do not knock at the same moment at a server that comes back
CAPACITY = 100  # notices that wait; then the oldest goes


class Outbox:
    """The notices for one target, the oldest first; one at a time is under way."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._waiting: deque[Notice] = deque()
        self._capacity = capacity
        self._current: Notice | None = None
        self._attempts = 0
        self._due = 0.0
        self._missed = 0
        self._told = 0  # how many of the missed ones the notice under way speaks of

    def __len__(self) -> int:
        """Count what was not delivered yet."""
        return len(self._waiting) + (self._current is not None)

    def add(self, notice: Notice) -> None:
        """Take a notice; where too many wait, the oldest is missed."""
        self._waiting.append(notice)
        if len(self._waiting) > self._capacity:
            self._waiting.popleft()
            self._missed += 1

    def clear(self) -> None:
        """Forget everything: nobody wants to be told any more."""
        self._waiting.clear()
        self._current = None
        self._missed = 0

    def wait(self, now: float) -> float | None:
        """Say in how many seconds something is to be sent (0 is now); None while nothing waits."""
        if self._current is not None:
            return max(self._due - now, 0.0)
        return 0.0 if self._waiting else None

    def take(self) -> Notice:
        """Give what is to be sent now. Then say `delivered` or `failed`."""
        if self._current is None:
            self._current = self._waiting.popleft()
            self._attempts = 0
        self._attempts += 1
        self._told = self._missed
        return msgspec.structs.replace(self._current, missed=self._missed)

    def delivered(self) -> None:
        """Note that it has arrived."""
        self._missed -= self._told
        self._current = None

    def failed(self, now: float, chance: float, *, final: bool) -> bool:
        """Note that it has not arrived; say whether it is given up.

        Args:
            now: Time, s.
            chance: Between 0 and 1: where in its spread the wait lies.
            final: Whether another attempt would end the same.
        """
        if final or self._attempts >= ATTEMPTS:
            self._current = None
            self._missed += 1
            return True
        self._due = now + wait_after(self._attempts, chance)
        return False


def wait_after(attempts: int, chance: float) -> float:
    """Give how long to wait after so many attempts, s."""
    return FIRST_WAIT * 2.0 ** (attempts - 1) * (1 + SPREAD * (chance - 0.5))
