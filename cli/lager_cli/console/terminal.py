"""The console on a terminal: ptpython here, evaluation and completion in the paused script.

Typing never waits for the script or for the way to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import termios
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import click
from prompt_toolkit.buffer import Buffer, ValidationState
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyPressEvent
from ptpython.repl import PythonRepl

from lager import wire
from lager_cli.console import bars, calls, commands, history, typing_aids
from lager_cli.console.session import Detached, Over, Session

_DETACHED = 130  # exit status: the user has left with Ctrl-C
_WROTE_SHOWN = 4  # of the calls that a statement changed instruments with


def run(session: Session, does: commands.Commands, box: str) -> int:
    """Run the console until Ctrl+D, or until the pause is over; give the exit status.

    Args:
        session: The console.
        does: What is typed is done by it.
        box: What the box is called, for its history.
    """
    repl = RemoteRepl(session, does, str(history.of_box(box)))
    try:
        with _quiet(lambda: bool(repl.app.is_running)):
            repl.run()
    except Detached:
        return _DETACHED
    except Over:
        return 0
    return 0


@contextlib.contextmanager
def _quiet(prompts: Callable[[], bool]) -> Iterator[None]:
    """Have the terminal keep what is typed while a statement runs, key by key, for the prompt that comes after it.

    It is not shown before, `^C` neither; and Ctrl-C just before or after a statement does nothing. Ctrl-Backslash
    neither: it would end this end only, and what runs would run on.

    Args:
        prompts: Says whether there is a prompt, which has settings of its own.
    """
    before = termios.tcgetattr(0)
    quiet = [*before[:6], [*before[6]]]
    quiet[0] &= ~termios.ICRNL
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    quiet[6][termios.VQUIT] = b"\0"

    def hush(*_: object) -> None:
        if not prompts():
            termios.tcsetattr(0, termios.TCSADRAIN, quiet)

    interrupted = signal.signal(signal.SIGINT, lambda *_: None)
    continued = signal.signal(signal.SIGCONT, hush)  # after Ctrl-Z and fg: a shell may leave its own settings
    hush()
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, continued)
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        signal.signal(signal.SIGINT, interrupted)


class RemoteRepl(PythonRepl):
    """ptpython, looking and editing as ever; what is typed is evaluated in the script."""

    def __init__(self, session: Session, does: commands.Commands, history_file: str) -> None:
        self._session, self._does = session, does
        self._screen = _Screen()
        self._said: wire.Explained | None = None
        self._show_docs = False
        self._explaining = False
        nothing: dict[str, Any] = {}
        super().__init__(
            get_globals=lambda: nothing,
            get_locals=lambda: nothing,
            _validator=typing_aids.Wholeness(),
            _extra_toolbars=[
                bars.docs(lambda: self._said if self._show_docs else None),
                bars.status(session.ready.pause, lambda: session.trouble, lambda: self.paste_mode),
            ],
        )
        self.confirm_exit = False
        self.insert_blank_line_after_output = False
        self.enable_dictionary_completion = False
        self.show_status_bar = False  # it speaks of this Python; ours speaks of the script
        self.show_signature = True
        self.app.refresh_interval = 1.0  # s
        # ptpython loads its history in a thread; what is typed before it is there would not find it.
        self.history = self.default_buffer.history = FileHistory(history_file)
        # ptpython asks its completer in a thread that every prompt waits for at its end; this one is asked in the loop.
        self.default_buffer.completer = typing_aids.RemoteCompleter(session, lambda: does.listed)
        self.default_buffer.on_cursor_position_changed += self._on_input_timeout
        self._bind()
        session.on_closed = self._leave
        session.on_change = self.app.invalidate

    def read(self) -> str:
        """Read a statement, in this very thread; EOFError when the console is to end."""
        self._screen.end_line()
        while True:
            self._said = None
            self.signatures = []
            try:
                text: str = self.app.run(pre_run=self._leave_if_over, in_thread=False)
            except KeyboardInterrupt:
                self.default_buffer.document = Document()
                continue
            if text and not text.isspace():
                return textwrap.dedent(text)

    def run_and_show_expression(self, expression: str) -> None:
        """Have a statement evaluated, and show what it writes."""
        self._does.carry_out(expression, self._screen.show)
        self._screen.wrote(self._session.wrote)
        self.current_statement_index += 1

    def _bind(self) -> None:
        """Give keys a meaning that ptpython does not give them."""
        typing = has_focus(self.default_buffer)
        command = Condition(lambda: commands.is_command(self.default_buffer.text))
        refused = Condition(lambda: self.default_buffer.validation_state == ValidationState.INVALID)

        @self.add_key_binding("f1")
        def _(event: KeyPressEvent) -> None:
            self._show_docs = not self._show_docs
            self._on_input_timeout(self.default_buffer)
            event.app.invalidate()

        @self.add_key_binding("enter", filter=typing & (command | refused))
        def _(event: KeyPressEvent) -> None:
            """Send a command, whatever it ends with; and what was refused for an error, as the message says."""
            event.current_buffer.validation_error = None
            event.current_buffer.validation_state = ValidationState.VALID
            event.current_buffer.validate_and_handle()

    def _on_input_timeout(self, buff: Buffer) -> None:
        """Look for what is called at the cursor; called when the text has changed, and by us when the cursor has."""
        if self.app.is_running and not self._explaining:
            self._explaining = True
            self.app.create_background_task(self._explain(buff))

    async def _explain(self, buff: Buffer) -> None:
        try:
            asked = None
            while asked != (document := buff.document):  # what was typed meanwhile counts, too
                asked = document
                wanted = self._show_docs or calls.opening(document.text, document.cursor_position) is not None
                said = None
                if wanted and not commands.is_command(document.text):
                    said = await typing_aids.explained(self._session, document)
                self._said = said
                found = typing_aids.signature(said, document) if said else None
                self.signatures = [found] if found else []
        except asyncio.CancelledError:
            self._said = None
            raise
        finally:
            self._explaining = False
        self.app.invalidate()

    def _leave_if_over(self) -> None:
        if self._session.is_over:
            self.app.exit(exception=EOFError())

    def _leave(self) -> None:
        """End the prompt; from the session's thread."""

        def end() -> None:
            if self.app.is_running and self.app.future is not None and not self.app.future.done():
                self.app.exit(exception=EOFError())

        loop = self.app.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(end)


class _Screen:
    """What statements write, and whether the cursor is at the beginning of a line after it."""

    def __init__(self) -> None:
        self._open = False

    def show(self, output: wire.ConsoleOutput) -> None:
        """Write what a statement wrote."""
        click.echo(output.text, nl=False, err=output.stream == 2)
        self._open = not output.text.endswith("\n")

    def end_line(self) -> None:
        """Begin a line: the prompt needs one of its own."""
        if self._open:
            click.echo()
        self._open = False

    def wrote(self, calls_made: list[str]) -> None:
        """Say which instruments a statement has changed: that is no snapshot."""
        if not calls_made:
            return
        self.end_line()
        more = len(calls_made) - _WROTE_SHOWN
        shown = ", ".join(calls_made[:_WROTE_SHOWN]) + (f", and {more} more" if more > 0 else "")
        click.secho(f"[done on the bench: {shown}]", dim=True, err=True)
