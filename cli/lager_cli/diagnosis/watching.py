"""`lager diagnose --watch`: asks again and again until Ctrl-C; for who plugs, unplugs and switches while it looks on.

On a terminal the whole screen is drawn anew, the classification first; elsewhere each change of it is a line.
"""

from __future__ import annotations

import datetime
import json
import sys
import threading
from typing import Any

import click

from lager_cli.app import App
from lager_cli.diagnosis import asking, report
from lager_cli.diagnosis.asking import Asked
from lager_cli.diagnosis.choosing import Chosen
from lager_cli.lockwaiting import name_of
from lager_cli.selection import Box

_DRAWN_ANEW = "\x1b[H"  # to the upper left corner: no screen is ever empty in between
_LINE_ENDS, _REST = "\x1b[K", "\x1b[J"


def follow(app: App, box: Box, chosen: Chosen, every: float) -> None:
    """Show how a net is until Ctrl-C; a box that is away is waited for.

    Args:
        app: Says how to show it.
        box: The box.
        chosen: The net.
        every: How long to wait between two looks, s.
    """
    drawn = sys.stdout.isatty() and not app.as_json
    shown = _Drawn() if drawn else _Lines(app.as_json)
    pause = threading.Event()
    try:
        while True:
            box = app.whereabouts(box)
            chosen, found = asking.follow(box, chosen)
            shown.show(name_of(box), found)
            pause.wait(every)
    except KeyboardInterrupt:
        if drawn:  # the shell gets a line of its own
            click.echo()


class _Lines:
    """A line for each change."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._last: Any = None

    def show(self, box: str, asked: Asked) -> None:
        """Say it, if it is another than before."""
        verdict, address = asked.verdict, asked.facts.address
        if (verdict.name, verdict.headline, address) == self._last:
            return
        moved = self._last is not None and self._last[-1] != address
        self._last = (verdict.name, verdict.headline, address)
        now = datetime.datetime.now().astimezone()
        if self._as_json:
            facts = {"time": now.isoformat(), **report.facts(box, asked)}
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            if moved:
                click.echo(f"{now:%H:%M:%S} ADDRESS: the net is at {address} now.")
            click.echo(f"{now:%H:%M:%S} {verdict.headline}")
        sys.stdout.flush()


class _Drawn:
    """The whole terminal."""

    def __init__(self) -> None:
        self._since: tuple[str, str] = ("", "")
        click.echo("\x1b[2J", nl=False)

    def show(self, box: str, asked: Asked) -> None:
        """Draw it; what the terminal has no room for is left out."""
        import shutil

        columns, rows = shutil.get_terminal_size()
        now = datetime.datetime.now().astimezone().strftime("%H:%M:%S")
        verdict = asked.verdict
        if verdict.name != self._since[0]:
            self._since = (verdict.name, now)
        finding = [piece for line in report.classification(verdict) for piece in _pieces(line, columns)]
        lines = [
            *report.head(box, asked.facts)[1:],
            "",
            *finding,
            click.style(f"  since {self._since[1]}, looked at {now}; Ctrl-C ends it", dim=True),
            *report.sections(asked),
        ]
        flat = [one for line in lines for one in line.split("\n")][: rows - 1]
        drawn = "".join(f"{_cut(line, columns)}{_LINE_ENDS}\n" for line in flat)
        click.echo(f"{_DRAWN_ANEW}{drawn}{_REST}", nl=False)
        sys.stdout.flush()


def _pieces(line: str, columns: int) -> list[str]:
    """Break a line so that none of it is lost; a word longer than a line is broken, too."""
    pieces: list[str] = []
    for one in report.wrapped(line, columns).split("\n"):
        coloured = "\x1b" in one  # the headline, which has no such words
        pieces += [one] if coloured else [one[at : at + columns] for at in range(0, len(one), columns)]
    return pieces


def _cut(line: str, columns: int) -> str:
    plain = click.unstyle(line)
    return line if len(plain) <= columns else f"{plain[: columns - 1]}…"
