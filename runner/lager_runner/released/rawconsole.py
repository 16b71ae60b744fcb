"""Consoles over plain TCP, for clients of the released interface: a port for each interactive pause, while it is up.

It is served on the box's own loopback address and only there: whoever reaches the port runs code. A connection is a
console like any other: the paused thread evaluates for it, on a snapshot of its own, and the transcript has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

from lager import wire
from lager_debugbridge.bridge import Bridge
from lager_runner.released.rawsession import LINE_LIMIT, RawSession

PORTS = range(8081, 8091)
WAITING = 8  # connections to one pause, with the one that is served
WAITS = b"(another console is open here: this one begins when that one ends)\n"
TOO_MANY = b"(too many consoles wait here already)\n"
CLOSE_SECONDS = 1.0  # for the last words to a client that does not read
log = logging.getLogger(__name__)
Place = tuple[str, int]  # a run, and the number of a pause


@dataclass
class Door:
    """The port of one pause.

    Attributes:
        turn: Held by the connection that is served; the others wait for it.
        clients: The tasks of all connections, and what they write to.
    """

    listener: socket.socket
    port: int
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    clients: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)
    server: asyncio.Server | None = None
    opening: asyncio.Task[None] | None = None


class RawConsoles:
    """The ports of this box's pauses.

    Args:
        bridge: Whose pauses they are.
        host: The address; None for no such consoles.
        ports: Which of them may be taken; the first that is free is.
    """

    def __init__(self, bridge: Bridge, host: str | None, ports: Iterable[int] = PORTS) -> None:
        self._bridge = bridge
        self._host = host
        self._ports = ports
        self._doors: dict[Place, Door] = {}
        if host is not None:
            bridge.doors.connect(self)

    def port(self, run: str, number: int) -> int | None:
        """Give the port at which a console on that pause is served; None for none."""
        door = self._doors.get((run, number))
        return door.port if door else None

    def began(self, run: str, pause: wire.PauseInfo) -> None:
        """Open a port for a pause: it listens when this returns. Where none is free, there is no such console."""
        if self._host is None or not pause.interactive or pause.kind == wire.CONSOLE:
            return
        listener = _listen(self._host, self._ports)
        if listener is None:
            log.warning("no console over plain TCP for %s: its ports are taken", pause.name)
            return
        door = self._doors[run, pause.number] = Door(listener, listener.getsockname()[1])
        door.opening = asyncio.ensure_future(self._open(door, run, pause.number))

    def ended(self, run: str, number: int) -> None:
        """Close the port of a pause. The consoles themselves are told by the box that they are over."""
        door = self._doors.pop((run, number), None)
        if door is None:
            return
        if door.server:
            door.server.close()
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, _break_off, door)

    async def _open(self, door: Door, run: str, number: int) -> None:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._serve(door, run, number, reader, writer))
            door.clients[task] = writer
            task.add_done_callback(lambda done: door.clients.pop(done, None))

        door.server = await asyncio.start_server(connected, sock=door.listener, limit=LINE_LIMIT)
        if not self._is_up(door, run, number):
            door.server.close()

    def _is_up(self, door: Door, run: str, number: int) -> bool:
        return self._doors.get((run, number)) is door

    async def _serve(
        self, door: Door, run: str, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection when its turn comes."""
        try:
            if len(door.clients) > WAITING:
                writer.write(TOO_MANY)
            elif await _has_turn(door, reader, writer):
                try:
                    if self._is_up(door, run, number):  # it may have waited for long
                        await RawSession(self._bridge, reader, writer).serve(run, number)
                finally:
                    door.turn.release()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _has_turn(door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Wait for a connection's turn. Of who has gone meanwhile, nothing is evaluated that he typed ahead."""
    if not door.turn.locked():
        return await door.turn.acquire()
    writer.write(WAITS)
    gone = asyncio.ensure_future(_gone(reader))
    try:
        await door.turn.acquire()
        if not gone.done():
            return True
        door.turn.release()
        return False
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)


async def _gone(reader: asyncio.StreamReader) -> None:
    """Wait until a client has no more to say, and leave what he says where it is."""
    with contextlib.suppress(asyncio.IncompleteReadError, OSError):
        await reader.readexactly(LINE_LIMIT)


def _listen(host: str, ports: Iterable[int]) -> socket.socket | None:
    """Listen at the first port that is free; None where none is."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        # Named as TCP because asyncio switches Nagle's delay off only where the protocol says so.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(WAITING)
            listener.setblocking(False)
        except OSError:  # it is taken, or not to be had
            listener.close()
        else:
            return listener
    return None


def _break_off(door: Door) -> None:
    for writer in door.clients.values():
        writer.transport.abort()
