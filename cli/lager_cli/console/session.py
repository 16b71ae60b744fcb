"""A console's connection: statements go, output and results come. It shows nothing; its thread reads the connection."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from urllib.parse import quote

from lager import errors, wire
from lager.client import Dropped, Service

_OPENING = 20.0  # s for the paused script to open its end
_COMPLETING = 3.0  # s after which a completion comes too late to be of use
_PATIENCE = 3  # so many Ctrl-C without effect, and the console is left

_FAREWELLS = {
    "resumed": "The script was resumed; the console is closed.",
    "timed out": "The script went on by itself when its pause timed out; the console is closed.",
    "aborted": "The script was aborted; the console is closed.",
    "script ended": "The script has ended; the console is closed.",
    "exit": "",
    "lost": "The connection to the box was lost; the console is closed, and the script stays as it is.",
}


class Over(Exception):
    """The console is closed; `Session.farewell` says why."""


class _Interrupted:
    """In the queue of what came: Ctrl-C."""


class Session:
    """An open console.

    Args:
        runner: The runner of the box.
        run: The id of the run, or the name of one of its pauses.

    Raises:
        LagerError: There is no such run, or it is not paused, or its pause offers no console.
    """

    def __init__(self, runner: Service, run: str) -> None:
        self._stream = runner.connect(f"/runs/{quote(run, safe='')}/console")
        self._came: queue.SimpleQueue[wire.ConsoleOutput | wire.ConsoleResult | _Interrupted | None] = (
            queue.SimpleQueue()
        )
        self._completions: queue.SimpleQueue[wire.Completions] = queue.SimpleQueue()
        self._statement = self._request = 0
        self._wake, self._woken = os.pipe()
        self._closed: wire.ConsoleClosed | None = None
        self.on_closed: Callable[[], None] = lambda: None
        try:
            self._await_ready()
        except BaseException:
            self._close()
            raise
        self._reader = threading.Thread(target=self._read, name="console", daemon=True)
        self._reader.start()

    def __enter__(self) -> Session:
        """Give the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the console; the script stays paused."""
        self.on_closed = lambda: None
        self._stream.close()
        self._reader.join(5.0)
        os.close(self._wake)
        os.close(self._woken)

    def fileno(self) -> int:
        """Give the descriptor that is readable once the console is closed."""
        return self._wake

    @property
    def is_over(self) -> bool:
        """Get whether the console is closed."""
        return self._closed is not None

    @property
    def farewell(self) -> str:
        """Get why the console is closed; empty while it is open, or when nothing needs saying."""
        if self._closed is None:
            return ""
        if self._closed.error is not None:
            return f"The console is closed: {self._closed.error.what}."
        return _FAREWELLS.get(self._closed.reason, f"The console is closed: {self._closed.reason}.")

    def evaluate(self, source: str, show: Callable[[wire.ConsoleOutput], None]) -> bool:
        """Evaluate a statement and show what it writes; give whether it ended without an exception.

        Raises:
            Over: The console closed before the statement was done.
            KeyboardInterrupt: The statement took no notice of several Ctrl-C.
        """
        self._statement += 1
        interrupts = 0
        with self._interrupts():
            self._send(wire.Evaluate(self._statement, source))
            while True:
                message = self._came.get()
                if message is None:
                    raise Over
                if isinstance(message, _Interrupted):
                    interrupts += 1
                    if interrupts > _PATIENCE:
                        raise KeyboardInterrupt
                    self._send(wire.Interrupt(self._statement))
                elif message.statement != self._statement:
                    continue
                elif isinstance(message, wire.ConsoleOutput):
                    show(message)
                else:
                    return message.ok

    def complete(self, source: str, cursor: int) -> wire.Completions:
        """Ask what could stand at `cursor` in `source`; nothing when no answer comes in time. From any one thread."""
        self._request += 1
        try:
            self._send(wire.Complete(self._request, source, cursor))
            while True:
                found = self._completions.get(timeout=_COMPLETING)
                if found.request == self._request:
                    return found
        except (Over, queue.Empty):
            return wire.Completions(self._request, [])

    def _send(self, message: wire.Evaluate | wire.Interrupt | wire.Complete) -> None:
        try:
            self._stream.send(message)
        except Dropped as exc:
            self._reader.join(5.0)  # what it has read last says why
            raise Over from exc

    def _await_ready(self) -> None:
        try:
            first: object = self._stream.receive(wire.FromConsole, _OPENING)
        except (Dropped, TimeoutError) as exc:
            raise errors.ServiceUnreachable(
                f"the console did not open ({exc or 'no answer from the script'})", "try it again in a few seconds"
            ) from exc
        if isinstance(first, wire.ConsoleClosed):
            if first.error is not None:
                raise first.error.as_error()
            raise errors.NothingPaused(f"the console closed at once: {first.reason}", "see `lager runs`")

    def _read(self) -> None:
        try:
            while self._closed is None:
                message: object = self._stream.receive(wire.FromConsole)
                if isinstance(message, wire.ConsoleOutput | wire.ConsoleResult):
                    self._came.put(message)
                elif isinstance(message, wire.Completions):
                    self._completions.put(message)
                elif isinstance(message, wire.ConsoleClosed):
                    self._closed = message
        except Dropped:
            self._closed = wire.ConsoleClosed("lost")
        self._came.put(None)
        os.write(self._woken, b"x")
        self.on_closed()

    def _close(self) -> None:
        self._stream.close()
        os.close(self._wake)
        os.close(self._woken)

    @contextmanager
    def _interrupts(self) -> Iterator[None]:
        """Take Ctrl-C as a message among the others, so that none of them is lost to an exception."""
        before = signal.signal(signal.SIGINT, lambda *_: self._came.put(_Interrupted()))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
