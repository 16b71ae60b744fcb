"""The consoles of one paused thread, in the script's process. Imported when the first one attaches.

Statements run in the paused thread itself, on the console's own snapshot, in a copy of the thread's context. What it
sends goes through the pause's link; it knows no sockets.
"""

from __future__ import annotations

import contextvars
import itertools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from lager import aborting, wire
from lager_debugbridge import completion, statements
from lager_debugbridge.changes import Change
from lager_debugbridge.interrupts import Interrupted, Interrupts
from lager_debugbridge.output import Sink, routing, sink
from lager_debugbridge.snapshot import Snapshot

__all__ = ["Change", "Evaluator"]  # what `lager.paused` uses

REPR_LIMIT = 64 * 1024  # characters
NO_SIGNAL = "(paused in a thread other than the main one: Ctrl-C takes effect when a call into C returns)\n"


class Exit:
    """`exit` and `quit` of a console: they end it, and leave the script's stdin open."""

    def __repr__(self) -> str:
        return "Use exit() or Ctrl-D to disconnect"

    def __call__(self, code: object = None) -> None:
        """End the console."""
        raise SystemExit(code)


def _no_input(_prompt: object = "") -> str:
    raise EOFError("a console cannot answer input(): the script's stdin is not its own")


class Console:
    """One console: its snapshot, and the texts it evaluated."""

    def __init__(self, name: str, frame: FrameType, root: str) -> None:
        leave = Exit()
        self.name = name
        self.snapshot = Snapshot(frame, root, {"exit": leave, "quit": leave, "input": _no_input})
        self.files: list[str] = []
        self.warned = False


class _Run:
    """One text being evaluated; the token by which it is stopped."""

    def __init__(self, console: Console, message: wire.Evaluate, filename: str) -> None:
        self.console = console
        self.message = message
        self.filename = filename
        self.failure: BaseException | None = None
        self.left = False


