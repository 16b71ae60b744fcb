"""How the runner answers: JSON, errors as `wire.ErrorBody`, bounded bodies, and waits that end with the client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire
from lager_runner.run import split_name

LARGEST_QUESTION = 1_000_000  # bytes of any body but an upload
_FIRST_WORD_SECONDS = 5.0  # that a client of a console may take for it


def application(routes: Sequence[BaseRoute]) -> Starlette:
    """Make an application whose every error is answered so."""
    return Starlette(
        routes=list(routes),
        exception_handlers={errors.LagerError: _refused, HTTPException: _not_served, Exception: _defect},
    )


async def first_of(*works: Any) -> None:
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


async def until_closed(websocket: WebSocket) -> None:
    """Wait until a watcher goes away."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue  # a watcher has nothing to say


async def unless_gone(request: Request, work: Any) -> Any:
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


async def last_word(websocket: WebSocket, message: wire.StreamFailed | wire.ConsoleClosed) -> None:
    """Tell a client of a WebSocket, in the message it expects, why it is not served."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):  # then it does not want to know
        await websocket.send_bytes(wire.to_msgpack(message))
        if isinstance(message, wire.ConsoleClosed):  # its client speaks first, and should not run into a closed door
            await first_of(websocket.receive(), asyncio.sleep(_FIRST_WORD_SECONDS))
        await websocket.close()


async def body_of(request: Request, largest: int, error: errors.UsageError | None = None) -> bytes:
    """Take in a request's body.

    Raises:
        UsageError: It has more than `largest` bytes; or `error`, which says so in better words.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise error or errors.UsageError(f"the request has more than the {largest} bytes that this box takes")
        parts.append(part)
    return b"".join(parts)


async def question(request: Request, kind: type[Any]) -> Any:
    """Read a body that may be left out."""
    return wire.from_json(await body_of(request, LARGEST_QUESTION) or b"{}", kind)


def run_of(request: Request | WebSocket) -> str:
    """Give the run that the path names: one of its pauses means it, too."""
    return split_name(request.path_params["name"])[0]


def json_of(message: Any, status: int = 200) -> Response:
    """Answer with a message."""
    return Response(wire.to_json(message), status, media_type="application/json")


def failure(error: errors.LagerError, status: int | None = None, words: str = "") -> Response:
    """Answer with an error.

    Args:
        error: What it is.
        status: The HTTP status, where it is not the error's own.
        words: One line for clients of the released interface, where that is not what happened in our words.
    """
    known = {"error": " ".join((words or error.what).split()), "status": "error"}
    body = wire.to_json(known | msgspec.to_builtins(wire.ErrorBody.of(error)))
    readable = msgspec.json.format(body, indent=2) + b"\n"  # as the released box answers all its clients
    return Response(readable, status or error.http_status, media_type="application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.LagerError)
    return failure(error)


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = f"this box does not serve {request.method} {request.url.path}"
    words = "Not found" if error.status_code == HTTPStatus.NOT_FOUND else ""
    return failure(errors.UsageError(what, "use a client of the box's version"), error.status_code, words)


async def _defect(_: Request, error: Exception) -> Response:
    """Tell the client; Starlette raises the exception again, for the log."""
    return failure(
        errors.Defect(f"the runner failed: {type(error).__name__}", "see the box's log"),
        500,
        f"Internal server error: {type(error).__name__}",
    )
