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
from lager_debugbridge import registry
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
        on_event: Told of each pause that begins or ends, with the run's id.
        wall: Unix time, s.
        clock: Monotonic time, s.
    """

    def __init__(
        self,
        *,
        on_event: Callable[[str, wire.PauseBegan | wire.PauseEnded], None],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_event = on_event
        self._wall = wall
        self._clock = clock
        self._registry = registry.Registry()
        self._links: dict[int, Link] = {}
        self._viewers: dict[str, tuple[int, Viewer]] = {}  # by console: the script's link, and who looks
        self._numbers = itertools.count(1)
        self._deadline_moved = asyncio.Event()

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run."""
        return self._registry.pauses(run)

    def resume(self, run: str, number: int | None, by: str) -> str:
        """Release a pause, and give its name.

        Raises:
            NothingPaused: There is no such pause, or no longer.
            AmbiguousId: No number was given, and several pauses are open.
        """
        for effect in self._handle(registry.Resume(run, number, by)):
            if isinstance(effect, registry.Refuse):
                raise effect.error
            if isinstance(effect, registry.Release):
                return effect.name
        raise errors.Defect(f"the registry did not answer whether {run} was released")

    def script_gone(self, run: str) -> None:
        """Drop what is left of a run that has ended."""
        self._handle(registry.ScriptGone(run))

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
        answer = self._registry.handle(registry.AttachConsole(name, run, number))[0]
        if isinstance(answer, registry.OpenConsole):
            self._viewers[name] = (answer.link, viewer)
            viewer.show(wire.ConsoleReady(answer.run, answer.pause))
            self._links[answer.link].send(wire.OpenConsole(answer.key, name))
        elif isinstance(answer, registry.Refuse):
            viewer.show(wire.ConsoleClosed("error", wire.ErrorBody.of(answer.error)))
        try:
            await viewer.serve(lambda message: self._from_console(name, message))
        finally:
            self._viewers.pop(name, None)
            self._handle(registry.DetachConsole(name))

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
        while True:
            self._deadline_moved.clear()
            deadline = self._registry.next_deadline()
            left = None if deadline is None else max(0.0, deadline - self._clock())
            with contextlib.suppress(asyncio.TimeoutError):  # which is what was waited for
                await asyncio.wait_for(self._deadline_moved.wait(), left)
            self._handle(registry.Tick(self._clock()))

    async def _script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(next(self._numbers), writer)
        self._links[link.number] = link
        try:
            with contextlib.suppress(ConnectionError):  # the script was killed: the same as its closing the connection
                await self._listen(link, reader)
        finally:
            link.close()
            if self._links.pop(link.number, None):
                self._handle(registry.ConnectionLost(link.number))

    async def _listen(self, link: Link, reader: asyncio.StreamReader) -> None:
        while line := await _next_line(reader):
            try:
                message: wire.FromScript = wire.from_json(line, wire.FromScript)
            except errors.UsageError:
                continue  # from a newer lager: what this box does not know, it cannot act on
            self._from_script(link, message)

    def _from_script(self, link: Link, message: wire.FromScript) -> None:
        match message:
            case wire.Hit():
                self._handle(registry.Hit(message, link.number, self._clock(), self._wall()))
            case wire.Released(key, reason):
                self._handle(registry.Released(key, reason))
            case _:
                owner, viewer = self._viewers.get(message.console, (0, None))
                if viewer and owner == link.number:
                    viewer.show(message)

    def _handle(self, event: registry.Event) -> list[registry.Effect]:
        effects = self._registry.handle(event)
        for effect in effects:
            self._carry_out(effect)
        if effects and not isinstance(event, registry.Tick):
            self._deadline_moved.set()
        return effects

    def _carry_out(self, effect: registry.Effect) -> None:
        match effect:
            case registry.Began(run, pause):
                self._on_event(run, wire.PauseBegan(pause))
            case registry.Ended(run, _, number, reason):
                self._on_event(run, wire.PauseEnded(number, reason))
            case registry.EndConsole(console, reason):
                for viewer in self._looking(console):
                    viewer.show(wire.ConsoleClosed(reason))
            case registry.Announce() | registry.Release() | registry.ShutConsole():
                if link := self._links.get(effect.link):
                    link.send(_to_script(effect))

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


def _to_script(
    effect: registry.Announce | registry.Release | registry.ShutConsole,
) -> wire.Announced | wire.Release | wire.CloseConsole:
    match effect:
        case registry.Announce():
            return wire.Announced(effect.key, effect.number, effect.name)
        case registry.Release():
            return wire.Release(effect.key, effect.reason, effect.by)
        case registry.ShutConsole():
            return wire.CloseConsole(effect.console)


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """Give the next line that is not longer than the limit; empty at the end."""
    while True:
        try:
            return await reader.readline()
        except ValueError:
            continue  # longer than the limit: asyncio has dropped that part of it
