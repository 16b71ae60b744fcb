"""`lager runs --watch`: on a terminal a table that is drawn anew in its place, elsewhere a line for each change."""

from __future__ import annotations

import contextlib
import datetime
import json
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from lager import errors, wire
from lager_cli.runs import listing
from lager_cli.runs.changes import changes
from lager_cli.runs.facts import facts
from lager_cli.runs.feed import Feed, News
from lager_cli.runs.places import Place
from lager_cli.selection import LOCAL

_TICK = 1.0  # s between two countings down


@dataclass
class Side:
    """What is known of one box.

    Attributes:
        runs: As it said last; None before it has said anything.
        error: Why it says nothing now.
        heard: Unix time until which that was so, s: what it says, it says at once.
    """

    place: Place
    runs: list[wire.RunInfo] | None = None
    error: errors.LagerError | None = None
    heard: float = 0.0
    final: bool = False


class Lines:
    """Changes as lines on standard output, troubles on standard error."""

    def __init__(self, paused: bool, as_json: bool, several: bool) -> None:
        self._paused, self._as_json, self._several = paused, as_json, several
        self._runs: dict[str, list[wire.RunInfo]] = {}
        self._facts: dict[str, list[Any]] = {}
        self._troubles: dict[str, str] = {}

    def show(self, sides: Sequence[Side], news: Sequence[News]) -> None:  # noqa: ARG002  # a screen's interface
        """Tell what is new, in the order it came."""
        for one in news:
            name = one.place.name
            if one.runs is not None:
                self._troubles.pop(name, None)
                self._tell(name, one.runs)
            elif one.error is not None:
                self._complain(name, sentence(one.error, one.final))

    def _tell(self, name: str, runs: list[wire.RunInfo]) -> None:
        if not self._as_json:
            for line in changes(name * self._several, self._runs.get(name, []), runs, self._paused, _now()):
                click.echo(line)
            self._runs[name] = runs
            return
        told = [facts(name, run) for run in listing.living(runs, self._paused)]
        if self._facts.get(name) != told:
            self._facts[name] = told
            moment = datetime.datetime.now(datetime.timezone.utc).isoformat()
            click.echo(json.dumps({"time": moment, "box": name, "runs": told}, ensure_ascii=False))

    def _complain(self, name: str, what: str) -> None:
        if self._troubles.get(name) != what:
            self._troubles[name] = what
            click.secho(what, fg="red", err=True)

    def patience(self, sides: Sequence[Side]) -> float | None:  # noqa: ARG002  # a screen's interface
        """Wait for news only."""
        return None


class Screen:
    """The table, in its place on a terminal."""

    def __init__(self, paused: bool, several: bool) -> None:
        self._paused, self._several = paused, several
        self._drawn: list[str] = []
        self._size = (0, 0)

    def show(self, sides: Sequence[Side], news: Sequence[News]) -> None:  # noqa: ARG002  # all of it is drawn
        """Draw how it is now; nothing where that is what stands there."""
        size = shutil.get_terminal_size()
        lines = picture(sides, self._paused, self._several, _now(), size)
        if (lines, size) == (self._drawn, self._size):
            return
        up = sum(max(-(-listing.cells(line) // size.columns), 1) for line in self._drawn)  # it may be narrower now
        start = f"\x1b[{up}F" if up else ""
        text = "".join(f"{line}\x1b[K\n" for line in lines)
        click.echo(f"{start}{text}\x1b[J", nl=False)  # in one piece, so that nothing flickers
        self._drawn, self._size = lines, size

    def patience(self, sides: Sequence[Side]) -> float | None:
        """Wait for as long as what is shown stays right, s; None for ever."""
        runs = (run for side in sides for run in side.runs or [])
        counting = any(pause.until is not None for run in runs for pause in run.pauses)
        return _TICK - time.time() % _TICK if counting else None


def picture(
    sides: Sequence[Side], paused: bool, several: bool, now: datetime.datetime, size: tuple[int, int]
) -> list[str]:
    """Give the lines to show on a terminal of so many columns and rows.

    Args:
        sides: The boxes.
        paused: Whether to leave out what is not paused.
        several: Whether to say which box a run is on.
        now: The time, in the time zone to speak in.
        size: Columns and rows.
    """
    columns, height = size
    rows = [row for side in sides for row in listing.rows(side.place.name, side.runs or [], paused, now)]
    troubles = [_trouble(side, side.error, now) for side in sides if side.error]
    heard = [side.place.name for side in sides if side.runs is not None and not side.error]
    if rows:
        lines = listing.table(rows, columns, several)
    else:
        lines = [nothing(heard, paused)] if heard else [] if troubles else ["Asking …"]
    room = max(height - 1 - len(troubles), 3)
    if len(lines) > room:
        hidden = len(lines) - room + 1
        lines = [*lines[: room - 1], f"… {hidden} more; they do not fit on this terminal."]
    return [listing.cut(line, columns) for line in [*lines, *troubles]]


def nothing(names: Sequence[str], paused: bool) -> str:
    """Say that there is nothing to show."""
    *most, last = ["your box on this machine" if name == LOCAL else name for name in names]
    where = f"{', '.join(most)} and {last}" if most else last
    return f"{'Nothing is paused' if paused else 'Nothing runs'} on {where}."


def sentence(error: errors.LagerError, final: bool = True, stale: str = "") -> str:
    """Say in one line what is wrong with a box.

    Args:
        error: What it is.
        final: Whether nobody tries again.
        stale: Of what time that is which is still shown of the box.
    """
    told = [listing.one_line(error.what).rstrip("."), "" if final else "trying again", stale]
    return f"Error: {'; '.join(part for part in told if part)}."


def _trouble(side: Side, error: errors.LagerError, now: datetime.datetime) -> str:
    stale = f"{side.place.name} is shown as of {listing.clock(side.heard, now)}" if side.runs else ""
    return sentence(error, side.final, stale)


def watch(feed: Feed, places: Sequence[Place], view: Lines | Screen) -> None:
    """Show the runs of some boxes until Ctrl-C, or until whoever reads the lines has gone.

    Raises:
        LagerError: None of the boxes can be watched.
    """
    sides = {place.name: Side(place) for place in places}
    waiting = select.poll()
    waiting.register(feed, select.POLLIN)
    waiting.register(sys.stdout, 0)  # a reader that has gone is told unasked
    with _resized(feed):
        while True:
            news = feed.take()
            for one in news:
                _note(sides[one.place.name], one)
            _give_up(list(sides.values()))
            view.show(list(sides.values()), news)
            patience = view.patience(list(sides.values()))
            ready = waiting.poll(None if patience is None else patience * 1000 + 1)
            if any(number == sys.stdout.fileno() for number, _ in ready):
                raise BrokenPipeError


def _note(side: Side, news: News) -> None:
    if news.runs is not None:
        side.runs = news.runs
    if side.error is None:
        side.heard = time.time()
    side.error, side.final = news.error, news.final


def _give_up(sides: list[Side]) -> None:
    """End where no box has ever answered, and each has said why not."""
    if all(side.error and (side.runs is None or side.final) for side in sides):
        raise next(side.error for side in sides if side.error)


@contextlib.contextmanager
def _resized(feed: Feed) -> Iterator[None]:
    before = signal.signal(signal.SIGWINCH, lambda *_: feed.nudge())
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()
