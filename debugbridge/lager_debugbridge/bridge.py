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
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from starlette.websockets import WebSocket

from lager import errors, settings, wire
from lager_debugbridge import effects, events
from lager_debugbridge.registry import Registry
from lager_debugbridge.viewer import Viewer

LINE_LIMIT = 16 * 1024 * 1024  # bytes of one message of a script
LOOK_SECONDS = 2.0  # how often to look whether the socket's file is still there
BACKLOG_LIMIT = 4 * 1024 * 1024  # bytes that wait for a script which does not read


class Link:
    """One connection of a script."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self._writer = writer

    def send(self, message: object) -> None:
        """Queue a message; a script always reads, so this does not wait."""
        if not self._writer.is_closing():
            self._writer.write(wire.to_json(message) + b"\n")

    def behind(self) -> bool:
        """Say whether too much already waits for the script to read it."""
        return self._writer.transport.get_write_buffer_size() > BACKLOG_LIMIT

    async def caught_up(self) -> None:
        """Wait for a script that does not read, before more is heard of it."""
        if self.behind():
            await self._writer.drain()

    def close(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()


async def _until_gone(path: Path) -> None:
    """Wait until a socket's file is gone: a logout takes the runtime directory away, and nobody could pause again."""
    while path.exists():  # noqa: ASYNC110, ASYNC240  # nothing tells of it; a look takes microseconds
        await asyncio.sleep(LOOK_SECONDS)


