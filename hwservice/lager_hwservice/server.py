"""HTTP: the control plane (:8080) and the bench's interface (:9000). Decodes, asks, encodes; decides nothing.

Calls on nets block, so they run in threads, and reach the workers the way scripts do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import __version__, errors, wire
from lager.gate import Gate, Receive, Scope, Send
from lager.hardware import Hardware
from lager.nettype import NetType
from lager_hwservice.switchboard import Switchboard


class Json(Response):
    """A message as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode it."""
        return wire.to_json(content)


class ControlPlane:
    """What :8080 answers.

    Args:
        switchboard: The bench and its workers.
    """

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def app(self) -> Starlette:
        """Make the application."""
        return _starlette([Route("/health", self.health), Route("/workers", self.workers)])

    async def health(self, request: Request) -> Response:
        """Say that the service lives."""
        port = (request.scope.get("server") or ("", 0))[1]
        return Json({"status": "healthy", "service": _CONTROL_NAME, "version": "1.0.0", "port": port})

    async def workers(self, _request: Request) -> Response:
        """List the worker processes."""
        return Json(self._switchboard.workers.facts())


class NetsPlane:
    """What :9000 answers.

    Args:
        switchboard: The bench and its workers.
        hardware: The way to the workers.
    """

    def __init__(self, switchboard: Switchboard, hardware: Hardware) -> None:
        self._switchboard = switchboard
        self._hardware = hardware

    def app(self) -> Starlette:
        """Make the application."""
        return _starlette(
            [
                Route("/health", self.health),
                Route("/hello", self.hello),
                Route("/status", self.status),
                Route("/nets/list", self.nets),
                Route("/nets/{name:path}/call", self.call, methods=["POST"]),
            ]
        )

    async def health(self, _request: Request) -> Response:
        """Say that the service lives."""
        return Json({"status": "healthy", "service": _NETS_NAME, "version": "1.0.0"})

    async def hello(self, _request: Request) -> Response:
        """Greet."""
        return Json({"message": "Hello from Lager Python Box!", "service": _NETS_NAME})

    async def status(self, _request: Request) -> Response:
        """List the nets in short."""
        nets = [{"name": net.name, "type": _type_name(net.role)} for net in self._switchboard.bench.nets]
        return Json({"healthy": True, "version": __version__, "nets": nets})

    async def nets(self, _request: Request) -> Response:
        """List the nets as the bench file has them."""
        return Json(self._switchboard.bench.nets)

    async def call(self, request: Request) -> Response:
        """Call a net."""
        name = request.path_params["name"]
        asked: wire.NetCall = wire.from_json(await request.body(), wire.NetCall)
        value = await anyio.to_thread.run_sync(
            self._hardware.call, name, asked.role, asked.method, asked.args, asked.caller
        )
        return Json(wire.NetValue(value))


class ByPort:
    """Gives each connection to the application of the port it came in on.

    Args:
        apps: By port.
    """

    def __init__(self, apps: dict[int, Callable[[Scope, Receive, Send], Any]]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        await self._apps[scope["server"][1]](scope, receive, send)


def gated(app: Starlette, token: str, on_use: Callable[[], None]) -> Gate:
    """Put the token in front of an application."""
    return Gate(app, token, on_use)


_CONTROL_NAME, _NETS_NAME = "hardware-invocation-service", "lager-python-box"


def _type_name(role: str) -> str:
    try:
        return NetType.from_role(role).name
    except KeyError:
        return role


def _starlette(routes: list[Route]) -> Starlette:
    return Starlette(
        routes=routes,
        exception_handlers={errors.LagerError: _failed, HTTPException: _unserved, Exception: _defect},
    )


async def _failed(_request: Request, exc: Exception) -> Response:
    error = exc if isinstance(exc, errors.LagerError) else errors.Defect(str(exc))
    return Json(wire.ErrorBody.of(error), status_code=error.http_status)


async def _unserved(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 404
    error = errors.UsageError(f"{request.method} {request.url.path} is not served here", "look at the port")
    return Json(wire.ErrorBody.of(error), status_code=status)


async def _defect(request: Request, exc: Exception) -> Response:
    """Say that it is our fault; the traceback goes to the log."""
    error = errors.Defect(
        f"a defect of lager in {request.method} {request.url.path}: {type(exc).__name__}",
        "the box's log has the details; please report them",
    )
    return Json(wire.ErrorBody.of(error), status_code=error.http_status)
