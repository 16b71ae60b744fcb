"""The step `follow`: tells how an update goes, from its beginning to its end, as often as somebody asks."""

from __future__ import annotations

import time
from typing import Any

from lager import errors
from lager_cli.machine.onbox import holding, keeping, switching, units
from lager_cli.machine.onbox.places import UPDATE_UNIT, Places
from lager_cli.machine.onbox.telling import Teller

_BETWEEN_LOOKS = 0.2  # s
_LONGEST = 600.0  # s
_REVIVED_AFTER = 8.0  # s that nothing carries the update on; systemd does so by itself within 2


def follow(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Say what is said of the last update until it has ended.

    Raises:
        LagerError: It was rolled back, or failed.
    """
    until, idle_since, shown = time.monotonic() + _LONGEST, 0.0, 0
    while time.monotonic() < until:
        facts = keeping.noted(switching.record(places))
        said = facts.get("said", [])
        heard = [teller.write(line) for line in said[shown:]]
        if not all(heard):
            return {"state": "running"}  # nobody follows any more
        shown = len(said)
        known = switching.told(places)
        if known["state"] != "running":
            return _ended(teller, known, str(asked.get("id") or ""))
        idle_since = _revive(places, idle_since)
        time.sleep(_BETWEEN_LOOKS)  # noqa: TID251  # the update is another process, and may be started again
    raise errors.LagerError(
        f"the update has not ended in {_LONGEST:g} s", f"look with `journalctl -u {UPDATE_UNIT}` on that machine"
    )


def _revive(places: Places, idle_since: float) -> float:
    """Start the update again, where nothing carries it on. Gives since when that is so."""
    now = time.monotonic()
    if not holding.pending(places).exists() or units.standing(UPDATE_UNIT).active in ("active", "activating"):
        return 0.0
    if not idle_since or now - idle_since < _REVIVED_AFTER:
        return idle_since or now
    units.restart(UPDATE_UNIT)
    return 0.0


def _ended(teller: Teller, known: dict[str, Any], name: str) -> dict[str, Any]:
    state = known["state"]
    if state in ("done", "none") or (name and known["id"] != name):
        return known
    teller.also |= {"state": state, "from": known["from"], "to": known["to"]}
    what = (
        f"the box was brought back to {known['from']}, as {known['to']} is not well there: {known['why']}"
        if state == "rolled-back"
        else f"the update to {known['to']} failed: {known['why']}"
    )
    raise errors.LagerError(what, known["hint"] or "run `lager update` again")
