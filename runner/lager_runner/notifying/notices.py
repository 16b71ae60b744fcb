"""What a notification says: one JSON object, made from what is known of a run. Pure.

Not in it: the script's arguments, its environment and its output. They may be secret, and it may go far.
"""

from __future__ import annotations

import shlex
import uuid
from datetime import datetime, timezone

import msgspec

from lager import wire

PAUSED, SOON, FAILED, FINISHED = EVENTS = ("paused", "resuming-soon", "failed", "finished")
TEST = "test"
_LONGEST = 1000  # characters of one text
_LAST = 253402300799.0  # Unix time of the end of the year 9999, s


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notification. Every field is always there; what does not apply is None, or empty.

    Attributes:
        id: Of this notification; the same when it is sent again because no answer came.
        event: One of `EVENTS`, or `test`.
        time: Unix time at which that happened, s; `..._iso` is the same in ISO 8601, in UTC.
        text: The same in a sentence.
        host: The name of the box's machine.
        run: The run's id.
        pause: What to type to mean this pause, and never another one.
        script: What the user typed, such as `examples/test.py`.
        user: Who runs it.
        box: What he gave as `--box`, or empty.
        state: Of the run, as `wire.RunInfo` has it.
        kind: Of the pause, as `wire.PauseInfo` has it; so are `label`, `file`, `line`, `on_timeout`.
        since: Unix time of the pause, s.
        until: Unix time at which it ends by itself, s; None for never.
        status: The run's exit status.
        commands: What to type to go on (`continue`), to look around (`console`), or to end it (`abort`).
        missed: How many notifications before this one did not get through to the same target.
    """

    id: str
    event: str
    time: float
    time_iso: str
    text: str
    host: str
    run: str = ""
    pause: str | None = None
    script: str = ""
    user: str = ""
    box: str = ""
    state: str = ""
    kind: str | None = None
    label: str | None = None
    file: str | None = None
    line: int | None = None
    since: float | None = None
    since_iso: str | None = None
    until: float | None = None
    until_iso: str | None = None
    on_timeout: str | None = None
    status: int | None = None
    commands: dict[str, str] = {}
    missed: int = 0


def of_pause(event: str, run: wire.RunInfo, pause: wire.PauseInfo, now: float, host: str) -> Notice:
    """Make the notice of a pause that has begun (`PAUSED`), or is about to end by itself (`SOON`).

    Args:
        event: Which of them.
        run: The run.
        pause: The pause.
        now: Unix time, s.
        host: The name of the box's machine.
    """
    time = pause.since if event == PAUSED else now
    name = f"{run.id}.{pause.number}"  # with its number: typed late, it must not let the run's next pause go
    return Notice(
        id=uuid.uuid4().hex,
        event=event,
        time=time,
        time_iso=iso(time),
        text=_line(f"{_whose(run, host)} {_pause_words(event, pause, now)}"),
        host=host,
        run=run.id,
        pause=name,
        script=_line(run.name),
        user=_line(run.user),
        box=run.box,
        state="paused",
        kind=pause.kind,
        label=None if pause.label is None else _line(pause.label),
        file=_line(pause.file),
        line=pause.line,
        since=pause.since,
        since_iso=iso(pause.since),
        until=pause.until,
        until_iso=None if pause.until is None else iso(pause.until),
        on_timeout=pause.on_timeout,
        commands=_commands(name, run.box, pause.interactive),
    )


def of_end(event: str, run: wire.RunInfo, now: float, host: str) -> Notice:
    """Make the notice of a run that has ended, as `FAILED` or as `FINISHED`; arguments as in `of_pause`."""
    time = now if run.ended is None else run.ended
    return Notice(
        id=uuid.uuid4().hex,
        event=event,
        time=time,
        time_iso=iso(time),
        text=_line(f"{_whose(run, host)} {_end_words(run)}"),
        host=host,
        run=run.id,
        script=_line(run.name),
        user=_line(run.user),
        box=run.box,
        state=run.state,
        status=run.status,
    )


def of_test(now: float, host: str) -> Notice:
    """Make the notice by which somebody tries whether notifications get through; arguments as in `of_pause`."""
    text = f"A test of the notifications of the Lager box on {host}"
    return Notice(id=uuid.uuid4().hex, event=TEST, time=now, time_iso=iso(now), text=text, host=host)


def has_failed(run: wire.RunInfo) -> bool:
    """Say whether a run that has ended was no success."""
    return run.status != 0


def iso(time: float) -> str:
    """Write a Unix time (s) as ISO 8601, in UTC, to the second; what lies beyond as the nearest of such dates."""
    return datetime.fromtimestamp(min(max(time, 0.0), _LAST), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whose(run: wire.RunInfo, host: str) -> str:
    where = f"{run.box} ({host})" if run.box else host
    return f"{run.name}{f' of {run.user}' if run.user else ''} on {where}"


def _pause_words(event: str, pause: wire.PauseInfo, now: float) -> str:
    place = f"at {pause.file}:{pause.line}" + (f": {pause.label}" if pause.label else "")
    comes = "is aborted" if pause.on_timeout == "abort" else "resumes by itself"
    if pause.until is None:
        return f"is paused {place}"
    if event == SOON:
        return f"{comes} in {max(pause.until - now, 0):.0f} s; it is paused {place}"
    return f"is paused {place} (it {comes} at {iso(pause.until)})"


def _end_words(run: wire.RunInfo) -> str:
    if run.state == "lost":
        return "was lost: nobody knows how it ended"
    return f"failed with status {run.status}" if has_failed(run) else "finished"


def _commands(name: str, box: str, interactive: bool) -> dict[str, str]:
    where = f" --box {shlex.quote(box)}" if box else ""
    verbs = ["continue", *(["console"] if interactive else []), "abort"]
    return {verb: f"lager python --{verb} {name}{where}" for verb in verbs}


def _line(text: str) -> str:
    """Give a text in one line, and not too long."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
