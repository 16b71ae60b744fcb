"""What is said of a box at the end: whether it answers from here, and how its machine is. Pure but for the asking."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from lager import errors, wire
from lager_cli import selection
from lager_cli.box import embedded
from lager_cli.config import SavedBox
from lager_cli.machine.updating import Outcome, going

_WITHIN = 10.0  # s
_ENDS = {"rolled-back": "ROLLED BACK", "failed": "FAILED", "running": "going on"}  # what is worth a line of an update


def answers(saved: SavedBox) -> wire.BoxInfo:
    """Ask a box how it is, from here.

    Raises:
        LagerError: It does not answer here, though it does on its machine.
    """
    reached = selection.reach(saved, os.environ, embedded.alive)
    try:
        info: wire.BoxInfo = reached.runner.get("/box", wire.BoxInfo, timeout=_WITHIN)
    except errors.ServiceUnreachable as exc:
        raise errors.ServiceUnreachable(
            f"the box is set up and runs, but it cannot be reached from here: {exc.what}",
            "see that a firewall lets its ports through (5000, 8080 and 9000, where they were not changed): "
            f"lager ssh --box {shlex.quote(saved.name)} -- sudo ss -ltnp",
        ) from exc
    return info


def block(name: str, status: dict[str, Any]) -> str:
    """Give the block that shows how the machine of a box is."""
    unit, health = status.get("unit") or {}, status.get("health") or {}
    last = status.get("update") or {}
    service = f"{unit.get('active', 'unknown')}, {unit.get('enabled', 'unknown')}"
    if unit.get("restarts"):
        service += f", restarted {unit['restarts']} times"
    rows = [
        ("version", str(status.get("current") or "nothing is installed")),
        ("previous", str(status.get("previous") or "none")),
        *([("update", _last(last))] if last.get("state") in _ENDS else []),
        ("service", service),
        ("healthy", "yes" if health.get("well") else f"no: {health.get('why') or 'unknown'}"),
        ("unit", _file(unit)),
        ("udev rules", _file(status.get("udev") or {})),
        ("modprobe.d", _file(status.get("modprobe") or {}) + _loaded(status.get("modprobe") or {})),
        ("runs", _runs(status.get("runs"))),
        ("free", f"{int(status.get('free') or 0) / 2**30:.1f} GiB"),
    ]
    return "\n".join([f"Machine of box {name}:", *(f"  {f'{label}:':<12}{words}" for label, words in rows)])


def _last(last: dict[str, Any]) -> str:
    """Say how the last update went."""
    why = f": {last['why']}" if last.get("why") else ""
    return f"{_ENDS[str(last['state'])]}, from {last.get('from')} to {last.get('to')}{why}"


def _file(one: dict[str, Any]) -> str:
    """Say of a file what is installed, and what ships."""
    installed, ships = one.get("installed"), one.get("ships")
    if one.get("same"):
        return f"installed {str(installed)[:8]}, ships {str(ships)[:8]} (the same)"
    if not installed:
        return f"not installed, ships {str(ships)[:8]}" if ships else "not installed"
    if not ships:
        return f"installed {str(installed)[:8]}, what ships is unknown"
    return f"installed {str(installed)[:8]}, ships {str(ships)[:8]} (DIFFERENT)"


def _loaded(one: dict[str, Any]) -> str:
    if one.get("loaded") is None:
        return "; whether usbtmc is loaded could not be seen"
    return "; usbtmc IS LOADED" if one["loaded"] else "; usbtmc is not loaded"


def _runs(runs: list[dict[str, str]] | None) -> str:
    if runs is None:
        return "could not be asked"
    return ", ".join(f"{one['id'][:8]} ({one['name']}, {one['state']})" for one in runs) or "none"


def updated(name: str, outcome: Outcome, *, check: bool, wheel: Path | None = None) -> str:
    """Say what came of an update.

    Args:
        name: What the box is called.
        outcome: What came of it.
        check: Whether it was only looked at.
        wheel: What the user gave to go to.
    """
    command = shlex.join(["lager", "update", "--box", name, *(["--wheel", str(wheel)] if wheel else [])])
    if not outcome.is_due:
        return f"Box {name} runs {outcome.after} already, and is well."
    if check and (to := going(outcome.status)):
        return f"Box {name} runs {outcome.before}, and an update to {to} is going on: `{command}` follows it."
    if outcome.before == outcome.after:
        mend = f"`{command}` puts that right" if check else "that is put right"
        return f"Box {name} runs {outcome.after}, and something of it was not as it ships: {mend}."
    if check:
        return f"Box {name} runs {outcome.before}; `{command}` brings it to {outcome.after}."
    return f"Box {name} runs {outcome.after} now; it ran {outcome.before}."


def update_facts(name: str, outcome: Outcome, *, check: bool) -> dict[str, Any]:
    """Give what `--json` shows of an update."""
    facts = {"box": name, "before": outcome.before, "after": outcome.after, "due": outcome.is_due}
    return {**facts, "checked_only": check, "machine": outcome.status}
