"""The console on a terminal: ptpython here, evaluation and completion in the paused script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from ptpython.repl import PythonRepl

from lager import settings
from lager_cli.console import plain
from lager_cli.console.session import Over, Session


def run(session: Session) -> int:
    """Run the console until Ctrl+D, or until the pause is over; give the exit status."""
    history = settings.state_dir() / "console_history"
    history.touch(mode=0o600)
    repl = RemoteRepl(session, str(history))
    try:
        repl.run()
    except Over:
        return 0
    return 0


class RemoteCompleter(Completer):
    """Asks the script what fits. Called in a thread of prompt_toolkit's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """Give what fits at the cursor."""
        found = self._session.complete(document.text, document.cursor_position)
        for name in found.names:
            yield Completion(name, start_position=-found.replaces)


class RemoteRepl(PythonRepl):
    """ptpython, looking and editing as ever; what is typed is evaluated in the script."""

    def __init__(self, session: Session, history: str) -> None:
        self._session = session
        nothing: dict[str, Any] = {}
        super().__init__(
            get_globals=lambda: nothing,
            get_locals=lambda: nothing,
            history_filename=history,
            _completer=RemoteCompleter(session),
        )
        self.confirm_exit = False
        self.insert_blank_line_after_output = False
        self.enable_dictionary_completion = False
        self.show_signature = False
        session.on_closed = self._leave

    def read(self) -> str:
        """Read a statement, in this very thread; EOFError when the console is to end."""
        while True:
            try:
                text: str = self.app.run(pre_run=self._leave_if_over, in_thread=False)
            except KeyboardInterrupt:
                self.default_buffer.document = Document()
                continue
            if text and not text.isspace():
                return text

    def run_and_show_expression(self, expression: str) -> None:
        """Have a statement evaluated, and show what it writes."""
        self._session.evaluate(expression, plain.show)
        self.current_statement_index += 1

    def _on_input_timeout(self, buff: Buffer) -> None:
        """Look for no signatures: the names are not here."""

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
