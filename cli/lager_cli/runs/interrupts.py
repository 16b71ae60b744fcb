"""Ctrl-C and its like, from when a run is asked for to its end: heard, and answered by who follows the run."""

from __future__ import annotations

import os
import signal
from types import TracebackType


class Interrupts:
    """Ctrl-C and its like as something to wait on, from `with` to its end; nothing is interrupted by them."""

    def __enter__(self) -> Interrupts:
        """Take the signals over."""
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)
        self._wakeup = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {one: signal.signal(one, lambda *_: None) for one in caught}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._wakeup)
        for one, handler in self._before.items():
            signal.signal(one, handler)
        os.close(self._wake)
        os.close(self._woken)

    def fileno(self) -> int:
        """Give the descriptor that is readable when signals have come."""
        return self._wake

    def taken(self) -> list[int]:
        """Give the signals that have come since; not those that were only passing (SIGCHLD, SIGWINCH)."""
        try:
            return [number for number in os.read(self._wake, 64) if number in self._before]
        except BlockingIOError:
            return []
