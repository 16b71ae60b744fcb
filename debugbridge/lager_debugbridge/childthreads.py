"""Threads that a console's statement starts: they write to the console, and their `pause()` does not pause.

They get a copy of the context of who starts them, which Python itself gives to no thread.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_Thread: Any = threading.Thread


class Inheritance:
    """Stands before `threading.Thread.start` while consoles are open.

    Args:
        marks: Set in the contexts of statements, and in no other.
    """

    def __init__(self, marks: ContextVar[Any]) -> None:
        self._marks = marks
        self._before: Callable[[threading.Thread], None] | None = None
        self._start: Callable[[threading.Thread], None] | None = None

    def begin(self) -> None:
        """Let threads inherit from now on."""
        marks, before = self._marks, _Thread.start

        def start(thread: threading.Thread) -> None:
            if marks.get() is not None:
                _wrap(thread, contextvars.copy_context())
            before(thread)

        self._before, self._start = before, start
        _Thread.start = start

    def end(self) -> None:
        """Put back what was there, unless somebody has put something else there meanwhile."""
        if self._before is not None and _Thread.start is self._start:
            _Thread.start = self._before
        self._before = self._start = None


def _wrap(thread: threading.Thread, context: contextvars.Context) -> None:
    run = thread.run

    def inside() -> None:
        vars(thread).pop("run", None)  # it holds the thread, and would keep it
        context.run(run)

    thread.run = inside  # type: ignore[method-assign]
