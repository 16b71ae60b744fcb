"""How both ports answer: JSON, errors as one line for people and `{code, what, hint}`, and bodies of a bounded size."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from lager import errors, wire

BODY_LIMIT = 10 * 2**20  # bytes
# What released clients ask a box for that this one has not, and show their user the answer of.
_ELSEWHERE = {
    "/ble/command": "Bluetooth",
    "/blufi/command": "Bluetooth",
    "/wifi/command": "Wi-Fi",
    "/usb/command": "USB hubs",
}


class Json(Response):
    """A message as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode it."""
        return wire.to_json(content)


class TooLarge(errors.UsageError):
    """A request whose body is beyond the limit."""

    http_status = 413


async def body_of(request: Request, most: int = BODY_LIMIT, error: errors.UsageError | None = None) -> bytes:
    """Take in a request's body.

    Raises:
        TooLarge: It has more than `most` bytes (or `error`, which says so in better words); the rest is not read.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise error or TooLarge(f"the request is larger than {BODY_LIMIT // 2**20} MiB", "send less at once")
    return bytes(body)


def failure(error: errors.LagerError, status: int | None = None, words: str = "") -> Response:
    """Answer with an error.

    Args:
        error: What it is.
        status: The HTTP status, where it is not the error's own.
        words: One line for people, where the error's own is not what clients expect.
    """
    body = {"error": " ".join((words or error.what).split())} | msgspec.to_builtins(wire.ErrorBody.of(error))
    return Json(body, status_code=status or error.http_status)


def application(routes: list[BaseRoute]) -> Starlette:
    """Make an application whose every error is answered so."""
    return Starlette(
        routes=routes,
        exception_handlers={
            errors.LagerError: _failed,
            HTTPException: _unserved,
            ClientDisconnect: _unheard,
            Exception: _defect,
        },
    )


async def _failed(_request: Request, exc: Exception) -> Response:
    return failure(exc if isinstance(exc, errors.LagerError) else errors.Defect(str(exc)))


async def _unserved(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 404
    error = errors.UsageError(f"{request.method} {request.url.path} is not served here", "look at the port")
    if status != 404:
        return failure(error, status)
    known = _ELSEWHERE.get(request.url.path)
    text = f"this box does not serve {known}" if known else "Not found"
    body = {"error": text, "message": "The requested endpoint does not exist"}  # as released clients know it
    return Json(body | {"code": error.code, "what": error.what, "hint": error.hint}, status_code=404)


async def _unheard(_request: Request, _exc: Exception) -> Response:
    """Answer a client that went away in the middle of its request."""
    return failure(errors.UsageError("the request ended before its end", "send all of it"))


async def _defect(request: Request, exc: Exception) -> Response:
    """Say that it is our fault; the traceback goes to the log."""
    error = errors.Defect(
        f"a defect of lager in {request.method} {request.url.path}: {type(exc).__name__}",
        "the box's log has the details; please report them",
    )
    message = {"error": "Internal server error", "message": error.what}  # as released clients know it
    return Json(message | {"code": error.code, "what": error.what, "hint": error.hint}, error.http_status)
