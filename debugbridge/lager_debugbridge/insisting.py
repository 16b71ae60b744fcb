"""What is raised in a statement that is told to stop, and how it comes again where it was swallowed.

`Interrupted` may be swallowed: `except BaseException: pass` in a loop. An `Insistent` cannot for long: when the last
reference to it goes, which is where it was swallowed, it has the next line of that thread traced, and there the next
one is raised, outside of the `try` that has swallowed the first. So a statement is left step by step, however many
handlers and `finally:` blocks are around it. Lager's own lines are left alone: they hold the way to the bench.
"""

from __future__ import annotations

import sys
import threading
from types import CodeType, FrameType
from typing import Any

from lager.owners import LAGER, owner

_insisting: dict[int, Insistence] = {}  # by thread


class Interrupted(KeyboardInterrupt):
    """Raised in a statement that was told to stop."""


class Insistent(Interrupted):
    """Raised in one that was told to, and did not: who swallows it meets another one."""

    def __del__(self) -> None:
        insistence = _insisting.get(threading.get_ident())
        if insistence is not None:
            insistence.arm(sys._getframe(1))  # noqa: SLF001  # the only way to where it was swallowed


class Insistence:
    """Has `Insistent` raised at the next line of this thread, while something is to be stopped there.

    Args:
        boundary: Only what this code has called is meant.
    """

    def __init__(self, boundary: CodeType) -> None:
        self._boundary = boundary
        self._armed = False
        self._before: Any = None  # who traced the thread
        self._frames: list[FrameType] = []

    def arm(self, frame: FrameType | None) -> None:
        """Trace what runs in this frame, and in those that called it."""
        frames = []
        while frame is not None and frame.f_code is not self._boundary:
            frames.append(frame)
            frame = frame.f_back
        if frame is None:
            return  # it is over
        if not self._armed:
            self._armed, self._before = True, sys.gettrace()
        for one in frames:
            if owner(one) != LAGER:
                one.f_trace = self._strike
                self._frames.append(one)
        sys.settrace(self._strike)

    def _strike(self, frame: FrameType, event: str, _: object) -> Any:
        if event == "line" and owner(frame) != LAGER:
            raise Insistent  # which ends the tracing
        return self._strike

    def end(self) -> None:
        """Put back whoever traced the thread before."""
        if self._armed:
            sys.settrace(self._before)
            for one in self._frames:
                one.f_trace = None
        self._frames = []


def insist(thread: int, boundary: CodeType) -> None:
    """Let every `Insistent` of a thread come again, from now on until `relent`."""
    if thread not in _insisting:
        _insisting[thread] = Insistence(boundary)


def relent() -> None:
    """Let none come again in this thread: what was meant is over."""
    insistence = _insisting.pop(threading.get_ident(), None)
    if insistence is not None:
        insistence.end()
