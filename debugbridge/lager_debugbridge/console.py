"""One console on a paused frame: its snapshot, its frames, its event loop, and what it has shown."""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

from lager import wire
from lager_debugbridge import commands, showing, statements
from lager_debugbridge.frames import Frames
from lager_debugbridge.live import LiveSnapshot
from lager_debugbridge.snapshot import Snapshot

if TYPE_CHECKING:
    from lager_debugbridge.awaiting import OwnLoop


class Exit:
    """`exit` and `quit` of a console: they end it, and leave the script's stdin open."""

    def __repr__(self) -> str:
        return "Use exit() or Ctrl-D to disconnect"

    def __call__(self, code: object = None) -> None:
        """End the console."""
        raise SystemExit(code)


def no_input(_prompt: object = "") -> str:
    """Stand for `input`."""
    raise EOFError("a console cannot answer input(): the script's stdin is not its own")


class Console(commands.State):
    """One console, and the texts it evaluated."""

    world: type[Snapshot] = Snapshot

    def __init__(self, name: str, frame: FrameType, line: int, root: str) -> None:
        leave = Exit()
        snapshot = self.world(frame, root, {"exit": leave, "quit": leave, "input": no_input})
        super().__init__(snapshot, Frames(frame, line, snapshot))
        self.name = name
        self.by = ""  # whose it is
        self.done: wire.ConsoleResult | None = None  # what came of the last one that has ended
        self._loop: OwnLoop | None = None
        self.files: list[str] = []

    @property
    def loop(self) -> OwnLoop:
        """Give its event loop. asyncio is imported by the first statement that awaits."""
        if self._loop is None:
            from lager_debugbridge.awaiting import OwnLoop

            self._loop = OwnLoop()
        return self._loop

    @property
    def has_loop(self) -> bool:
        """Say whether a statement has awaited anything so far."""
        return self._loop is not None

    def display(self, value: Any) -> None:
        """Show a value as Python's prompt does, but bounded; `_` is the last one."""
        if value is None:
            return
        self.last = value
        sys.stdout.write(showing.shown(value) + "\n")
        self.frames.names["_"] = value

    def drop(self) -> None:
        """Let go of everything."""
        statements.forget(self.files)
        self.frames.drop()
        self.snapshot.drop()
        self.last = commands.NOTHING


class LiveConsole(Console):
    """A console that has its process to itself: nothing is copied, and its statements may take their time."""

    world = LiveSnapshot
    live = True

    def __init__(self, name: str, frame: FrameType, line: int, root: str) -> None:
        super().__init__(name, frame, line, root)
        self.deadline = 0.0
