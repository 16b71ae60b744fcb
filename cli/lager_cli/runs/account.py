"""One run in words: how it is, or how it ended and what was done to it. Pure: it asks no box and prints nothing."""

from __future__ import annotations

import datetime
import shlex
import signal
from collections.abc import Sequence

from lager import wire
from lager_cli.measures import seconds_words, size_words
from lager_cli.runs.listing import clock, duration, label, lasting, one_line

_FILES_SHOWN = 8


def ending(run: wire.RunInfo) -> str:
    """Say how a run ended, as the rest of a sentence that begins with it."""
    status = f"ended with status {run.status}"
    done = f" ({', then '.join(map(one_line, run.did))})" if run.did else ""
    if run.reason == "lost":
        return "is lost: the process that kept its output and exit status was killed, and the script with it"
    if run.reason == "timeout":
        limit = f" of {seconds_words(run.timeout)}" if run.timeout else ""
        return f"{status}: its timeout{limit} was over{done}"
    if run.reason == "stopped":
        return f"was stopped, and {status}{done}"
    if run.reason == "signal" and run.status is not None:
        return f"{status}: {signal_name(run.status - 128)} ended it{done}"
    return f"{status}{done}"


def state(run: wire.RunInfo) -> str:
    """Say how a run is."""
    if run.ended is not None:
        return ending(run)
    if run.did:
        return f"is being ended ({', then '.join(map(one_line, run.did))})"
    if run.waits_for:
        return f"waits for the box, which {one_line(run.waits_for)} has"
    return {"console": "is a console, and open"}.get(run.state, f"is {run.state}")


def lines(run: wire.RunInfo, files: Sequence[wire.FileInfo] | None, now: datetime.datetime) -> list[str]:
    """Tell all that there is to know of a run.

    Args:
        run: What its box says of it.
        files: In its own directory; None where they are not known.
        now: The time, in the time zone to speak in.
    """
    facts = [
        ("script", one_line(shlex.join([run.name, *run.args]))),
        ("user", one_line(run.user) or "-"),
        ("started", _started(run, now)),
        *[("paused", _paused(pause, now)) for pause in run.pauses],
        *([("timeout", f"{seconds_words(run.timeout)} in all")] if run.timeout else []),
        *([("kept", "it goes on when its client is gone")] if run.keep and run.ended is None else []),
        ("output", _output(run)),
        *([("followed", f"by {run.followers} now")] if run.followers else []),
        *([] if files is None else [("files", _files(run.id, files))]),
    ]
    return [f"Run {run.id} {state(run)}.", *(f"  {name + ':':<10}{words}" for name, words in facts)]


def _started(run: wire.RunInfo, now: datetime.datetime) -> str:
    took = (run.ended or now.timestamp()) - run.started
    if run.ended is None:
        return f"{clock(run.started, now)}, {duration(took)} ago"
    return f"{clock(run.started, now)}; it took {duration(took)}"


def _paused(pause: wire.PauseInfo, now: datetime.datetime) -> str:
    place = one_line(f"{pause.file}:{pause.line}")
    since = f"since {clock(pause.since, now)}, {lasting(pause, now.timestamp())}"
    return f"at {place}{label(pause)} {since} (id {pause.name})"


def _output(run: wire.RunInfo) -> str:
    if not run.output and not run.missing:
        return "nothing yet" if run.ended is None else "nothing"
    lost = f"; {size_words(run.missing)} more could not be kept (the disk, or the box's limit)" if run.missing else ""
    return f"its log has {size_words(run.output)}{lost}: lager logs {run.id[:8]}"


def _files(run: str, files: Sequence[wire.FileInfo]) -> str:
    if not files:
        return "none"
    shown = ", ".join(one_line(one.path) for one in files[:_FILES_SHOWN])
    more = f" and {len(files) - _FILES_SHOWN} more" if len(files) > _FILES_SHOWN else ""
    return f"{shown}{more}: lager runs files {run[:8]}"


def signal_name(number: int) -> str:
    """Name a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
