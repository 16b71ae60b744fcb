"""systemd on a box: the units of the service and of its updates, asked and told through systemctl."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from lager import errors, shipped
from lager_cli.machine.onbox import configuration, keeping, kernelfiles, programs
from lager_cli.machine.onbox.places import BOX_UNIT, Places
from lager_cli.machine.onbox.telling import Teller

_HINT = "look with `systemctl status lager-box` and `journalctl -u lager-box -n 50` on that machine"
FILES = (shipped.BOX_UNIT, shipped.UPDATE_UNIT, shipped.TMPFILES)


class Standing(NamedTuple):
    """How a unit is.

    Attributes:
        active: systemd's word: active, activating, failed, inactive; `unknown` where systemd cannot be asked.
        enabled: systemd's word: enabled, disabled; empty where there is no such unit.
        pid: Of its first process; 0 for none.
        restarts: How often systemd has started it again by itself.
    """

    active: str = "unknown"
    enabled: str = ""
    pid: int = 0
    restarts: int = 0


def unit(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Install the units, and where the box listens.

    Raises:
        LagerError: They cannot be installed, or this machine has no systemd.
    """
    need_systemd(places)
    changed = configuration.write(places, asked)
    changed |= install(places, places.environment(asked["name"]))
    if changed:
        teller.say("installed the service lager-box")
    reload()
    if changed:  # told to the step `start`, which may come after an interruption
        keeping.note(places.setup / "restart.json", {"because": "the unit or its addresses were changed"})
    return {"changed": changed}


def install(places: Places, environment: Path) -> bool:
    """Install what a version has for systemd; gives whether they were others."""
    changed = [kernelfiles.install(places, environment, one) for one in FILES]
    return any(changed)


def need_systemd(places: Places) -> None:
    """Look whether systemd runs this machine.

    Raises:
        LagerError: It does not.
    """
    if not has_systemd(places):
        raise errors.LagerError(
            "this machine is not run by systemd, which keeps the service of a box alive",
            "take a machine with systemd (any Debian has it), or run `lager box serve` in a container: see docs/box.md",
        )


def has_systemd(places: Places) -> bool:
    """Tell whether systemd runs this machine."""
    return places["/run/systemd/system"].is_dir()


def reload() -> None:
    """Have systemd read its units again."""
    programs.run("systemctl", "daemon-reload", hint=_HINT)


def enable(*units: str) -> None:
    """Have units started when the machine starts."""
    programs.run("systemctl", "--quiet", "enable", *units, hint=_HINT)


def restart(unit: str = BOX_UNIT) -> None:
    """Start a unit anew; whether it comes up is asked elsewhere."""
    programs.ran("systemctl", "reset-failed", unit)
    programs.run("systemctl", "--no-block", "restart", unit, hint=_HINT)


def standing(unit: str = BOX_UNIT) -> Standing:
    """Ask systemd how a unit is."""
    names = ("ActiveState", "UnitFileState", "MainPID", "NRestarts")
    ended = programs.ran("systemctl", "show", unit, *(f"--property={name}" for name in names), within=20)
    if ended.status:
        return Standing()
    found = dict(line.partition("=")[::2] for line in ended.said.splitlines())
    numbers = [int(found.get(name) or 0) for name in names[2:]]
    return Standing(found.get("ActiveState", "unknown"), found.get("UnitFileState", ""), *numbers)


def last_words(since: float, lines: int = 8) -> str:
    """Give what the service wrote last into the journal, from a time on (Unix time, s); each line once."""
    words = ("-n", str(5 * lines), f"--since=@{int(since)}", "-o", "cat", "--no-pager", "-q")
    ended = programs.ran("journalctl", f"_SYSTEMD_UNIT={BOX_UNIT}", *words, within=20)
    return "" if ended.status else "\n".join(list(dict.fromkeys(ended.said.splitlines()))[-lines:])
