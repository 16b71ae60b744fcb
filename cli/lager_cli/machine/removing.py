"""A box becomes a machine again: everything is taken away there, and it is forgotten here."""

from __future__ import annotations

from lager_cli.config import Config, editing
from lager_cli.confirming import confirm
from lager_cli.machine import updating
from lager_cli.machine.progress import Progress
from lager_cli.machine.reaching import reached
from lager_cli.machine.target import Target


def ask(name: str, target: Target, data: bool, yes: bool) -> None:
    """Ask whether it is to be done; nobody is asked before the machine is."""
    what = "Lager and all its data (nets, runs, token)" if data else "Lager (its data stays)"
    confirm(f"Take {what} off {name} ({target.shown})?", yes, destructive=True)


def see_lock(target: Target, force: bool) -> None:
    """Refuse while somebody else has the box, if it is one that is known here.

    Raises:
        BoxLocked: Somebody has it.
    """
    one = next((one for one in Config().own_boxes.values() if target.is_of(one)), None)
    if one is not None:
        updating.see_lock(one, force)


def remove(target: Target, data: bool, force: bool, progress: Progress) -> bool:
    """Take everything off a machine; give whether there was anything.

    Raises:
        LagerError: It cannot be done, and why.
    """
    progress.title(f"Taking Lager off {target.shown}.")
    with reached(target, progress) as machine:
        runs = machine.status.get("runs") or []
        if runs and not force:
            raise updating.alive(next(iter(_known(target)), target.host), runs)
        with progress.step("Remove it" + (", with its data" if data else "; its data stays")) as step:
            changed = bool(machine.steps.do("remove", step, data=data, force=force).get("changed"))
            step.result = "done" if changed else "nothing of it was there"
        return changed


def forget(target: Target, name: str) -> list[str]:
    """Forget a box, under all its names; give them.

    Args:
        target: Its machine.
        name: What it was called by who wants it gone.
    """
    known = _known(target, name)
    if known:
        with editing() as (saved, defaults):
            for one in known:
                saved.pop(one, None)
            if defaults.get("gateway_id") in known:
                del defaults["gateway_id"]
    return known


def _known(target: Target, name: str = "") -> list[str]:
    """Give the names of a machine's box; a box of the same name may be another one, where a project has one, too."""
    own = Config().own_boxes.values()
    return [one.name for one in own if target.is_of(one) or (one.name == name and one.ip == target.host)]


def words(name: str, removed: bool, data: bool, forgotten: list[str]) -> str:
    """Say what came of it."""
    what = f"{name} is a plain machine again" if removed else f"Nothing of Lager was on {name}"
    stays = "" if data or not removed else "; its data stays in /var/lib/lager"
    known = f" Forgotten here: {', '.join(forgotten)}." if forgotten else ""
    return f"{what}{stays}.{known}"
