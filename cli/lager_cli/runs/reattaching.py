"""`lager python --reattach`: follow a run again, from its first output; one that has ended is told to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lager import wire
from lager_cli.app import App
from lager_cli.runs.attending import Attendance
from lager_cli.runs.detaching import Handle
from lager_cli.runs.interrupts import Interrupts
from lager_cli.runs.starting import Way
from lager_cli.runs.wanted import Wanted
from lager_cli.runs.watching import Manners
from lager_cli.runs.writing import say


def reattach(app: App, name: str, options: Mapping[str, Any]) -> int:
    """Follow a run; give its exit status.

    Args:
        app: Knows the box.
        name: The run's id, or the beginning of it.
        options: The command line's.

    Raises:
        LagerError: There is no such run, or contact with it is lost.
    """
    wanted = Wanted.of(options)
    app.quiet = wanted.quiet
    box = app.box()
    info: wire.RunInfo = box.runner.get(f"/runs/{quote(name, safe='')}", wire.RunInfo)
    way = Way(app, box, info.id)
    manners = Manners(Handle(info.id, app.asked or ""), kept=info.keep, attached=True)
    attendance = Attendance(way, wanted, manners, info.name)
    with wanted.forwarding(box, info.id), Interrupts() as interrupts:
        status = attendance.until_end(interrupts, info)
    attendance.fetch()
    if attendance.ended and not (wanted.quiet or wanted.as_json):
        say(f"Process exited with code {status}")
    return status
