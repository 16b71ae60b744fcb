"""What a run says, as people see it: its output as it is, and a few lines beside it. `events` does it for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from lager import wire
from lager_cli.runs.writing import Outlet, say

if TYPE_CHECKING:
    from lager.outputrecords import Record

_STDERR = 2


class Showing(Protocol):
    """Somebody who shows a run. Each of these may raise Unwritable."""

    def started(self, run: wire.RunInfo) -> None:
        """The run is there."""

    def output(self, output: wire.Output) -> None:
        """It has written something."""

    def result(self, record: Record, time: float) -> None:
        """It has handed over a result; `time` is a Unix time, s."""

    def paused(self, pause: wire.PauseInfo) -> None:
        """It has paused."""

    def resumed(self, ended: wire.PauseEnded) -> None:
        """A pause of it is over."""

    def exited(self, end: wire.Exited) -> None:
        """It has ended."""

    def note(self, words: str, important: bool = False) -> None:
        """Say something about the run; `important` is what must be said however quiet it is to be."""


class Plain:
    """A run as people see it.

    Args:
        outlet: Where its output goes.
        quiet: Whether to show only what the script writes, and what went wrong.
        annotation: Gives the line that a CI system is to show for a pause; None where none is wanted.
    """

    def __init__(
        self, outlet: Outlet, quiet: bool = False, annotation: Callable[[wire.PauseInfo], str] | None = None
    ) -> None:
        self._outlet, self._quiet, self._annotation = outlet, quiet, annotation
        self._in_line = False  # whether standard error stands in the middle of a line

    def started(self, run: wire.RunInfo) -> None:
        """Show nothing: its output will."""

    def output(self, output: wire.Output) -> None:
        """Pass the bytes on."""
        error = output.stream == _STDERR
        self._outlet.write(output.data, error)
        if error and output.data:
            self._in_line = not output.data.endswith(b"\n")

    def result(self, record: Record, time: float) -> None:  # noqa: ARG002  # of the protocol
        """Print it on a line of its own."""
        if record.error:
            self.note(f"A result of the script cannot be shown: {record.error}", important=True)
            return
        value = record.value
        data = value if isinstance(value, bytes) else str(value).encode(errors="backslashreplace")
        self._outlet.write(data + b"\n")

    def paused(self, pause: wire.PauseInfo) -> None:
        """Tell the CI system; people see the banner."""
        if self._annotation is None:
            return
        start = "\n" if self._in_line else ""
        self._in_line = False
        self._outlet.write(f"{start}{self._annotation(pause)}\n".encode(), error=True)

    def resumed(self, ended: wire.PauseEnded) -> None:
        """Show nothing: the script says so itself."""

    def exited(self, end: wire.Exited) -> None:
        """Show nothing: the exit status says it."""

    def note(self, words: str, important: bool = False) -> None:
        """Say it on standard error."""
        if important or not self._quiet:
            say(words, red=important)
