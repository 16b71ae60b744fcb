"""The runner's HTTP and WebSocket interface (:5000): decode, ask `Runs` or the debugbridge, encode.

It decides nothing. Every error leaves as a `wire.ErrorBody`, or on a WebSocket as its one last message.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

import lager
from lager import errors, settings, wire
from lager_runner import keptfiles, outside, runs, upload
from lager_runner.follow import follow

LARGEST_BODY = upload.LARGEST_UPLOAD + 4_000_000  # bytes; arguments and environment come with the upload
SERVICE = "lager-python-box"  # what clients of the released interface expect here
_JSON_LINES = "application/jsonl"
_LARGEST_QUESTION = 1_000_000  # bytes of any other body
_FIRST_WORD_SECONDS = 5.0  # that a client of a console may take for it
_GATHER_SECONDS = 0.03  # how long changes of runs are collected for those who watch


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


class Server:
    """The endpoints, over the runs and pauses of this box."""

    def __init__(self, all_runs: runs.Runs, bridge: Bridge) -> None:
        self._runs = all_runs
        self._bridge = bridge

    def app(self) -> Starlette:
        """Give the ASGI application; the gate stands in front of it."""
        return Starlette(
            routes=[
                Route("/runs/{id}", self._start, methods=["PUT"]),
                Route("/runs", self._list),
                Route("/runs/{name}", self._show),
                Route("/runs/{name}/continue", self._continue, methods=["POST"]),
                Route("/runs/{name}/abort", self._abort, methods=["POST"]),
                Route("/runs/{name}/pause", self._pause, methods=["POST"]),
                Route("/runs/{name}/signal", self._signal, methods=["POST"]),
                Route("/runs/{name}/transcript", self._transcript),
                Route("/runs/{name}/console-files/{file}", self._console_file),
                WebSocketRoute("/runs/watch", self._watch),
                WebSocketRoute("/runs/{name}/stream", self._stream),
                WebSocketRoute("/runs/{name}/console", self._console),
                Route("/runs/{name}/dap", self._debug_target),
                WebSocketRoute("/runs/{name}/dap", self._debug),
                Route("/box", self._box),
                Route("/health", _health),
                Route("/hello", _hello),
                Route("/version", _version),
            ],
            exception_handlers={errors.LagerError: _refuse, HTTPException: _not_served, Exception: _defect},
        )

    async def _start(self, request: Request) -> Response:
        body = await _body(request, LARGEST_BODY)
        asked: wire.RunRequest = wire.from_msgpack(body, wire.RunRequest)
        info = await self._runs.start(request.path_params["id"], asked)
        if asked.kind == wire.CONSOLE:
            run = self._runs.find(info.id)
            await _unless_gone(request, self._runs.begun(run))
            info = self._runs.info(run)
        return _json(info, 201)

    async def _list(self, _: Request) -> Response:
        return _json(self._runs.every())

    async def _show(self, request: Request) -> Response:
        return _json(self._runs.info(self._runs.find(_run_of(request))))

    async def _continue(self, request: Request) -> Response:
        asked: wire.ContinueRequest = await _question(request, wire.ContinueRequest)
        name, number = runs.split_name(request.path_params["name"])
        return _json(await _unless_gone(request, self._bridge.go_on(self._runs.find_alive(name).id, number, asked)))

    async def _abort(self, request: Request) -> Response:
        asked: wire.AbortRequest = await _question(request, wire.AbortRequest)
        name, number = runs.split_name(request.path_params["name"])
        released = self._bridge.abort(self._runs.find_alive(name).id, number, asked)
        return _json(await _unless_gone(request, self._bridge.going(released)))

    async def _pause(self, request: Request) -> Response:
        asked: wire.PauseRequest = await _question(request, wire.PauseRequest)
        run = self._runs.find_alive(_run_of(request))
        work = outside.ask(
            run, lambda: self._runs.pauses(run), lambda: self._bridge.asked(run.id, asked.by), asked.wait
        )
        return _json(await _unless_gone(request, work))

    async def _signal(self, request: Request) -> Response:
        asked: wire.SignalRequest = wire.from_json(await _body(request, _LARGEST_QUESTION), wire.SignalRequest)
        name, number = runs.split_name(request.path_params["name"])
        if number is not None:
            raise errors.UsageError(
                f"a signal is for a whole run, not for one pause of it ({name}.{number})", f"use {name}"
            )
        run = self._runs.find(name)
        self._runs.signal(run, asked.signal)
        return _json(self._runs.info(run))

    async def _transcript(self, request: Request) -> Response:
        run = self._runs.find(_run_of(request))
        run.transcript.flush()
        if not run.directory.transcript.exists():
            return Response(b"", media_type=_JSON_LINES)
        parts = keptfiles.open_kept(run.directory.transcript, f"transcript of {run.id}")
        return StreamingResponse(parts, media_type=_JSON_LINES)

    async def _console_file(self, request: Request) -> Response:
        run, name = self._runs.find(_run_of(request)), keptfiles.checked_name(request.path_params["file"])
        parts = keptfiles.open_kept(run.directory.console / name, f"file {name} of {run.id}")
        return StreamingResponse(parts, media_type="application/octet-stream")

    async def _box(self, _: Request) -> Response:
        try:
            info = settings.box_file().read_bytes()
        except FileNotFoundError:
            raise errors.ServiceUnreachable("the box is still starting", "try again in a second") from None
        return Response(info, media_type="application/json")

    async def _console(self, websocket: WebSocket) -> None:
        try:
            name, number = runs.split_name(websocket.path_params["name"])
            run = self._runs.find(name).id  # a console may come back for its last words when the run has ended
        except errors.LagerError as error:
            await _last_word(websocket, wire.ConsoleClosed("error", wire.ErrorBody.of(error)))
            return
        await self._bridge.console(websocket, run, number)

    async def _debug_target(self, request: Request) -> Response:
        name, number = runs.split_name(request.path_params["name"])
        run = self._runs.find_alive(name)
        pause = self._bridge.debuggable(run.id, number)
        return _json(wire.DebugTarget(run.id, run.spec.name, run.directory.real_work(), pause))

    async def _debug(self, websocket: WebSocket) -> None:
        try:
            name, number = runs.split_name(websocket.path_params["name"])
            run = self._runs.find_alive(name).id
        except errors.LagerError as error:
            await websocket.accept()
            with contextlib.suppress(WebSocketDisconnect):  # then it does not want to know
                await websocket.send_text(wire.to_json(wire.ErrorBody.of(error)).decode())
                await websocket.close()
            return
        await self._bridge.debug(websocket, run, number, websocket.query_params.get("by", ""))

    async def _watch(self, websocket: WebSocket) -> None:
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):  # it has seen enough
            await _first_of(self._send_lists(websocket), _until_closed(websocket))

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
            run = self._runs.find(_run_of(websocket))
            offset = _offset(websocket.query_params.get("from", "0"))
        except errors.LagerError as error:
            await _last_word(websocket, wire.StreamFailed(wire.ErrorBody.of(error)))
            return
        await websocket.accept()
        # The client has gone, or its box is shutting down: there is nobody left to tell.
        with contextlib.suppress(WebSocketDisconnect):
            try:
                await _first_of(self._send(websocket, run, offset), self._listen(websocket, run))
            except errors.LagerError as error:
                await websocket.send_bytes(wire.to_msgpack(wire.StreamFailed(wire.ErrorBody.of(error))))
            await websocket.close()

    async def _send(self, websocket: WebSocket, run: runs.Run, offset: int) -> None:
        async with contextlib.aclosing(follow(run, offset, self._runs.pauses(run))) as messages:
            async for message in messages:
                await websocket.send_bytes(wire.to_msgpack(message))

    async def _listen(self, websocket: WebSocket, run: runs.Run) -> None:
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
                case wire.Stop(signal):
                    self._runs.signal(run, signal, once=True)


async def _first_of(*works: Any) -> None:
    """Run both until one is done, and end the other."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _until_closed(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue  # a watcher has nothing to say


