"""Which runs are alive on a box: as it says itself, or, where it does not answer, by their processes."""

from __future__ import annotations

import contextlib
import http.client
from pathlib import Path
from typing import Any

from lager import errors
from lager_cli.machine.onbox import health
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

_SUPERVISOR = b"lager_runner.supervisor"  # the process of each run, in its command line
_SHOWN = 5


def alive(places: Places) -> list[dict[str, str]]:
    """Give the runs that are alive."""
    try:
        runs = health.ask(places, "runner", "/runs")
        return [
            {name: str(run.get(name, "")) for name in ("id", "name", "state")}
            for run in runs
            if run.get("ended") is None
        ]
    except (OSError, ValueError, TypeError, AttributeError, http.client.HTTPException, errors.LagerError):
        return [{"id": f"process {pid}", "name": "", "state": "not known"} for pid in processes(places, _SUPERVISOR)]


def refuse(places: Places, teller: Teller, what: str, force: str) -> None:
    """See that nothing is alive.

    Args:
        places: Where the box is.
        teller: Its `also` gets the runs, for programs.
        what: What it means to them, for the message.
        force: What `--force` would mean.

    Raises:
        LagerError: Something is.
    """
    runs: list[dict[str, Any]] = list(alive(places))
    if not runs:
        return
    teller.also["runs"] = runs
    named = ", ".join(words(run) for run in runs[:_SHOWN])
    more = f", and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
    raise errors.LagerError(
        f"{len(runs)} {'run is' if len(runs) == 1 else 'runs are'} alive on the box, {what}: {named}{more}",
        f"wait for them, let paused ones go on with `lager python --continue ID`, or {force} with --force",
    )


def words(run: dict[str, Any]) -> str:
    """Name a run as people read it."""
    return f"{run['id']} ({', '.join(filter(None, (run['name'], run['state'])))})"


def processes(places: Places, word: bytes) -> list[int]:
    """Give the processes that have a word in their command line, or in the names of the files they have mapped."""
    found = []
    for folder in places["/proc"].glob("[0-9]*"):
        if word in _text(folder / "cmdline") or word in _text(folder / "maps"):
            found.append(int(folder.name))
    return sorted(found)


def _text(path: Path) -> bytes:
    with contextlib.suppress(OSError):  # it has ended, or is the kernel's own
        return path.read_bytes()
    return b""
