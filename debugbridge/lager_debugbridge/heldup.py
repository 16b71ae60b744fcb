"""Releases that a console's statement or the box's lock holds up: whoever asked is told why it does not go on yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lager import errors
from lager_debugbridge.pausedrun import WAY_OUT

PATIENCE_SECONDS = 4.0  # until a script that says nothing counts as held up, too
SILENT = "its script has not said that it goes on"
STATEMENT = f"it goes on as soon as that statement ends; {WAY_OUT}"
LOCK = "it goes on as soon as that is over; `lager boxes unlock --box BOX --force` ends it now, `--abort` the script"


class HeldUp:
    """The releases that something may hold up, until their threads go on."""

    def __init__(self) -> None:
        # By the pause's name: its key, and why it does not go on, with what to try.
        self._open: dict[str, tuple[str, asyncio.Future[tuple[str, str]]]] = {}

    def expect(self, name: str, key: str) -> None:
        """Know of a release."""
        self._open[name] = key, asyncio.get_running_loop().create_future()

    def over(self, key: str, why: str = "", hint: str = STATEMENT) -> None:
        """Know that its thread goes on; or why it does not, and what to try."""
        for name in [name for name, (of, _) in self._open.items() if of == key]:
            _, answer = self._open.pop(name)
            if not answer.done():  # whoever asked has gone
                answer.set_result((why, hint))

    async def settled(self, names: Sequence[str]) -> None:
        """Wait until it is known of each of these whether its thread goes on.

        Raises:
            StillBusy: One does not, so far.
        """
        asked = {name: self._open[name][1] for name in names if name in self._open}
        if not asked:
            return
        await asyncio.wait(asked.values(), timeout=PATIENCE_SECONDS)
        for name, answer in asked.items():
            why, hint = answer.result() if answer.done() else (SILENT, STATEMENT)
            if why:
                raise errors.StillBusy(f"{name} is released, but does not go on yet: {why}", hint)
