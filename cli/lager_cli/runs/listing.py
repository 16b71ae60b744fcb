"""Runs and their pauses as a table: pure, told the time and the room there is. It asks no box and prints nothing."""

from __future__ import annotations

import datetime
import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lager import wire
from lager.banner import ON_ONE_LINE

_SHORTEST_ID = 8  # characters
_GAP = "  "
_HEAD = ("BOX", "ID", "STATE", "SCRIPT", "USER", "WHERE", "SINCE", "UNTIL")
# Columns that may be cut, and down to how many cells; the others say nothing when they are.
_LEAST = {"SCRIPT": 6, "USER": 4, "WHERE": 6}


@dataclass(frozen=True)
class Row:
    """One line: a pause, or a run that has none.

    Attributes:
        place: The pause's file and line; empty without a pause.
        label: The pause's label, in quotes and after a blank; may be empty.
    """

    box: str
    id: str
    state: str
    script: str
    user: str
    place: str
    label: str
    since: str
    until: str


def living(runs: Sequence[wire.RunInfo], paused: bool) -> list[wire.RunInfo]:
    """Give the runs that live; of those only the ones that are paused, if wished."""
    return [run for run in runs if run.ended is None and (run.pauses or not paused)]


def short_ids(names: Sequence[str]) -> dict[str, str]:
    """Shorten ids, each as far as it is still told from all the others."""
    ordered = sorted(set(names))
    told = dict.fromkeys(ordered, _SHORTEST_ID)
    for one, other in itertools.pairwise(ordered):
        alike = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
        told[one], told[other] = max(told[one], alike + 1), max(told[other], alike + 1)
    return {name: name[:length] for name, length in told.items()}


def rows(box: str, runs: Sequence[wire.RunInfo], paused: bool, now: datetime.datetime) -> list[Row]:
    """Give a line for each pause, and for each run without.

    Args:
        box: What the box is called.
        runs: What it says of its runs.
        paused: Whether to leave out what is not paused.
        now: The time, in the time zone to speak in.
    """
    ids = short_ids([run.id for run in runs])
    found = []
    for run in living(runs, paused):
        told = {"box": box, "script": one_line(run.name), "user": one_line(run.user)}
        for pause in run.pauses:
            found.append(
                Row(
                    id=ids[run.id] + pause.name[len(run.id) :],
                    state="paused",
                    place=one_line(f"{pause.file}:{pause.line}"),
                    label=label(pause),
                    since=clock(pause.since, now),
                    until=lasting(pause, now.timestamp()),
                    **told,
                )
            )
        if not run.pauses:
            since = clock(run.started, now)
            found.append(Row(id=ids[run.id], state=run.state, place="", label="", since=since, until="-", **told))
    return found


def table(rows: Sequence[Row], room: int | None, with_box: bool) -> list[str]:
    """Lay rows out, their head first.

    Args:
        rows: The lines, box by box.
        room: How wide the terminal is; None for all that is needed. Names and labels are cut to fit.
        with_box: Whether to say which box each is on: on a terminal, where room is short, once above its lines.
    """
    as_heading = with_box and room is not None
    shown = _HEAD if with_box and not as_heading else _HEAD[1:]
    widths = {name: max([cells(name), *(cells(_cell(row, name)) for row in rows)]) for name in shown}
    place = max([0, *(cells(row.place) for row in rows)])
    excess = 0 if room is None else sum(widths.values()) + len(_GAP) * (len(widths) - 1) - room
    for _ in range(max(excess, 0)):
        spare = [name for name in widths if widths[name] > max(_LEAST.get(name, widths[name]), cells(name))]
        if not spare:
            break  # a very narrow terminal: the lines are longer than it
        widths[max(spare, key=lambda name: widths[name] - place * (name == "WHERE"))] -= 1  # of WHERE, labels first
    lines = [_line({name: name for name in widths}, widths)]
    box = ""
    for row in rows:
        if as_heading and row.box != box:
            lines.append(f"{row.box}:")
        box = row.box
        lines.append(_line({name: _cut(row, name, width) for name, width in widths.items()}, widths))
    return lines


def _line(content: dict[str, str], widths: dict[str, int]) -> str:
    return _GAP.join(content[name] + " " * (width - cells(content[name])) for name, width in widths.items()).rstrip()


def label(pause: wire.PauseInfo) -> str:
    """Give a pause's label as the banner has it, after a blank; nothing if it has none."""
    return f' "{one_line(pause.label)}"' if pause.label else ""


def clock(time: float, now: datetime.datetime) -> str:
    """Give a Unix time as people read it; with its date if that is not today's."""
    then = datetime.datetime.fromtimestamp(time, now.tzinfo)
    return then.strftime("%H:%M:%S" if then.date() == now.date() else "%m-%d %H:%M")


def lasting(pause: wire.PauseInfo, now: float) -> str:
    """Say for how long a pause lasts if nobody does anything. `now` is a Unix time, s."""
    if pause.waits_for:
        return f"waits for {one_line(pause.waits_for)}, who has the box"
    if pause.until is None:
        return "waits for ever"
    return f"auto-{pause.on_timeout} in {duration(pause.until - now)}"


def duration(seconds: float) -> str:
    """Write a duration, in at most two units."""
    whole = max(round(seconds), 0)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days}d{hours % 24:02}h"
    if hours:
        return f"{hours}h{minutes % 60:02}m"
    return f"{minutes}m{whole % 60:02}s" if minutes else f"{whole}s"


def one_line(text: str) -> str:
    """Give a text with what would move the cursor written out."""
    return text.translate(ON_ONE_LINE)


def cells(text: str) -> int:
    """Give how many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(_width(one) for one in text)


def cut(text: str, room: int) -> str:
    """Shorten a text at its end."""
    return text if cells(text) <= room else f"{_begin(text, room - 1)}…"


def _begin(text: str, room: int) -> str:
    taken = 0
    for index, one in enumerate(text):
        taken += _width(one)
        if taken > room:
            return text[:index]
    return text


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cell(row: Row, column: str) -> str:
    if column == "WHERE":
        return row.place + row.label or "-"
    content: str = getattr(row, column.lower())
    return content


def _cut(row: Row, column: str, room: int) -> str:
    """Shorten a cell: a path at its head, a label before its place, all else at the end."""
    content = _cell(row, column)
    if cells(content) <= room:
        return content
    if column == "SCRIPT":
        return _tail(content, room)
    if column == "WHERE" and cells(row.place) > room - len(' "x…"'):
        return _tail(row.place, room)
    if column == "WHERE":
        return f'{cut(row.place + row.label, room - 1)}"'
    return cut(content, room)


def _tail(text: str, room: int) -> str:
    return text if cells(text) <= room else f"…{_begin(text[::-1], room - 1)[::-1]}"
