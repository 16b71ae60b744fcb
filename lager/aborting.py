"""How a pause ends with an exception: an abort by somebody, or what the script's own signal handlers raise.

Nothing is said here, and nothing of a pause is known.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from typing import Any, NoReturn

from lager.errors import Aborted
from lager.evaluation import running_loop

STATUS = 130  # of a process that was aborted

_told = threading.Event()
_once = threading.Lock()
_ending = threading.Event()  # the main thread has its `Aborted`: a second one would strike in its `finally:`


def is_of_a_handler(error: Exception) -> bool:
    """Say whether a signal handler has raised this while a thread was paused: then it is the script's, and no defect.

    In its traceback is code that is neither ours nor the standard library's, and a pause calls none.
    """
    from lager.owners import LAGER, STANDARD, owner

    at = error.__traceback__
    while at is not None:
        if owner(at.tb_frame) not in (LAGER, STANDARD):
            return True
        at = at.tb_next
    return False


def abort(why: str) -> NoReturn:
    """End the script from here, by way of its `finally:` blocks: this thread, and so that it ends, the main one.

    Raises:
        Aborted: Always.
    """
    _keep_the_loop_quiet()
    if threading.current_thread() is threading.main_thread():
        with _once:  # one that was left for this thread just before is raised here
            _ending.set()
    else:
        _keep_quiet()
        with _once:
            if not _ending.is_set():
                _ending.set()
                interrupt_main()
    raise Aborted(why)


def main_told() -> bool:
    """Say whether the main thread was sent its signal for this: it is none that asks for a pause (`lager.outside`)."""
    return _told.is_set()


def strikes(error: BaseException) -> bool:
    """Say whether an exception is an abort that another thread has left for this one: a console must not keep it."""
    return isinstance(error, Aborted) and main_told() and threading.current_thread() is threading.main_thread()


def interrupt_main() -> None:
    """Raise `Aborted` in the main thread: at once, also where that sleeps, if Python has a handler for SIGURG there.

    The signal's handler is called in the main thread, in Python; there an exception that was left for it is raised.
    Where there is none, the main thread gets a SIGINT, which ends it with a KeyboardInterrupt, if that is allowed.
    """
    import ctypes
    import signal

    main = threading.main_thread()
    ident = main.ident
    if ident is None or not main.is_alive():
        atexit.register(_end_with_status)  # it has ended, and would have the process end with its own status
        return
    handler = signal.getsignal(signal.SIGURG)
    if hasattr(handler, "__code__") or hasattr(handler, "__func__"):  # a function or a method
        _told.set()
        # No Python call between these two: one waits for ever in a traced thread of 3.11 while an exception is left.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Aborted))
        signal.pthread_kill(ident, signal.SIGURG)
    elif callable(signal.getsignal(signal.SIGINT)):
        signal.pthread_kill(ident, signal.SIGINT)


def _end_with_status() -> None:
    """End the process with the status of an abort, after all that is to be done at its end."""
    atexit.unregister(_end_with_status)
    atexit._run_exitfuncs()  # noqa: SLF001  # what was registered before comes after this: it has no other way to be last
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none
            stream.flush()
    os._exit(STATUS)


def _keep_the_loop_quiet() -> None:
    """Let the running loop not complain of tasks that an abort has ended, as nobody asks them how they ended."""
    loop = running_loop()
    if loop is None:
        return
    before = loop.get_exception_handler()

    def handle(loop: Any, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), Aborted):
            return
        if before is None:
            loop.default_exception_handler(context)
        else:
            before(loop, context)

    loop.set_exception_handler(handle)


def _keep_quiet() -> None:
    """Let no thread print a traceback for an abort, as none does for a SystemExit."""
    hook = threading.excepthook
    if not hasattr(hook, "lager_before"):
        threading.excepthook = _Quiet(hook)


class _Quiet:
    """Stands before the script's own hook for exceptions of threads."""

    def __init__(self, before: Any) -> None:
        self.lager_before = before

    def __call__(self, args: Any) -> None:
        if not (isinstance(args.exc_type, type) and issubclass(args.exc_type, Aborted)):
            self.lager_before(args)
