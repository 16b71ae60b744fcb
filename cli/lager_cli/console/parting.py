"""A console's terminal is closed, or somebody ends its client: then the console is left, not lost.

Without this the box would take it for a connection that has broken, and keep the console for two minutes.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_BY = (signal.SIGHUP, signal.SIGTERM)
_KILLED = 128  # exit status: this and the signal's number, as a shell shows it


@contextmanager
def takes_leave() -> Iterator[None]:
    """End what is inside as by `sys.exit`, when a signal is to end this process; what is ignored stays so (nohup)."""
    before = {one: signal.getsignal(one) for one in _BY}
    mine = [one for one, handler in before.items() if handler is signal.SIG_DFL]
    for one in mine:
        signal.signal(one, _leave)
    try:
        yield
    finally:
        for one in mine:
            signal.signal(one, before[one])


def _leave(number: int, _: FrameType | None) -> None:
    for one in _BY:
        signal.signal(one, signal.SIG_IGN)  # a second one must not cut the leaving short; SIGKILL can
    raise SystemExit(_KILLED + number)