class Bridge:
    """Every pause of this box's runs, and their consoles.

    Args:
        on_event: Told of each pause that begins, ends, or is about to time out, with the run's id.
        wall: Unix time, s.
        clock: Monotonic time, s.
    """

    def __init__(
        self,
        *,
        on_event: Callable[[str, wire.PauseBegan | wire.PauseEnded | effects.Soon], None],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_event = on_event
        self._wall = wall
        self._clock = clock
        self._registry = Registry()
        self._links: dict[int, Link] = {}
        self._viewers: dict[str, tuple[int, Viewer]] = {}  # by console: the script's link, and who looks
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
            UsageError: Changes are for one pause, not for all.
            LagerError: The script did not answer in time; whether it made the changes is unknown.
        """
        if not ask.sets and ask.value is None:
            return self._release(events.Resume(run, number, ask.by, ask.all))
        if ask.all:
            raise errors.UsageError("a value can be given to one pause, not to all", "leave --all out, and name one")
        return await self._change(run, number, ask)

    def abort(self, run: str, number: int | None, ask: wire.AbortRequest) -> wire.Resumed:
        """Have `lager.Aborted` raised at one pause, or at all of a run.

        Raises:
            NothingPaused, AmbiguousId: As `resume`.
        """
        return self._release(events.Abort(run, number, ask.by, ask.all))

    def adopt(self, run: str, highest: int) -> None:
        """Know a run of the box before this one, and the highest number that a pause of it had."""
        self._handle(events.Adopted(run, highest))

    def asked(self, run: str, by: str) -> None:
        """Know who wants a run to pause, for its banner."""
        self._handle(events.Asked(run, by))

    def _release(self, event: events.Resume | events.Abort) -> wire.Resumed:
        names = [effect.name for effect in _unless_refused(self._handle(event)) if isinstance(effect, effects.Release)]
        return wire.Resumed(names[0] if len(names) == 1 else event.run, names)

    async def _change(self, run: str, number: int | None, ask: wire.ContinueRequest) -> wire.Resumed:
        ticket = next(self._numbers)
        answer: asyncio.Future[wire.Resumed] = asyncio.get_running_loop().create_future()
        self._answers[ticket] = answer
        try:
            _unless_refused(self._handle(events.Change(run, number, ask, ticket, self._clock())))
            return await answer
        finally:
            del self._answers[ticket]

    def script_gone(self, run: str) -> None:
        """Drop what is left of a run that has ended."""
        self._handle(events.ScriptGone(run))

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
        """Serve a console on a pause, until the pause or the console is over."""
        await websocket.accept()
        viewer = Viewer(websocket)
        name = uuid.uuid4().hex
        answer = self._registry.handle(events.AttachConsole(name, run, number))[0]
        if isinstance(answer, effects.OpenConsole):
            self._viewers[name] = (answer.link, viewer)
            viewer.show(wire.ConsoleReady(answer.run, answer.pause))
            self._links[answer.link].send(wire.OpenConsole(answer.key, name))
        elif isinstance(answer, effects.Refuse):
            viewer.show(wire.ConsoleClosed("error", wire.ErrorBody.of(answer.error)))
        try:
            await viewer.serve(lambda message: self._from_console(name, message))
        finally:
            self._viewers.pop(name, None)
            self._handle(events.DetachConsole(name))

    def _from_console(self, console: str, message: wire.Evaluate | wire.Interrupt | wire.Complete) -> None:
        number, viewer = self._viewers[console]
        link = self._links.get(number)
        if link is None:
            return  # the script is going: the viewer is about to be told
        if link.behind() and isinstance(message, wire.Evaluate):
            text = "The script does not take statements just now; this one was not sent.\n"
            viewer.show(wire.ConsoleOutput(message.statement, 2, text))
            viewer.show(wire.ConsoleResult(message.statement, ok=False))
            return
        match message:
            case wire.Evaluate(statement, source):
                link.send(wire.Evaluate(statement, source, console))
            case wire.Interrupt(statement):
                link.send(wire.Interrupt(statement, console))
            case wire.Complete(request, source, cursor):
                link.send(wire.Complete(request, source, cursor, console))

    async def _tick(self) -> None:
        """Wait for the next deadline, whatever that is by then; for ever."""
        # Not by asyncio.wait_for: before Python 3.12 it forgets that it was cancelled, when both come at once.
        loop = asyncio.get_running_loop()
        while True:
            self._deadline_moved.clear()
            deadline = self._registry.next_deadline()
            left = 0.0 if deadline is None else max(0.0, deadline - self._clock())
            alarm = None if deadline is None else loop.call_later(left, self._deadline_moved.set)
            try:
                await self._deadline_moved.wait()
            finally:
                if alarm:
                    alarm.cancel()
            self._handle(events.Tick(self._clock()))

    async def _script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(next(self._numbers), writer)
        self._links[link.number] = link
        try:
            with contextlib.suppress(ConnectionError):  # the script was killed: the same as its closing the connection
                await self._listen(link, reader)
        finally:
            link.close()
            if self._links.pop(link.number, None):
                self._handle(events.ConnectionLost(link.number))

    async def _listen(self, link: Link, reader: asyncio.StreamReader) -> None:
        while line := await _next_line(reader):
            try:
                message: wire.FromScript = wire.from_json(line, wire.FromScript)
            except errors.UsageError:
                continue  # from a newer lager: what this box does not know, it cannot act on
            self._from_script(link, message)
            await link.caught_up()

    def _from_script(self, link: Link, message: wire.FromScript) -> None:
        match message:
            case wire.Hit():
                self._handle(events.Hit(message, link.number, self._clock(), self._wall()))
            case wire.Released(key, reason, done):
                self._handle(events.Released(key, reason, link.number, tuple(done)))
            case wire.Declined(key, error):
                self._handle(events.Declined(key, error, link.number))
            case _:
                owner, viewer = self._viewers.get(message.console, (0, None))
                if viewer and owner == link.number:
                    viewer.show(message)

    def _handle(self, event: events.Event) -> list[effects.Effect]:
        due = self._registry.handle(event)
        for effect in due:
            self._carry_out(effect)
        if due and not isinstance(event, events.Tick):
            self._deadline_moved.set()
        return due

    def _carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Began() | effects.Soon() | effects.Ended():
                self._on_event(effect.run, _news(effect))
            case effects.Answer():
                self._answer(effect)
            case effects.EndConsole(console, reason):
                for viewer in self._looking(console):
                    viewer.show(wire.ConsoleClosed(reason))
            case effects.Announce() | effects.Release() | effects.ShutConsole():
                if link := self._links.get(effect.link):
                    link.send(_to_script(effect))

    def _answer(self, effect: effects.Answer) -> None:
        answer = self._answers.get(effect.ticket)
        if answer is None or answer.done():
            return  # whoever asked has gone
        if isinstance(effect.said, errors.LagerError):
            answer.set_exception(effect.said)
        else:
            answer.set_result(effect.said)

    def _looking(self, console: str) -> Iterator[Viewer]:
        if console in self._viewers:
            yield self._viewers[console][1]

    def _hang_up(self) -> None:
        """Leave the scripts paused: they announce themselves to the next box."""
        links, self._links = self._links, {}
        for link in links.values():
            link.close()
        gone = errors.ServiceUnreachable("the box is shutting down", "the script stays paused; try again in a moment")
        for _, viewer in self._viewers.values():
            viewer.show(wire.ConsoleClosed("error", wire.ErrorBody.of(gone)))
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
    effect: effects.Announce | effects.Release | effects.ShutConsole,
) -> wire.Announced | wire.Release | wire.CloseConsole:
    match effect:
        case effects.Announce():
            return wire.Announced(effect.key, effect.number, effect.name, effect.label)
        case effects.Release():
            return wire.Release(effect.key, effect.reason, effect.by, list(effect.sets), effect.value)
        case effects.ShutConsole():
            return wire.CloseConsole(effect.console)


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """Give the next line that is not longer than the limit; empty at the end."""
    while True:
        try:
            return await reader.readline()
        except ValueError:
            continue  # longer than the limit: asyncio has dropped that part of it
