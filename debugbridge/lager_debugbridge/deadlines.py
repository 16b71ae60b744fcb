"""The time of statements, kept by a thread of its own: when to stop one, to insist, and to tell who waits for it.

Nothing here takes a lock that the evaluating thread could hold: that one may be interrupted, or fork, at any moment.
"""

from __future__ import annotations

import math
import threading
import time
import traceback
from queue import Empty
from typing import Any, Protocol

from lager.mailbox import Mailbox

GRACE_SECONDS = 1.0  # that a statement which was told to stop has for its `finally:` blocks
INSIST_SECONDS = 0.1  # between attempts after that
HARD_SECONDS = 5.0  # for which they come so often
SLOW_SECONDS = 1.0  # between later ones
REPORT_SECONDS = 1.0  # after which it is said that a statement does not stop
WAIT_SECONDS = 1.0  # after which who waits is told for whom
LOOK_SECONDS = 0.05  # between looks at the memory


class Watched(Protocol):
    """What is done with a statement, which is the token that `begin` was given."""

    def too_late(self, token: Any) -> None:
        """Stop it: its time is over."""

    def insist(self, token: Any) -> None:
        """Stop it by all means: it was told to stop before."""

    def report(self, token: Any) -> None:
        """Say that it does not stop."""

    def tell_waiting(self, token: Any) -> None:
        """Tell who waits for it."""

    def look(self, token: Any) -> None:
        """See whether it takes too much memory."""


class _Keeper(threading.Thread):
    is_pydev_daemon_thread = pydev_do_not_trace = True  # an IDE's debugger neither shows nor stops it


class Deadlines:
    """Watches the statement that runs.

    Args:
        watched: What to do with it, in this thread.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._news: Mailbox[tuple[str, Any, float]] = Mailbox()
        self._thread: threading.Thread | None = None
        self._token: Any = None
        self._due: dict[str, float] = {}  # what is due when
        self._asked = 0.0

    def begin(self, token: Any, seconds: float) -> None:
        """Watch a statement that begins now, and may take so long; 0 for ever."""
        if self._thread is None:
            self._thread = _Keeper(target=self._serve, name="lager-console-deadlines", daemon=True)
            self._thread.start()
        self._news.put(("begin", token, time.monotonic() + seconds if seconds else math.inf))

    def asked(self, token: Any) -> None:
        """Know that this statement was told to stop: it is told again, and it is said if it does not."""
        self._news.put(("asked", token, 0.0))

    def awaited(self) -> None:
        """Know that somebody waits for the statement that runs."""
        self._news.put(("awaited", self._token, 0.0))

    def end(self, token: Any) -> None:
        """Know that it has ended."""
        self._news.put(("end", token, 0.0))

    def close(self) -> None:
        """End the thread."""
        self._news.put(("close", None, 0.0))

    def _serve(self) -> None:
        while True:
            due = min(self._due.values(), default=math.inf)
            try:
                wait = None if due == math.inf else max(0.0, due - time.monotonic())
                what, of, at = self._news.get(timeout=wait)
            except Empty:
                self._do()
                continue
            if what == "close":
                return
            self._note(what, of, at)

    def _note(self, what: str, of: Any, at: float) -> None:
        now = time.monotonic()
        if what == "begin":
            self._token = of
            self._due = {"over": at, "wait": now + WAIT_SECONDS, "look": now + LOOK_SECONDS}
        elif self._token is None or (of is not self._token and what != "awaited"):
            return  # of one that is over
        elif what == "end":
            self._token, self._due = None, {}
        elif what == "awaited":
            self._due["wait"] = min(self._due.get("wait", math.inf), now + WAIT_SECONDS)
        elif "insist" not in self._due:
            self._asked = now
            self._due |= {"report": now + REPORT_SECONDS, "insist": now + GRACE_SECONDS, "over": math.inf}

    def _do(self) -> None:
        now, token = time.monotonic(), self._token
        for what in [what for what, at in self._due.items() if at <= now]:
            self._due[what] = time.monotonic() + SLOW_SECONDS  # where it fails, it is tried again
            try:
                self._due[what] = self._carry_out(what, token)
            except Exception:  # noqa: BLE001  # a thread's top: without it, nothing would be stopped any more
                traceback.print_exc()

    def _carry_out(self, what: str, token: Any) -> float:
        """Do what is due; give when to do it again."""
        watched = self._watched
        if what == "look":
            watched.look(token)
            return time.monotonic() + LOOK_SECONDS
        if what == "insist":
            watched.insist(token)
            now = time.monotonic()
            return now + (INSIST_SECONDS if now < self._asked + HARD_SECONDS else SLOW_SECONDS)
        if what == "over":
            watched.too_late(token)
        elif what == "report":
            watched.report(token)
        else:
            watched.tell_waiting(token)
        return math.inf
