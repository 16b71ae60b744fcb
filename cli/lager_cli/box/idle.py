"""When a private box ends. Pure: time is handed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Idleness:
    """What is known about how much a box is used.

    Attributes:
        allowed: How long it may be idle, s; None for a box that never ends by itself.
        last_use: When it was last used, s of a monotonic clock.
        live: How many runs are alive.
    """

    allowed: float | None
    last_use: float
    live: int = 0

    def used(self, now: float) -> None:
        """Take note of a use."""
        self.last_use = now

    def runs(self, live: int, now: float) -> None:
        """Take note of how many runs are alive; the end of the last one counts as a use."""
        self.live = live
        self.last_use = now

    def left(self, now: float) -> float | None:
        """Give the seconds until the box ends, 0 when it should end now, None when nothing ends it."""
        if self.allowed is None or self.live:
            return None
        return max(self.last_use + self.allowed - now, 0.0)
