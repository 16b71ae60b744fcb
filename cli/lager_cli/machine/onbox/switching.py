"""The step `switch`, and the update itself: from one version to another, or back to the one before.

The step writes down what is to be done and what was there before (`pending.json`), and starts `lager-update.service`,
which does it (`carry_on`): so it depends on nobody's connection. A power loss at any point leaves links and files that
are whole; the update is carried on when the machine starts again.
"""

from __future__ import annotations

import contextlib
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from lager import errors, shipped
from lager_cli.machine.onbox import (
    environments,
    health,
    holding,
    keeping,
    kernelfiles,
    liveruns,
    service,
    units,
)
from lager_cli.machine.onbox.places import BOX_UNIT, UPDATE_UNIT, Places, version_of
from lager_cli.machine.onbox.telling import Teller

FORWARD, BACK = "switching", "rolling-back"
_PATIENCE = 60.0  # s to wait for who has the lock: the step that has started this, mostly


def record(places: Places) -> Path:
    """Give the file that says how an update goes, for who follows it."""
    return places.setup / "update.json"


def switch(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Start the update to another version, and come back at once.

    Raises:
        LagerError: That version does not work here, or something runs that it would disturb.
    """
    units.need_systemd(places)
    here, there = service.current(places), asked["to"]
    folder = places.environment(there)
    if not here:
        raise errors.LagerError("this machine is no box yet", "`lager install` makes it one")
    trial = environments.tried(folder) if environments.is_whole(folder) else None
    if trial is None or trial.status:
        raise errors.LagerError(f"{there} is not complete, or does not work on this box", "run the same command again")
    if here == there and not _differing(places, folder) and health.judged(health.look(places), there).well:
        return {"changed": False, "started": False, "from": here, "to": there}
    if not asked.get("force"):
        liveruns.refuse(places, teller, "whose service would be started anew", "update all the same (runs go on)")
    name = secrets.token_hex(4)
    _begin(places, {"id": name, "from": here, "to": there, "phase": FORWARD, "undo": _undo(places)})
    return {"changed": True, "started": True, "id": name, "from": here, "to": there}


def _differing(places: Places, folder: Path) -> bool:
    return any(keeping.content(places[one.path]) != environments.carried(folder, one) for one in shipped.EVERY)


def _undo(places: Places) -> dict[str, str | None]:
    """Give what is installed now, to be brought back."""
    found = {one.path: keeping.content(places[one.path]) for one in shipped.EVERY}
    return {path: None if text is None else text.decode(errors="surrogateescape") for path, text in found.items()}


def _begin(places: Places, todo: dict[str, Any]) -> None:
    own = keeping.content(Path(sys.argv[0]).resolve())  # this program: what it was called as may be removed any moment
    if own is None:
        raise errors.LagerError("this program cannot read itself", "run the same command again")
    keeping.write(places.setup / "onbox.pyz", own, 0o600)
    # The unit comes with the version that runs; where that brought none, with the next one.
    kernelfiles.install(places, places.environment(todo["to"]), shipped.UPDATE_UNIT)
    units.reload()
    units.enable(UPDATE_UNIT)
    facts = {one: todo[one] for one in ("id", "from", "to")}
    keeping.note(record(places), {**facts, "state": "running", "said": [], "started": time.time()})
    keeping.note(holding.pending(places), todo)
    units.restart(UPDATE_UNIT)


def carry_on(places: Places, _: Teller, __: dict[str, Any]) -> dict[str, Any]:
    """Carry the update that is pending to its end: the new version, or the old one again."""
    with holding.held(places, "update", _PATIENCE, updating=True):
        todo = keeping.noted(holding.pending(places))
        if not todo:
            return {"changed": keeping.remove(holding.pending(places))}
        account = _Account(places, todo)
        if todo["phase"] == FORWARD:
            try:
                _bring(places, account.teller, todo["to"], None)
            except (errors.LagerError, OSError) as exc:
                todo |= {"phase": BACK, "why": _words(exc)}
                todo["hint"] = getattr(exc, "hint", "")
                keeping.note(holding.pending(places), todo)
        if todo["phase"] == BACK:
            _go_back(places, account, todo)
        else:
            account.end("done")
            if todo["from"] != todo["to"]:  # else only its files were renewed
                _remember(places, previous=todo["from"])
        keeping.remove(holding.pending(places))
        return {"changed": True, "state": account.facts["state"]}


def _bring(places: Places, teller: Teller, name: str, files: dict[str, str | None] | None) -> None:
    """Bring a version to work: its files, or those that are given; the link; the service."""
    folder = places.environment(name)
    teller.say(f"switching to {name}")
    if files is None:
        for one in shipped.EVERY:
            kernelfiles.install(places, folder, one)
    else:
        _restore(places, files)
    service.point(places, name)
    units.reload()
    kernelfiles.apply_rules(places, teller)
    kernelfiles.unload(places, teller)
    before = units.standing().pid
    teller.say("starting the service anew; runs go on meanwhile")
    units.enable(BOX_UNIT)
    units.restart()
    teller.say("waiting until it is well, and stays so")
    health.wait(places, name, before)


def _restore(places: Places, files: dict[str, str | None]) -> None:
    for path, text in files.items():
        if text is None:
            keeping.remove(places[path])
        else:
            keeping.write(places[path], text.encode(errors="surrogateescape"))


def _go_back(places: Places, account: _Account, todo: dict[str, Any]) -> None:
    account.teller.say(f"{version_of(todo['to'])} is not well here: {todo['why']}")
    account.teller.say(f"going back to {todo['from']}")
    try:
        _bring(places, account.teller, todo["from"], todo["undo"])
    except (errors.LagerError, OSError) as exc:
        after = f"; and after going back to {todo['from']}: {_words(exc)}"
        account.end("failed", todo["why"] + after, todo["hint"])
    else:
        account.end("rolled-back", todo["why"], todo["hint"])


def _words(exc: errors.LagerError | OSError) -> str:
    return exc.what.removeprefix(health.NOT_WELL) if isinstance(exc, errors.LagerError) else str(exc)


def _remember(places: Places, **facts: Any) -> None:
    path = places.setup / "setup.json"
    keeping.note(path, keeping.noted(path) | facts)


class _Account:
    """What is said of an update while it goes, in the file that others follow."""

    def __init__(self, places: Places, todo: dict[str, Any]) -> None:
        self._path = record(places)
        self.facts = keeping.noted(self._path)
        if self.facts.get("id") != todo["id"]:  # it was lost
            self.facts = {one: todo[one] for one in ("id", "from", "to")}
        self.facts.setdefault("said", [])
        if self.facts["said"]:
            self.facts["said"].append({"say": "the update was cut off; it is carried on"})
        self.teller = Teller(self._take)

    def _take(self, line: dict[str, Any]) -> None:
        self.facts["said"].append(line)
        with contextlib.suppress(errors.LagerError):  # a full disk costs what is told, not the update
            keeping.note(self._path, self.facts)

    def end(self, state: str, why: str = "", hint: str = "") -> None:
        self.facts |= {"state": state, "why": why, "hint": hint, "ended": time.time()}
        keeping.note(self._path, self.facts)


def told(places: Places) -> dict[str, Any]:
    """Give how the last update went, or goes."""
    found = {"state": "none"} | keeping.noted(record(places))
    if found["state"] == "running" and not holding.pending(places).exists():
        found |= {"state": "failed", "why": "it was cut off before it began: nothing was changed"}
    return {name: found.get(name, "") for name in ("state", "id", "from", "to", "why", "hint", "started", "ended")}
