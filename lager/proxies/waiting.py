"""Waiting until a line has a level: many short looks, so that the instrument serves others in between.

What is to be done next is decided without a clock; time is handed in. Runs in the script's own thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lager.errors import LevelNotReached

_LONGEST_REST = 3600.0  # s; `time.sleep` takes no infinity


class Clock(Protocol):
    """Time, as a wait needs it."""

    def now(self) -> float:
        """Give a time that only grows, s."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """This machine's time."""

    def now(self) -> float:
        """Give a time that only grows, s."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass, but no more than an hour at once; Ctrl-C ends it."""
        time.sleep(min(seconds, _LONGEST_REST))  # noqa: TID251  # nothing tells when a line changes; the script waits in its own thread


@dataclass(frozen=True)
class Wait:
    """What is waited for.

    Attributes:
        line: The line's name, for the error.
        level: The level, 0 or 1.
        within: For how long, s; None for as long as it takes.
        every: How often to look, s.
    """

    line: str
    level: int
    within: float | None
    every: float

    def next_look(self, seen: int, elapsed: float) -> float | None:
        """Decide what a look means: None when the level is there, else how long to rest before the next look, s.

        Args:
            seen: The level.
            elapsed: How long the wait has taken up to now, s.

        Raises:
            LevelNotReached: It is not there, and the time is over.
        """
        if seen == self.level:
            return None
        if self.within is None:
            return self.every
        if elapsed >= self.within:
            raise LevelNotReached(
                f"GPIO {self.line!r} did not reach level {self.level} within {self.within:g}s",
                "see that what drives the line is on and wired to it, or wait longer",
            )
        return min(self.every, self.within - elapsed)  # the last look is when the time is over


def wait(look: Callable[[], int], wanted: Wait, clock: Clock) -> float:
    """Look until the level is there, and give how long that took, s.

    Raises:
        LevelNotReached: It was not, in time.
    """
    began = clock.now()
    while True:
        seen = look()
        elapsed = clock.now() - began
        rest = wanted.next_look(seen, elapsed)
        if rest is None:
            return elapsed
        clock.sleep(rest)
