"""How a run is ended that has to: a state machine that is told the time, and answers with the signal that is due.

It sends nothing. Interrupt first, so that `finally:` runs; then a request; then there is no asking.
"""

from __future__ import annotations

import signal

INTERRUPT_SECONDS = 5.0  # for what the script does in its `finally:`
TERMINATE_SECONDS = 2.0


class Ending:
    """The steps of ending one run.

    Args:
        limit: When the run has to end, on the caller's clock, s; None for never.
    """

    def __init__(self, limit: float | None) -> None:
        self.deadline = limit
        self.timed_out = False
        self.interrupted = False  # a second interrupt would cut a `finally:` short
        self._steps: list[tuple[int, float | None]] = [
            (signal.SIGINT, INTERRUPT_SECONDS),
            (signal.SIGTERM, TERMINATE_SECONDS),
            (signal.SIGKILL, None),
        ]
        self._begun = False
        self._left: float | None = None  # s that were left of the limit when it was made to wait

    def hold(self, now: float) -> None:
        """Let the time limit wait; a run that is being ended already goes on ending."""
        if self.deadline is not None and now < self.deadline and not self._begun:
            self._left, self.deadline = self.deadline - now, None

    def go_on(self, now: float) -> None:
        """Let the time limit run again, with what was left of it."""
        if self._left is not None and not self._begun:
            self.deadline = now + self._left
        self._left = None

    def begin(self, now: float) -> None:
        """End the run from now on, for another reason than its time limit."""
        if not self._begun:
            self._begun = True
            self.deadline = now

    def due(self, now: float) -> int | None:
        """Give the signal to send now, if any; ask again until there is none."""
        if self.deadline is None or now < self.deadline or not self._steps:
            return None
        if not self._begun:
            self._begun = self.timed_out = True
        number, wait = self._steps.pop(0)
        self.deadline = None if wait is None else now + wait
        if number == signal.SIGINT and self.interrupted:
            return 0  # it has had its interrupt, and now gets the time for it
        return number
