"""Pauses that are asked for from outside: `lager python --pause ID`.

The request is a SIGURG to the script, whose handler (`lager_runner/startup/sitecustomize.py`) calls `asked`. From then
on the main thread is traced (library reference, `sys.settrace`, and `frame.f_trace` in the data model), until a line of
the user's own code is about to run in it: there it pauses, as at a line nothing is half done, and no lock of a library
is held. Then everything is as it was before, also a trace function of the user's own. What sleeps in the user's line
comes to no line for long: it is paused in the sleep, which ends when it would have ended. If a trace function in Python
was at work when the signal came, its frame is traced by that one again, and not by us: then the signal is sent again.
How a thread waits is in `lager.paused`; nothing is imported or traced before somebody asks.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from lager import aborting
from lager.breakpoint import stop_at
from lager.evaluation import evaluating
from lager.owners import USER, owner

LOOKS, BETWEEN_SECONDS = 200, 0.025  # for a sleep: a thread that slept when it was asked does so again at once
# System calls in which a thread only sleeps: clock_nanosleep, and before 3.11 a select of nothing.
_SLEEPS = {"x86_64": {"230"}, "aarch64": {"115"}}
_SELECTS = {"x86_64": {"23", "270"}, "aarch64": {"72"}}
_NOTHING = ["0x0"] * 4  # how many descriptors, and three sets of them
_Traced = tuple[Any, bool, bool]  # f_trace, f_trace_lines, f_trace_opcodes


def asked(frame: FrameType | None) -> None:
    """Take a request; called in the main thread, by the handler of the signal.

    Args:
        frame: Where the main thread is.
    """
    if not os.environ.get("LAGER_PROCESS_ID") or evaluating.get() or aborting.main_told() or _is_paused(frame):
        return
    open_one = _Request.open_one
    if open_one is not None and open_one.in_force():
        open_one.wake(frame)
        return
    _Request.open_one = _Request()
    _Request.open_one.arm(frame)


def _is_paused(frame: FrameType | None) -> bool:
    """Say whether the main thread waits already, and has not been told to go on."""
    stop = getattr(sys.modules.get("lager.paused"), "stop", None)  # it may be half imported
    while frame is not None:
        if stop is not None and frame.f_code is stop.__code__:
            return "ending" not in frame.f_locals
        frame = frame.f_back
    return False


class _Request:
    """One request, from the signal to the pause. It keeps no frame."""

    open_one: _Request | None = None

    def __init__(self) -> None:
        self._before: Any = sys.gettrace()
        self._kept: dict[int, _Traced] = {}  # what a frame had, by its id
        self._begun = 0  # the frame that has come to a line
        self._last = (0, 0)  # the frame and its last instruction
        self._entered: int | None = None  # the frame that was entered last
        self._over = False
        self._asleep = False  # so the other thread saw it
        self._pending = _thread.allocate_lock()
        self._pending.acquire()

    def in_force(self) -> bool:
        """Say whether it will still pause: not if the script has set another trace function since."""
        return not self._over and sys.gettrace() == self._on_call

    def arm(self, frame: FrameType | None) -> None:
        """Trace the user's frames that run, and those that will."""
        self._trace_all(frame)
        sys.settrace(self._on_call)
        if self._before is not None or (frame is not None and owner(frame) == USER):
            with contextlib.suppress(RuntimeError):  # no thread can be started: the pause comes after the sleep
                _thread.start_new_thread(self._look_after, (threading.get_native_id(), threading.get_ident()))

    def wake(self, frame: FrameType | None) -> None:
        """Pause here, in the sleep, if it was for this that the signal came again; else trace what is not traced."""
        asleep, self._asleep = self._asleep, False
        if asleep and frame is not None and owner(frame) == USER:
            self.disarm(frame)
            stop_at(frame, None, kind="outside")
        else:
            self._trace_all(frame)

    def disarm(self, frame: FrameType | None) -> None:
        """Put everything back as it was."""
        if not self._over:
            self._over = True
            self._pending.release()
        while frame is not None:
            if self._is_traced(frame):
                self._restore(frame)
            frame = frame.f_back
        if sys.gettrace() == self._on_call:
            sys.settrace(self._before)
        if _Request.open_one is self:
            _Request.open_one = None

    def _trace_all(self, frame: FrameType | None) -> None:
        while frame is not None:
            if owner(frame) == USER and not self._is_traced(frame):
                self._trace(frame)
            frame = frame.f_back

    def _trace(self, frame: FrameType) -> None:
        before = self._kept.get(id(frame), (None, frame.f_trace_lines, frame.f_trace_opcodes))
        self._kept[id(frame)] = (frame.f_trace, before[1], before[2])
        frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes = self._on_event, True, True

    def _restore(self, frame: FrameType) -> None:
        kept = self._kept.get(id(frame), (None, True, False))
        frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes = kept

    def _is_traced(self, frame: FrameType) -> bool:
        return getattr(frame.f_trace, "__self__", None) is self

    def _on_call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        """Trace a frame that begins, or goes on, if it is the user's."""
        if self._over or owner(frame) != USER:
            return None
        self._entered = id(frame)
        if not self._is_traced(frame):
            self._trace(frame)
        return self._on_event

    def _on_event(self, frame: FrameType, event: str, _arg: object) -> Any:
        """Pause before the first instruction of a line, or where one comes again and again.

        Not at the event `line`: from 3.12 on, what is raised there passes by the `finally:` of a loop on one line.
        Before 3.12 `while True: pass` begins no line: it is a jump to itself.
        """
        if self._over:  # a generator that was not at work when the tracing ended
            self._restore(frame)
            return None
        begun = self._begun == id(frame)
        if not begun and not self._comes_again(frame, event):
            self._begun = id(frame) if event == "line" else 0
            return self._on_event
        entered = self._entered == id(frame)
        self.disarm(frame)
        stop_at(frame, None, kind="outside")
        return self._hand_on(frame, entered) if begun else None

    def _comes_again(self, frame: FrameType, event: str) -> bool:
        """Say whether the instruction is the same as the last one."""
        if event != "opcode":
            return False
        last, self._last = self._last, (id(frame), frame.f_lasti)
        return self._last == last

    def _hand_on(self, frame: FrameType, entered: bool) -> Any:
        """Let the trace function that was there before have this line, and the call if it has missed that."""
        if self._before is None:
            return None
        if entered:
            frame.f_trace = self._before(frame, "call", None)
        local = frame.f_trace if frame.f_trace_lines else None
        return None if local is None else local(frame, "line", None)

    def _look_after(self, native: int, ident: int) -> None:
        """Send the signal again while the main thread sleeps, or has another to trace it. In a thread of its own."""
        for _ in range(LOOKS):
            if self._pending.acquire(timeout=BETWEEN_SECONDS):
                return
            self._asleep = _sleeps(native)
            if self._asleep or self._before is not None:
                signal.pthread_kill(ident, signal.SIGURG)


def _sleeps(native: int) -> bool:
    """Say whether a thread of this process does nothing but sleep (proc(5), `syscall`)."""
    try:
        with open(f"/proc/self/task/{native}/syscall", encoding="ascii") as file:
            number, *arguments = file.read().split()
    except OSError:  # a kernel without it: the pause comes after the sleep
        return False
    machine = os.uname().machine
    if number in _SELECTS.get(machine, ()):
        return arguments[:4] == _NOTHING
    return number in _SLEEPS.get(machine, ())


def _forget() -> None:
    """Leave a forked child alone: its parent was asked."""
    if _Request.open_one is not None:
        _Request.open_one.disarm(sys._getframe())  # noqa: SLF001  # as in `lager.breakpoint`


os.register_at_fork(after_in_child=_forget)
