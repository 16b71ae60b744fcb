"""The time of statements, kept by a thread of its own: it stops what takes too long, and says what does not stop.

Nothing here takes a lock that the evaluating thread could hold: that one may be interrupted, or fork, at any moment.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

AGAIN_SECONDS = 0.4  # between attempts to stop what is too late
REPORT_SECONDS = 1.0  # after which it is said that a statement does not stop


class _Keeper(threading.Thread):
    is_pydev_daemon_thread = pydev_do_not_trace = True  # an IDE's debugger neither shows nor stops it


class Deadlines:
    """Watches the statement that runs.

    Args:
        stop: Stops a statement, which is the token that `begin` was given; it was too late.
        report: Says of one that it does not stop.
    """

    def __init__(self, stop: Callable[[Any], None], report: Callable[[Any], None]) -> None:
        self._stop = stop
        self._report = report
        self._news: SimpleQueue[tuple[str, Any, float]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self, token: Any, seconds: float) -> None:
        """Watch a statement that begins now, and may take so long; 0 for ever."""
        if self._thread is None:
            self._thread = _Keeper(target=self._serve, name="lager-console-deadlines", daemon=True)
            self._thread.start()
        self._news.put(("begin", token, time.monotonic() + seconds if seconds else math.inf))

    def asked(self, token: Any) -> None:
        """Know that this statement was told to stop: it is said if it does not."""
        self._news.put(("asked", token, 0.0))

    def end(self, token: Any) -> None:
        """Know that it has ended."""
        self._news.put(("end", token, 0.0))

    def close(self) -> None:
        """End the thread."""
        self._news.put(("close", None, 0.0))

    def _serve(self) -> None:
        token: Any = None
        over = report = math.inf
        while True:
            due = min(over, report)
            try:
                wait = None if due == math.inf else max(0.0, due - time.monotonic())
                what, of, at = self._news.get(timeout=wait)
            except Empty:
                what, of, at = "due", token, 0.0
            if what == "close":
                return
            if what == "begin":
                token, over, report = of, at, math.inf
            elif of is not token:
                continue  # of one that is over
            elif what == "end":
                token, over, report = None, math.inf, math.inf
            elif what == "asked":
                report = min(report, time.monotonic() + REPORT_SECONDS)
            else:
                over, report = self._due(token, over, report)

    def _due(self, token: Any, over: float, report: float) -> tuple[float, float]:
        now = time.monotonic()
        if report <= now:
            self._report(token)
            report = math.inf
        if over <= now:
            first = not getattr(token, "late", False)
            self._stop(token)
            over = time.monotonic() + AGAIN_SECONDS
            report = min(report, now + REPORT_SECONDS) if first else report
        return over, report
