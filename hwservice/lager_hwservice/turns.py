"""Whose turn it is at an instrument: first come, first served, and nobody waits for ever. Knows no instruments."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType

from lager import errors


class Closed(Exception):  # no error: it says where a caller stands
    """Nobody is let in any more; whoever waited was never let in."""


class Turn:
    """One caller's place in the queue."""

    __slots__ = ("_gate", "refused", "since", "who")

    def __init__(self, who: str) -> None:
        self.who = who
        self.since = 0.0
        self.refused = False
        self._gate = threading.Lock()
        self._gate.acquire()

    def call(self) -> None:
        """Let the caller in."""
        self._gate.release()

    def refuse(self) -> None:
        """Send the caller away."""
        self.refused = True
        self._gate.release()

    def wait(self, timeout: float) -> bool:
        """Wait to be let in or sent away, at most `timeout` s."""
        return self._gate.acquire(timeout=timeout)


class Held:
    """The instrument, for the length of a `with` block, which is given whether one had to wait for it.

    A class of its own, as `contextlib` takes longer, and every call comes through here.
    """

    __slots__ = ("_end", "_waited")

    def __init__(self, end: Callable[[], None], waited: bool) -> None:
        self._end = end
        self._waited = waited

    def __enter__(self) -> bool:
        return self._waited

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


class Turns:
    """The queue of one instrument.

    Args:
        subject: What the callers wait for, as they are told.
        clock: Monotonic time, s.
    """

    def __init__(self, subject: str, clock: Callable[[], float]) -> None:
        self._subject = subject
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Turn | None = None
        self._queue: deque[Turn] = deque()
        self._closed = False
        self._ends: list[Turn] = []  # of those who close it: all are told when the last caller has left

    def take(self, who: str, within: float) -> Held:
        """Have the instrument to oneself until the end of the `with` block: for a whole transaction.

        Args:
            who: The caller and the call, as others are told while they wait.
            within: How long to wait for it, s.

        Raises:
            InstrumentBusy: It was not free in time; says who had it, and for how long.
            Closed: Nobody is let in any more.
        """
        turn = Turn(who)
        with self._lock:
            if self._closed:
                raise Closed
            waits = self._current is not None
            if waits:
                self._queue.append(turn)
            else:
                self._begin(turn)
        if waits and not turn.wait(within):
            self._leave(turn, within)
        if turn.refused:
            raise Closed
        return Held(self._end, waits)

    def wanted(self) -> bool:
        """Whether somebody waits."""
        return bool(self._queue)

    def current(self) -> tuple[str, float] | None:
        """Say who has the instrument and for how long, s; None when it is free."""
        turn = self._current
        return None if turn is None else (turn.who, self._clock() - turn.since)

    def close(self, within: float = 0.0) -> bool:
        """Let nobody in any more, send away who waits, and wait for the one that is in.

        Args:
            within: How long to wait for that one, s; with 0 it is not waited for, as it may be the caller itself.

        Returns:
            Whether nobody is in.
        """
        last = Turn("the end")
        with self._lock:
            self._closed = True
            waiting, self._queue = self._queue, deque()
            busy = self._current is not None
            if busy and within:
                self._ends.append(last)
        for turn in waiting:
            turn.refuse()
        return not busy or (within > 0 and last.wait(within))

    def _begin(self, turn: Turn) -> None:
        turn.since = self._clock()
        self._current = turn

    def _end(self) -> None:
        with self._lock:
            self._current = None
            if self._queue:
                turn = self._queue.popleft()
                self._begin(turn)
                turn.call()
            while self._ends:
                self._ends.pop().call()

    def _leave(self, turn: Turn, waited: float) -> None:
        """Give up waiting; returns only if the turn came, or was refused, at the very last moment after all."""
        with self._lock:
            ahead = self._current
            if ahead is turn or ahead is None or turn.refused or self._closed:
                turn.refused = ahead is not turn
                return
            place = self._queue.index(turn)
            self._queue.remove(turn)
            had = self._clock() - ahead.since
        others = f", and {place} more waited before this call" if place else ""
        raise errors.InstrumentBusy(
            f"{self._subject} is busy: {ahead.who} has had it for {had:.1f} s{others}; this call waited {waited:g} s",
            "call again when that is done, or stop it",
        )
