"""The step `status`: all that can be seen of an installation. It changes nothing, and does without what is missing."""

from __future__ import annotations

import hashlib
import platform
import shutil
from typing import Any

from lager import shipped
from lager_cli.machine.onbox import (
    accounts,
    configuration,
    environments,
    health,
    keeping,
    kernelfiles,
    liveruns,
    service,
    switching,
    units,
)
from lager_cli.machine.onbox.places import PART, Places, version_of
from lager_cli.machine.onbox.telling import Teller


def status(places: Places, _: Teller, __: dict[str, Any]) -> dict[str, Any]:
    """Give how everything is."""
    name = service.current(places)
    unit, well = units.standing(), health.look(places)
    listening = configuration.read(places)
    served = health.judged(well, name) if name else well._replace(why="no version is set up")
    return {
        "installed": bool(name),
        "current": name or None,
        "previous": keeping.noted(places.setup / "setup.json").get("previous"),
        **_versions(places),
        "user": accounts.exists(),
        "state_dir": places.state.is_dir(),
        "link": service.is_ours(places),
        "unit": _unit(places, name) | {one: getattr(unit, one) for one in unit._fields},
        "udev": _compared(places, name, shipped.RULES),
        "modprobe": _compared(places, name, shipped.MODPROBE) | {"loaded": kernelfiles.is_loaded(places)},
        "config": {"bind": listening.bind, "ports": listening.ports} if listening else None,
        "health": {"well": served.well, "version": served.version, "why": served.why},
        "update": switching.told(places),
        "runs": liveruns.alive(places) if name else [],
        "free": shutil.disk_usage(environments.existing(places.product)).free,
        "systemd": units.has_systemd(places),
        "python": platform.python_version(),
    }


def _versions(places: Places) -> dict[str, Any]:
    names = sorted(path.name for path in places.versions.iterdir()) if places.versions.is_dir() else []
    whole = [one for one in names if not one.endswith(PART)]
    return {
        "versions": [
            {"name": one, "version": version_of(one), "whole": environments.is_whole(places.versions / one)}
            for one in whole
        ],
        "parts": [one for one in names if one.endswith(PART)],
    }


def _compared(places: Places, name: str, one: shipped.Shipped) -> dict[str, Any]:
    """Compare a file that is installed with the one that the version brings which runs."""
    installed = keeping.content(places[one.path])
    ships = environments.carried(places.versions / name, one) if name else None
    sums = [None if text is None else hashlib.sha256(text).hexdigest() for text in (installed, ships)]
    same = None if ships is None else installed == ships
    return {"path": one.path, "installed": sums[0], "ships": sums[1], "same": same}


def _unit(places: Places, name: str) -> dict[str, Any]:
    """Compare the units; where one of them differs, it is the one that is shown."""
    compared = [_compared(places, name, one) for one in units.FILES]
    return next((one for one in compared if one["same"] is False), compared[0])
