"""Leaving a run to itself, and what to type to come back to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Handle:
    """What a run is called from here.

    Attributes:
        run: Its id.
        box: What was given as --box; empty if nothing was.
    """

    run: str
    box: str

    @property
    def reattach(self) -> str:
        """Get the command that follows it again."""
        return self._command("--reattach")

    @property
    def kill(self) -> str:
        """Get the command that ends it."""
        return self._command("--kill")

    @property
    def hints(self) -> str:
        """Get both, on a line each."""
        return f"To reattach: {self.reattach}\nTo kill: {self.kill}"

    def _command(self, option: str) -> str:
        import shlex

        box = f" --box {shlex.quote(self.box)}" if self.box else ""
        return f"lager python {option} {self.run}{box}"


def detached(handle: Handle) -> str:
    """Say that a run was left to itself."""
    return f"Process detached (Process ID: {handle.run})\n{handle.hints}"
