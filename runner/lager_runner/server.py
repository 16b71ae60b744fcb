"""The runner's HTTP and WebSocket interface (:5000): starting runs, telling of them, and the box itself.

It decodes, asks `Runs`, encodes, and decides nothing. Pauses and output have files of their own (`pauseroutes`,
`streamroutes`). Every error leaves as a `wire.ErrorBody`, or on a WebSocket as its one last message.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import lager
from lager import errors, limits, settings, wire
from lager.releasedpaths import is_released
from lager_runner import answers, upload
from lager_runner.pauseroutes import Bridge, PauseRoutes
from lager_runner.released import replies
from lager_runner.run import split_name
from lager_runner.runs import Runs
from lager_runner.streamroutes import Owned, StreamRoutes, owned_by_nobody

RELEASED_VERSION = "1.0.0"  # of that service, since there is one
BESIDES = 4_000_000  # bytes; arguments and environment come with the upload
Starting = Callable[[str, wire.RunRequest], contextlib.AbstractAsyncContextManager[None]]
SERVICE = "lager-python-box"  # what clients of the released interface expect here


def application(
    all_runs: Runs,
    bridge: Bridge,
    more: Sequence[BaseRoute] = (),
    owned: Owned = owned_by_nobody,
    starting: Starting = lambda *_: contextlib.nullcontext(),
) -> Starlette:
    """Give the ASGI application; the gate stands in front of it.

    Args:
        all_runs: The runs of this box.
        bridge: Their pauses.
        more: Endpoints of other parts.
        owned: Gives what lasts as long as a client answers for a run.
        starting: Gives what is around the start of a run: it gets the box's lock.
    """
    pauses, streams = PauseRoutes(all_runs, bridge), StreamRoutes(all_runs, bridge, owned)
    return answers.application([*streams.routes(), *pauses.routes(), *more, *Server(all_runs, starting).routes()])


class Server:
    """The endpoints of runs, and of the box itself."""

    def __init__(self, all_runs: Runs, starting: Starting) -> None:
        self._runs = all_runs
        self._starting = starting

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/runs/{id}", self._start, methods=["PUT"]),
            Route("/runs", self._list),
            Route("/runs/{name}", self._show),
            Route("/runs/{name}/signal", self._signal, methods=["POST"]),
            Route("/box", _box),
            Route("/health", _health),
            Route("/hello", _hello),
            Route("/version", _version),
        ]

    async def _start(self, request: Request) -> Response:
        body = await self._upload_of(request)
        asked: wire.RunRequest = wire.from_msgpack(body, wire.RunRequest)
        client, name = request.client.host if request.client else "", request.path_params["id"]
        # While it waits for the box's lock, its client may give it up.
        started = self._start_locked(name, asked, client)
        info = await (answers.unless_gone(request, started) if asked.lock_wait else started)
        if asked.kind == wire.CONSOLE:
            run = self._runs.find(info.id)
            await answers.unless_gone(request, self._runs.begun(run))
            info = self._runs.info(run)
        return answers.json_of(info, 201)

    async def _start_locked(self, name: str, asked: wire.RunRequest, client: str) -> wire.RunInfo:
        async with self._starting(name, asked):
            return await self._runs.start(name, asked, client)

    async def _upload_of(self, request: Request) -> bytes:
        """Take in a request to start a run; much too large a one is not read to its end."""
        most = limits.read().upload
        error = upload.too_large(f"the upload has more than {most} bytes", "upload", most)
        return await answers.body_of(request, most + BESIDES, error)

    async def _list(self, _: Request) -> Response:
        return answers.json_of(self._runs.every())

    async def _show(self, request: Request) -> Response:
        return answers.json_of(self._runs.info(self._runs.find(answers.run_of(request))))

    async def _signal(self, request: Request) -> Response:
        body = await answers.body_of(request, answers.LARGEST_QUESTION)
        asked: wire.SignalRequest = wire.from_json(body, wire.SignalRequest)
        name, number = split_name(request.path_params["name"])
        if number is not None:
            raise errors.UsageError(
                f"a signal is for a whole run, not for one pause of it ({name}.{number})", f"use {name}"
            )
        run = self._runs.find(name)
        self._runs.signal(run, asked.signal)
        return answers.json_of(self._runs.info(run))


async def _box(_: Request) -> Response:
    try:
        info = settings.box_file().read_bytes()
    except FileNotFoundError:
        raise errors.ServiceUnreachable("the box is still starting", "try again in a second") from None
    return Response(info, media_type="application/json")


async def _health(request: Request) -> Response:
    return replies.json_of({"status": "healthy", "service": SERVICE, "version": _version_for(request)})


async def _hello(_: Request) -> Response:
    return PlainTextResponse("Hello, world! Your box is connected.\n")


async def _version(request: Request) -> Response:
    return PlainTextResponse(f"{SERVICE} {_version_for(request)}\n")


def _version_for(request: Request) -> str:
    return RELEASED_VERSION if is_released(request.scope) else lager.__version__
