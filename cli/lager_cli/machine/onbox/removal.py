"""The steps `tidy` and `remove`: old versions go, or all of it. Data stays unless it is said."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from lager import shipped
from lager_cli.machine.onbox import accounts, environments, keeping, kernelfiles, liveruns, programs, service, units
from lager_cli.machine.onbox.places import BOX_UNIT, PART, UPDATE_UNIT, USER, Places
from lager_cli.machine.onbox.telling import Teller

_HINT = "end what still uses it, and run the same command again"
# Where systemd keeps its control groups: today, and on a system with those of the first version.
_CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd")
_GRACE = 10.0  # s for what is left of the service to end


def tidy(places: Places, teller: Teller, _: dict[str, Any]) -> dict[str, Any]:
    """Remove the versions that nothing uses, and what was sent; keep the one that runs, and the one before."""
    previous = keeping.noted(places.setup / "setup.json").get("previous")
    reasons = {service.current(places): "it runs", previous: "it is the one before"}
    kept, removed = {}, []
    for folder in filter(_is_version, sorted(places.versions.glob("*"))):
        users = [] if folder.name.endswith(PART) else liveruns.processes(places, os.fsencode(folder) + b"/")
        why = reasons.get(folder.name) or (f"process {users[0]} uses it" if users else "")
        if why:
            kept[folder.name] = why
            continue
        teller.say(f"removing {folder.name}")
        environments.remove(folder)
        removed.append(folder.name)
    for part in places.incoming.glob(f"*/*{PART}"):
        _remove(part)
    for folder in places.incoming.glob("*"):  # those of the version that runs are most of what the next one needs
        if not service.current(places).endswith(f"-{folder.name}"):
            _remove(folder)
    return {"changed": bool(removed), "removed": removed, "kept": kept}


def remove(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Take all away that the other steps have made; the data only where `data` says so.

    Raises:
        LagerError: Runs are alive (and `force` does not say to end them), or something cannot be removed.
    """
    if not asked.get("force"):
        liveruns.refuse(places, teller, "and this would end them", "end them")
    _end(places, teller)
    teller.say("removing the service, the udev rules and the module's file")
    removed = [kernelfiles.uninstall(places, one) for one in shipped.EVERY]
    changed = any(removed)
    if units.has_systemd(places):
        units.reload()
    if changed and kernelfiles.has_udev(places):
        kernelfiles.apply_rules(places, teller)
    if service.is_ours(places):
        keeping.remove(places.command)
    changed |= _product(places, teller) | _remove(places["/run/lager"])
    if asked.get("data"):
        changed |= _data(places, teller)
    changed |= _forget(places, bool(asked.get("data")))
    return {"changed": changed, "kept": [] if asked.get("data") else _left(places)}


def _end(places: Places, teller: Teller) -> None:
    if not units.has_systemd(places):
        return
    teller.say("stopping the service")
    for unit in (UPDATE_UNIT, BOX_UNIT):
        programs.ran("systemctl", "--quiet", "disable", unit)
        ended = programs.ran("systemctl", "stop", unit, within=60)
        if ended.status and units.standing(unit).active not in ("inactive", "failed", "unknown"):
            programs.run("systemctl", "kill", "--signal=KILL", unit, hint=_HINT)
    _end_runs(places)


def _end_runs(places: Places) -> None:
    """End what outlives the service: the runs, whose processes stay in its control group."""
    until = time.monotonic() + _GRACE
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _left_over(places):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while _left_over(places) and time.monotonic() < until:
            time.sleep(0.1)  # noqa: TID251  # they are nobody's children here
        until += _GRACE


def _left_over(places: Places) -> list[int]:
    groups = (places[f"{root}/system.slice/{BOX_UNIT}/cgroup.procs"] for root in _CGROUPS)
    return [int(pid) for group in groups for pid in (keeping.content(group) or b"").split()]


def _product(places: Places, teller: Teller) -> bool:
    """Remove what runs; what somebody else has put beside it stays."""
    changed = _remove(places.current) if keeping.pointed(places.current) else False
    for folder in filter(_is_version, places.versions.glob("*")):
        changed |= _remove(folder)
    for folder in (places.versions, places.product):
        try:
            folder.rmdir()
            changed = True
        except FileNotFoundError:
            continue
        except OSError:
            teller.warn(f"{folder} stays: there is something in it that is not of this box")
    return changed


def _is_version(folder: Path) -> bool:
    return Places.is_version(folder.name)


def _data(places: Places, teller: Teller) -> bool:
    """Remove the data, and the user it belongs to, where they were made for this box."""
    known = keeping.noted(places.setup / "setup.json")
    if known.get("state") or known.get("user"):
        changed = _remove(places.state)
    else:
        changed = False
        if places.state.exists():
            teller.warn(f"{places.state} stays: it was there before this box")
    changed |= keeping.remove(places.config)
    with contextlib.suppress(OSError):  # others keep something in it, or it is gone
        places.config.parent.rmdir()
    return _account(teller, bool(known.get("user"))) or changed


def _account(teller: Teller, ours: bool) -> bool:
    if not accounts.exists():
        return False
    if not ours:
        teller.warn(f"the user {USER} stays: it was there before this box")
        return False
    programs.run("userdel", USER, hint=_HINT)
    programs.ran("groupdel", USER)  # gone with the user, mostly
    return True


def _forget(places: Places, everything: bool) -> bool:
    """Remove what is known of the installation. Who made the user and its folder is kept as long as they are."""
    if everything:
        return _remove(places.setup)
    changed, known = False, places.setup / "setup.json"
    if ours := {name: True for name in ("user", "state") if keeping.noted(known).get(name)}:
        keeping.note(known, ours)
    for path in places.setup.glob("*"):
        if path.name not in (known.name, "lock"):
            changed |= _remove(path)
    return changed


def _left(places: Places) -> list[str]:
    return [str(path) for path in (places.state, places.config) if path.exists()]


def _remove(path: Path) -> bool:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise keeping.cannot(f"remove {path}", exc) from exc
    return True
