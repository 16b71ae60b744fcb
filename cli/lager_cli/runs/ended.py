"""Runs that have ended, as a table: which, how, when. Pure: told the time; it asks no box and prints nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from lager import wire
from lager_cli.output import table
from lager_cli.runs.account import signal_name
from lager_cli.runs.listing import clock, cut, duration, one_line, short_ids

SHOWN = 20
_HEAD = ("ID", "ENDED", "SCRIPT", "USER", "STARTED", "TOOK")
_WIDEST = {"SCRIPT": 28, "USER": 10}  # cells


def how(run: wire.RunInfo) -> str:
    """Say in a few words how a run ended."""
    if run.reason == "lost":
        return "lost"
    if run.reason == "timeout":
        return f"timeout, {run.status}"
    if run.reason == "stopped":
        return f"stopped, {run.status}"
    if run.reason == "signal" and run.status is not None:
        return f"{signal_name(run.status - 128)}, {run.status}"
    return f"status {run.status}"


def listed(runs: Sequence[wire.RunInfo], where: str, now: datetime.datetime) -> str:
    """Tell of the newest runs that have ended, the newest first.

    Args:
        runs: All runs of a box.
        where: What the box is called.
        now: The time, in the time zone to speak in.
    """
    ids = short_ids([run.id for run in runs])
    ended = sorted((run for run in runs if run.ended is not None), key=lambda run: run.ended or 0.0, reverse=True)
    if not ended:
        return f"No run that has ended is kept on {where}."
    rows = [
        [
            ids[run.id],
            how(run),
            cut(one_line(run.name), _WIDEST["SCRIPT"]),
            cut(one_line(run.user), _WIDEST["USER"]) or "-",
            clock(run.started, now),
            duration((run.ended or run.started) - run.started),
        ]
        for run in ended[:SHOWN]
    ]
    more = len(ended) - SHOWN
    after = f"\n{more} more before these: lager runs --ended --json" if more > 0 else ""
    return f"{table(_HEAD, rows)}\n`lager logs ID` has the output of each, `lager runs show ID` all the rest.{after}"
