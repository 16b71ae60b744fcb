"""Other ways into a pause's console than the box's WebSocket: who keeps one is told of each pause that begins or ends.

There is one at most, for clients of the released interface, which want a console over plain TCP.
"""

from __future__ import annotations

import uuid
from typing import Protocol

from lager import wire
from lager_debugbridge import effects

_MARK = "-door"  # how the names of consoles end whose clients came by a door


class Keeper(Protocol):
    """Who keeps doors."""

    def began(self, run: str, pause: wire.PauseInfo) -> None:
        """Know of a pause, before anybody else does."""

    def ended(self, run: str, number: int) -> None:
        """Know that a pause is over."""

    def port(self, run: str, number: int) -> int | None:
        """Give the port at which a console on that pause is served; None for none."""


def new_name() -> str:
    """Name the console of somebody who comes by a door."""
    return uuid.uuid4().hex + _MARK


def ends_with_box(console: str) -> bool:
    """Say whether nobody comes back to that console after its box has gone: a door's client has no way to."""
    return console.endswith(_MARK)


class Doors:
    """The doors of this box; there are none before `connect`."""

    def __init__(self) -> None:
        self._keeper: Keeper | None = None

    def connect(self, keeper: Keeper) -> None:
        """Have doors kept."""
        self._keeper = keeper

    def tell(self, effect: effects.Began | effects.Soon | effects.Ended) -> None:
        """Tell of a pause that begins or ends."""
        match self._keeper, effect:
            case None, _:
                return
            case keeper, effects.Began():
                keeper.began(effect.run, effect.pause)
            case keeper, effects.Ended():
                keeper.ended(effect.run, effect.number)

    def has(self, pause: str, number: int) -> bool:
        """Say whether a pause has one, by the pause's name and number."""
        return self._keeper is not None and self._keeper.port(pause.partition(".")[0], number) is not None
