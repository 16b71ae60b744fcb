"""The steps `start` and `credentials`: the service runs, and what others need to reach it."""

from __future__ import annotations

from typing import Any

from lager import errors
from lager_cli.machine.onbox import configuration, environments, health, keeping, liveruns, units
from lager_cli.machine.onbox.places import BOX_UNIT, UPDATE_UNIT, USER, Places
from lager_cli.machine.onbox.telling import Teller


def start(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Let the service run from an environment, now and whenever the machine starts; wait until it is well.

    Raises:
        LagerError: It is another version than the one that runs, or the service does not become well.
    """
    units.need_systemd(places)
    name = asked["name"]
    folder = places.environment(name)
    if not environments.is_whole(folder):
        raise errors.LagerError(f"{folder} is not complete", "run the same command again")
    there = current(places)
    if there not in ("", name) and _is_in_use(places, there):
        raise errors.LagerError(
            f"this box is set up already, with {there}", "`lager update` changes the version, and minds what runs on it"
        )
    changed = point(places, name)
    units.enable(BOX_UNIT, UPDATE_UNIT)
    changed |= _up(places, teller, name)
    (places.setup / "restart.json").unlink(missing_ok=True)
    return {"changed": changed, "version": health.look(places).version}


def _is_in_use(places: Places, name: str) -> bool:
    """Tell whether a version is one to be careful with: an installation that never became well is not."""
    return health.judged(health.look(places), name).well or bool(liveruns.alive(places))


def point(places: Places, name: str) -> bool:
    """Let the links point to an environment; gives whether they did not."""
    command = places.command
    if command.exists() and not is_ours(places):
        raise errors.LagerError(
            f"{command} is there already, and is not this box's", "move it away, and run the same command again"
        )
    changed = keeping.link(places.current, f"versions/{name}")
    return keeping.link(command, "/opt/lager/current/bin/lager") or changed


def current(places: Places) -> str:
    """Give the name of the environment that runs; empty where there is none."""
    return keeping.pointed(places.current).rpartition("/")[2]


def is_ours(places: Places) -> bool:
    """Tell whether the command `lager` of this machine is the box's."""
    return keeping.pointed(places.command).startswith("/opt/lager/")


def _up(places: Places, teller: Teller, name: str) -> bool:
    """Bring the service up, unless it is well, and what it was started with still counts."""
    before = health.judged(health.look(places), name)
    if before.well and not (places.setup / "restart.json").exists():
        return False
    teller.say("starting the service")
    units.restart()
    teller.say("waiting until it is well, and stays so")
    health.wait(places, name, before.pid)
    return True


def credentials(places: Places, _: Teller, __: dict[str, Any]) -> dict[str, Any]:
    """Give what others need to reach the box.

    Raises:
        LagerError: It has no token or certificate yet.
    """
    listening = configuration.read(places) or configuration.Listening()
    is_open = health.is_open(places)
    found = {"token": health.token(places), "fingerprint": "" if is_open else health.fingerprint(places)}
    if not found["token"] or not (found["fingerprint"] or is_open):
        raise errors.LagerError(
            "the box has made no token and no certificate yet", "it does when it starts: `systemctl status lager-box`"
        )
    return {
        **found,
        "bind": listening.bind,
        "ports": listening.ports,
        "user": USER,
        "version": health.look(places).version,
    }
