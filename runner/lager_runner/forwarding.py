"""Carries TCP connections of clients to ports of the box's own loopback address, where a run's script listens.

One WebSocket for each connection: its bytes both ways; an empty message says that its sender has no more to send, as a
TCP connection has it (a half-close). It understands nothing of what it carries.
"""

from __future__ import annotations

import asyncio
import contextlib

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire
from lager_runner import answers
from lager_runner.run import Run
from lager_runner.runs import Runs

HOST = "127.0.0.1"
LISTENS_WITHIN = 10.0  # s that a script may take to listen: it is called up as soon as it was started
_AGAIN = 0.1  # s between two attempts
_UNDER_WAY = 30.0  # s that what a run has sent before its end may take to its client
_PART = 65536  # bytes


class Forwarding:
    """The endpoint of forwarded connections."""

    def __init__(self, all_runs: Runs) -> None:
        self._runs = all_runs

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [WebSocketRoute("/runs/{name}/forward", self._forward)]

    async def _forward(self, websocket: WebSocket) -> None:
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):  # the client has gone: nobody wants to know
            try:
                run = self._runs.find(answers.run_of(websocket))
                port = _port(websocket.query_params.get("port", ""))
                await _serve(websocket, run, port)
            except errors.LagerError as error:
                await websocket.send_text(wire.to_json(wire.ErrorBody.of(error)).decode())
            await websocket.close()


async def _serve(client: WebSocket, run: Run, port: int) -> None:
    reader, writer = await _dial(run, port)
    ways = [asyncio.ensure_future(_to_client(reader, client)), asyncio.ensure_future(_to_script(client, writer))]
    try:
        with contextlib.suppress(ConnectionError):  # the script has broken it off, which is an end, too
            await answers.first_of(asyncio.gather(*ways), _over(run, ways[0]))
    finally:
        for one in ways:
            one.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.transport.abort()  # what both ends have said is through; else it is of no more use


async def _over(run: Run, to_client: asyncio.Future[None]) -> None:
    """Wait for the end of a run, and until what it has sent before is with the client."""
    while not run.outcome:
        await run.bell.wait()
    await asyncio.wait([to_client], timeout=_UNDER_WAY)


async def _dial(run: Run, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a port of the box, which may not be listened on yet."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LISTENS_WITHIN
    while not run.outcome:
        try:
            return await asyncio.open_connection(HOST, port, limit=_PART)
        except OSError as exc:
            if loop.time() > until:
                raise errors.ServiceUnreachable(
                    f"nothing listens on port {port} of the box: {(exc.strerror or str(exc)).lower()}",
                    f"have the script listen on {HOST}:{port}; the connection waits {LISTENS_WITHIN:g} s for that",
                ) from exc
        await asyncio.sleep(_AGAIN)
    raise errors.ServiceUnreachable(f"the run {run.id} has ended, so nothing of it listens on port {port}")


async def _to_client(script: asyncio.StreamReader, client: WebSocket) -> None:
    while part := await script.read(_PART):
        await client.send_bytes(part)
    await client.send_bytes(b"")


async def _to_script(client: WebSocket, script: asyncio.StreamWriter) -> None:
    while True:
        frame = await client.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", 1005))
        part = frame.get("bytes")
        if part is None:
            raise errors.UsageError("a text came where bytes are carried", "use a client of the box's version")
        if not part:
            script.write_eof()
            return
        script.write(part)
        await script.drain()


def _port(given: str) -> int:
    if given.isascii() and given.isdigit() and 0 < int(given[:6]) < 65536:
        return int(given)
    raise errors.UsageError(f"{given!r} is not a TCP port", "give a number from 1 to 65535")