async def _unless_gone(request: Request, work: Any) -> Any:
    """Wait for work, unless the client hangs up: then nobody wants to know."""
    answer, gone = asyncio.ensure_future(work), asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise errors.ServiceUnreachable("the client has hung up")
        return answer.result()
    except asyncio.CancelledError:  # by the server at its end: this is the moment that is left for an answer
        what = "the box is shutting down; what the script makes of this is unknown"
        raise errors.ServiceUnreachable(what, "look with `lager runs` in a moment") from None
    finally:
        answer.cancel()
        gone.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


async def _last_word(websocket: WebSocket, message: wire.StreamFailed | wire.ConsoleClosed) -> None:
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):  # then it does not want to know
        await websocket.send_bytes(wire.to_msgpack(message))
        if isinstance(message, wire.ConsoleClosed):  # its client speaks first, and should not run into a closed door
            await _first_of(websocket.receive(), asyncio.sleep(_FIRST_WORD_SECONDS))
        await websocket.close()


async def _body(request: Request, largest: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise errors.UsageError(f"the request has more than the {largest} bytes that this box takes")
        parts.append(part)
    return b"".join(parts)


async def _question(request: Request, kind: type[Any]) -> Any:
    """Read a body that may be left out."""
    return wire.from_json(await _body(request, _LARGEST_QUESTION) or b"{}", kind)


def _run_of(request: Request | WebSocket) -> str:
    """Give the run that the path names: one of its pauses means it, too."""
    return runs.split_name(request.path_params["name"])[0]


def _offset(given: str) -> int:
    if given.isascii() and given.isdigit() and len(given) < 19:
        return int(given)
    raise errors.UsageError(f"{given!r} is not an offset", "begin at 0, or at the offset of the last output")


def _json(message: Any, status: int = 200) -> Response:
    return Response(wire.to_json(message), status, media_type="application/json")


async def _health(_: Request) -> Response:
    return _json({"status": "healthy", "service": SERVICE, "version": lager.__version__})


async def _hello(_: Request) -> Response:
    return PlainTextResponse("Hello, world! Your box is connected.\n")


async def _version(_: Request) -> Response:
    return PlainTextResponse(f"{SERVICE} {lager.__version__}\n")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.LagerError)
    return _json(wire.ErrorBody.of(error), error.http_status)


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = f"this box does not serve {request.method} {request.url.path}"
    return _json(wire.ErrorBody.of(errors.UsageError(what, "use a client of the box's version")), error.status_code)


async def _defect(_: Request, error: Exception) -> Response:
    """Tell the client; Starlette raises the exception again, for the log."""
    return _json(
        wire.ErrorBody.of(errors.Defect(f"the runner failed: {type(error).__name__}", "see the box's log")), 500
    )
