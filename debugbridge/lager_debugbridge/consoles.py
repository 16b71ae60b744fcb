"""The box's side of consoles: WebSockets of those who look, and the scripts' connections.

It carries out what `lager_debugbridge.audience` decides, and decides nothing itself. It lives in the runner's loop.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from starlette.websockets import WebSocket

from lager import errors, wire
from lager_debugbridge import audience, commandlist, doors, effects, events
from lager_debugbridge.inquiry import Heartbeat
from lager_debugbridge.runtime import Runtime
from lager_debugbridge.viewer import Viewer

LOOK_SECONDS = 0.05  # whether a script has come back
Notes = Callable[[str, wire.TranscriptEntry], None]


@dataclass(frozen=True)
class Patience:
    """How long to wait for whom, s.

    Attributes:
        grace: For a client whose connection broke.
        ask: Until a silent client is asked whether it is there.
        silent: Until it counts as gone.
        join: For the first message of a connection.
        adopt: Until scripts that were paused when this box began have told it of their consoles.
    """

    grace: float = audience.GRACE_SECONDS
    ask: float = 5.0
    silent: float = 15.0
    join: float = 10.0
    adopt: float = 5.0


class Script(Protocol):
    """The connection of a script."""

    def send(self, message: object) -> None:
        """Queue a message."""

    def behind(self) -> bool:
        """Say whether too much already waits for the script to read it."""


class Scripts(Protocol):
    """Who keeps the pauses, and the connections of their scripts."""

    def handle(self, event: events.Event) -> list[effects.Effect]:
        """Take an event."""

    def script(self, link: int) -> Script | None:
        """Give a connection, while it is there."""

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run."""

    def move_deadline(self) -> None:
        """Know that something may be due earlier than before."""


