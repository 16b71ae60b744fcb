"""What is asked of a run from another terminal: to go on, to end at its pause, to pause. It tells what came of it."""

from __future__ import annotations

import contextlib
import datetime
import signal
import sys
import threading
from collections.abc import Iterator
from urllib.parse import quote

import click

from lager import wire
from lager_cli.app import App
from lager_cli.selection import user_name

_CHANGING = 30.0  # s; the box stops an expression before
_COMING = 10.0  # s to come to a line
_SILENT = 1.0  # s of waiting before it is said what for


def go_on(app: App, run: str, sets: list[tuple[str, str]], value: str | None, every: bool) -> None:
    """Let a paused script go on, perhaps with changes."""
    request = wire.ContinueRequest(user_name(), sets, value, every)
    with _interruptible("The script may or may not have gone on; `lager runs` shows it."):
        resumed: wire.Resumed = app.box().runner.post(_path(run, "continue"), request, wire.Resumed, timeout=_CHANGING)
    _tell("Resumed", resumed)


def abort(app: App, run: str, every: bool) -> None:
    """End a paused script."""
    with _interruptible("The script may or may not have been aborted; `lager runs` shows it."):
        aborted: wire.Resumed = app.box().runner.post(
            _path(run, "abort"), wire.AbortRequest(user_name(), every), wire.Resumed
        )
    _tell("Aborted", aborted)


def pause(app: App, run: str) -> None:
    """Pause a script at its next line, and say how it goes on."""
    request = wire.PauseRequest(user_name(), _COMING)
    with _interruptible("The script may still pause; `lager runs` shows it."), _patience():
        asked: wire.PauseAsked = app.box().runner.post(
            _path(run, "pause"), request, wire.PauseAsked, timeout=_COMING + 15.0
        )
    click.echo("\n".join(words(asked, app.asked or "", datetime.datetime.now().astimezone())))


def words(asked: wire.PauseAsked, box: str, now: datetime.datetime) -> list[str]:
    """Say what came of asking a script to pause.

    Args:
        asked: The box's answer.
        box: What was given as --box; empty if nothing was.
        now: The time, in the time zone to speak in.
    """
    from lager_cli.runs.listing import clock, label, lasting

    pause = asked.pause
    if pause is None:
        return [f"{asked.run} has not come to a line of its own yet; it pauses at its next one. `lager runs` shows it."]
    where = f"{pause.file}:{pause.line}"
    if asked.already:
        first = f"{pause.name} is paused already, since {clock(pause.since, now)}, at {where}{label(pause)}"
    else:
        first = f"Paused {pause.name} at {where}"
    on = f"{pause.name} --box {box}" if box else pause.name
    inspect = [f"    inspect: `lager python --console {on}`"] if pause.interactive else []
    return [
        first,
        f"    resume: `lager python --continue {on}`",
        *inspect,
        f"    {'no auto-resume' if pause.until is None else lasting(pause, now.timestamp())}",
    ]


def _path(run: str, what: str) -> str:
    return f"/runs/{quote(run, safe='')}/{what}"


def _tell(verb: str, resumed: wire.Resumed) -> None:
    for name in resumed.names or [resumed.name]:
        click.echo(f"{verb} {name}")
    for line in resumed.done:
        click.echo(f"  {line}")


@contextlib.contextmanager
def _interruptible(so: str) -> Iterator[None]:
    """Take Ctrl-C for the end of the waiting, and say so."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"{_line_start()}Not waiting any longer. {so}", err=True)
        raise click.exceptions.Exit(128 + signal.SIGINT) from None


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Say that there is something to wait for, if it takes long."""
    what = "Waiting for the script to come to a line of its own. Ctrl-C ends the waiting."
    timer = threading.Timer(_SILENT, click.echo, [what], {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _line_start() -> str:
    return "\n" if sys.stderr.isatty() else ""  # after the ^C that a terminal shows
