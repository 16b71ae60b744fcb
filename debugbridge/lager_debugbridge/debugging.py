"""The box's side of an IDE: joins its WebSocket to the connection that the script makes for it, bytes both ways.

It understands nothing of what they say to each other. Who may come here was decided at the gate; the script's
connection shows the token that the script was given for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire

OPENING_SECONDS = 20.0  # for a script to import its debugger and connect
PART_BYTES = 65536


@dataclass
class _Expected:
    """A connection that a script was asked for."""

    here: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Debugging:
    """Every IDE that is connected, and those that wait for their script."""

    def __init__(self) -> None:
        self._expected: dict[str, _Expected] = {}

    async def serve(self, websocket: WebSocket, ask: Callable[[str], None]) -> None:
        """Join an IDE to a script, until either of them goes.

        Args:
            websocket: The IDE's; not accepted yet.
            ask: Asks the script for a connection with this token; raises LagerError where it cannot be asked.
        """
        await websocket.accept()
        token = secrets.token_urlsafe(32)
        expected = self._expected[token] = _Expected(asyncio.get_running_loop().create_future())
        with contextlib.suppress(WebSocketDisconnect):  # the IDE has gone: nobody is left to be told
            try:
                ask(token)
                reader, writer = await _in_time(expected.here)
            except errors.LagerError as exc:
                await websocket.send_text(wire.to_json(wire.ErrorBody.of(exc)).decode())
            else:
                await _join(websocket, reader, writer)
            finally:
                self._expected.pop(token, None)
                expected.over.set()
            await websocket.close()

    async def connected(self, token: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a script's connection, and keep it until it is over. One that nobody waits for is over at once."""
        expected = self._expected.get(token)
        if expected is not None and not expected.here.done():
            expected.here.set_result((reader, writer))
            await expected.over.wait()

    def refused(self, token: str, error: wire.ErrorBody) -> None:
        """Take a script's word that it cannot."""
        expected = self._expected.get(token)
        if expected is not None and not expected.here.done():
            expected.here.set_exception(error.as_error())


async def _in_time(
    here: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    await asyncio.wait((here,), timeout=OPENING_SECONDS)
    if not here.done():
        here.cancel()
        what = f"the script has not let a debugger in within {OPENING_SECONDS:g} s"
        raise errors.LagerError(what, "it may be busy with a console's statement; try again when that is done")
    return here.result()


async def _join(websocket: WebSocket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ways = [asyncio.ensure_future(_to_script(websocket, writer)), asyncio.ensure_future(_to_ide(websocket, reader))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        ended = await asyncio.gather(*ways, return_exceptions=True)
        writer.transport.abort()
    gone = (asyncio.CancelledError, WebSocketDisconnect, OSError)
    for failure in ended:
        if isinstance(failure, BaseException) and not isinstance(failure, gone):
            raise failure


async def _to_script(websocket: WebSocket, writer: asyncio.StreamWriter) -> None:
    while (received := await websocket.receive())["type"] != "websocket.disconnect":
        writer.write(received.get("bytes") or b"")
        await writer.drain()


async def _to_ide(websocket: WebSocket, reader: asyncio.StreamReader) -> None:
    while part := await reader.read(PART_BYTES):
        await websocket.send_bytes(part)
