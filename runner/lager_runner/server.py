"""The runner's HTTP and WebSocket interface (:5000): starting runs, telling of them, and the box itself.

It decodes, asks `Runs`, encodes, and decides nothing. Pauses and output have files of their own (`pauseroutes`,
`streamroutes`). Every error leaves as a `wire.ErrorBody`, or on a WebSocket as its one last message.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import lager
from lager import errors, settings, wire
from lager_runner import answers, upload
from lager_runner.pauseroutes import Bridge, PauseRoutes
from lager_runner.run import split_name
from lager_runner.runs import Runs
from lager_runner.streamroutes import StreamRoutes

LARGEST_BODY = upload.LARGEST_UPLOAD + 4_000_000  # bytes; arguments and environment come with the upload
SERVICE = "lager-python-box"  # what clients of the released interface expect here


def application(all_runs: Runs, bridge: Bridge, more: Sequence[BaseRoute] = ()) -> Starlette:
    """Give the ASGI application; the gate stands in front of it.

    Args:
        all_runs: The runs of this box.
        bridge: Their pauses.
        more: Endpoints of other parts.
    """
    pauses, streams = PauseRoutes(all_runs, bridge), StreamRoutes(all_runs, bridge)
    return answers.application([*streams.routes(), *pauses.routes(), *more, *Server(all_runs).routes()])


class Server:
    """The endpoints of runs, and of the box itself."""

    def __init__(self, all_runs: Runs) -> None:
        self._runs = all_runs

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
        body = await answers.body_of(request, LARGEST_BODY)
        asked: wire.RunRequest = wire.from_msgpack(body, wire.RunRequest)
        info = await self._runs.start(request.path_params["id"], asked)
        if asked.kind == wire.CONSOLE:
            run = self._runs.find(info.id)
            await answers.unless_gone(request, self._runs.begun(run))
            info = self._runs.info(run)
        return answers.json_of(info, 201)

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


async def _health(_: Request) -> Response:
    return answers.json_of({"status": "healthy", "service": SERVICE, "version": lager.__version__})


async def _hello(_: Request) -> Response:
    return PlainTextResponse("Hello, world! Your box is connected.\n")


async def _version(_: Request) -> Response:
    return PlainTextResponse(f"{SERVICE} {lager.__version__}\n")
