"""Stopping a console's statement in the paused thread, and nothing else there.

In the main thread a statement is stopped by a signal, which also ends a sleep, a wait or a blocked recv. The handler
raises only below `guarded`, and only for the statement that was meant: a late one does nothing. The signal is SIGURG,
because by default it is ignored: one that comes after the script has gone on cannot hurt it, as a SIGINT would. SIGINT
itself means the run, so while consoles are open it stops the statement and then goes to the script's own handler.
In other threads only CPython's asynchronous exception is left, which waits for C calls to return.
What swallows the exception is told again, by one that comes back (`lager_debugbridge.insisting`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from lager_debugbridge.insisting import Insistent, Interrupted, insist, relent

STOP = signal.SIGURG
ATTEMPTS, BETWEEN_SECONDS = 10, 0.01  # until the handler has run; a C call may put that off, then it runs after it

_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


class _Signals:
    """The two signals of this process, taken while anything may be stopped by them: the last one gives them back.

    Several pauses of one thread may overlap in any order (`lager.apause`).
    """

    def __init__(self) -> None:
        self._users: list[Interrupts] = []
        self._previous: dict[int, _Handler] = {}
        self._lock = threading.Lock()  # the handlers run in the thread that may hold it, and never take it

    def take(self, user: Interrupts) -> None:
        """Take both signals; in the main thread."""
        with self._lock:
            self._users.append(user)
            if len(self._users) == 1:
                for number, handler in self._handlers():
                    self._previous[number] = signal.getsignal(number)
                    signal.signal(number, handler)

    def give_back(self, user: Interrupts) -> None:
        """Give the signals back after the last one, unless the script has taken them meanwhile."""
        with self._lock:
            self._users.remove(user)
            if self._users:
                return
            signal.pthread_sigmask(signal.SIG_BLOCK, [])  # one that is on its way comes now, to our handler
            for number, handler in self._handlers():
                before = self._previous.pop(number)
                if signal.getsignal(number) == handler:
                    signal.signal(number, signal.SIG_DFL if before is None else before)

    def send(self, user: Interrupts, thread: int) -> bool:
        """Send the one that stops, while it is ours: the script's own handler for it must get none of these."""
        with self._lock:
            if user not in self._users:
                return False
            signal.pthread_kill(thread, STOP)
            return True

    def hand_on(self, frame: FrameType | None) -> None:
        """Let the script's own handler have a SIGINT."""
        previous = self._previous.get(signal.SIGINT)
        if callable(previous):
            previous(signal.SIGINT, frame)
        elif previous == signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)

    def renew(self) -> None:
        """In a forked child: another thread of its parent may have held the locks."""
        self._lock = threading.Lock()
        for user in self._users:
            user.renew()

    def _handlers(self) -> list[tuple[int, Callable[[int, FrameType | None], None]]]:
        return [(STOP, self._on_stop), (signal.SIGINT, self._on_sigint)]

    def _on_stop(self, _number: int, frame: FrameType | None) -> None:
        for user in list(self._users):
            if user.wanted() and _below(frame, _inside.__code__, but=_Signals._on_sigint.__code__):
                raise user.raised

    def _on_sigint(self, _number: int, frame: FrameType | None) -> None:
        if not _below(frame, _inside.__code__):
            self.hand_on(frame)
            return
        for user in self._users:
            user.real = user.real or user.running() is not None
        raise Interrupted


_signals = _Signals()
os.register_at_fork(after_in_child=_signals.renew)


class Interrupts:
    """Stops statements of the thread that makes it. `stop` may be called in any thread.

    Attributes:
        real: Whether a SIGINT has stopped what ran, which the script must have, too.
        raised: In what is to stop.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.by_signal = threading.current_thread() is threading.main_thread()
        self._running: object = None
        self._wanted: object = None
        self._installed = False
        self.real = False
        self.raised = Interrupted
        self._lock = threading.Lock()

    def install(self) -> None:
        """Take both signals, in the main thread."""
        if self.by_signal and not self._installed:
            self._installed = True
            _signals.take(self)

    def restore(self) -> None:
        """Give the signals back."""
        if self._installed:
            self._installed = False
            _signals.give_back(self)

    def guarded(self, token: object, work: Callable[[], None], insisting: bool = False) -> bool:
        """Do work which `stop(token)` stops, or where `insisting` is, is being stopped; say whether it was stopped."""
        stopped = False
        try:
            self.raised = Insistent if insisting else Interrupted
            if insisting:
                insist(self._thread, _inside.__code__)
            self._running = token
            _inside(work)
        except Interrupted:
            stopped = True
        finally:
            self._settle()
        if self.real:
            self.real = False
            _signals.hand_on(None)
        return stopped

    def stop(self, token: object, insisting: bool = False) -> None:
        """Stop that work, if it is what runs.

        Args:
            token: The work.
            insisting: It was told before, and has swallowed that.
        """
        with self._lock:
            if token is None or self._running is not token:
                return
            if insisting:
                self.raised = Insistent
                insist(self._thread, _inside.__code__)
            if not self.by_signal:
                _raise_in(self._thread, self.raised)
        if self.by_signal:
            self._signal(token)

    def _signal(self, token: object) -> None:
        # A signal that comes just before the thread begins to wait in the kernel is noted, and does not wake it.
        for _ in range(ATTEMPTS):
            if token is None or self._running is not token:
                break
            self._wanted = token  # read by the handler, which runs in the main thread
            if not _signals.send(self, self._thread):
                break
            time.sleep(BETWEEN_SECONDS)  # noqa: TID251  # the handler cannot wake us: it may interrupt anything
            if self._wanted is not token:
                return
        if self._running is not token:
            self._wanted = None  # nothing of what has run is kept

    def renew(self) -> None:
        """In a forked child: make the lock anew."""
        self._lock = threading.Lock()

    def wanted(self) -> bool:
        """Take note of the wish to stop, and say whether it is for what runs."""
        wanted, self._wanted = self._wanted, None
        return wanted is not None and wanted is self._running

    def running(self) -> object:
        """Give the token of what runs, or None."""
        return self._running

    def _settle(self) -> None:
        """Make sure that nothing meant for this work comes later."""
        while True:
            try:
                with self._lock:
                    self._running = None
                    relent()
                    if not self.by_signal:
                        _raise_in(self._thread, None)
            except Interrupted:
                continue
            else:
                return


def _inside(work: Callable[[], None]) -> None:
    """Do work: only below this frame do the handlers raise."""
    work()


def _below(frame: FrameType | None, code: object, but: object = None) -> bool:
    """Say whether a frame is below one of that code, and not below another that is raising something itself."""
    while frame is not None and frame.f_code is not but:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    target = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), target)
