"""`--watch`: shows how a net is, again and again. Ctrl-C is its normal end; a box that is away is waited for.

On a terminal one line is written anew in its place; elsewhere, and with --json, each reading is a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click
import msgspec

from lager import errors, wire
from lager.times import ANSWER_WITHIN
from lager_cli.app import App
from lager_cli.selection import user_name
from lager_cli.units import SECONDS

if TYPE_CHECKING:
    from lager_cli.netcall import RemoteNet

_RETRY = 0.5  # s


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --watch and --interval; the command is given `every`, s, or None where it is not to watch."""
    interval = click.option(
        "--interval", type=SECONDS, metavar="TIME", help="Every so often (0.5, 500ms); 1 s if not said."
    )
    watch = click.option("--watch", is_flag=True, help="Go on showing it until Ctrl-C.")
    return watch(interval(command))


def pace(watch: bool, interval: float | None) -> float | None:
    """Give the interval to watch at, s; None where nothing is to be watched."""
    if interval is not None and not watch:
        raise click.UsageError("--interval goes with --watch.")
    if interval == 0:
        raise click.UsageError("--interval must be more than 0 s; the bench is asked every 0.1 s at most.")
    return (1.0 if interval is None else interval) if watch else None


class Screen:
    """Where readings are shown.

    Args:
        as_json: Whether to show facts, whatever standard output is.
        words: Says in one line what a reading says.
    """

    def __init__(self, as_json: bool, words: Callable[[Any], str]) -> None:
        self._as_json = as_json
        self._words = words
        self._live = sys.stdout.isatty() and not as_json
        self._width = 0
        self._trouble = ""

    def show(self, reading: wire.Watched) -> None:
        """Show a reading, or why there is none."""
        if self._as_json:
            facts = {"state": reading.state} if reading.error is None else {"error": reading.error}
            import datetime

            time = datetime.datetime.fromtimestamp(reading.time, datetime.timezone.utc).isoformat()
            click.echo(json.dumps(msgspec.to_builtins({"time": time, **facts}), ensure_ascii=False))
        elif reading.error is not None:
            self.trouble(reading.error.what)
        else:
            self._trouble = ""
            self._put(self._words(reading.state))

    def trouble(self, what: str) -> None:
        """Say what is wrong: in the line's place, or once on standard error until something else is."""
        if self._live:
            self._put(f"Error: {what}")
        elif what != self._trouble:
            self._trouble = what
            click.secho(f"Error: {what}", fg="red", err=True)

    def _put(self, line: str) -> None:
        if not self._live:
            click.echo(line)
            return
        import shutil

        room = shutil.get_terminal_size().columns - 1  # a line that is wrapped cannot be written over
        line = line if len(line) <= room else f"{line[: room - 1]}…"
        click.echo(f"\r{line.ljust(min(self._width, room))}", nl=False)
        self._width = len(line)

    def end(self) -> None:
        """Leave the last reading on the screen."""
        if self._width:
            click.echo()


def watch(app: App, net: RemoteNet, every: float, words: Callable[[Any], str]) -> None:
    """Show a net until Ctrl-C.

    Raises:
        LagerError: It cannot be watched.
    """
    screen = Screen(app.as_json, words)
    try:
        for one in _readings(app, net, every):
            if isinstance(one, wire.Watched):
                screen.show(one)
            else:
                screen.trouble(one.what)
    except KeyboardInterrupt:
        return
    finally:
        screen.end()


def _readings(app: App, net: RemoteNet, every: float) -> Iterator[wire.Watched | errors.ServiceUnreachable]:
    """Give the readings, and in between why there are none for now."""
    import dataclasses
    import threading

    box, began, pause = app.box(), False, threading.Event()
    query = urlencode({"role": net.role, "interval": every, "caller": f"lager command of {user_name()}"})
    path = f"/nets/{quote(net.name, safe='')}/watch?{query}"
    while True:
        try:
            bench = dataclasses.replace(box.bench, patience=0.0) if began else box.bench
            readings: Iterator[wire.Watched] = bench.lines(path, wire.Watched, timeout=every + ANSWER_WITHIN + 5)
            for reading in readings:
                began = True
                yield reading
            lost = errors.ServiceUnreachable(f"{bench.place} has ended the connection; waiting for it")
        except errors.ServiceUnreachable as exc:
            if not began:
                raise
            lost = exc
        yield lost
        pause.wait(_RETRY)
        box = app.whereabouts(box)
