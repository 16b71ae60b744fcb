"""The supervisor's end of its control socket: runners that watch a run, and ask things of it.

It waits for nobody: a watcher that does not read misses a wake-up, never a fact. A watcher gets a line end whenever the
log has grown, and the end of the connection when the run has ended (`exit.json` is there by then). Other lines are
facts, as JSON; each has all of them, and the first line is one:

* `script`: the script's process id; `supervisor`: this one's, and its session's;
* `ends`: when the time limit ends the run, on the machine's monotonic clock (s), null for never, or not as it is now;
* `did`: what was done to end it, as people read it; `lost`: bytes of output that could not be kept;
* `outcome`: how it ended, where `exit.json` cannot be written; else null.

It may send lines (`Request`).
"""

from __future__ import annotations

import json
import selectors
import socket
from collections.abc import Callable
from typing import Any, NamedTuple

_REQUEST_BYTES = 65536
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Request(NamedTuple):
    """One line of a watcher. What a newer runner says besides, this supervisor cannot do.

    Attributes:
        signal: Send this signal to the script's group, and do nothing else; 0 for none.
        end: End the run: `step`, the signal to begin with or to go on to; `by`, who wants that; `why`, in words for the
            run's output, or empty.
        pause: Ask the script itself, and no child of it, to pause.
        hold: The time limit waits while any watcher holds it, and runs again when the last lets go, or is gone; None
            where nothing is said of it.
        by: Who sends the signal.
        say: What to write into the run's output, as a line of Lager's own; empty for nothing.
    """

    signal: int = 0
    end: dict[str, Any] | None = None
    pause: bool = False
    hold: bool | None = None
    by: str = ""
    say: str = ""


def request_of(line: bytes) -> Request | None:
    """Read a line of a watcher; None where it is no request."""
    try:
        given = json.loads(line)
        end, hold = given.get("end"), given.get("hold")
        if end is not None:
            end = {"step": int(end.get("step", 0)), "by": str(end.get("by", "")), "why": str(end.get("why", ""))}
        return Request(
            int(given.get("signal", 0)),
            end,
            bool(given.get("pause")),
            None if hold is None else bool(hold),
            str(given.get("by", "")),
            str(given.get("say", "")),
        )
    except (ValueError, AttributeError, TypeError):
        return None


class _Watcher:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.heard = bytearray()
        self.owed = b""  # facts that did not fit in yet


class Watchers:
    """All connections of one control socket.

    Args:
        selector: Where they wait.
        control: The listening socket's descriptor.
        facts: Gives the facts.
        obey: Does what a request wants.
        hold: Told whether anybody holds the time limit, when that changes.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        control: int,
        facts: Callable[[], dict[str, Any]],
        obey: Callable[[Request], None],
        hold: Callable[[bool], None],
    ) -> None:
        self._selector, self._facts, self._obey, self._hold = selector, facts, obey, hold
        self._watchers: list[_Watcher] = []
        self._holders: set[_Watcher] = set()
        self._listener = socket.socket(fileno=control)
        self._listener.setblocking(False)
        selector.register(self._listener, _READ, self._accept)

    def wake(self) -> None:
        """Tell them that the log has grown."""
        for watcher in list(self._watchers):
            self._send(watcher, b"\n")

    def tell(self) -> None:
        """Tell them the facts, which have changed."""
        line = self._line()
        for watcher in list(self._watchers):
            self._owe(watcher, line)

    def _line(self) -> bytes:
        return json.dumps(self._facts()).encode() + b"\n"

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it went away before its turn
        connection.setblocking(False)
        watcher = _Watcher(connection)
        self._watchers.append(watcher)
        self._selector.register(connection, _READ, lambda: self._attend(watcher))
        self._owe(watcher, self._line())  # also for what was written between its connecting and now

    def _owe(self, watcher: _Watcher, line: bytes) -> None:
        watcher.owed = b"" if self._send(watcher, line) else line
        if watcher in self._watchers:
            events = _READ | _WRITE if watcher.owed else _READ
            self._selector.modify(watcher.connection, events, lambda: self._attend(watcher))

    def _send(self, watcher: _Watcher, line: bytes) -> bool:
        """Send a line, which goes as a whole or not at all; say whether it went, or nobody is there."""
        try:
            watcher.connection.send(line)
        except BlockingIOError:
            return False  # it has wake-ups enough that it did not take yet
        except OSError:
            self._drop(watcher)
        return True

    def _attend(self, watcher: _Watcher) -> None:
        if watcher in self._watchers:  # it may have been dropped a moment ago
            if watcher.owed:
                self._owe(watcher, watcher.owed)
            self._hear(watcher)

    def _hear(self, watcher: _Watcher) -> None:
        try:
            part = watcher.connection.recv(_REQUEST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        watcher.heard += part
        *lines, rest = watcher.heard.split(b"\n")
        watcher.heard[:] = rest
        for line in lines:
            if request := request_of(bytes(line)):
                self._take(watcher, request)
        if not part or len(rest) > _REQUEST_BYTES:
            self._drop(watcher)

    def _take(self, watcher: _Watcher, request: Request) -> None:
        if request.hold is not None:
            self._note(watcher, request.hold)
        self._obey(request)

    def _note(self, watcher: _Watcher, hold: bool) -> None:
        before = bool(self._holders)
        if hold:
            self._holders.add(watcher)
        else:
            self._holders.discard(watcher)
        if bool(self._holders) != before:
            self._hold(not before)

    def _drop(self, watcher: _Watcher) -> None:
        if watcher in self._watchers:
            self._watchers.remove(watcher)
            self._selector.unregister(watcher.connection)
            watcher.connection.close()
            self._note(watcher, False)
