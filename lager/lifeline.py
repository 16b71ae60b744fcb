"""What ties a service to the box that started it: no service outlives its box, and the box knows how each one is.

The box holds the other end of the service's standard input, and never writes: end of file means that the box is gone.
The service says what happens to it on its standard output, one JSON object a line.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from lager import wire

_QUIET = 1.0  # s between two reports of activity


class Lifeline:
    """The service's end. Reports come from any thread.

    Args:
        on_cut: Called once, from a thread of its own, when the box is gone.
        clock: Monotonic time, s.
    """

    def __init__(self, on_cut: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_activity = -_QUIET
        self._out = os.dup(sys.stdout.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not look like a report
        threading.Thread(target=self._watch, args=(on_cut,), name="lifeline", daemon=True).start()

    def report(self, event: str, **facts: Any) -> None:
        """Tell the box. A box that is gone is noticed at the other end of the line."""
        with self._lock:
            try:
                os.write(self._out, wire.to_json({"event": event, **facts}) + b"\n")
            except BrokenPipeError:
                return

    def active(self) -> None:
        """Tell the box that somebody uses it (at most once a second)."""
        now = self._clock()
        if now - self._last_activity >= _QUIET:
            self._last_activity = now
            self.report("active")

    @staticmethod
    def _watch(on_cut: Callable[[], object]) -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        on_cut()
