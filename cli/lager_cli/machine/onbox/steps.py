"""All steps by name, and how one of them is run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import Any, NamedTuple

from lager import errors
from lager_cli.machine.onbox import (
    accounts,
    environments,
    folders,
    following,
    holding,
    keeping,
    kernelfiles,
    removal,
    service,
    standing,
    switching,
    units,
    wheelsets,
)
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

_PATIENCE = 180.0  # s to wait for a step that goes on without its user: the connection broke, or it was interrupted
_DEFECT = "this is a defect of Lager: please report it"


class Step(NamedTuple):
    """One step.

    Attributes:
        do: Does it; gives what it has to say at the end.
        alone: Whether it changes something, and so is for one at a time.
        wants: What it must be told.
    """

    do: Callable[[Places, Teller, dict[str, Any]], dict[str, Any]]
    alone: bool = True
    wants: tuple[str, ...] = ()


STEPS = {
    "user": Step(accounts.user),
    "folders": Step(folders.folders),
    "have": Step(wheelsets.have, alone=False, wants=("hash", "files")),
    "receive": Step(wheelsets.receive, alone=False, wants=("hash", "files")),
    "environment": Step(environments.environment, wants=("version", "hash")),
    "rules": Step(kernelfiles.rules, wants=("name",)),
    "modprobe": Step(kernelfiles.modprobe, wants=("name",)),
    "unit": Step(units.unit, wants=("name",)),
    "start": Step(service.start, wants=("name",)),
    "credentials": Step(service.credentials, alone=False),
    "status": Step(standing.status, alone=False),
    "switch": Step(switching.switch, wants=("to",)),
    "carry-on": Step(switching.carry_on, alone=False),  # it holds the lock itself, and may wait for it
    "follow": Step(following.follow, alone=False),
    "tidy": Step(removal.tidy),
    "remove": Step(removal.remove),
}


def main(argv: list[str], places: Places | None = None, teller: Teller | None = None) -> int:
    """Run the step that the command line names; give the exit status."""
    places, teller = places or Places(), teller or Teller()
    os.umask(0o022)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a connection that breaks leaves no step half done
    try:
        done = _run(argv, places, teller)
    except errors.LagerError as exc:
        teller.write({"failed": {"what": exc.what, "hint": exc.hint, **teller.also}})
        return 1
    except OSError as exc:
        failed = keeping.cannot(f"go on with {exc.filename or 'it'}", exc)
        teller.write({"failed": {"what": failed.what, "hint": failed.hint, **teller.also}})
        return 1
    teller.write({"done": {**done, "warnings": teller.warnings}})
    return 0


def _run(argv: list[str], places: Places, teller: Teller) -> dict[str, Any]:
    name, asked = argv[0] if argv else "", _asked(argv[1:])
    step = STEPS.get(name)
    if step is None:
        raise errors.UsageError(f"there is no step {name!r}; there are {', '.join(STEPS)}", _DEFECT)
    missing = [one for one in step.wants if one not in asked]
    if missing:
        raise errors.UsageError(f"the step {name} must be told: {', '.join(missing)}", _DEFECT)
    if os.geteuid() != 0:
        raise errors.LagerError("only root can set up a box", "connect as root, or as a user who may use sudo")
    with holding.held(places, name, _PATIENCE, say=teller.say) if step.alone else contextlib.nullcontext():
        return step.do(places, teller, asked)


def _asked(words: list[str]) -> dict[str, Any]:
    try:
        asked = json.loads(words[0]) if words else {}
    except ValueError as exc:
        raise errors.UsageError(f"what the step is told is no JSON: {exc}", _DEFECT) from exc
    if not isinstance(asked, dict):
        raise errors.UsageError("what the step is told is no JSON object", _DEFECT)
    return asked
