"""The box's side of pauses: scripts on a unix socket, consoles on WebSockets, one registry between them.

It decodes, tells the registry, and carries out what the registry answers; it decides nothing about pausing. It lives
in the runner's event loop and starts no threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

from starlette.websockets import WebSocket

from lager import errors, settings, wire
from lager_debugbridge import effects, events
from lager_debugbridge.consoles import Consoles, Notes, Patience
from lager_debugbridge.debugging import Debugging
from lager_debugbridge.doors import Doors
from lager_debugbridge.heldup import LOCK, HeldUp
from lager_debugbridge.registry import Registry
from lager_debugbridge.runtime import Runtime
from lager_debugbridge.scriptlink import Link, next_line

LINE_LIMIT = 16 * 1024 * 1024  # bytes of one message of a script
LOOK_SECONDS = 2.0  # how often to look whether the socket's file is still there
LEFT = "left"  # how the process of a console ends, whose leaving is noted already
PATIENCE = Patience()


async def _until_gone(path: Path) -> None:
    """Wait until a socket's file is gone: a logout takes the runtime directory away, and nobody could pause again."""
    while path.exists():  # noqa: ASYNC110, ASYNC240  # nothing tells of it; a look takes microseconds
        await asyncio.sleep(LOOK_SECONDS)


