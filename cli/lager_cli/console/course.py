"""How a console goes on over broken connections: what was heard, what has to be said again, when to try. Pure.

Nothing is evaluated twice: what was said is said again only while it is not known that the box has it, and the box
leaves out a statement it has had. It opens no connection and reads no clock.
"""

from __future__ import annotations

from lager import wire

PING_EVERY = 5.0  # s
SILENCE = 15.0  # s without a word: then the connection counts as broken
KEPT = 120.0  # s for which the box keeps a console whose connection broke
_FIRST_RETRY, _LONGEST_RETRY = 0.2, 5.0  # s
_HELD = 5.0  # s after which a connection counts as one that worked

Told = wire.Evaluate | wire.Interrupt


class Course:
    """One console over all of its connections.

    Args:
        console: Its name, made here.
        by: Who looks.
        view: Whether it only follows others.
    """

    def __init__(self, console: str, by: str, view: bool = False) -> None:
        self._console, self._by, self._view = console, by, view
        self._again = False
        self._seen = 0
        self._unsure: dict[int, Told] = {}  # by the ping sent after it: what the box may not have
        self._pings = 0
        self._opened = self._heard = self._pinged = 0.0
        self._lost: float | None = None
        self._delay = _FIRST_RETRY

    @property
    def lost_since(self) -> float | None:
        """Get since when there is no connection, s; None while there is one."""
        return self._lost

    def join(self) -> wire.Join:
        """Give the first message of a connection."""
        return wire.Join(self._console, self._by, self._seen, self._view, self._again)

    def is_own(self, console: str) -> bool:
        """Say whether a message of that console is of this one."""
        return console in ("", self._console)

    def opened(self, ready: wire.ConsoleReady, now: float) -> list[object]:
        """Take the box's welcome; give what has to be said again."""
        self._again = True
        self._opened = self._heard = self._pinged = now
        self._lost = None
        unsure, self._unsure = list(self._unsure.values()), {}
        again: list[object] = []
        for message in unsure:
            if isinstance(message, wire.Interrupt) or message.statement > ready.statement:
                again += self.tell(message)
        return again

    def tell(self, message: Told) -> list[object]:
        """Note what is to be said; give it, with a ping whose answer says that it has arrived."""
        self._pings += 1
        self._unsure[self._pings] = message
        return [message, wire.Ping(self._pings)]

    def hear(self, message: object, now: float) -> bool:
        """Note what came; give whether it is new, and for somebody here."""
        self._heard = now
        if isinstance(message, wire.Pong):
            self._arrived(message.number)
            return False
        if isinstance(message, wire.ConsoleResult) and self.is_own(message.console):
            self._done(message.statement)
        number = getattr(message, "number", 0)
        if isinstance(message, wire.Ping) or 0 < number <= self._seen:
            return False
        self._seen = max(self._seen, number)
        return True

    def due(self, now: float) -> wire.Ping | None:
        """Give the ping that is due, if one is."""
        if now - self._pinged < PING_EVERY:
            return None
        self._pinged = now
        self._pings += 1
        return wire.Ping(self._pings)

    def is_silent(self, now: float) -> bool:
        """Say whether nothing has been heard for so long that the connection must be broken."""
        return now - self._heard >= SILENCE

    def next_look(self, now: float) -> float:
        """Give in how many seconds `due` or `is_silent` may say something else."""
        return max(0.05, min(self._pinged + PING_EVERY, self._heard + SILENCE) - now)

    def broke(self, now: float) -> None:
        """Note that the connection is gone."""
        self._lost = now
        if now - self._opened > _HELD:
            self._delay = _FIRST_RETRY

    def retry(self) -> float:
        """Give how long to wait before the next attempt, s; longer each time."""
        delay, self._delay = self._delay, min(2 * self._delay, _LONGEST_RETRY)
        return delay

    def is_given_up(self, now: float) -> bool:
        """Say whether the box has not kept the console any longer."""
        return self._lost is not None and now - self._lost >= KEPT

    def _arrived(self, ping: int) -> None:
        self._unsure = {number: one for number, one in self._unsure.items() if number > ping}

    def _done(self, statement: int) -> None:
        """Forget what was said of a statement that is over."""
        self._unsure = {ping: one for ping, one in self._unsure.items() if one.statement > statement}
