"""What the runner serves to those who watch: the list of live runs, and one run's output, pauses and end."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire
from lager_runner import answers, lifesigns
from lager_runner.follow import follow
from lager_runner.pauseroutes import Bridge
from lager_runner.run import Run
from lager_runner.runs import Runs

_GATHER_SECONDS = 0.03  # how long changes of runs are collected for those who watch


Owned = Callable[[Run], contextlib.AbstractContextManager[None]]


def owned_by_nobody(_: Run) -> contextlib.AbstractContextManager[None]:
    """Take no note of who answers for a run."""
    return contextlib.nullcontext()


class StreamRoutes:
    """The WebSockets of those who watch.

    Args:
        all_runs: The runs of this box.
        bridge: Their pauses.
        owned: Gives what lasts as long as a client answers for a run.
    """

    def __init__(self, all_runs: Runs, bridge: Bridge, owned: Owned) -> None:
        self._runs = all_runs
        self._bridge = bridge
        self._owned = owned

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [WebSocketRoute("/runs/watch", self._watch), WebSocketRoute("/runs/{name}/stream", self._stream)]

    async def _watch(self, websocket: WebSocket) -> None:
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):  # it has seen enough
            await answers.first_of(self._send_lists(websocket), answers.until_closed(websocket))

    async def _send_lists(self, websocket: WebSocket) -> None:
        """Send the live runs at each change. A slow watcher misses some of the lists, and gets the newest."""
        changes = self._runs.changes
        while True:
            told = changes.rings
            await websocket.send_bytes(wire.to_msgpack(wire.RunList(self._runs.live())))
            while told == changes.rings:
                await changes.wait()
            await asyncio.sleep(_GATHER_SECONDS)

    async def _stream(self, websocket: WebSocket) -> None:
        try:
            run = self._runs.find(answers.run_of(websocket))
            offset = _offset(websocket.query_params.get("from", "0"))
            since = _since(websocket.query_params.get("since"))
        except errors.LagerError as error:
            await answers.last_word(websocket, wire.StreamFailed(wire.ErrorBody.of(error)))
            return
        owned = (self._owned if websocket.query_params.get("owner") == "1" else owned_by_nobody)(run)
        await websocket.accept()
        # The client has gone, or its box is shutting down: there is nobody left to tell.
        with contextlib.suppress(WebSocketDisconnect):
            try:
                with owned:
                    await answers.first_of(
                        self._send(websocket, run, offset, since),
                        self._listen(websocket, run),
                        lifesigns.until_silent(websocket.scope),
                    )
            except errors.LagerError as error:
                await websocket.send_bytes(wire.to_msgpack(wire.StreamFailed(wire.ErrorBody.of(error))))
            await websocket.close()

    async def _send(self, websocket: WebSocket, run: Run, offset: int, since: float | None) -> None:
        async with contextlib.aclosing(follow(run, offset, self._runs.pauses(run), since)) as messages:
            async for message in messages:
                await websocket.send_bytes(wire.to_msgpack(message))

    async def _listen(self, websocket: WebSocket, run: Run) -> None:
        while True:
            frame = await websocket.receive()
            if frame["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(frame.get("code", 1005))
            data = frame.get("bytes")
            message: wire.ToRun = wire.from_msgpack(
                (frame.get("text") or "").encode() if data is None else data, wire.ToRun
            )
            match message:
                case wire.Continue(number, by):
                    # A late Enter: that pause is over, and the next one is not meant.
                    with contextlib.suppress(errors.NothingPaused):
                        self._bridge.resume(run.id, number, by)
                case wire.Stop(signal, by):
                    self._runs.stop(run, signal, by)


def _since(given: str | None) -> float | None:
    if given is None:
        return None
    try:
        since = float(given)
    except ValueError:
        since = math.nan
    if math.isfinite(since):
        return since
    raise errors.UsageError(f"{given!r} is not a time", "give a Unix time, s")


def _offset(given: str) -> int:
    if given.isascii() and given.isdigit() and len(given) < 19:
        return int(given)
    raise errors.UsageError(f"{given!r} is not an offset", "begin at 0, or at the offset of the last output")
