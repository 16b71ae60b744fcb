"""Pauses where an exception is raised that nobody will catch: `lager python --on-exception pause`, LAGER_ON_EXCEPTION.

The thread stops in the frame that raises it, before any `finally:` or `with` around it has run, so that the bench is as
it was. From 3.12 on Python says when something is raised (PEP 669, `sys.monitoring`: RAISE and RERAISE), before that a
trace function has to look on (library reference, `sys.settrace`: event `exception`). Whether a frame catches is known
by `lager.catching`; the frames that count are chosen here:

* What is raised in the standard library, or in Lager, is looked at when it comes to the code that called it: locks
  may be held inside, and most of it never comes out.
* At the top of a thread or of a child of `multiprocessing` everything is caught, to be shown: that is no catching.
* An asyncio task keeps its exception for whoever awaits it; the main one's goes on to `asyncio.run`.
* StopIteration, and what is no `Exception` (SystemExit, KeyboardInterrupt, CancelledError ...) mean no failure. At a
  RecursionError or a MemoryError nothing can be done at the place.

What was missed comes to `sys.excepthook` or `threading.excepthook`: then it is shown after the fact, and said so.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from types import CodeType, FrameType, TracebackType
from typing import Any

from lager import breakpoint as pauses
from lager import catching
from lager.banner import say
from lager.evaluation import evaluating
from lager.owners import LAGER, STANDARD, USER, innermost_of_user, known, owner

LABEL_LENGTH = 200  # characters
_NEVER = frozenset((StopIteration, StopAsyncIteration, RecursionError, MemoryError))
_TOPS = {("threading", "_bootstrap_inner"), ("threading", "_bootstrap"), ("multiprocessing.process", "_bootstrap")}
_RAISED = frozenset(("exception",))
_MARK = "_lager_stopped"  # an attribute of an exception that was stopped: no reference of ours may keep it alive


class _Passing(threading.local):
    """The exception that goes up through this thread, and the frames it will pass on its way: ids, no references."""

    def __init__(self) -> None:
        self.error = 0
        self.frames: set[int] = set()


_passing = _Passing()


def install() -> None:
    """Begin to look for exceptions that nobody catches; in the main thread, before the script."""
    if sys.version_info >= (3, 12):
        _monitor()
    else:
        threading.settrace(_on_call)
        sys.settrace(_on_call)
    _Hook.of_main = _Hook(sys.excepthook)
    _Hook.of_threads = _Hook(threading.excepthook)
    sys.excepthook = _Hook.of_main.main
    threading.excepthook = _Hook.of_threads.thread


def _monitor() -> None:
    monitoring: Any = getattr(sys, "monitoring")  # noqa: B009  # unknown to a type checker for 3.10
    tool = next((one for one in (4, 3) if monitoring.get_tool(one) is None), None)
    if tool is None:
        return  # others have taken both numbers: what is left are the hooks
    monitoring.use_tool_id(tool, "lager")
    events = monitoring.events.RAISE, monitoring.events.RERAISE
    for event in events:
        monitoring.register_callback(tool, event, _on_raise)
    monitoring.set_events(tool, events[0] | events[1])


def _on_raise(_code: CodeType, _offset: int, error: BaseException) -> None:
    """Look at an exception that was raised, or has come to a frame (Python 3.12 and later)."""
    if type(error) not in _NEVER:  # without a call: near the end of the stack there may be no room for one
        _consider(sys._getframe(1), error)  # noqa: SLF001  # as in `lager.breakpoint`


def _on_call(frame: FrameType, _event: str, _arg: object) -> Any:
    """Look on while a frame runs, and at none of its lines (before Python 3.12)."""
    try:
        whose = known[frame.f_code.co_filename]  # without a call or a comparison, as in `_on_raise`
    except KeyError:
        whose = owner(frame)
    if whose is STANDARD or whose is LAGER:
        return None
    frame.f_trace_lines = False
    return _on_event


def _on_event(frame: FrameType, event: str, arg: Any) -> Any:
    if event in _RAISED and arg[0] not in _NEVER:
        _consider(frame, arg[1])
    return _on_event


def _consider(frame: FrameType, error: BaseException) -> None:
    """Stop at an exception if nobody will catch it."""
    if owner(frame) in (STANDARD, LAGER) or not isinstance(error, Exception):
        return
    if _passing.error == id(error) and id(frame) in _passing.frames:
        _passing.frames.discard(id(frame))  # decided when it was raised
        return
    if _goes_out(frame, error) and may_stop(error):
        pauses.stop_at(innermost_of_user(frame) or frame, label(error), kind="exception")


def _goes_out(frame: FrameType, error: BaseException) -> bool:
    """Walk up the stack, as far as somebody catches, or as can be said; the frames up to there need no other look."""
    passed: set[int] = set()
    here = frame
    while not _caught_in(here, error):
        caller = here.f_back
        if caller is None:
            return True
        if catching.is_an_answer(here, error):
            break
        here = caller
        if owner(here) not in (STANDARD, LAGER):
            passed.add(id(here))
    _passing.error, _passing.frames = id(error), passed
    return False


def _caught_in(frame: FrameType, error: BaseException) -> bool:
    place = frame.f_globals.get("__name__"), frame.f_code.co_name
    if place in _TOPS:
        return False
    if place == ("asyncio.events", "_run"):
        return not _is_main_task()
    return catching.catches(frame, error)


def _is_main_task() -> bool:
    """Say whether the task that runs is the one that `run_until_complete` waits for, and raises for."""
    try:
        task = sys.modules["asyncio"].current_task()
    except (KeyError, RuntimeError):
        return False
    callbacks = getattr(task, "_callbacks", None) or ()
    return any(getattr(one[0], "__name__", "") == "_run_until_complete_cb" for one in callbacks)


def may_stop(error: BaseException) -> bool:
    """Say whether a stop is wanted, and mark the exception: it is stopped once."""
    off = os.environ.get("LAGER_BREAKPOINTS", "").strip().lower() in pauses.OFF
    if off or evaluating.get() or sys.is_finalizing() or not os.environ.get("LAGER_PROCESS_ID"):
        return False
    marks = [object.__getattribute__(one, "__dict__") for one in _parts(error)]
    if all(_MARK in one for one in marks):
        return False
    for one in marks:
        one[_MARK] = True
    return True


def _parts(error: BaseException) -> list[BaseException]:
    """Give what a group holds in the end: what is left of it behind an `except*` is another group of the same."""
    if not issubclass(type(error), catching.GROUP):
        return [error]
    return [part for one in error.exceptions for part in _parts(one)]  # type: ignore[attr-defined]


def label(error: BaseException) -> str:
    """Name an exception as the last line of its traceback does, in one line of bounded length."""
    lines = traceback.format_exception_only(type(error), error)
    named = next((one for one in lines if one.startswith(type(error).__name__)), lines[0])
    text = " ".join(named.split())
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 3] + "..."


class _Hook:
    """Stands before the hook that was there for exceptions that came out."""

    of_main: _Hook
    of_threads: _Hook

    def __init__(self, before: Any) -> None:
        self._before = before

    def main(self, kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        """Take the place of `sys.excepthook`."""
        _after_the_fact(error, at)
        self._before(kind, error, at)

    def thread(self, args: Any) -> None:
        """Take the place of `threading.excepthook`."""
        _after_the_fact(args.exc_value, args.exc_traceback)
        self._before(args)


def _after_the_fact(error: BaseException | None, at: TracebackType | None) -> None:
    """Stop at an exception that was not stopped where it was raised: its frames have ended, and can be looked at."""
    found = None
    while at is not None:
        if found is None or owner(at.tb_frame) == USER:
            found = at
        at = at.tb_next
    if found is not None and isinstance(error, Exception) and not isinstance(error, StopIteration) and may_stop(error):
        say(f"=== {type(error).__name__}: nobody caught it; its finally: and with: blocks have run\n")
        pauses.stop_at(found, label(error), kind="exception")
