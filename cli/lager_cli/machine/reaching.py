"""A machine that is reached: connected, known, with a way to be root, and our program on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lager_cli.machine import probe, root
from lager_cli.machine.progress import Progress
from lager_cli.machine.ssh import Link, linked
from lager_cli.machine.steps import Steps, carried
from lager_cli.machine.target import Target
from lager_cli.machine.wheels import Python, Wheels, gathered


@dataclass(frozen=True)
class Machine:
    """A machine that is reached.

    Attributes:
        target: How it was.
        facts: What it is.
        python: Its Python.
        steps: What can be done there.
        status: How far it is a box.
    """

    target: Target
    facts: probe.Facts
    python: Python
    steps: Steps
    status: dict[str, Any]

    @property
    def current(self) -> str:
        """Get the name of what it runs; empty where it is no box."""
        return str(self.status.get("current") or "")

    def look(self) -> dict[str, Any]:
        """See anew how far it is a box."""
        return self.steps.do("status")

    def is_whole(self, name: str) -> bool:
        """Whether an environment is there, and complete."""
        return any(one["name"] == name and one["whole"] for one in self.status.get("versions", ()))


@contextlib.contextmanager
def reached(target: Target, progress: Progress, *, fresh: bool = False) -> Iterator[Machine]:
    """Reach a machine.

    Args:
        target: Which.
        progress: Told how it goes.
        fresh: Whether it is to become a box; then it must be fit for that.

    Raises:
        LagerError: It cannot be, and why.
    """
    with contextlib.ExitStack() as stack:
        with progress.step(f"Connect to {target.shown}", asks=True) as step:
            link = stack.enter_context(linked(target))
            facts = _probed(link)
            path, python = probe.check(facts, fresh=fresh)
            step.result = facts.words
        way = root.become(link, facts)  # may ask for a password: on a line of its own
        with progress.step("Look what is there") as step:
            steps = stack.enter_context(carried(way, path))
            status = steps.do("status", step)
            step.result = found(status)
        yield Machine(target, facts, python, steps, status)


@contextlib.contextmanager
def again(machine: Machine) -> Iterator[Steps]:
    """Reach a machine another time, after its connection broke.

    Raises:
        LagerError: It cannot be, and why.
    """
    with (
        linked(machine.target) as link,
        carried(machine.steps.root.over(link), machine.steps.python) as steps,
    ):
        yield steps


def found(status: dict[str, Any]) -> str:
    """Say how far a machine is a box."""
    current = status.get("current")
    if current:
        health = status.get("health") or {}
        return f"a box with {current}" + ("" if health.get("well") else f", which is not well: {health.get('why')}")
    begun = bool(status.get("versions") or status.get("parts") or status.get("user") or status.get("state_dir"))
    return "no box; something of one is left, and is used" if begun else "no box yet"


def brought(machine: Machine, given: Path | None, progress: Progress) -> Wheels:
    """Gather what is to run on a machine.

    Raises:
        LagerError: It cannot be.
    """
    import platformdirs

    with progress.step(f"Gather packages for Python {machine.python.version} on {machine.python.machine}") as step:
        wheels = gathered(machine.python, given, platformdirs.user_cache_path("lager") / "wheels", step.say)
        kept = "" if wheels.fetched else ", kept from before"
        step.result = f"lager {wheels.version} and {len(wheels.files) - 1} more, {wheels.size / 1e6:.0f} MB{kept}"
    return wheels


def put(machine: Machine, wheels: Wheels, name: str, progress: Progress) -> None:
    """Put an environment on a machine, beside what runs there; nothing is sent where it has it already.

    Raises:
        LagerError: It cannot be.
    """
    if machine.is_whole(name):
        return
    with progress.step("Send them") as step:
        machine.steps.send(wheels, step)
    with progress.step("Install them beside what runs" if machine.current else "Install them") as step:
        facts: dict[str, Any] = {"version": wheels.version, "hash": wheels.hash, "python": machine.steps.python}
        done = machine.steps.do("environment", step, **facts)
        step.result = str(done["dir"])


def _probed(link: Link) -> probe.Facts:
    return probe.read(link.run("sh -s", probe.SCRIPT.encode()).out)
