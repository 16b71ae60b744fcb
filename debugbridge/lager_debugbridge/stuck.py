"""What is said of a statement that does not stop: where its thread is, and what it holds. It only looks."""

from __future__ import annotations

import linecache
import sys
import time
from collections.abc import Iterable

from lager_debugbridge.frames import place
from lager_debugbridge.netcalls import Call
from lager_debugbridge.statements import SHOWN_FILE

DETACH = "Ctrl-C again detaches; the statement is stopped as soon as that returns, and until then the run cannot go on"


def described(thread: int, filename: str, calls: Iterable[Call]) -> str:
    """Tell a console where a thread is that does not stop, and what can be done; as `where`."""
    return f"[it does not stop: {where(thread, filename, calls)}. {DETACH}]\n"


def where(thread: int, filename: str, calls: Iterable[Call]) -> str:
    """Describe where a thread is that does not stop.

    Args:
        thread: By its ident.
        filename: Of the statement.
        calls: On nets, that are under way.
    """
    said = [f"the thread is in {_where(thread, filename)}"]
    now = time.monotonic()
    said += [f"; {call.text} has been under way for {now - call.since:.0f} s, and has its instrument" for call in calls]
    return "".join(said)


def _where(thread: int, filename: str) -> str:
    frame = sys._current_frames().get(thread)  # noqa: SLF001  # there is no other way to another thread's frame
    if frame is None:
        return "a place that cannot be seen"
    path, line = frame.f_code.co_filename, frame.f_lineno or 0  # none, between two lines
    shown = f"{SHOWN_FILE}:{line}" if path == filename else place(frame)
    text = f"{shown}, {frame.f_code.co_name}"
    code = linecache.getline(path, line).strip()
    return f"{text}: `{code}`" if code else text
