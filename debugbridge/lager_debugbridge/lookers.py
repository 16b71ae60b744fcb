"""Somebody who looks at a pause: what is known of his console. It decides nothing (`lager_debugbridge.audience`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from lager import wire
from lager_debugbridge.replay import Replay


@dataclass
class Looker:
    """A console, or a follower.

    Attributes:
        link: Of the script.
        said: What it was told, numbered.
        statement: The last one that was taken from it.
        pressed: The last statement that was interrupted.
        waiting: The statements that were passed on and have no result, and their sources.
        connection: By which its client is there; None while there is none.
        until: When it is forgotten; None while its client is there.
        over: Whether it is closed; then there is only what was said.
        adopted: From a box before this one: its client knows numbers that are not known here.
    """

    name: str
    by: str
    view: bool
    run: str
    pause: wire.PauseInfo
    link: int
    said: Replay = field(default_factory=Replay)
    statement: int = 0
    pressed: int = 0
    waiting: dict[int, str] = field(default_factory=dict)
    connection: int | None = None
    until: float | None = None
    over: bool = False
    adopted: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """Give the pause it looks at."""
        return self.run, self.pause.number
