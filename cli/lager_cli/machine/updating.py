"""A box goes from version to version: the new one is put beside the old, switched to on the box itself, and watched."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lager import errors, wire
from lager.client import Service
from lager_cli import selection
from lager_cli.box import embedded
from lager_cli.boxes import asking
from lager_cli.config import SavedBox
from lager_cli.confirming import confirm
from lager_cli.lockwaiting import patiently
from lager_cli.machine import carrying
from lager_cli.machine.progress import Progress, Step
from lager_cli.machine.reaching import Machine, again, brought, put, reached
from lager_cli.machine.target import Target

_TRIES = 6  # times that a broken connection is made again
_BY_ITSELF = (
    "Interrupted. Where the box has begun to switch, it goes on by itself: run the same command again to see how it "
    "ended."
)
_PAUSE = 3.0  # s before each
_WITHIN = 5.0  # s that the box may take to say who has it


@dataclass(frozen=True)
class Wanted:
    """What the user wants.

    Attributes:
        name: What the box is called here.
        target: Its machine.
        wheel: The product's wheel, where it is not this installation.
        check: Only see whether there is something to do.
        force: Also while runs are alive.
        yes: Do not ask, also where the box is newer.
    """

    name: str
    target: Target
    wheel: Path | None = None
    check: bool = False
    force: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        before: What the box ran before.
        after: What it runs now; with `check`, what it would run.
        status: How its machine is now.
        is_due: Whether there was something to do.
    """

    before: str
    after: str
    status: dict[str, Any]
    is_due: bool

    @property
    def version(self) -> str:
        """Get the version it says it has; empty where it does not answer."""
        return str((self.status.get("health") or {}).get("version") or "")


def see_lock(known: SavedBox, anyway: bool) -> None:
    """Refuse while somebody else has the box, and does not give it back within LAGER_LOCK_WAIT.

    One that does not answer is let be: an update may mend it.

    Raises:
        BoxLocked: Somebody has it.
    """
    if anyway:
        return
    with contextlib.suppress(errors.ServiceUnreachable, errors.TokenRefused, errors.BoxNotTrusted):
        box = selection.reach(known, os.environ, embedded.alive)
        runner = replace(box.runner, heard=lambda _: None)  # that it is of another age is why we are here
        patiently(box, lambda: _see_that_it_is_free(runner))


def _see_that_it_is_free(runner: Service) -> None:
    lock: wire.BoxLock = runner.get("/lock", wire.BoxLock, timeout=_WITHIN)
    if lock.locked and lock.user != selection.user_name():
        raise errors.BoxLocked(f"the box is locked by {lock.user}")


def update(wanted: Wanted, progress: Progress) -> Outcome:
    """Bring a box to another version, or see whether that is due.

    Raises:
        LagerError: It is not done, and why; the box then runs what it ran before.
    """
    progress.title(f"{'Looking at' if wanted.check else 'Updating'} box {wanted.name} ({wanted.target.shown}).")
    with reached(wanted.target, progress) as machine:
        if not machine.current:
            raise errors.UsageError(
                f"{machine.facts.host} is no box that `lager install` has made",
                f"make it one: lager install --ip {wanted.target.host} --box {shlex.quote(wanted.name)}",
            )
        if going(machine.status):
            return _looked(machine) if wanted.check else _finished(machine, progress)
        wheels = brought(machine, wanted.wheel, progress)
        name = carrying.name(wheels.version, wheels.hash)
        is_due = name != machine.current or not _is_well(machine.status)
        if wanted.check or not is_due:
            return Outcome(machine.current, name, machine.status, is_due)
        _see_that_nothing_runs(machine, wanted)
        _see_that_it_is_wanted(machine, wheels.version, wanted)
        with progress.step("Look after its folders") as step:
            step.result = "done" if machine.steps.do("folders", step).get("changed") else "are in order"
        put(machine, wheels, name, progress)
        return _switched(machine, name, wanted.force, progress)


def going(status: dict[str, Any]) -> str:
    """Give what a box is being updated to just now; empty where it is not."""
    last = status.get("update") or {}
    return str(last.get("to") or "") if last.get("state") == "running" else ""


