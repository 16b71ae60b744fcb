"""A console's terminal is closed, or somebody ends its client: then the console is left, not lost.

Without this the box would take it for a connection that has broken, and keep the console for two minutes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_BY = (signal.SIGHUP, signal.SIGTERM)
_KILLED = 128  # exit status: this and the signal's number, as a shell shows it


class Parting:
    """How to end what is under way.

    Attributes:
        end: Ends it soon, and raises nothing: an editor's loop may be running. None: it is ended as by `sys.exit`.
    """

    def __init__(self) -> None:
        self.end: Callable[[], None] | None = None
        self.number = 0  # of the signal that came

    def take(self, number: int, _: FrameType | None) -> None:
        """Take a signal."""
        for one in _BY:
            signal.signal(one, signal.SIG_IGN)  # a second one must not cut the leaving short; SIGKILL can
        self.number = number
        if self.end is None:
            raise SystemExit(_KILLED + number)
        self.end()


@contextmanager
def takes_leave() -> Iterator[Parting]:
    """Have what is inside ended in good order by a signal that is to end this process; an ignored one stays so (nohup).

    Raises:
        SystemExit: A signal has come.
    """
    parting = Parting()
    before = {one: signal.getsignal(one) for one in _BY}
    mine = [one for one, handler in before.items() if handler is signal.SIG_DFL]
    for one in mine:
        signal.signal(one, parting.take)
    try:
        yield parting
    finally:
        for one in mine:
            signal.signal(one, before[one])
        if parting.number:
            raise SystemExit(_KILLED + parting.number)
