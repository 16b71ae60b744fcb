"""The consoles of one paused thread, in the script's process. Imported when the first one attaches.

Statements run in the paused thread itself, on the console's own snapshot, in a copy of the thread's context. What it
sends goes through the pause's link; it knows no sockets. What a statement may say, see and take has files of its own.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from lager import wire
from lager.evaluation import watching
from lager_debugbridge import commands, completion, deadlines, explaining, output, stuck
from lager_debugbridge.changes import Change
from lager_debugbridge.console import Console, LiveConsole
from lager_debugbridge.deadlines import Deadlines
from lager_debugbridge.interrupts import Interrupts
from lager_debugbridge.overflow import OverflowFiles
from lager_debugbridge.queueing import BACK, STOPPED, Queue, begun, whose
from lager_debugbridge.running import Run

__all__ = ["Change", "Evaluator"]  # what `lager.paused` uses

HELD_SECONDS = 0.4  # after the report that a statement does not stop, until it holds up a release
PUT_BACK = "[%s put back: the script prints there, too; `contextlib.redirect_stdout` lasts for one statement]\n"
END_SECONDS = 1.0  # that what a console has left on its own event loop gets to come to its end


class Evaluator:
    """Every console of one pause.

    Args:
        frame: The paused frame.
        send: Takes what is for the box; never blocks.
        root: The script's directory.
        evaluating: Set while a statement runs, so that a `pause()` in it does not pause.
        line: Where the frame is paused; 0 where it is now.
    """

    def __init__(
        self,
        frame: FrameType,
        send: Callable[[object], None],
        root: str,
        evaluating: contextvars.ContextVar[bool],
        line: int = 0,
    ) -> None:
        self._frame: FrameType | None = frame
        self._line = line
        self._send = send
        self._root = root
        self._evaluating = evaluating
        self._consoles: dict[str, Console] = {}
        self._early: tuple[str, int] | None = None
        self._left: set[str] = set()  # consoles that are to be closed: nothing more is evaluated for them
        self._run: Run | None = None  # what is evaluated
        self._interrupts = Interrupts()
        self._deadlines = Deadlines(self)
        self._queue = Queue(send)
        self._taken: dict[str, int] = {}  # the last statement that came, by console
        self._overflow = OverflowFiles(root)
        self._thread = threading.get_ident()
        self._pid = os.getpid()
        self._routed = False
        self.live = ""  # the console that has this process to itself; the others get their snapshots
        self.code: Any = None  # what that console gave to `exit`

    def open(self, console: str, by: str = "") -> None:
        """Make a new snapshot for a console, which is somebody's."""
        if self._frame is None:
            return
        if not self._routed:
            self._routed = True
            output.routing.begin()
            self._interrupts.install()
        try:
            kind = LiveConsole if console == self.live else Console
            self._consoles[console] = kind(console, self._frame, self._line, self._root)
            self._consoles[console].by = by
        except Exception as exc:  # noqa: BLE001  # a request handler: our own defect ends the console, not the pause
            self._fail(console, exc)

    def close(self, console: str) -> None:
        """Forget a console that has gone."""
        self._queue.forget(console)
        self._taken.pop(console, None)
        self._left.discard(console)
        gone = self._consoles.pop(console, None)
        if gone is None:
            return
        if gone.has_loop:
            self._end_loop(gone)
        gone.drop()

    def finish(self, reason: str) -> None:
        """Close every console, and put streams and signals back."""
        for console in list(self._consoles):
            self._send(wire.ConsoleClosed(reason, None, console))
            self.close(console)
        self._frame = None
        self._deadlines.close()
        if self._routed:
            self._routed = False
            output.routing.end()
            self._interrupts.restore()

    # Statements -------------------------------------------------------------------------------------------------------

    def evaluate(self, message: wire.Evaluate) -> None:
        """Run a text, and send what comes of it. What it awaits runs on a loop of the console's own."""
        prepared = self._prepare(message)
        if prepared is not None:
            self._evaluate(*prepared)

    async def evaluate_here(self, message: wire.Evaluate) -> None:
        """Run a text in the running event loop: what it awaits is a task there. The others run on meanwhile."""
        prepared = self._prepare(message)
        if prepared is None:
            return
        run, context = prepared
        if not run.awaits:
            self._evaluate(run, context)
            return
        import asyncio

        from lager_debugbridge import awaiting

        steps = awaiting.Steps(run.work_awaiting(), lambda step: self._step(run, step), lambda: self._gives_up(run))
        run.task = context.run(asyncio.ensure_future, awaiting.awaited(steps))
        try:
            await asyncio.wait([run.task])
        finally:
            if not run.task.done():  # the pause itself was cancelled: nothing of it may outlive that
                run.task.cancel()
            self._over(run)
        if not run.task.cancelled() and (error := run.task.exception()) is not None:
            raise error
        cancelled = run.asked and isinstance(run.failure, asyncio.CancelledError)
        self._conclude(run, steps.stopped or cancelled or run.task.cancelled())

    def _prepare(self, message: wire.Evaluate) -> tuple[Run, contextvars.Context] | None:
        """Compile a text, and make the context it runs in."""
        console = self._consoles.get(message.console)
        if not self._queue.begins(message) or console is None:
            return None  # it was taken back, or has gone meanwhile
        self._taken.setdefault(console.name, message.statement)  # it came before its console was open
        run = Run(console, message, self._send, self._overflow.of(console.name, message.statement))
        run.streams = output.routing.standing()
        run.early = lambda: self._early == (console.name, message.statement) or console.name in self._left
        context = contextvars.copy_context()
        context.run(output.sink.set, run.sink)
        context.run(output.show.set, console.display)
        context.run(watching.set, run.calls)
        context.run(self._evaluating.set, True)
        if not commands.is_command(message.source):
            context.run(run.compile)
        self._run = run
        self._deadlines.begin(run, console.deadline)
        return run, context

    def _evaluate(self, run: Run, context: contextvars.Context) -> None:
        work = run.work_on_own_loop if run.awaits else run.work
        try:  # outside of what can be stopped
            with _apart() if run.awaits else contextlib.nullcontext(), run.memory.kept():
                stopped = self._interrupts.guarded(run, lambda: context.run(work))
        finally:
            self._over(run)
        self._conclude(run, stopped)

    def _step(self, run: Run, step: Callable[[], None]) -> bool:
        """Carry out one step of a statement that awaits."""
        with run.memory.kept():
            stopped = self._interrupts.guarded(run, step, run.insisted)
        if os.getpid() != self._pid:
            os._exit(0)  # a forked child: it must not go on as a second script
        return stopped

    def _gives_up(self, run: Run) -> bool:
        """Say whether nothing more of a statement that awaits is carried out."""
        return self._frame is None or run.insisted

    def _over(self, run: Run) -> None:
        self._run = None
        if not run.console.live and (replaced := output.routing.put_back(run.streams)):
            run.show(2, PUT_BACK % " and ".join(f"sys.{name}" for name in replaced))
        run.sink.closed = run.console.live  # what its threads say later is for the run's log: it disturbs no script
        self._deadlines.end(run)

    def forked(self) -> None:
        """In a child that a statement has forked, and that has no way to the console: let it print to the run's log."""
        if self._run is not None:
            self._run.sink.closed = self._run.console.live

    def _conclude(self, run: Run, stopped: bool) -> None:
        name = run.console.name
        try:
            if run.left:
                self.code = run.code if run.console.live else self.code
                self._send(wire.ConsoleClosed("exit", None, name))
                self.close(name)
            else:
                run.console.done = run.result(stopped)
                self._send(run.console.done)
        except Exception as exc:  # noqa: BLE001  # a request handler, as above
            self._fail(name, exc)

    def _end_loop(self, console: Console) -> None:
        """Let what a console has left on its loop come to its end, but not for long."""
        over = Run(console, wire.Evaluate(0, ""), lambda _: None, self._overflow.of(console.name, 0))
        context = contextvars.copy_context()
        context.run(output.sink.set, over.sink)
        context.run(self._evaluating.set, True)
        self._run = over
        self._deadlines.begin(over, END_SECONDS)
        try:  # what the console's tasks raise at their end is of no use to anybody
            with contextlib.suppress(Exception), _apart():
                self._interrupts.guarded(over, lambda: context.run(console.loop.end))
        finally:
            self._over(over)

    # In the thread of the link, or of the deadlines -------------------------------------------------------------------

    def interrupt(self, message: wire.Interrupt) -> None:
        """Stop that statement, if it is the one that runs, or before it begins."""
        run = self._run
        waits = run is not None and run.console.name != message.console
        if self._queue.take_back(message, BACK if waits else STOPPED):
            return
        self._early = (message.console, message.statement)
        run = self._run
        if run is not None and (run.console.name, run.message.statement) == (message.console, message.statement):
            self._stop(run)

    def stop(self, console: str | None = None) -> None:
        """Stop whatever runs; or whatever runs or is to run for that console, which has gone."""
        if console is not None:
            self._left.add(console)
        run = self._run
        if run is not None and console in (None, run.console.name) and not run.asked:
            self._stop(run)

    def queued(self, message: wire.Evaluate) -> None:
        """Know of a statement that has come: if its turn does not, its console is told why."""
        self._queue.add(message)
        self._taken[message.console] = message.statement
        if self._run is not None:
            self._deadlines.awaited()

    def held(self) -> list[wire.HeldConsole]:
        """Tell of the consoles there are."""
        return [self._held(console) for console in list(self._consoles.values())]

    def _held(self, console: Console) -> wire.HeldConsole:
        done, taken = console.done or wire.ConsoleResult(0, True), self._taken.get(console.name, 0)
        waiting = list(range(done.statement + 1, taken + 1))
        return wire.HeldConsole(console.name, console.by, taken, waiting, done.ok, done.file)

    def stuck(self) -> str:
        """Say of a statement that does not stop whose it is, and where it is; empty while there is none."""
        run = self._run
        if run is None or not run.reported or time.monotonic() < run.asked_at + deadlines.REPORT_SECONDS + HELD_SECONDS:
            return ""  # it may be ending just now
        return self._stuck(run)

    def _stuck(self, run: Run) -> str:
        return f"{whose(run.console.by, run.console.name)} does not stop: {self._where(run)}"

    def complete(self, message: wire.Complete) -> None:
        """Answer what could stand at the cursor."""
        console = self._consoles.get(message.console)
        if console is None:
            return
        try:
            names, replaces = completion.complete(message.source, message.cursor, console.frames.names)
        except Exception:  # noqa: BLE001  # a request handler: an object too odd to look at completes to nothing
            names, replaces = [], 0
        self._send(wire.Completions(message.request, names, replaces, message.console))

    def explain(self, message: wire.Explain) -> None:
        """Answer what is called, or named, at the cursor."""
        console = self._consoles.get(message.console)
        if console is None:
            return
        try:
            said = explaining.explain(message.source, message.cursor, console.frames.names)
        except Exception:  # noqa: BLE001  # a request handler, as above
            said = explaining.NOTHING
        self._send(wire.Explained(message.request, said.signature, said.parameter, said.doc, message.console))

    def _stop(self, run: Run) -> None:
        run.asked_at = time.monotonic() if not run.asked else run.asked_at
        run.asked = True
        self._deadlines.asked(run)
        self._interrupts.stop(run)
        self._cancel(run)

    def _cancel(self, run: Run) -> None:
        if (task := run.task) is not None:
            with contextlib.suppress(RuntimeError):  # its loop was closed
                task.get_loop().call_soon_threadsafe(task.cancel)
        elif not self._interrupts.by_signal and run.console.has_loop:
            run.console.loop.wake()

    def _where(self, run: Run) -> str:
        return stuck.where(self._thread, run.filename, list(run.calls.under_way))

    # In the thread of the deadlines -----------------------------------------------------------------------------------

    def too_late(self, run: Run) -> None:
        """Stop a statement whose time is over."""
        run.late = True
        self._stop(run)

    def insist(self, run: Run) -> None:
        """Stop one that was told to, and did not."""
        if run.calls.cleans_up(run.asked_at):
            return
        run.insisted = True
        self._interrupts.stop(run, insisting=True)
        self._cancel(run)

    def report(self, run: Run) -> None:
        """Say of one that it does not stop, to its console and to who waits."""
        if run is self._run:
            run.reported = True
            said = stuck.described(self._thread, run.filename, list(run.calls.under_way))
            if run is self._run:  # still
                run.show(2, said)
                self.tell_waiting(run)

    def tell_waiting(self, run: Run) -> None:
        """Tell who waits for this statement whose it is, and what it does."""
        if run is self._run:
            waits = f"waiting for {whose(run.console.by, run.console.name)}: `{begun(run.message.source)}`"
            self._queue.tell(run.console.name, self._stuck(run) if run.reported else waits)

    def look(self, run: Run) -> None:
        """See whether a statement takes too much memory."""
        if not run.asked and run.memory.exceeded():
            run.greedy = True
            self._stop(run)

    def _fail(self, console: str, cause: Exception) -> None:
        what = f"the console failed: {type(cause).__name__}: {cause}".encode("utf-8", "backslashreplace").decode()
        self._send(wire.ConsoleClosed("error", wire.ErrorBody("defect", what, "attach again"), console))
        self.close(console)


def _apart() -> contextlib.AbstractContextManager[None]:
    from lager_debugbridge.awaiting import apart  # it imports asyncio, which most consoles never need

    return apart()
