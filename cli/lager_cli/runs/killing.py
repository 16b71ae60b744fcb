"""`lager python --kill` and `--kill-all`: end runs, or send them a signal, and say what that did."""

from __future__ import annotations

import signal as signals
import sys
from dataclasses import dataclass
from urllib.parse import quote

import click
import msgspec

from lager import errors, wire
from lager_cli.app import App
from lager_cli.selection import Box, user_name

_ENDING = ("SIGINT", "SIGQUIT", "SIGABRT", "SIGKILL", "SIGTERM")  # after these, its end is waited for
_WAIT = 5.0  # s of one answer
_ANSWERING = 20.0  # s beyond that
_MOST_WAITS = 24  # answers; a script has a minute at most to end by itself, and then it is killed


@dataclass(frozen=True)
class Order:
    """What is to be done to a run.

    Attributes:
        signal: The one signal to send; empty for whatever it takes to end it.
    """

    signal: str

    @property
    def request(self) -> wire.KillRequest:
        """Get it as the box takes it."""
        waits = not self.signal or self.signal in _ENDING
        return wire.KillRequest(self.signal, user_name(), _WAIT if waits else 0.0)


def kill(app: App, name: str, signal: str) -> int:
    """End a run, or send it a signal; give the exit status.

    Args:
        app: Knows the box.
        name: The run's id, or the beginning of it.
        signal: Empty for whatever it takes.

    Raises:
        LagerError: There is no such run, or it does not end.
    """
    order = Order(signal)
    killed = _ended(app.box(), _ask(app.box(), name, order), order)
    app.show(killed, words(killed, signal))
    return _status(killed, signal)


def kill_all(app: App, signal: str) -> int:
    """End all runs that live on a box, or send them a signal; give the exit status."""
    if _nothing_there(app):
        app.show([], "No run lives there, so none was killed.")
        return 0
    order, box = Order(signal), app.box()
    everything: list[wire.Killed] = box.runner.post(
        "/runs/kill", order.request, list[wire.Killed], timeout=_WAIT + _ANSWERING
    )
    everything = [_ended(box, one, order) for one in everything]
    told = [words(one, signal) for one in everything]
    ended = all(one.status is not None for one in everything)
    last = ["All processes killed"] if told and ended else []
    app.show(everything, "\n".join([*told, *last]) or "No run lives there, so none was killed.")
    return max((_status(one, signal) for one in everything), default=0)


def words(killed: wire.Killed, signal: str) -> str:
    """Say what was done to a run, and how it ended."""
    process = f"Process {killed.run}"
    if killed.already:
        return f"{process} had ended before, with exit status {killed.status}"
    did = ", then ".join(killed.did)
    if killed.status is None:
        left = "" if signal and signal not in _ENDING else "; it has not ended"
        return f"{process} was sent {did or signal}{left}"
    return f"{process} killed: {did}{' was enough' if len(killed.did) == 1 else ''}; its exit status is {killed.status}"


def _nothing_there(app: App) -> bool:
    """Whether the private box is meant and does not run: it is not started to be asked."""
    from lager_cli.runs import places

    return places.chosen(app.asked) is None and not places.left_alone()


def _ask(box: Box, run: str, order: Order) -> wire.Killed:
    path = f"/runs/{quote(run, safe='')}/kill"
    return box.runner.post(path, order.request, wire.Killed, timeout=_WAIT + _ANSWERING)


def _ended(box: Box, killed: wire.Killed, order: Order) -> wire.Killed:
    """Wait for the end of a run that is being ended: what its `finally:` does may take a while."""
    if order.signal or killed.status is not None:
        return killed
    click.echo(f"Process {killed.run} is still ending; waiting for it. Ctrl-C ends the waiting.", err=True)
    try:
        for _ in range(_MOST_WAITS):
            killed = _ask(box, killed.run, order)
            if killed.status is not None:
                return msgspec.structs.replace(killed, already=False)
    except KeyboardInterrupt:
        start = "\n" if sys.stderr.isatty() else ""
        click.echo(f"{start}Not waiting any longer; it is being ended all the same.", err=True)
        raise click.exceptions.Exit(128 + signals.SIGINT) from None
    return killed


def _status(killed: wire.Killed, signal: str) -> int:
    return 0 if killed.status is not None or signal else errors.LagerError.exit_code
