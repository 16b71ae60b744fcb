"""Frames that stand for those of a script that is not here: each at its place, with its names, called by the next.

They are real frames, of a thread that waits in the innermost one until it is let go; it runs nothing of the script.
"""

from __future__ import annotations

import _thread
import functools
import queue
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple

_MARK = "the frame that this one has called"


class Level(NamedTuple):
    """A frame to be made."""

    file: str
    line: int
    function: str
    names: dict[str, Any]
    own: dict[str, Any]


class Stack:
    """The frames.

    Args:
        levels: The innermost one first; at least one.

    Attributes:
        frame: The innermost one.
    """

    def __init__(self, levels: Sequence[Level]) -> None:
        self._gate = threading.Lock()
        self._gate.acquire()
        self._found: queue.SimpleQueue[FrameType] = queue.SimpleQueue()
        does: Callable[[], Any] = self._wait
        for level in levels:
            does = functools.partial(exec, _code(level, does), level.names, level.own)
        _thread.start_new_thread(does, ())  # a `Thread` would have frames of its own above these
        self.frame = self._found.get()

    def _wait(self) -> None:
        self._found.put(sys._getframe(1))  # noqa: SLF001  # this is what it is for
        self._gate.acquire()

    def close(self) -> None:
        """Let the frames come to their end."""
        self._gate.release()


def _code(level: Level, does: Callable[[], Any]) -> CodeType:
    """Compile what is at that place, and does this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # a text is called: what is put in its place can be
        code = compile(f"{_MARK!r}()", level.file, "exec", dont_inherit=True)
    constants: tuple[Any, ...] = tuple(does if one == _MARK else one for one in code.co_consts)
    return code.replace(co_consts=constants, co_name=level.function, co_firstlineno=max(level.line, 1))