def _looked(machine: Machine) -> Outcome:
    return Outcome(machine.current, going(machine.status), machine.status, is_due=True)


def _is_well(status: dict[str, Any]) -> bool:
    """Whether what runs is healthy, and all its files are as it ships them."""
    files = [status.get(one) or {} for one in ("unit", "udev", "modprobe")]
    return bool((status.get("health") or {}).get("well")) and all(one.get("same") is not False for one in files)


def _see_that_nothing_runs(machine: Machine, wanted: Wanted) -> None:
    """Refuse early, before anything is sent; the box itself refuses, too.

    Raises:
        SetupFailed: Runs are alive, or paused.
    """
    runs = machine.status.get("runs") or []
    if runs and not wanted.force:
        raise alive(wanted.name, runs)


def _see_that_it_is_wanted(machine: Machine, version: str, wanted: Wanted) -> None:
    """Ask before a box goes back to an older version, only because this command line is older."""
    current = machine.current.rpartition("-")[0]
    if wanted.wheel is None and asking.status(current, version) == asking.NEWER:
        question = f"{wanted.name} runs {current}, which is newer than {version} here. Bring it back to that?"
        confirm(question, wanted.yes, destructive=True)


def alive(name: str, runs: list[dict[str, str]]) -> errors.SetupFailed:
    """Give the error for runs that would be disturbed."""
    typed = shlex.quote(name)
    named = ", ".join(f"{one['id'][:8]} ({one['name']}, {one['state']})" for one in runs)
    return errors.SetupFailed(
        f"{len(runs)} {'run is' if len(runs) == 1 else 'runs are'} alive on {name}: {named}",
        f"wait for them (lager runs --box {typed}), let a paused one go on (lager python --continue ID --box {typed}), "
        "or give --force",
    )


def _switched(machine: Machine, name: str, force: bool, progress: Progress) -> Outcome:
    with progress.step(f"Switch to {name}", _BY_ITSELF) as step:
        begun = machine.steps.do("switch", step, to=name, force=force)
        if begun.get("started"):
            done = _followed(machine, step, str(begun["id"]))
            step.result = f"it runs {done.get('to') or name}, and is well"
        else:
            step.result = "it runs that, and is well"
    return _over(machine, machine.current)


def _finished(machine: Machine, progress: Progress) -> Outcome:
    """Follow an update that goes on already: one that was interrupted here, or somebody else's."""
    last = machine.status["update"]
    with progress.step(f"Follow the update to {last.get('to')} that goes on already", _BY_ITSELF) as step:
        done = _followed(machine, step, str(last.get("id") or ""))
        step.result = f"it runs {done.get('to')}, and is well"
    return _over(machine, str(last.get("from") or machine.current))


def _followed(machine: Machine, step: Step, number: str) -> dict[str, Any]:
    """Follow an update to its end, over as many connections as that takes.

    Raises:
        SetupFailed: It was rolled back, and why.
        ServiceUnreachable: The machine cannot be reached any more.
    """
    facts: dict[str, Any] = {"id": number} if number else {}
    broken: errors.ServiceUnreachable | None = None
    for tries in range(_TRIES):
        try:
            if not tries:
                return machine.steps.do("follow", step, **facts)
            step.say("the connection broke; connecting again")
            time.sleep(_PAUSE)  # noqa: TID251  # a network that comes back says so to nobody
            with again(machine) as steps:
                return steps.do("follow", step, **facts)
        except errors.ServiceUnreachable as exc:
            broken = exc
    assert broken is not None
    raise errors.ServiceUnreachable(
        f"{broken.what}; the update goes on there without us", "run the same command again to see how it ended"
    ) from broken


def _over(machine: Machine, before: str) -> Outcome:
    """Look anew at the machine, and tidy up; what was re-read is what is said."""
    try:
        machine.steps.do("tidy")
        status = machine.look()
    except errors.ServiceUnreachable:  # the connection broke while we followed
        with again(machine) as steps:
            steps.do("tidy")
            status = steps.do("status")
    return Outcome(before, str(status.get("current") or ""), status, is_due=True)