class Consoles:
    """Every console of this box.

    Args:
        scripts: Whose pauses they look at.
        on_note: Told what is to be written down, with the run's id.
        patience: How long to wait.
        clock: Monotonic time, s.
        wall: Unix time, s.
        runtime: Told who is at a pause.
    """

    def __init__(
        self,
        scripts: Scripts,
        on_note: Notes,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        runtime: Runtime | None = None,
    ) -> None:
        self._runtime = runtime or Runtime()
        self._scripts = scripts
        self._on_note = on_note
        self._patience = patience
        self._clock = clock
        self._wall = wall
        self._audience = audience.Audience(patience.grace, commandlist.LISTED)
        self._viewers: dict[int, Viewer] = {}
        self._awaited: float | None = None  # the deadline that whoever keeps the time knows of
        self._numbers = itertools.count(1)
        self._begun = clock()

    async def serve(self, websocket: WebSocket, run: str, number: int | None) -> None:
        """Serve one connection of a console, until it or the console is over."""
        await websocket.accept()
        viewer = Viewer(websocket, Heartbeat(self._clock(), self._patience.ask, self._patience.silent), self._clock)
        connection = next(self._numbers)
        self._viewers[connection] = viewer
        join: wire.Join | None = None
        try:
            try:
                join = await viewer.joins(self._patience.join)
                if join is None:
                    return
                await self._admit(join, run, number, connection)
            except errors.LagerError as error:
                viewer.show(wire.ConsoleClosed("error", wire.ErrorBody.of(error)))
            console = join.console if join else ""
            await viewer.serve(lambda message: self._take(console, connection, message))
        finally:
            del self._viewers[connection]
            if join is not None:
                self._carry_out(self._audience.broke(join.console, connection, self._at()))

    async def _admit(self, join: wire.Join, run: str, number: int | None, connection: int) -> None:
        """Take somebody in. Who goes on may have to wait: this box may have begun just now, and know of no script yet.

        Raises:
            LagerError: He cannot be.
        """
        until = self._begun + self._patience.adopt
        while True:
            try:
                self._join(join, run, number, connection)
                return
            except (errors.NoConsole, errors.NothingPaused):
                there = any(number in (None, one.number) for one in self._scripts.pauses(run))
                if not join.again or there or self._clock() >= until:
                    raise
            await asyncio.sleep(LOOK_SECONDS)  # rare, and not for long

    def adopt(self, link: int, run: str, number: int, kept: Iterable[wire.HeldConsole]) -> None:
        """Take in the consoles that a script has kept while no box was there."""
        for held in kept:
            over = self._audience.looker(held.console) or doors.ends_with_box(held.console)
            opened = None if over else self._scripts.handle(events.AttachConsole(held.console, run, number))[0]
            if isinstance(opened, effects.OpenConsole):
                self._audience.adopt(held, opened, self._clock())
                self._runtime.come(held.console, run)
            elif script := self._scripts.script(link):  # its client was told that it is over, or has gone with his box
                script.send(wire.CloseConsole(held.console))
        self._carry_out([])

    def _join(self, join: wire.Join, run: str, number: int | None, connection: int) -> None:
        known = self._audience.known(join, run, number)
        if isinstance(known, errors.LagerError):
            raise known
        one = self._audience.looker(join.console)
        anew = one is None or one.adopted
        if known:
            due = list(self._audience.join_again(join.console, connection, self._at()))
        else:
            opened = self._scripts.handle(events.AttachConsole(join.console, run, number))[0]
            if isinstance(opened, effects.Refuse):
                raise opened.error
            assert isinstance(opened, effects.OpenConsole)
            due = list(self._audience.join(join, opened, connection, self._at()))
            if not join.view:
                self._runtime.come(join.console, run)
        looker = self._audience.looker(join.console)
        assert looker is not None
        if anew:  # its client may know numbers of a box before this one
            looker.said.begin_after(join.seen)
        self._viewers[connection].follow(looker.said, join.seen)
        self._carry_out(due)

    def _take(self, console: str, connection: int, message: wire.ToConsole) -> None:
        looker = self._audience.looker(console)
        if looker is None or looker.connection != connection:
            return
        match message:
            case wire.Leave():
                self._carry_out(self._audience.leave(console, self._at()))
            case wire.Evaluate() | wire.Interrupt() | wire.Complete() | wire.Explain():
                script = self._scripts.script(looker.link)
                if script is not None:  # else it is going, and the console is about to be told
                    self._carry_out(self._audience.ask(console, message, script.behind(), self._at()))

    def hear(self, link: int, message: wire.FromScript) -> None:
        """Take what a script says of a console."""
        self._carry_out(self._audience.hear(link, message, self._at()))

    def busy(self, link: int) -> bool:
        """Say whether a script has a statement to evaluate."""
        return self._audience.busy(link)

    def end(self, console: str, reason: str) -> None:
        """Close a console whose pause is over."""
        self._runtime.leave(console)
        self._carry_out(self._audience.end(console, reason, self._at()))

    def script_lost(self, link: int) -> None:
        """Know that a script's connection has closed."""
        self._audience.script_lost(link)

    def next_deadline(self) -> float | None:
        """Say when something is due; None for never, as it is now."""
        self._awaited = self._audience.next_deadline()
        return self._awaited

    def tick(self) -> None:
        """Do what is due by now."""
        self._carry_out(self._audience.tick(self._at()))

    def hang_up(self, error: errors.LagerError) -> None:
        """Tell everybody who looks that the box ends. A console whose client is away waits for the next box."""
        for one in self._audience.attended():
            if script := self._scripts.script(one.link):
                script.send(wire.CloseConsole(one.name))
        for viewer in self._viewers.values():
            viewer.show(wire.ConsoleClosed("error", wire.ErrorBody.of(error)))
        self._carry_out(self._audience.hang_up())

    def _at(self) -> audience.At:
        return audience.At(self._clock(), self._wall())

    def _carry_out(self, due: Iterable[audience.Due]) -> None:
        for effect in list(due):  # first all of it is decided: to carry it out may lead back here
            self._do(effect)
        due_at = self._audience.next_deadline()
        if due_at is not None and (self._awaited is None or due_at < self._awaited):
            self._awaited = due_at
            self._scripts.move_deadline()

    def _do(self, effect: audience.Due) -> None:
        match effect:
            case audience.Tell(link, message):
                if script := self._scripts.script(link):
                    script.send(message)
            case audience.Gone(console):
                self._runtime.leave(console)
                self._scripts.handle(events.DetachConsole(console))
            case audience.Note(run, entry):
                self._on_note(run, entry)
            case audience.Answer() | audience.Wake() | audience.HangUp():
                if viewer := self._viewers.get(effect.connection):
                    _show(viewer, effect)


def _show(viewer: Viewer, effect: audience.Answer | audience.Wake | audience.HangUp) -> None:
    match effect:
        case audience.Answer(message=message):
            viewer.show(message)
        case audience.Wake():
            viewer.wake()
        case audience.HangUp():
            viewer.drop()