class Bridge:
    """Every pause of this box's runs, and their consoles.

    Args:
        on_event: Told of each pause that begins, ends, or is about to time out, with the run's id.
        on_claim: Told of each run that needs the box's lock before a pause of it is released (`events.Claimed`).
        on_note: Told what is to be written down of consoles and of how pauses end, with the run's id.
        patience: How long to wait for consoles.
        wall: Unix time, s.
        clock: Monotonic time, s.
    """

    def __init__(
        self,
        *,
        on_event: Callable[[str, wire.PauseBegan | wire.PauseEnded | effects.Soon], None],
        on_note: Notes = lambda *_: None,
        on_claim: Callable[[str], None] = lambda _: None,
        patience: Patience = PATIENCE,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_event = on_event
        self._wall = wall
        self._clock = clock
        self._registry = Registry()
        self._links: dict[int, Link] = {}
        self._on_note = on_note
        self._on_claim = on_claim
        self.runtime = Runtime()
        self.doors = Doors()
        self._consoles = Consoles(self, on_note, patience, clock, wall, self.runtime)
        self._debugging = Debugging()
        self._held_up = HeldUp()
        self._answers: dict[int, asyncio.Future[wire.Resumed]] = {}  # by ticket: who waits for what the script says
        self._numbers = itertools.count(1)
        self._deadline_moved = asyncio.Event()

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run."""
        return self._registry.pauses(run)

    def resume(self, run: str, number: int | None, by: str) -> str:
        """Release a pause, and give its name.

        Raises:
            NothingPaused: There is no such pause, or no longer, or somebody is releasing it.
            AmbiguousId: No number was given, and several pauses are open.
        """
        return self._release(events.Resume(run, number, by)).name

    async def go_on(self, run: str, number: int | None, ask: wire.ContinueRequest) -> wire.Resumed:
        """Release one pause or all, or one with changes: then only when the script has said that it could.

        Raises:
            NothingPaused, AmbiguousId: As `resume`.
            ChangeRefused: The script cannot make these changes; the pause stays.
            StillBusy: As `going`.
            UsageError: Changes are for one pause, not for all.
            LagerError: The script did not answer in time; whether it made the changes is unknown.
        """
        if not ask.sets and ask.value is None:
            return await self.going(self._release(events.Resume(run, number, ask.by, ask.all)))
        if ask.all:
            raise errors.UsageError("a value can be given to one pause, not to all", "leave --all out, and name one")
        return await self._change(run, number, ask)

    def abort(self, run: str, number: int | None, ask: wire.AbortRequest) -> wire.Resumed:
        """Have `lager.Aborted` raised at one pause, or at all of a run.

        Raises:
            NothingPaused, AmbiguousId: As `resume`.
        """
        return self._release(events.Abort(run, number, ask.by, ask.all))

    async def going(self, released: wire.Resumed) -> wire.Resumed:
        """Give what was released, when it goes on; where no statement was running, that is not waited for.

        Raises:
            StillBusy: A statement of a console does not stop.
        """
        await self._held_up.settled(released.names)
        return released

    def adopt(self, run: str, highest: int) -> None:
        """Know a run of the box before this one, and the highest number that a pause of it had."""
        self.handle(events.Adopted(run, highest))

    def asked(self, run: str, by: str) -> None:
        """Know who wants a run to pause, for its banner."""
        self.handle(events.Asked(run, by))

    def _release(self, event: events.Resume | events.Abort) -> wire.Resumed:
        due = _unless_refused(self._registry.handle(event))
        released = [one for one in due if isinstance(one, effects.Release | effects.Claim)]
        for one in released:
            if isinstance(one, effects.Claim) or self._consoles.busy(one.link):
                self._held_up.expect(one.name, one.key)
        self._carry_out_all(due)
        names = [one.name for one in released]
        return wire.Resumed(names[0] if len(names) == 1 else event.run, names)

    async def _change(self, run: str, number: int | None, ask: wire.ContinueRequest) -> wire.Resumed:
        ticket = next(self._numbers)
        answer: asyncio.Future[wire.Resumed] = asyncio.get_running_loop().create_future()
        self._answers[ticket] = answer
        try:
            _unless_refused(self.handle(events.Change(run, number, ask, ticket, self._clock())))
            return await answer
        finally:
            del self._answers[ticket]

    def waits(self, run: str) -> bool:
        """Say whether a pause of a run is to be released as soon as the run has the box's lock."""
        return self._registry.waits(run)

    def script_gone(self, run: str) -> None:
        """Drop what is left of a run that has ended."""
        self.handle(events.ScriptGone(run))

    async def serve(self, socket_path: Path) -> None:
        """Let scripts connect at `socket_path`; run until cancelled."""
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._script(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        ticking = asyncio.ensure_future(self._tick())
        try:
            while True:
                server = await asyncio.start_unix_server(connected, socket_path, limit=LINE_LIMIT)
                os.chmod(socket_path, 0o600)
                try:
                    await _until_gone(socket_path)
                finally:
                    server.close()
                settings.private(socket_path.parent)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            self._hang_up()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def console(self, websocket: WebSocket, run: str, number: int | None) -> None:
        """Serve a connection of a console on a pause, until it or the console is over."""
        await self._consoles.serve(websocket, run, number)

    def debuggable(self, run: str, number: int | None) -> wire.PauseInfo:
        """Give the pause that an IDE can be attached to.

        Raises:
            NothingPaused, AmbiguousId: As `resume`.
            NoConsole: Nobody is to look into it.
        """
        return self._open_to_all(run, number).pause

    async def debug(self, websocket: WebSocket, run: str, number: int | None, by: str) -> None:
        """Serve an IDE on a pause, until it or the script goes."""

        def ask(token: str) -> None:
            found = self._open_to_all(run, number)
            if link := self._links.get(found.link):
                link.send(wire.OpenDebugger(found.key, token, by))

        with self.runtime.attended(run):
            await self._debugging.serve(websocket, ask)

    def _open_to_all(self, run: str, number: int | None) -> effects.OpenConsole:
        """Find a pause by the rules for consoles."""
        answer = _unless_refused(self._registry.handle(events.AttachConsole("", run, number)))[0]
        self._registry.handle(events.DetachConsole(""))
        assert isinstance(answer, effects.OpenConsole)
        if answer.pause.kind == wire.CONSOLE:
            raise errors.NoConsole(f"{run} has no script to debug: it is a console", "debug a paused script")
        return answer

    def script(self, link: int) -> Link | None:
        """Give the connection of a script, while it is there."""
        return self._links.get(link)

    def move_deadline(self) -> None:
        """Know that something may be due earlier than before."""
        self._deadline_moved.set()

    async def _tick(self) -> None:
        """Wait for the next deadline, whatever that is by then; for ever."""
        # Not by asyncio.wait_for: before Python 3.12 it forgets that it was cancelled, when both come at once.
        loop = asyncio.get_running_loop()
        while True:
            self._deadline_moved.clear()
            deadlines = (self._registry.next_deadline(), self._consoles.next_deadline())
            deadline = min((one for one in deadlines if one is not None), default=None)
            left = 0.0 if deadline is None else max(0.0, deadline - self._clock())
            alarm = None if deadline is None else loop.call_later(left, self._deadline_moved.set)
            try:
                await self._deadline_moved.wait()
            finally:
                if alarm:
                    alarm.cancel()
            self.handle(events.Tick(self._clock()))
            self._consoles.tick()

    async def _script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(next(self._numbers), writer)
        self._links[link.number] = link
        try:
            with contextlib.suppress(ConnectionError):  # the script was killed: the same as its closing the connection
                await self._listen(link, reader, writer)
        finally:
            link.close()
            if self._links.pop(link.number, None):
                self.handle(events.ConnectionLost(link.number))
                self._consoles.script_lost(link.number)

    async def _listen(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await next_line(reader):
            try:
                message: wire.FromScript = wire.from_json(line, wire.FromScript)
            except errors.UsageError:
                continue  # from a newer lager: what this box does not know, it cannot act on
            if isinstance(message, wire.DebuggerHere):
                await self._debugging.connected(message.token, reader, writer)
                return
            self._from_script(link, message)
            await link.caught_up()

    def _from_script(self, link: Link, message: wire.FromScript) -> None:
        match message:
            case wire.Hit():
                self._hit(message, link.number)
            case wire.Released(key, reason, done):
                self.handle(events.Released(key, reason, link.number, tuple(done)))
            case wire.Declined(key, error):
                self.handle(events.Declined(key, error, link.number))
            case wire.Held(key, why):
                self.handle(events.Held(key, why, link.number))
                self._held_up.over(key, why)
            case wire.DebuggerRefused(token, error):
                self._debugging.refused(token, error)
            case _:
                self._consoles.hear(link.number, message)

    def _hit(self, hit: wire.Hit, link: int) -> None:
        for effect in self.handle(events.Hit(hit, link, self._clock(), self._wall())):
            if isinstance(effect, effects.Announce) and hit.consoles:
                self._consoles.adopt(link, hit.run, effect.number, hit.consoles)

    def handle(self, event: events.Event) -> list[effects.Effect]:
        """Tell the registry, carry out what it answers, and give that."""
        due = self._registry.handle(event)
        self._carry_out_all(due)
        return due

    def _carry_out_all(self, due: list[effects.Effect]) -> None:
        for effect in due:
            self._carry_out(effect)
        if due:
            self._deadline_moved.set()

    def _carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Began() | effects.Soon() | effects.Ended():
                self._tell(effect)
            case effects.Answer():
                self._answer(effect)
            case effects.EndConsole(console, reason):
                self._consoles.end(console, reason)
            case effects.Claim():
                self._on_claim(effect.run)
            case effects.Announce() | effects.Release() | effects.Wait() | effects.ShutConsole():
                if link := self._links.get(effect.link):
                    link.send(_to_script(effect, self.runtime, self.doors))
                self._loosen(effect)

    def _tell(self, effect: effects.Began | effects.Soon | effects.Ended) -> None:
        self.doors.tell(effect)  # first: who hears of a pause may want to know its door
        self._on_event(effect.run, _news(effect))
        if isinstance(effect, effects.Ended):
            self._held_up.over(effect.key)
            if effect.reason != LEFT:
                self._on_note(effect.run, self._noted(effect))

    def _loosen(self, effect: effects.Effect) -> None:
        """Tell whoever has released a pause whose run needed the box's lock what comes of it."""
        if isinstance(effect, effects.Wait):
            self._held_up.over(effect.key, effect.why, LOCK)
        elif isinstance(effect, effects.Release) and not self._consoles.busy(effect.link):
            self._held_up.over(effect.key)

    def _answer(self, effect: effects.Answer) -> None:
        answer = self._answers.get(effect.ticket)
        if answer is None or answer.done():
            return  # whoever asked has gone
        if isinstance(effect.said, errors.LagerError):
            answer.set_exception(effect.said)
        else:
            answer.set_result(effect.said)

    def _noted(self, ended: effects.Ended) -> wire.TranscriptEntry:
        done = "; ".join(ended.done)
        return wire.TranscriptEntry(time=self._wall(), kind=ended.reason, user=ended.by, pause=ended.number, text=done)

    def take_leave(self) -> None:
        """Tell everybody who looks that the box ends, while they can still be told."""
        gone = errors.ServiceUnreachable("the box is shutting down", "the script stays paused; try again in a moment")
        self._consoles.hang_up(gone)

    def _hang_up(self) -> None:
        """Leave the scripts paused: they announce themselves to the next box."""
        self.take_leave()
        links, self._links = self._links, {}
        for link in links.values():
            link.close()
        what = "the box is shutting down; whether the script has made the changes is unknown"
        for ticket in self._answers:
            self._answer(effects.Answer(ticket, errors.ServiceUnreachable(what, "look with `lager runs` in a moment")))


def _unless_refused(due: list[effects.Effect]) -> list[effects.Effect]:
    for effect in due:
        if isinstance(effect, effects.Refuse):
            raise effect.error
    return due


def _news(effect: effects.Began | effects.Soon | effects.Ended) -> wire.PauseBegan | wire.PauseEnded | effects.Soon:
    match effect:
        case effects.Began():
            return wire.PauseBegan(effect.pause)
        case effects.Ended():
            return wire.PauseEnded(effect.number, effect.reason, effect.by)
        case effects.Soon():
            return effect


def _to_script(
    effect: effects.Announce | effects.Release | effects.Wait | effects.ShutConsole, runtime: Runtime, doors: Doors
) -> wire.Announced | wire.Release | wire.Waits | wire.CloseConsole:
    match effect:
        case effects.Announce():
            left, door = runtime.left(effect.name), doors.has(effect.name, effect.number)
            return wire.Announced(effect.key, effect.number, effect.name, effect.label, left, door)
        case effects.Release():
            return wire.Release(effect.key, effect.reason, effect.by, list(effect.sets), effect.value)
        case effects.Wait():
            return wire.Waits(effect.key, effect.why)
        case effects.ShutConsole():
            return wire.CloseConsole(effect.console)
