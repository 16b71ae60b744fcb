"""A paused thread: it waits, woken by a queue, and evaluates what consoles ask for, itself.

The box is spoken to by another thread (`lager.pauselink`). The evaluator of consoles is imported when the first one
attaches; which module that is, the runner says (LAGER_EVALUATOR).
"""

from __future__ import annotations

import importlib
import itertools
import os
import threading
import time
from queue import SimpleQueue
from types import FrameType
from typing import NamedTuple, Protocol, cast

from lager import wire
from lager.evaluation import evaluating
from lager.pauselink import PauseLink

ANNOUNCE_SECONDS = 2.0  # how long a banner waits for the box to name the pause
FLUSH_SECONDS = 1.0  # how long going on waits for the last words to be sent


class Place(NamedTuple):
    """A line of the script."""

    file: str
    line: int
    function: str


class Consoles(Protocol):
    """What the evaluator offers. `complete`, `interrupt` and `stop` are called in the link's thread."""

    def open(self, console: str) -> None:
        """Make a new snapshot for a console."""

    def close(self, console: str) -> None:
        """Forget a console that has gone."""

    def evaluate(self, message: wire.Evaluate) -> None:
        """Run a statement, and send what comes of it."""

    def complete(self, message: wire.Complete) -> None:
        """Answer what could be typed there."""

    def interrupt(self, message: wire.Interrupt) -> None:
        """Stop that statement, if it is the one that runs."""

    def stop(self, console: str | None = None) -> None:
        """Stop whatever runs, or whatever runs for that console."""

    def finish(self, reason: str) -> None:
        """Close every console, and put back what was changed for them."""


class _Process:
    """What the pauses of one process share: their count, and the highest number a box gave one of them."""

    def __init__(self) -> None:
        self.keys = itertools.count(1)
        self.seen = 0


_process = _Process()


class Pause:
    """One pause of the calling thread: announce it, wait, and call `over` whatever happens.

    Args:
        seconds: After how long to go on by itself, s; None waits for ever.
    """

    def __init__(self, run: str, label: str | None, place: Place, seconds: float | None, interactive: bool) -> None:
        self.label = label
        self._run = run
        self._key = f"{os.getpid()}-{next(_process.keys)}"
        self._pid = os.getpid()
        self._inbox: SimpleQueue[wire.ToScript | None] = SimpleQueue()
        self._consoles: Consoles | None = None
        self._interrupt: wire.Interrupt | None = None  # the last one: it may come before its statement begins
        self._reason = ""
        hit = wire.Hit(
            run=run,
            key=self._key,
            pid=self._pid,
            label=None if label is None else _plain(label),
            file=_plain(place.file),
            line=place.line,
            function=_plain(place.function),
            thread=_plain(threading.current_thread().name),
            timeout=seconds or 0.0,
            left=seconds,
            interactive=interactive,
            seen=_process.seen,
            since=time.time(),
        )
        self._link = PauseLink(os.environ.get("LAGER_RUN_SOCKET", ""), hit, self)

    def announce(self) -> str:
        """Tell the box, and give the name it has for this pause: the run's id if it does not answer."""
        self._link.start()
        self._link.named.wait(ANNOUNCE_SECONDS)
        _process.seen = max(_process.seen, self._link.number)
        return self._link.name_given or self._run

    def wait(self, frame: FrameType) -> str:
        """Wait until this thread may go on, and serve consoles meanwhile; give the reason."""
        while not self._reason:
            message = self._inbox.get()
            if message is not None and not self._reason:
                self._serve(message, frame)
            if os.getpid() != self._pid:
                os._exit(0)  # a child forked by a console's statement: it must not go on as a second script
        return self._reason

    def over(self) -> None:
        """Say the last word to the box; the consoles are closed before, also when an exception ends the pause."""
        reason = self._reason or "interrupted"
        try:
            self.close_consoles(reason)
        finally:
            self._link.finish(wire.Released(self._key, reason), FLUSH_SECONDS)

    def close_consoles(self, reason: str) -> None:
        """End every console; a statement that still runs was stopped before."""
        consoles, self._consoles = self._consoles, None
        if consoles is not None:
            consoles.finish(reason if reason in ("resumed", "timed out") else "script ended")

    # Called in the link's thread --------------------------------------------------------------------------------------

    def take(self, message: wire.ToScript) -> None:
        """Take a message of the box."""
        consoles = self._consoles
        match message:
            case wire.Release(key, reason):
                if key == self._key:
                    self.end(reason)
                return
            case wire.Interrupt():
                self._interrupt = message
                if consoles:
                    consoles.interrupt(message)
                return
            case wire.Complete() if consoles:
                consoles.complete(message)
                return
            case wire.CloseConsole(console) if consoles:
                consoles.stop(console)
        self._inbox.put(message)

    def end(self, reason: str) -> None:
        """Let the thread go on; the first reason counts. Again and again until it does: stop what it is running."""
        if not self._reason:
            self._reason = reason
            self._inbox.put(None)
        if consoles := self._consoles:
            consoles.stop()

    def lost(self) -> None:
        """Give up the consoles: the box went away, and with it everybody who looked."""
        if consoles := self._consoles:
            consoles.stop()
            self._inbox.put(wire.CloseConsole(""))

    # ------------------------------------------------------------------------------------------------------------------

    def _serve(self, message: wire.ToScript, frame: FrameType) -> None:
        if isinstance(message, wire.OpenConsole):
            self._open(message.console, frame)
        elif self._consoles is not None:
            self._pass_on(message, self._consoles)

    def _open(self, console: str, frame: FrameType) -> None:
        if self._consoles is None:
            try:
                evaluator = importlib.import_module(os.environ["LAGER_EVALUATOR"])
            except (ImportError, KeyError) as exc:
                what = f"this script cannot have a console: {exc!r}"
                error = wire.ErrorBody("no-console", what, "install the whole of lager where the script runs")
                self._link.send(wire.ConsoleClosed("error", error, console))
                return
            root = os.environ.get("LAGER_RUN_DIR_ROOT", "")
            self._consoles = cast("Consoles", evaluator.Evaluator(frame, self._link.send, root, evaluating))
        self._consoles.open(console)

    def _pass_on(self, message: wire.ToScript, consoles: Consoles) -> None:
        match message:
            case wire.CloseConsole(""):
                self.close_consoles("script ended")
            case wire.CloseConsole(console):
                consoles.close(console)
            case wire.Evaluate():
                if self._interrupt:
                    consoles.interrupt(self._interrupt)
                consoles.evaluate(message)
            case wire.Complete():
                consoles.complete(message)


def _plain(text: str) -> str:
    """Make text that can be sent: a file name may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()
