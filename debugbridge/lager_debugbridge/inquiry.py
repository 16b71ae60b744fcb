"""Whether the other end answers: when to ask, and when it has been silent for too long. No I/O; time is handed in."""

from __future__ import annotations

ASK_SECONDS = 0.5  # after a script's answer, until it is asked again while it has something to do
SILENT_SECONDS = 2.0  # without an answer of a script, until that is said; and then until it is said again


class Inquiry:
    """What one script is asked, while somebody waits for it.

    What runs in the script answers nothing by itself for as long as it likes. Its link has a thread of its own, and
    answers at once, unless something holds the interpreter.
    """

    def __init__(self) -> None:
        self._number = 0
        self._asked: float | None = None  # when, while there is no answer
        self._answered = 0.0
        self._said = 0.0  # s of silence

    @property
    def open(self) -> bool:
        """Whether an answer is awaited."""
        return self._asked is not None

    def ask(self, now: float) -> int | None:
        """Give the number to ask with; None while it was asked already."""
        if self._asked is not None:
            return None
        self._asked, self._said = now, 0.0
        self._number += 1
        return self._number

    def hear(self, number: int, now: float) -> bool:
        """Take an answer; give whether it was said that there is none."""
        if number != self._number or self._asked is None:
            return False
        self._asked, self._answered = None, now
        return self._said > 0

    def due(self) -> float:
        """Give when something is due: to ask again, or to say that there is no answer."""
        if self._asked is None:
            return self._answered + ASK_SECONDS
        return self._asked + self._said + SILENT_SECONDS

    def silence(self, now: float) -> float | None:
        """Give for how long there is no answer, s, where that is to be said now."""
        if self._asked is None or now < self.due():
            return None
        self._said = now - self._asked
        return self._said


class Heartbeat:
    """Whether a client is there. Whatever it says counts.

    Args:
        now: The time at which it was there, s.
        ask: After so long without a word it is asked, s.
        silent: After so long it has gone, s.
    """

    def __init__(self, now: float, ask: float = 5.0, silent: float = 15.0) -> None:
        self.number = 0  # of the last question
        self._heard = self._asked = now
        self._ask = ask
        self._silent = silent

    def hear(self, now: float) -> None:
        """Take a word of it."""
        self._heard = self._asked = now

    def due(self) -> float:
        """Give when to look again."""
        return min(self._asked + self._ask, self._heard + self._silent)

    def gone(self, now: float) -> bool:
        """Say whether it is gone."""
        return now >= self._heard + self._silent

    def ask(self, now: float) -> int | None:
        """Give the number to ask with, if it is time to."""
        if now < self._asked + self._ask:
            return None
        self._asked = now
        self.number += 1
        return self.number