class Evaluator:
    """Every console of one pause.

    Args:
        frame: The paused frame.
        send: Takes what is for the box; never blocks.
        root: The script's directory.
        evaluating: Set while a statement runs, so that a `pause()` in it does not pause.
    """

    def __init__(
        self, frame: FrameType, send: Callable[[object], None], root: str, evaluating: contextvars.ContextVar[bool]
    ) -> None:
        self._frame: FrameType | None = frame
        self._send = send
        self._root = root
        self._evaluating = evaluating
        self._consoles: dict[str, Console] = {}
        self._early: tuple[str, int] | None = None
        self._interrupts = Interrupts()
        self._routed = False

    _counts = itertools.count(1)  # of the process: a text's file name must be its own

    def open(self, console: str) -> None:
        """Make a new snapshot for a console."""
        if self._frame is None:
            return
        if not self._routed:
            self._routed = True
            routing.begin()
            self._interrupts.install()
        try:
            self._consoles[console] = Console(console, self._frame, self._root)
        except Exception as exc:  # noqa: BLE001  # a request handler: our own defect ends the console, not the pause
            self._fail(console, exc)

    def close(self, console: str) -> None:
        """Forget a console that has gone."""
        gone = self._consoles.pop(console, None)
        if gone is not None:
            statements.forget(gone.files)
            gone.snapshot.drop()

    def finish(self, reason: str) -> None:
        """Close every console, and put streams and signals back."""
        for console in list(self._consoles):
            self._send(wire.ConsoleClosed(reason, None, console))
            self.close(console)
        self._frame = None
        if self._routed:
            self._routed = False
            routing.end()
            self._interrupts.restore()

    def evaluate(self, message: wire.Evaluate) -> None:
        """Run a text, and send what comes of it."""
        console = self._consoles.get(message.console)
        if console is None:
            return  # it has gone meanwhile
        run = _Run(console, message, f"<console {next(self._counts)}>")
        console.files.append(run.filename)
        context = contextvars.copy_context()
        taker = Sink(lambda stream, text: self._show(run, stream, text))
        context.run(sink.set, taker)
        context.run(self._evaluating.set, True)
        if not self._interrupts.by_signal and not console.warned:
            console.warned = True
            self._show(run, 2, NO_SIGNAL)
        hook, sys.displayhook = sys.displayhook, lambda value: _display(console.snapshot, value)
        try:  # outside of what can be stopped
            stopped = self._interrupts.guarded(run, lambda: context.run(self._work, run))
        finally:
            sys.displayhook = hook
        try:
            self._conclude(run, stopped)
        except Exception as exc:  # noqa: BLE001  # a request handler, as above
            self._fail(console.name, exc)

    def interrupt(self, message: wire.Interrupt) -> None:
        """Stop that statement, if it is the one that runs, or before it begins."""
        self._early = (message.console, message.statement)
        run = self._interrupts.running()
        if isinstance(run, _Run) and (run.console.name, run.message.statement) == (message.console, message.statement):
            self._interrupts.stop(run)

    def stop(self, console: str | None = None) -> None:
        """Stop whatever runs, or whatever runs for that console."""
        run = self._interrupts.running()
        if isinstance(run, _Run) and console in (None, run.console.name):
            self._interrupts.stop(run)

    def complete(self, message: wire.Complete) -> None:
        """Answer what could stand at the cursor."""
        console = self._consoles.get(message.console)
        if console is None:
            return
        try:
            names, replaces = completion.complete(message.source, message.cursor, console.snapshot.names)
        except Exception:  # noqa: BLE001  # a request handler: an object too odd to look at completes to nothing
            names, replaces = [], 0
        self._send(wire.Completions(message.request, names, replaces, message.console))

    def _work(self, run: _Run) -> None:
        """Run the statements one after the other; what they raise is kept, but for being stopped."""
        if self._early == (run.console.name, run.message.statement):
            raise Interrupted
        names = run.console.snapshot.names
        try:
            for statement in statements.parse(run.message.source, run.filename):
                names.declare(statement.globals)
                names.prepare(statement.class_names)
                try:
                    exec(statement.code, names)
                finally:
                    names.settle()
        except SystemExit as error:
            if aborting.strikes(error):
                raise
            run.left = True
        except Interrupted:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever the user's statement raises is what he wants to see
            run.failure = error

    def _conclude(self, run: _Run, stopped: bool) -> None:
        name, number = run.console.name, run.message.statement
        if run.left:
            self._send(wire.ConsoleClosed("exit", None, name))
            self.close(name)
            return
        if stopped:
            self._show(run, 2, "KeyboardInterrupt\n")
        elif run.failure is not None:
            self._show(run, 2, _bounded(statements.describe(run.failure, run.filename)))
        failed = stopped or run.failure is not None
        run.failure = None
        self._send(wire.ConsoleResult(number, not failed, name))

    def _fail(self, console: str, cause: Exception) -> None:
        what = f"the console failed: {type(cause).__name__}: {cause}".encode("utf-8", "backslashreplace").decode()
        self._send(wire.ConsoleClosed("error", wire.ErrorBody("defect", what, "attach again"), console))
        self.close(console)

    def _show(self, run: _Run, stream: int, text: str) -> None:
        shown = text.encode("utf-8", "backslashreplace").decode()
        self._send(wire.ConsoleOutput(run.message.statement, stream, shown, run.console.name))


def _display(snapshot: Snapshot, value: Any) -> None:
    """Show a value as Python's prompt does, but bounded; `_` is the last one."""
    if value is None:
        return
    sys.stdout.write(_bounded(repr(value)) + "\n")
    snapshot.names["_"] = value


def _bounded(text: str) -> str:
    if len(text) <= REPR_LIMIT:
        return text
    return f"{text[:REPR_LIMIT]}\n[... {len(text)} characters in all; the first {REPR_LIMIT} are shown]"
