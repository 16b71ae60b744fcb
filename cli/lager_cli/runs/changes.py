"""What has changed from one list of runs to the next, a line each: what `lager runs --watch` writes into a pipe."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from lager import wire
from lager_cli.runs import listing

Key = tuple[str, int]  # the run and the number of its pause; 0 is the run itself


def changes(
    box: str, before: Sequence[wire.RunInfo], after: Sequence[wire.RunInfo], paused: bool, now: datetime.datetime
) -> list[str]:
    """Say what is new: runs that have started or ended, pauses that have begun or are over.

    Args:
        box: What to call the box; empty where there is only one.
        before: The runs as they were told last.
        after: The runs as they are.
        paused: Whether only pauses are of interest.
        now: The time, in the time zone to speak in.
    """
    old, new = _lines(before, paused, now), _lines(after, paused, now)
    # A pause that is over may have been resumed, aborted, or ended with its script: lists do not tell.
    lost = [("over" if key[1] else "ended", old[key]) for key in reversed(old) if key not in new]
    come = [(new[key].state, new[key]) for key in new if key not in old]
    return [_words(box, state, row, now) for state, row in lost + come]


def _lines(runs: Sequence[wire.RunInfo], paused: bool, now: datetime.datetime) -> dict[Key, listing.Row]:
    found: dict[Key, listing.Row] = {}
    for run in listing.living(runs, paused=False):
        mine = listing.rows("", [run], False, now)
        if not paused:
            found[run.id, 0] = _bare(run, mine[0])
        if run.pauses:
            found |= {(run.id, pause.number): row for pause, row in zip(run.pauses, mine, strict=True)}
    return found


def _bare(run: wire.RunInfo, row: listing.Row) -> listing.Row:
    """Give a run's own line, whatever pauses it has."""
    state = run.state if run.kind == wire.CONSOLE else "running"
    return listing.Row(row.box, run.id[:8], state, row.script, row.user, "", "", row.since, "-")


def _words(box: str, state: str, row: listing.Row, now: datetime.datetime) -> str:
    until = row.until if state == "paused" else ""
    parts = [now.strftime("%H:%M:%S"), box, f"{state:7}", row.id, row.script, row.user, row.place + row.label, until]
    return "  ".join(part for part in parts if part)
