"""Whether a `pause()` is to pause this time: its `when`, and its `every`.

It costs a few microseconds, because it stands in inner loops. It never raises what the script's own condition raises.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from types import FrameType
from typing import Any

_counts: dict[tuple[str, str, int, int], itertools.count[int]] = {}  # by line of code; `next` of a count is atomic
_said: set[str] = set()  # that was complained of
SAID_LIMIT = 100


def due(when: Any, every: Any, here: Callable[[], FrameType | None], say: Callable[[str], None]) -> bool:
    """Say whether to pause.

    Args:
        when: A truth value, or a function without arguments that gives one. One that fails pauses: whoever gave it
            wants to look.
        every: How many times for one pause.
        here: Gives the frame whose line is counted.
        say: Takes a complaint.
    """
    try:
        if not (when() if callable(when) else when):
            return False
    except Exception as exc:  # noqa: BLE001  # the script's own condition
        _once(f"when failed ({_named(exc)}); pausing", say)
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        _once(f"every {_shown(every)} is not a number of times; using 1", say)
        return True
    return every == 1 or _count(here()) % every == 0


def _count(frame: FrameType | None) -> int:
    """Count this line's visit, and give how many there were."""
    if frame is None:
        return 0
    code = frame.f_code
    line = code.co_filename, code.co_name, code.co_firstlineno, frame.f_lineno
    counts = _counts.get(line) or _counts.setdefault(line, itertools.count(1))
    return next(counts)


def _once(complaint: str, say: Callable[[str], None]) -> None:
    if complaint not in _said and len(_said) < SAID_LIMIT:
        _said.add(complaint)
        say(f"lager.pause(): {complaint}\n")


def _named(exc: Exception) -> str:
    text = _shown(exc, str, "")
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def _shown(value: object, kind: Callable[[object], str] = repr, otherwise: str | None = None) -> str:
    with contextlib.suppress(Exception):  # of the script's own classes
        return kind(value)[:80]
    return type(value).__name__ if otherwise is None else otherwise
