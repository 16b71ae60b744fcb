"""What the runner serves of pauses: going on, ending, consoles and their transcript, an IDE.

Decode, ask the debugbridge, encode.
"""

from __future__ import annotations

import contextlib
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire
from lager_runner import answers, keptfiles, outside, runs
from lager_runner.run import split_name

JSON_LINES = "application/jsonl"


class Bridge(runs.Pauses, Protocol):
    """What the debugbridge does for a client."""

    def resume(self, run: str, number: int | None, by: str) -> str:
        """Release a pause, and give its name."""

    async def go_on(self, run: str, number: int | None, ask: wire.ContinueRequest) -> wire.Resumed:
        """Release one pause or all, or one with changes."""

    def abort(self, run: str, number: int | None, ask: wire.AbortRequest) -> wire.Resumed:
        """End the script at one pause, or at all."""

    async def going(self, released: wire.Resumed) -> wire.Resumed:
        """Give what was released, when it goes on."""

    def asked(self, run: str, by: str) -> None:
        """Know who wants a run to pause."""

    async def console(self, websocket: WebSocket, run: str, number: int | None) -> None:
        """Serve a console."""

    def debuggable(self, run: str, number: int | None) -> wire.PauseInfo:
        """Give the pause that an IDE can be attached to."""

    async def debug(self, websocket: WebSocket, run: str, number: int | None, by: str) -> None:
        """Serve an IDE."""


class PauseRoutes:
    """The endpoints of pauses, over the runs and the debugbridge of this box."""

    def __init__(self, all_runs: runs.Runs, bridge: Bridge) -> None:
        self._runs = all_runs
        self._bridge = bridge

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/runs/{name}/continue", self._continue, methods=["POST"]),
            Route("/runs/{name}/abort", self._abort, methods=["POST"]),
            Route("/runs/{name}/pause", self._pause, methods=["POST"]),
            Route("/runs/{name}/transcript", self._transcript),
            Route("/runs/{name}/console-files/{file}", self._console_file),
            WebSocketRoute("/runs/{name}/console", self._console),
            Route("/runs/{name}/dap", self._debug_target),
            WebSocketRoute("/runs/{name}/dap", self._debug),
        ]

    async def _continue(self, request: Request) -> Response:
        asked: wire.ContinueRequest = await answers.question(request, wire.ContinueRequest)
        name, number = split_name(request.path_params["name"])
        return answers.json_of(
            await answers.unless_gone(request, self._bridge.go_on(self._runs.find_alive(name).id, number, asked))
        )

    async def _abort(self, request: Request) -> Response:
        asked: wire.AbortRequest = await answers.question(request, wire.AbortRequest)
        name, number = split_name(request.path_params["name"])
        released = self._bridge.abort(self._runs.find_alive(name).id, number, asked)
        return answers.json_of(await answers.unless_gone(request, self._bridge.going(released)))

    async def _pause(self, request: Request) -> Response:
        asked: wire.PauseRequest = await answers.question(request, wire.PauseRequest)
        run = self._runs.find_alive(answers.run_of(request))
        work = outside.ask(
            run, lambda: self._runs.pauses(run), lambda: self._bridge.asked(run.id, asked.by), asked.wait
        )
        return answers.json_of(await answers.unless_gone(request, work))

    async def _transcript(self, request: Request) -> Response:
        run = self._runs.find(answers.run_of(request))
        run.transcript.flush()
        if not run.directory.transcript.exists():
            return Response(b"", media_type=JSON_LINES)
        parts = keptfiles.open_kept(run.directory.transcript, f"transcript of {run.id}")
        return StreamingResponse(parts, media_type=JSON_LINES)

    async def _console_file(self, request: Request) -> Response:
        run, name = self._runs.find(answers.run_of(request)), keptfiles.checked_name(request.path_params["file"])
        parts = keptfiles.open_kept(run.directory.console / name, f"file {name} of {run.id}")
        return StreamingResponse(parts, media_type="application/octet-stream")

    async def _console(self, websocket: WebSocket) -> None:
        try:
            name, number = split_name(websocket.path_params["name"])
            run = self._runs.find(name).id  # a console may come back for its last words when the run has ended
        except errors.LagerError as error:
            await answers.last_word(websocket, wire.ConsoleClosed("error", wire.ErrorBody.of(error)))
            return
        await self._bridge.console(websocket, run, number)

    async def _debug_target(self, request: Request) -> Response:
        name, number = split_name(request.path_params["name"])
        run = self._runs.find_alive(name)
        pause = self._bridge.debuggable(run.id, number)
        return answers.json_of(wire.DebugTarget(run.id, run.spec.name, run.directory.real_work(), pause))

    async def _debug(self, websocket: WebSocket) -> None:
        try:
            name, number = split_name(websocket.path_params["name"])
            run = self._runs.find_alive(name).id
        except errors.LagerError as error:
            await websocket.accept()
            with contextlib.suppress(WebSocketDisconnect):  # then it does not want to know
                await websocket.send_text(wire.to_json(wire.ErrorBody.of(error)).decode())
                await websocket.close()
            return
        await self._bridge.debug(websocket, run, number, websocket.query_params.get("by", ""))
