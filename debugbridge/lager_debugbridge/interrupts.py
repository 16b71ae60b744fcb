"""Stopping a console's statement in the paused thread, and nothing else there.

In the main thread a statement is stopped by a signal, which also ends a sleep, a wait or a blocked recv. The handler
raises only below `guarded`, and only for the statement that was meant: a late one does nothing. The signal is SIGURG,
because by default it is ignored: one that comes after the script has gone on cannot hurt it, as a SIGINT would. SIGINT
itself means the run, so while consoles are open it stops the statement and then goes to the script's own handler.
In other threads only CPython's asynchronous exception is left, which waits for C calls to return.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

STOP = signal.SIGURG
ATTEMPTS, BETWEEN_SECONDS = 10, 0.01  # until the handler has run; a C call may put that off, then it runs after it

_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


class Interrupted(KeyboardInterrupt):
    """Raised in a statement that was told to stop."""


class Interrupts:
    """Stops statements of the thread that makes it. `stop` may be called in any thread."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.by_signal = threading.current_thread() is threading.main_thread()
        self._running: object = None
        self._wanted: object = None
        self._real = False
        self._lock = threading.Lock()
        self._previous: dict[int, _Handler] = {}

    def install(self) -> None:
        """Take both signals, in the main thread."""
        if self.by_signal and not self._previous:
            for number, handler in self._handlers():
                self._previous[number] = signal.getsignal(number)
                signal.signal(number, handler)

    def restore(self) -> None:
        """Give the signals back, unless the script has taken them meanwhile."""
        previous, self._previous = self._previous, {}
        for number, handler in self._handlers():
            if number in previous and signal.getsignal(number) == handler:
                before = previous[number]
                signal.signal(number, signal.SIG_DFL if before is None else before)

    def _handlers(self) -> list[tuple[int, Callable[[int, FrameType | None], None]]]:
        return [(STOP, self._on_stop), (signal.SIGINT, self._on_sigint)]

    def guarded(self, token: object, work: Callable[[], None]) -> bool:
        """Do work which `stop(token)` stops; say whether it was stopped."""
        try:
            self._inside(token, work)
        except Interrupted:
            stopped = True
        else:
            stopped = False
        self._settle()
        if self._real:
            self._real = False
            self._hand_on(None)
        return stopped

    def stop(self, token: object) -> None:
        """Stop that work, if it is what runs."""
        if token is None:
            return
        if self.by_signal:
            self._wanted = token  # read by the handler, which runs in the main thread
            # A signal that comes just before the thread begins to wait in the kernel is noted, and does not wake it.
            for _ in range(ATTEMPTS):
                signal.pthread_kill(self._thread, STOP)
                time.sleep(BETWEEN_SECONDS)  # noqa: TID251  # the handler cannot wake us: it may interrupt anything
                if self._wanted is not token:
                    return
            return
        with self._lock:
            if self._running is token:
                _raise_in(self._thread, Interrupted)

    def running(self) -> object:
        """Give the token of what runs, or None."""
        return self._running

    def _inside(self, token: object, work: Callable[[], None]) -> None:
        """Do the work: only below this frame does the handler raise."""
        self._running = token
        work()

    def _settle(self) -> None:
        """Make sure that nothing meant for this work comes later."""
        while True:
            try:
                with self._lock:
                    self._running = None
                    if not self.by_signal:
                        _raise_in(self._thread, None)
            except Interrupted:
                continue
            else:
                return

    def _on_stop(self, _number: int, frame: FrameType | None) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted is self._running and _below(frame, Interrupts._inside.__code__):
            raise Interrupted

    def _on_sigint(self, _number: int, frame: FrameType | None) -> None:
        if not _below(frame, Interrupts._inside.__code__):
            self._hand_on(frame)
            return
        self._real = True
        raise Interrupted

    def _hand_on(self, frame: FrameType | None) -> None:
        """Let the script's own handler have the signal."""
        previous = self._previous.get(signal.SIGINT)
        if callable(previous):
            previous(signal.SIGINT, frame)
        elif previous == signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)


def _below(frame: FrameType | None, code: object) -> bool:
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    target = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), target)
