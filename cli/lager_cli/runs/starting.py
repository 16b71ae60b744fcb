"""Starting a run on a box, also where the box has to be waited for."""

from __future__ import annotations

import dataclasses
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import msgspec

from lager import errors, wire
from lager.stream import Stream
from lager_cli.app import App
from lager_cli.selection import RESTART, Box

if TYPE_CHECKING:
    from lager_cli.runs.interrupts import Interrupts

_STARTING = 60.0  # s
_AT_ONCE = 2.0  # s of one request that waits for the lock: for so long Ctrl-C is not heard


class Way:
    """The way to a run, also after its box has moved to other ports."""

    def __init__(self, app: App, box: Box, run: str) -> None:
        self._app, self.box, self.run = app, box, run

    def connect(self, offset: int) -> Stream:
        """Open the run's stream from `offset` on, as one who answers for the run."""
        try:
            return self.box.runner.connect(f"/runs/{self.run}/stream?from={offset}&owner=1")
        except errors.ServiceUnreachable:
            self.box = self._app.whereabouts(self.box)
            raise


def start(
    way: Way,
    request: wire.RunRequest,
    interrupts: Interrupts,
    wait: float,
    meanwhile: Callable[[], object] | None = None,
) -> wire.RunInfo:
    """Start a run; where somebody else has the box, wait for it.

    Args:
        way: The way to the run, whose id is of this side's making: asking twice starts it once.
        request: What is to be run.
        interrupts: Ctrl-C ends the waiting.
        wait: How long to wait for the lock in all, s.
        meanwhile: What to do while the box starts it.

    Raises:
        BoxLocked: Somebody else still has the box.
        LagerError: It cannot be run.
    """
    until = time.monotonic() + wait
    said = False
    while True:
        left = max(until - time.monotonic(), 0.0)
        try:
            return _ask(way, msgspec.structs.replace(request, lock_wait=min(left, _AT_ONCE)), meanwhile)
        except errors.BoxLocked as exc:
            from lager_cli import lockwaiting

            error = lockwaiting.locked(way.box, exc)
            if said and not left:
                click.echo(lockwaiting.gave_up(wait), err=True)
            if not left:
                raise error from exc
            if not said:
                click.echo(lockwaiting.waiting(error, wait), err=True)
            said = True
        if interrupts.taken():
            click.echo(" Not waiting any longer; nothing was started.", err=True)
            raise click.exceptions.Exit(128 + signal.SIGINT)


def _ask(way: Way, request: wire.RunRequest, meanwhile: Callable[[], object] | None) -> wire.RunInfo:
    path = f"/runs/{way.run}"
    try:
        return way.box.runner.put(path, request, wire.RunInfo, timeout=_STARTING, meanwhile=meanwhile)
    except errors.ServiceUnreachable as exc:  # the id is ours: asking twice starts it once
        refused = isinstance(exc.__cause__, ConnectionRefusedError)
        # A box that lived a moment ago, or took the request, starts again what died.
        patience = 0.0 if refused and way.box.ports is None else RESTART
        runner = dataclasses.replace(way.box.runner, patience=patience)
        return runner.put(path, request, wire.RunInfo, timeout=_STARTING)
