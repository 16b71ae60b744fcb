"""How a run is ended that has to: a state machine that is told the time, and answers with the signal that is due.

It sends nothing, and knows no process. Interrupt first, so that `finally:` runs; then a request; then there is no
asking.

    running ──time limit, or `end`──► interrupted ──grace──► terminated ──2 s──► killed
                                          ▲  │
                                          └──┘ progress: the grace begins anew, up to its whole length

`end` with a later step goes there at once. There is one interrupt only: a second one would cut a `finally:` short.
"""

from __future__ import annotations

import signal
from typing import NamedTuple

LADDER = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_RUNNING, _INTERRUPTED = 0, 1  # how many of its steps are done
_MOST_DID = 8  # of what was done is told
_LONGEST_NAME = 40  # characters of who did it
TIMEOUT = "timeout"  # who did it, where that was the time limit


class Graces(NamedTuple):
    """How long a script may take to end, s.

    Attributes:
        idle: After the interrupt, while it makes no progress.
        total: After the interrupt, in all.
        terminate: After SIGTERM.
    """

    idle: float = 5.0
    total: float = 60.0
    terminate: float = 2.0


USUAL = Graces()


class Ending:
    """The steps of ending one run. Times are those of the caller's clock, s.

    Args:
        limit: When the run has to end; None for never.
        graces: How long it may take.

    Attributes:
        deadline: When to ask for `due`; None for not before something else happens.
        timed_out: Whether it is ended because its time is over.
        stopped: Whether it is ended because somebody wants that.
        did: What was done to end it, as people read it.
    """

    def __init__(self, limit: float | None, graces: Graces = USUAL) -> None:
        self.deadline = limit
        self.timed_out = False
        self.stopped = False
        self.did: list[str] = []
        self._graces = graces
        self._done = _RUNNING
        self._by = TIMEOUT
        self._left: float | None = None  # s that were left of the limit when it was made to wait
        self._patient_until = 0.0  # the end of the whole grace
        self._interrupted: float | None = None  # when it was, by itself and not as a step

    @property
    def begun(self) -> bool:
        """Say whether the run is being ended."""
        return self.timed_out or self.stopped

    @property
    def finishing(self) -> bool:
        """Say whether the script was interrupted, and progress gives it more time."""
        return self._done == _INTERRUPTED

    @property
    def killed(self) -> bool:
        """Say whether the last step was done."""
        return self._done == len(LADDER)

    def limit(self) -> float | None:
        """Say when the time limit ends the run, as it is now; None for never."""
        return None if self.begun else self.deadline

    def hold(self, now: float) -> None:
        """Let the time limit wait; a run that is being ended already goes on ending."""
        if self.deadline is not None and now < self.deadline and not self.begun:
            self._left, self.deadline = self.deadline - now, None

    def go_on(self, now: float) -> None:
        """Let the time limit run again, with what was left of it."""
        if self._left is not None and not self.begun:
            self.deadline = now + self._left
        self._left = None

    def end(self, now: float, by: str = "", step: int = signal.SIGINT) -> bool:
        """End the run from now on, for another reason than its time limit; say whether that is anything new.

        Args:
            now: The time.
            by: Who wants that.
            step: The step to begin with, or to go on to at once.
        """
        wanted = LADDER.index(signal.Signals(step))
        if wanted < self._done or (self.begun and wanted == _RUNNING):
            return False
        self.stopped = self.stopped or not self.timed_out
        self._done, self._by, self.deadline = wanted, by, now
        return True

    def sent(self, now: float, number: int, by: str = "") -> None:
        """Know that somebody has sent the script a signal that is no step."""
        if number == signal.SIGINT:
            self._interrupted = now
        self._note(number, by)

    def progress(self, now: float) -> None:
        """Know that the script still does something."""
        if self.finishing:
            self.deadline = min(now + self._graces.idle, self._patient_until)

    def due(self, now: float) -> int | None:
        """Give the signal to send now, if any; 0 for a step without one. Ask again until there is none."""
        if self.deadline is None or now < self.deadline or self.killed:
            return None
        if not self.begun:
            self.timed_out = True
        number = LADDER[self._done]
        self._done += 1
        self.deadline = self._patience(number, now)
        by, self._by = self._by, ""
        before = None if number != signal.SIGINT else self._interrupted
        if before is not None and now - before < self._graces.total:
            return 0  # it has had its interrupt, and now gets the time for it
        self._note(number, by)
        return number

    def _patience(self, number: int, now: float) -> float | None:
        if number == signal.SIGKILL:
            return None
        if number == signal.SIGTERM:
            return now + self._graces.terminate
        self._patient_until = now + self._graces.total
        return min(now + self._graces.idle, self._patient_until)

    def _note(self, number: int, by: str) -> None:
        who = f" ({by[:_LONGEST_NAME]})" if by else ""
        if len(self.did) < _MOST_DID:
            self.did.append(f"{name_of(number)}{who}")


def name_of(number: int) -> str:
    """Name a signal, also one without a name (real-time ones)."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
