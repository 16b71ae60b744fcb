"""A machine becomes a box: step by step, each of which looks first whether it is done already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lager import errors, settings
from lager_cli.boxes import saving
from lager_cli.config import Config, SavedBox, editing, user_file
from lager_cli.confirming import confirm
from lager_cli.machine import carrying, ownwheel
from lager_cli.machine.progress import Progress
from lager_cli.machine.reaching import Machine, brought, put, reached
from lager_cli.machine.steps import Steps
from lager_cli.machine.target import Target

_SSH = 22  # the usual port
# The steps after the packages are there: what they are called here, and what to say of them.
_AFTER = {
    "rules": "Give the instruments to the box (udev rules)",
    "modprobe": "Keep the kernel's usbtmc away from them",
    "unit": "Have systemd keep the box alive",
    "start": "Start the box",
}


@dataclass(frozen=True)
class Wanted:
    """What the user wants.

    Attributes:
        target: Which machine.
        name: What to call the box; empty to call it as the machine calls itself.
        wheel: The product's wheel, where it is not this installation.
        bind: The address the box listens on; empty to leave that as it is.
        ports: The ports it listens on, by what they are for; those left out stay as they are.
        yes: Do not ask.
    """

    target: Target
    name: str = ""
    wheel: Path | None = None
    bind: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)
    yes: bool = False


def checked_wheel(wheel: Path | None) -> Path | None:
    """Give the wheel that the user gave, if it is one of the product.

    Raises:
        UsageError: It is none.
    """
    return None if wheel is None else ownwheel.checked(wheel)


def checked_name(name: str | None) -> str:
    """Give the name that the user gave, if a box can have it; empty where none was given.

    Raises:
        UsageError: None can.
    """
    return "" if name is None else saving.checked_name(name)


def install(wanted: Wanted, progress: Progress) -> SavedBox:
    """Make a machine a box, and save it.

    Raises:
        LagerError: A step failed, and why; what was done before it stays, and is not done again.
    """
    progress.title(f"Making {wanted.target.host} a box. It may be interrupted, and run again.")
    with reached(wanted.target, progress, fresh=True) as machine:
        name = _name(wanted, machine)
        environment = _environment(wanted, machine, progress)
        more: dict[str, dict[str, Any]] = {"unit": {"bind": wanted.bind, "ports": dict(wanted.ports)}}
        for step, title in _AFTER.items():
            with progress.step(title) as shown:
                done = machine.steps.do(step, shown, name=environment, **more.get(step, {}))
                shown.result = "done" if done.get("changed") else "was so already"
        given = machine.steps.do("credentials")
        if not machine.current:
            machine.steps.do("tidy")
    saved = saved_box(wanted.target, machine.facts.user, name, given)
    with progress.step("Remember it here") as shown, editing() as (known, _):
        known[saved.name] = saved.value
        rest = " and its certificate" if saved.fingerprint else "; it is open to released clients, which need none"
        shown.result = f"as box {saved.name}, with its token{rest}"
    return saved


def saved_box(target: Target, user: str, name: str, given: dict[str, Any]) -> SavedBox:
    """Give what to save of a box, from what it gave out.

    Raises:
        SetupFailed: It gave out what would make the whole file of boxes unreadable.
    """
    port = given["ports"]["runner"]
    saved = SavedBox(
        name,
        target.host,
        user=target.user or user,
        version=str(given.get("version") or ""),
        token=str(given["token"]),
        port=0 if port == settings.RUNNER_PORT else port,
        fingerprint=str(given.get("fingerprint") or ""),
        ssh_port=0 if target.port == _SSH else target.port,
        identity=target.identity,
    )
    try:
        return SavedBox.read(name, saved.value, user_file())
    except errors.UsageError as exc:
        raise errors.SetupFailed(
            f"the box at {target.host} gave out what no box has: {exc.what}",
            "see there what its service says: `journalctl -u lager-box -n 50`; nothing was saved of it",
        ) from exc


def _name(wanted: Wanted, machine: Machine) -> str:
    """Give the name of the box; before anything is done, see that it is free."""
    same = [one.name for one in Config().own_boxes.values() if wanted.target.is_of(one)]
    name = wanted.name or next(iter(same), machine.facts.host.partition(".")[0])
    try:
        name = saving.checked_name(name)
    except errors.UsageError as exc:
        raise errors.UsageError(exc.what, "name it with --box NAME") from exc
    before = Config().own_boxes.get(name)
    if before and before.ip != wanted.target.host:
        if not wanted.name and not wanted.yes:
            raise errors.UsageError(
                f"the machine calls itself {name}, and there is a box {name!r} at {before.ip} already",
                "give this one another name with --box NAME, or replace that one with --yes",
            )
        confirm(f"There is a box {name!r} at {before.ip} already. Replace it?", wanted.yes, destructive=True)
    return name


def _environment(wanted: Wanted, machine: Machine, progress: Progress) -> str:
    """Put what is to run there; give the name it has there."""
    if machine.current and wanted.wheel is None:
        return machine.current  # it is a box: what it runs is not changed by looking whether all else is right
    wheels = brought(machine, wanted.wheel, progress)
    name = carrying.name(wheels.version, wheels.hash)
    if machine.current and machine.current != name:
        raise errors.UsageError(
            f"{machine.facts.host} is a box already, and runs {machine.current}",
            f"`lager update --wheel {wanted.wheel}` changes what it runs, with --box NAME as you call it",
        )
    _prepare(machine.steps, progress)
    put(machine, wheels, name, progress)
    return name


def _prepare(steps: Steps, progress: Progress) -> None:
    with progress.step("Make its user and folders") as shown:
        changed = [steps.do(name, shown).get("changed") for name in ("user", "folders")]
        shown.result = "done" if any(changed) else "were there already"


def renewed(name: str, version: str) -> None:
    """Save the version that a box has now."""
    saved = Config().own_boxes.get(name)
    if saved and version and saved.version != version:
        with editing() as (known, _):
            known[name] = replace(saved, version=version).value
