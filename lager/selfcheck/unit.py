"""The unit by which systemd runs a box that was set up: asked through `systemctl`, which may not take its time."""

from __future__ import annotations

import shutil
import subprocess

from lager import shipped
from lager.selfcheck.place import AGAIN, Place
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding

UNIT = shipped.BOX_UNIT.name
_WITHIN = 3.0  # s; it hangs where systemd does
_MANY = 3  # times a box is started again that are no accident
_ASKED = ("LoadState", "ActiveState", "SubState", "UnitFileState", "NRestarts", "Result")
_LOG = f"see why: sudo journalctl -u {UNIT} -n 50"


def unit(place: Place) -> Finding:
    """See how the unit is."""
    by_hand = Finding("unit", OK, "none: this box was not set up by `lager install`, and is started by hand")
    if shutil.which("systemctl") is None:
        return Finding("unit", UNSEEN, "there is no systemctl here") if place.set_up else by_hand
    words = ["systemctl", "show", UNIT, "--no-pager", f"--property={','.join(_ASKED)}"]
    try:
        said = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WITHIN)
    except subprocess.TimeoutExpired:
        return Finding("unit", UNSEEN, f"systemctl says nothing in {_WITHIN:g} s", "see how systemd is: dmesg")
    if said.returncode:
        why = (said.stderr.strip().splitlines() or [f"it ended with status {said.returncode}"])[0]
        return Finding("unit", UNSEEN, f"systemctl: {why}") if place.set_up else by_hand
    facts = dict(line.partition("=")[::2] for line in said.stdout.splitlines())
    return judged(facts, place.set_up) or by_hand


def file(place: Place) -> Finding:
    """Compare the unit's file with what ships, on a machine that was set up."""
    path = place.file(shipped.BOX_UNIT.path)
    if not place.set_up and not path.exists():
        return Finding("unit file", OK, f"{shipped.BOX_UNIT.path} is not installed; this box is started by hand")
    try:
        same = path.read_bytes() == shipped.BOX_UNIT.content()
    except FileNotFoundError:
        return Finding("unit file", PROBLEM, f"{shipped.BOX_UNIT.path} is missing", AGAIN)
    if not same:
        return Finding("unit file", WARNING, f"{shipped.BOX_UNIT.path} differs from what this version ships", AGAIN)
    return Finding("unit file", OK, f"{shipped.BOX_UNIT.path} is as this version ships it")


def judged(facts: dict[str, str], set_up: bool) -> Finding | None:
    """Judge what systemd says of the unit; None where it knows none, and none is wanted."""
    if facts.get("LoadState") in ("not-found", None):
        missing = Finding("unit", PROBLEM, f"systemd knows no {UNIT}", AGAIN)
        return missing if set_up else None
    active, again = facts.get("ActiveState", ""), facts.get("NRestarts", "")
    times = int(again) if again.isdecimal() else 0
    if facts.get("SubState") == "auto-restart":
        return Finding("unit", PROBLEM, f"{UNIT} ends, and is started again, {times} times by now", _LOG)
    if active != "active":
        why = f" ({facts['Result']})" if facts.get("Result") not in ("success", "", None) else ""
        return Finding(
            "unit",
            PROBLEM,
            f"{UNIT} is {active or 'in no known state'}{why}",
            f"{_LOG}; start it: sudo systemctl start {UNIT}",
        )
    if times >= _MANY:
        return Finding("unit", WARNING, f"{UNIT} is active, but had to be started again {times} times", _LOG)
    if facts.get("UnitFileState") != "enabled":
        words = f"{UNIT} is active, but does not start when the machine does"
        return Finding("unit", WARNING, words, f"sudo systemctl enable {UNIT}")
    return Finding("unit", OK, f"{UNIT} is active, and starts when the machine does")
