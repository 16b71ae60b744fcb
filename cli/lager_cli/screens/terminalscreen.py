"""What all screens have: they take the whole terminal, give it back however they end, and say then what went wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import WorkerFailed

from lager import errors

_THEMES = ("ansi-dark", "textual-ansi")  # the terminal's own colours; their name depends on textual's version


class TerminalScreen(App[None]):
    """A screen that ends with the terminal as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        Binding("q", "quit", show=False),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        if not os.environ.get("NO_COLOR"):
            os.environ.pop("NO_COLOR", None)  # an empty one says nothing; textual would take it for a yes
        super().__init__(ansi_color=True)
        self.theme = next((one for one in _THEMES if one in self.available_themes), self.theme)
        self.animation_level = "none"
        self._failure: BaseException | None = None

    def end_with(self, error: BaseException) -> None:
        """Give the terminal back, and let `show` raise that error."""
        self._failure = self._failure or error
        self.exit(return_code=1)

    def _handle_exception(self, error: Exception) -> None:
        """End for an error of our own; textual would print a page of its own and the values of all variables."""
        self.end_with(error.error if isinstance(error, WorkerFailed) else error)

    def on_load(self) -> None:
        """End in order when told to, too."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: self.exit(return_code=128 + signal.SIGTERM))

    def on_mount(self) -> None:
        """Draw all of it anew when it comes back to the foreground: the shell has written over it."""
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh(layout=True))

    def show(self) -> int:
        """Show it until somebody leaves; give the exit status.

        Raises:
            LagerError: Why it had to end.
        """
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # with its terminal gone it has nothing to put in order
        self.run(mouse=False)  # so that text can be marked and copied as ever
        if self._failure is not None:
            raise self._failure
        return self.return_code or 0


def need_terminal(instead: str) -> None:
    """See that there is a terminal to draw on, and one to type at.

    Args:
        instead: What serves without one, for the hint.

    Raises:
        UsageError: There is none, or it can show no screen.
    """
    streams = {"standard input": sys.stdin, "standard output": sys.stdout, "standard error": sys.stderr}
    for name, stream in streams.items():
        if not stream.isatty():
            raise errors.UsageError(f"a screen needs a terminal, and {name} is none", instead)
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb"):
        raise errors.UsageError(f"a terminal of type {kind or 'unknown'!r} (TERM) can show no screen", instead)
