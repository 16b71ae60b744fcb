"""`lager logs`: what a run has written, now or as it goes on; the run itself is left alone."""

from __future__ import annotations

import contextlib
import select
import time
from dataclasses import dataclass
from urllib.parse import quote

from lager import errors, wire
from lager.outputrecords import Records
from lager.stream import Stream
from lager_cli.app import App
from lager_cli.runs.account import ending
from lager_cli.runs.detaching import Handle
from lager_cli.runs.events import Events
from lager_cli.runs.showing import Plain, Showing
from lager_cli.runs.stream import RunStream
from lager_cli.runs.writing import Outlet, Unwritable, say
from lager_cli.selection import Box

_RESULTS = 3  # the stream of `lager.output`


@dataclass(frozen=True)
class Wanted:
    """What is to be shown of a run's output.

    Attributes:
        follow: Go on until the run has ended.
        since: Unix time, s; None for all of it.
        streams: Which of its streams: 1 for standard output, 2 for standard error, 3 for results.
        as_json: As events, one a line.
    """

    follow: bool = False
    since: float | None = None
    streams: frozenset[int] = frozenset({1, 2, 3})
    as_json: bool = False


def show(app: App, name: str, wanted: Wanted) -> int:
    """Show what a run has written; give the exit status.

    Raises:
        LagerError: There is no such run, or contact with it is lost.
    """
    box = app.box()
    info: wire.RunInfo = box.runner.get(f"/runs/{quote(name, safe='')}", wire.RunInfo)
    if info.ended is None and not wanted.follow and not info.output:
        return 0
    outlet = Outlet()
    showing: Showing = Events(outlet, info.id, time.time) if wanted.as_json else Plain(outlet)
    way = _Way(app, box, info.id, wanted.since)
    with contextlib.closing(RunStream(way.connect, Handle(info.id, app.asked or "").reattach)) as stream:
        log = _Log(showing, wanted, None if info.ended is not None or wanted.follow else info.output)
        try:
            while not log.over:
                select.select([stream], [], [])
                for message in stream.messages():
                    log.take(message)
        except Unwritable as exc:
            if exc.why:  # else whoever read it has enough of it
                raise errors.LagerError(
                    f"the output cannot be written: {exc.why}", "write it elsewhere, or make room there"
                ) from exc
    if log.exited and not wanted.as_json:
        ended: wire.RunInfo = way.box.runner.get(f"/runs/{info.id}", wire.RunInfo)
        say(f"=== lager: the run {ending(ended)}")
    return 0


class _Way:
    """The way to a run's output, also after its box has moved to other ports."""

    def __init__(self, app: App, box: Box, run: str, since: float | None) -> None:
        self._app, self.box, self._run = app, box, run
        self._since = "" if since is None else f"&since={since}"

    def connect(self, offset: int) -> Stream:
        """Open it from `offset` on, as one who only looks."""
        try:
            return self.box.runner.connect(f"/runs/{self._run}/stream?from={offset}{self._since}")
        except errors.ServiceUnreachable:
            self.box = self._app.whereabouts(self.box)
            raise


class _Log:
    """Shows what is wanted of a run's messages, up to an offset or to its end."""

    def __init__(self, showing: Showing, wanted: Wanted, upto: int | None) -> None:
        self._showing, self._wanted, self._upto = showing, wanted, upto
        self._records = Records()
        self.over = False
        self.exited: wire.Exited | None = None

    def take(self, message: object) -> None:
        """Take one message.

        Raises:
            LagerError: It is the last one, and says why.
            Unwritable: Nobody reads this any more.
        """
        if self.over:
            return
        if isinstance(message, wire.Output):
            self._output(message)
            self.over = self._upto is not None and message.offset >= self._upto
        elif isinstance(message, wire.Exited):
            self.exited, self.over = message, True
            self._showing.exited(message)
        elif isinstance(message, wire.StreamFailed):
            raise message.error.as_error()
        elif isinstance(message, errors.LagerError):
            raise message

    def _output(self, output: wire.Output) -> None:
        if output.stream not in self._wanted.streams:
            return
        if output.stream != _RESULTS:
            self._showing.output(output)
        elif self._wanted.since is None:  # else the first one may not be there from its beginning
            for record in self._records.feed(output.data):
                self._showing.result(record, output.time)
