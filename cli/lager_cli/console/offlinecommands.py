"""The commands of a console on an open snapshot: those of this end that need no script and no box."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO, cast

from lager import errors
from lager.client import Service
from lager_cli.console.commands import Commands, Show
from lager_cli.console.offline import ELSEWHERE, OfflineSession
from lager_cli.console.session import Session

NOTES = (
    "`:full -f FILE` replaces a file that is there.",
    "Everything else is Python, evaluated on what was saved of the script.",
    "Ctrl-C stops a statement. Ctrl-D ends the console.",
)


class OfflineCommands(Commands):
    """What is typed into such a console.

    Args:
        session: The console.
        place: The folder of the open snapshot; long output of statements is in it.
    """

    def __init__(self, session: OfflineSession, place: Path) -> None:
        # It does all that a session on a paused script does.
        super().__init__(cast("Session", session), _no_box, "")
        self._place = place

    @property
    def listed(self) -> list[tuple[str, str]]:
        """Get all commands there are."""
        return [one for one in super().listed if one[0].split()[0] not in ELSEWHERE]

    @property
    def _notes(self) -> tuple[str, ...]:
        return NOTES

    def _save(self, rest: str, _: Show) -> bool:  # noqa: ARG002  # as its base has it
        raise errors.UsageError("a snapshot that is open is saved already", "copy its file")

    def _continue(self, rest: str, _: Show) -> bool:  # noqa: ARG002  # as its base has it
        raise errors.UsageError("there is no script here to go on", "`lager runs` lists what is paused")

    def _abort(self, rest: str, _: Show) -> bool:  # noqa: ARG002  # as its base has it
        raise errors.UsageError("there is no script here to end", "exit() leaves this console")

    def _fetch(self, name: str, file: BinaryIO) -> int:
        with (self._place / "console" / name).open("rb") as kept:
            shutil.copyfileobj(kept, file)
        return file.tell()


def _no_box() -> Service:
    raise errors.UsageError("a snapshot has no box", "leave this console first")
