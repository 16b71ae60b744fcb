"""Where prints go while a console is open: a console's to it, everybody else's to the script's own streams.

`sys.stdout` and `sys.stderr` are replaced by routers that look up a context variable, so what the script's other
threads print meanwhile never shows up in a console. The same goes for `sys.displayhook`, which shows a statement's
values, and for the threads that a statement starts. Not routed: children's output, and streams kept from before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol

from lager_debugbridge.childthreads import Inheritance

STATEMENT_LIMIT = 64 * 1024  # characters of one statement's output that are shown
LAST_LIMIT = 32 * 1024  # characters of a traceback
_DELETED: Any = object()  # instead of a stream the script has deleted


class Rest(Protocol):
    """Takes all that a statement writes, where that is too much to show."""

    def write(self, text: str) -> None:
        """Keep text."""

    def said(self) -> str:
        """Say where it is; empty where it is nowhere."""


class Sink:
    """Takes what one statement writes: (stream, text), bounded.

    Args:
        send: Takes the stream (1 stdout, 2 stderr) and the text.
        rest: Gets everything, from the moment on at which it is too much; None drops it.
        limit: Characters that are shown.
    """

    def __init__(
        self, send: Callable[[int, str], None], rest: Rest | None = None, limit: int = STATEMENT_LIMIT
    ) -> None:
        self._send = send
        self._rest = rest
        self._limit = self._left = limit
        self._shown: list[str] = []
        self._over = False
        self.closed = False  # what still comes is for the process's own streams

    def write(self, stream: int, text: str) -> None:
        """Pass text on, up to the limit; then say once that there is more, and where."""
        if not text:
            return
        # Text may hold lone surrogates, which can be neither sent nor kept.
        text = text.encode("utf-8", "backslashreplace").decode()
        if self._over:
            self._keep(text)
            return
        shown = text[: self._left]
        self._left -= len(text)
        if shown:
            self._send(stream, shown)
        if self._left >= 0:
            if self._rest is not None:
                self._shown.append(shown)
            return
        self._over = True
        kept, self._shown = "".join(self._shown), []
        self._keep(kept + text)
        where = self._rest.said() if self._rest is not None else ""
        self._send(2, f"\n[the output of this statement is cut here: {self._limit} characters are shown{where}]\n")

    def last_word(self, text: str) -> None:
        """Show a text on stderr, whatever was cut before; of a long one its beginning and its end."""
        text = text.encode("utf-8", "backslashreplace").decode()
        if self._over:
            self._keep(text)
        half = LAST_LIMIT // 2
        if len(text) > LAST_LIMIT:
            text = f"{text[:half]}\n[... {len(text) - 2 * half} characters are left out here ...]\n{text[-half:]}"
        self._send(2, text)

    def widen(self, more: int) -> None:
        """Let so many more characters be shown."""
        self._left += more
        self._limit += more

    def _keep(self, text: str) -> None:
        if self._rest is not None:
            self._rest.write(text)


sink: ContextVar[Sink | None] = ContextVar("lager_console_sink", default=None)
show: ContextVar[Callable[[Any], None] | None] = ContextVar("lager_console_show", default=None)  # shows a value


def _taker() -> Sink | None:
    taker = sink.get()
    return None if taker is None or taker.closed else taker


class _Bytes:
    """The `buffer` of a console's stream."""

    def __init__(self, taker: Sink, stream: int) -> None:
        self._taker = taker
        self._stream = stream

    def write(self, data: Any) -> int:
        """Show bytes as the text they are."""
        self._taker.write(self._stream, bytes(data).decode(errors="backslashreplace"))
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


class Router:
    """Stands for a stream, or for none; everything but writing by a console is the stream's own affair."""

    def __init__(self, stream: Any, number: int) -> None:
        self._stream = stream
        self._number = number

    def write(self, text: str) -> int:
        """Write to whoever runs in this context."""
        taker = _taker()
        if taker is None:
            # Where the script has no stream, what it prints is dropped, as without a console.
            return 0 if self._stream is None else int(self._stream.write(text) or 0)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        taker.write(self._number, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write line after line."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the script's stream; a console's holds nothing back."""
        if _taker() is None and self._stream is not None:
            self._stream.flush()

    def isatty(self) -> bool:
        """Say that a console is no terminal: nobody should page or colour there."""
        return _taker() is None and self._stream is not None and bool(self._stream.isatty())

    @property
    def buffer(self) -> Any:
        """Give the stream of bytes below."""
        taker = _taker()
        return self._stream.buffer if taker is None else _Bytes(taker, self._number)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Routing:
    """Owns the replaced streams of this process; the last pause with consoles puts them back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._routers: list[tuple[str, Router, Any]] = []
        self._hook: Any = None  # of the script
        self._threads = Inheritance(sink)
        self._last = self._routers  # another thread may be in `print`, which holds no reference to where it writes

    def begin(self) -> None:
        """Route from now on."""
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            self._hook, sys.displayhook = sys.displayhook, self.display
            self._threads.begin()
            for number, name in enumerate(("stdout", "stderr"), 1):
                router = Router(getattr(sys, name, None), number)
                self._routers.append((name, router, getattr(sys, name, _DELETED)))
                setattr(sys, name, router)

    def end(self) -> None:
        """Put the script's streams back, unless the script has put others there meanwhile."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            self._threads.end()
            if sys.displayhook == self.display:
                sys.displayhook = self._hook
            for name, router, stream in self._routers:
                if getattr(sys, name, None) is not router:
                    continue
                if stream is _DELETED:
                    delattr(sys, name)
                else:
                    setattr(sys, name, stream)
            self._last, self._routers = self._routers, []

    def standing(self) -> list[str]:
        """Give which of the process's streams lead here now."""
        return [name for name, router, _ in self._routers if getattr(sys, name, None) is router]

    def put_back(self, names: list[str]) -> list[str]:
        """Have those streams lead here again; give those that a statement has replaced for the whole process."""
        replaced = [name for name in names if name not in self.standing()]
        for name, router, _ in self._routers:
            if name in replaced:
                setattr(sys, name, router)
        return replaced

    def display(self, value: Any) -> None:
        """Show the value of an expression that stands alone, as whoever runs in this context does."""
        (show.get() or self._hook)(value)


routing = Routing()
