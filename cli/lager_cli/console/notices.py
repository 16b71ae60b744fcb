"""What is said on the side while a statement runs: that the link is gone, that Ctrl-C does not help. Pure."""

from __future__ import annotations

_BLIP = 1.0  # s; a connection that is there again before is not spoken of
_TELLING = 0.9  # s after Ctrl-C, from when on the script says what it hangs in
_PATIENCE = 3.0  # s after Ctrl-C without a word: then it is said here
_SILENT_AGAIN = 15.0  # s until it is said again that the script does not answer

LOST = "[the connection to the box is lost; trying again, and nothing is done twice]\n"
BACK = "[connected again]\n"
STUCK = "[the statement has not stopped yet; Ctrl-C again detaches, and the script stays paused]\n"
STUCK_ALONE = "[the statement has not stopped yet; Ctrl-C again ends the console and its process]\n"
ANSWERS = "[the script answers again]\n"
AWAY = "[nothing can be stopped without a connection; Ctrl-C again detaches]\n"


class Notices:
    """The notices of one statement; every time is of one clock, s.

    Args:
        alone: Whether the console has its process to itself.
    """

    def __init__(self, alone: bool = False) -> None:
        self._stuck = STUCK_ALONE if alone else STUCK
        self._lost: float | None = None
        self._said_lost = False
        self._interrupted: float | None = None
        self._offered = False
        self._silence = 0.0

    def interrupt(self, now: float) -> bool:
        """Take a Ctrl-C; give whether it detaches."""
        again = self._interrupted is not None
        if self._offered or (again and self._silence):
            return True
        if not again:
            self._interrupted = now
        return False

    def hear(self, stream: int, now: float) -> None:
        """Note that the script has written: some time after Ctrl-C that is what it hangs in, and what to do."""
        if stream == 2 and self._interrupted is not None and now - self._interrupted >= _TELLING:
            self._offered = True

    def silent(self, seconds: float) -> str:
        """Give what is to be said when the script has not answered for so long, or (0) does again; or nothing."""
        if not seconds:
            return self.answers()
        if self._silence and seconds < self._silence + _SILENT_AGAIN:
            return ""
        self._silence = seconds
        how = "Ctrl-C again detaches" if self._interrupted is not None else "Ctrl-C, twice, detaches"
        return f"[the script has not answered for {seconds:.0f} s: a call in it holds the interpreter; {how}]\n"

    def answers(self) -> str:
        """Note that the script answers; give what is to be said of that: nothing, unless it was said to be silent."""
        was, self._silence = self._silence, 0.0
        return ANSWERS if was else ""

    def link(self, lost_since: float | None) -> None:
        """Note since when there is no connection; None while there is one."""
        self._lost = lost_since

    def due(self, now: float) -> str:
        """Give what is to be said now; empty for nothing."""
        if self._lost is None and self._said_lost:
            self._said_lost = False
            return BACK
        if self._lost is not None and not self._said_lost and now - self._lost >= _BLIP:
            self._said_lost = True
            return LOST
        if self._interrupted is None or self._offered:
            return ""
        if self._said_lost or self._silence or now - self._interrupted >= _PATIENCE:
            self._offered = True
            return AWAY if self._said_lost else self._stuck
        return ""
