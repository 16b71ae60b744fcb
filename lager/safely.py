"""A pause at which nothing can happen: `pause(safe=True)` has the box bring the script's nets into their safe state.

Those that the script has changed, and that have a safe state. Imported at the first such pause only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from lager import errors, hardware, wire
from lager.banner import say


def make_safe() -> None:
    """Have the script's nets made safe, and say what became of each; never an error of the script's."""
    run = os.environ.get(hardware.RUN, "")
    asked = wire.MakeSafe(1, [], run, f"a pause of run {run[:8]}", force=True, keep_on=False)
    try:
        made = hardware.of_this_run()[0].make_safe(asked)
    except errors.LagerError as exc:
        say(f"lager.pause(): NOT SAFE: {exc.what}\n")
    else:
        say("".join(lines(made)))


def lines(made: Iterable[wire.MadeSafe]) -> list[str]:
    """Say it, a line for each net."""
    told = []
    for one in made:
        why = f": {one.error.what}" if one.error else ""
        told.append(f"lager.pause(): {one.net} is {'safe' if one.state == 'safe' else 'NOT SAFE'}, {one.wanted}{why}\n")
    return told or ["lager.pause(): nothing to make safe: the script has changed no net that has a safe state\n"]
