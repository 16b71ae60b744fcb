"""What a paused thread expects of the module that evaluates for it, which the runner names (LAGER_EVALUATOR).

Its `Evaluator` keeps to `Consoles`, its `Change` to `Change`.
"""

from __future__ import annotations

from typing import Any, Protocol

from lager import wire


class Consoles(Protocol):
    """What the evaluator offers. From `complete` on: in the link's thread."""

    def open(self, console: str, by: str = "") -> None:
        """Make a new snapshot for a console, which is somebody's."""

    def close(self, console: str) -> None:
        """Forget a console that has gone."""

    def evaluate(self, message: wire.Evaluate) -> None:
        """Run a statement, and send what comes of it."""

    async def evaluate_here(self, message: wire.Evaluate) -> None:
        """Do so in a running event loop, and leave it to the others while the statement awaits something."""

    def finish(self, reason: str) -> None:
        """Close every console, and put back what was changed for them."""

    def complete(self, message: wire.Complete) -> None:
        """Answer what could be typed there."""

    def explain(self, message: wire.Explain) -> None:
        """Answer what is called, or named, there."""

    def interrupt(self, message: wire.Interrupt) -> None:
        """Stop that statement if it is the one that runs, and take it back if it waits."""

    def stop(self, console: str | None = None) -> None:
        """Stop whatever runs; or whatever runs or is to run for that console, which has gone."""

    def queued(self, message: wire.Evaluate) -> None:
        """Know of a statement that is going to be evaluated when its turn comes."""

    def held(self) -> list[wire.HeldConsole]:
        """Tell of the consoles there are."""

    def stuck(self) -> str:
        """Say of a statement that does not stop whose it is, and where it is; empty while there is none."""


class Change(Protocol):
    """What the evaluator offers for a release with changes. `stop` is called in the link's thread."""

    def carry_out(self) -> tuple[list[str], Any]:
        """Evaluate, then set everything; give what was done, as people read it, and the value.

        Raises:
            ChangeRefused: Nothing was set.
        """

    def stop(self) -> None:
        """Stop the evaluation."""

    def drop(self) -> None:
        """Let go of the frame and of all values."""
