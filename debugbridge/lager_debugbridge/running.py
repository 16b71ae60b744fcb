"""A text that is being evaluated for a console: how it runs, what it writes, and what came of it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from lager import aborting, errors, wire
from lager_debugbridge import commands, live, showing, statements
from lager_debugbridge.console import Console
from lager_debugbridge.insisting import Interrupted
from lager_debugbridge.memory import Allowance
from lager_debugbridge.netcalls import Calls
from lager_debugbridge.output import STATEMENT_LIMIT, Sink
from lager_debugbridge.overflow import OverflowFile

FULL_LIMIT = 1024 * 1024  # characters that `:full` shows


class Run:
    """One text being evaluated; the token by which it is stopped.

    Attributes:
        task: Of the script's loop, where it runs there.
        late: It was stopped because it took too long.
        asked: Somebody wants it to stop.
        asked_at: Since when, on the monotonic clock, s.
        insisted: It did not stop, and is being stopped by all means.
        reported: It was said that it does not stop.
        left: It ends its console.
        code: What it gave to `exit`.
        greedy: It was stopped because it took too much memory.
        early: Says whether it was told to stop before it began.
        streams: Those of the process that led to consoles when it began.
    """

    _counts = itertools.count(1)  # of the process: a text's file name must be its own

    def __init__(
        self, console: Console, message: wire.Evaluate, send: Callable[[object], None], rest: OverflowFile
    ) -> None:
        self.console = console
        self.message = message
        self.filename = statements.file_name(message.source) or f"<console {next(self._counts)}>"
        self.rest = rest
        self.sink = Sink(self.show, rest)
        self.calls = Calls(lambda call: send(wire.Wrote(message.statement, call, console.name)))
        self.early: Callable[[], bool] = lambda: False
        self.streams: list[str] = []
        self.statements: list[statements.Statement] = []
        self.failure: BaseException | None = None
        self.said = ""  # of it
        self.code: Any = None
        self.task: Any = None
        self.memory = Allowance(console.live)
        self.greedy = False
        self.asked_at = 0.0
        self.late = self.asked = self.insisted = self.reported = self.left = False
        self._send = send
        console.files.append(self.filename)

    def show(self, stream: int, text: str) -> None:
        """Send text to the console."""
        self._send(wire.ConsoleOutput(self.message.statement, stream, text, self.console.name))

    @property
    def awaits(self) -> bool:
        """Say whether one of its statements awaits something."""
        return any(one.awaits for one in self.statements)

    def command(self) -> None:
        """Carry out the text, which is a command."""
        commands.carry_out(
            self.message.source,
            self.console,
            lambda text: self.sink.write(1, text),
            lambda: self.sink.widen(FULL_LIMIT - STATEMENT_LIMIT),
        )

    def compile(self) -> None:
        """Compile the text; what is wrong with it is kept."""
        try:
            self.statements = statements.parse(self.message.source, self.filename, not self.console.live)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError, Warning) as error:
            self._keep(error)

    def work(self) -> None:
        """Run the statements one after the other; what they raise is kept, but for being stopped."""
        if self.asked or self.early():  # before anything here could be stopped
            raise Interrupted
        try:
            if commands.is_command(self.message.source):
                self.command()
            for statement in self.statements:
                with self._prepared(statement):
                    exec(statement.code, self.console.frames.names.scope)
        except Interrupted:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever the user's statement raises is what he wants to see
            self._keep(error)

    async def work_awaiting(self) -> None:
        """As `work`, where one of the statements awaits something."""
        if self.asked or self.early():  # before anything here could be stopped
            raise Interrupted
        made: Any = None
        try:
            for statement in self.statements:
                with self._prepared(statement):
                    made = eval(statement.code, self.console.frames.names.scope)
                    if statement.awaits:
                        await made
        except Interrupted:
            raise
        except BaseException as error:  # noqa: BLE001  # as above
            self._keep(error)
            from lager_debugbridge.awaiting import put_down

            put_down(made)  # it may have swallowed what was to end it, and then it goes on

    def work_on_own_loop(self) -> None:
        """As `work`, on the console's own event loop."""
        self.console.loop.run(self.work_awaiting())

    @contextlib.contextmanager
    def _prepared(self, statement: statements.Statement) -> Iterator[None]:
        names = self.console.frames.names
        names.declare(statement.globals)
        names.prepare(statement.class_names)
        file = statements.file_name(self.message.source) if self.console.live else ""
        try:
            with live.as_script(names, file, statements.arguments(self.message.source)):
                yield
        finally:
            names.settle()

    def _keep(self, error: BaseException) -> None:
        """Keep what a statement has raised, to be shown; or know that it ends its console.

        It is described here, where that can be stopped: a `__str__` of the script's may take for ever.
        """
        if not isinstance(error, SystemExit):
            self.failure = error
            self.said = self._described(error)
        elif aborting.strikes(error):
            raise error
        else:
            self.left, self.code = True, error.code

    def _described(self, error: BaseException) -> str:
        if commands.is_command(self.message.source) and isinstance(error, errors.UsageError):
            return f"{error.what}{f' ({error.hint})' if error.hint else ''}\n"
        try:
            return statements.describe(error, self.filename)
        except BaseException as odd:  # of whatever makes up the script's exception
            if isinstance(odd, Interrupted) or aborting.strikes(odd):
                raise
            kinds = showing.name(type(error)), showing.name(type(odd))
            return f"{kinds[0]}\n[it cannot be described: that raises {kinds[1]}]\n"

    def result(self, stopped: bool) -> wire.ConsoleResult:
        """Tell what became of it, and let go of what it raised."""
        limit = self.console.deadline
        if stopped and self.late:
            more = f"`:deadline {limit * 10:g}` gives them more time"
            self.sink.last_word(f"KeyboardInterrupt\n[stopped: statements here may take {limit:g} s; {more}]\n")
        elif stopped:
            why = f"[stopped: {self.memory.said()}]\n" if self.greedy else ""
            self.sink.last_word(f"KeyboardInterrupt\n{why}")
        elif self.failure is not None:
            self.sink.last_word(self.said)
            if isinstance(self.failure, MemoryError) and self.memory.most is not None:
                self.sink.last_word(f"[{self.memory.said()}]\n")
        failed = stopped or self.failure is not None
        self.failure = None
        self.rest.close()
        self.console.file = self.rest.name
        return wire.ConsoleResult(self.message.statement, not failed, self.console.name, 0, self.rest.name)
