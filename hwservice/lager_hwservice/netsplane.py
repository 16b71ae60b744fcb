"""What :9000 answers: the nets of the bench, calls on them, and watching them. Decodes, asks, encodes; decides nothing.

Calls block, so they run in threads, and reach the workers the way scripts do; watching holds no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import anyio
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from lager import errors, releasednets, releasedpaths, wire
from lager.hardware import Hardware
from lager.nettype import NetType
from lager_hwservice import answers
from lager_hwservice.commandreplies import CAPABILITIES
from lager_hwservice.following import Following
from lager_hwservice.lanes import Lanes
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.workerlink import ask_all

_NAME = "lager-python-box"
_SIGN_OF_LIFE = 1.0  # s


class NetsPlane:
    """The application on :9000.

    Args:
        switchboard: The bench and its workers.
        hardware: The way to the workers.
        lanes: Threads for calls.
        on_use: Called while somebody watches (the box is not idle).
        news: Says what a holder should know of others on the box; mostly ''.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        hardware: Hardware,
        lanes: Lanes,
        on_use: Callable[[], None],
        news: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._switchboard = switchboard
        self._hardware = hardware
        self._lanes = lanes
        self._on_use = on_use
        self._news = news
        self._watched: set[anyio.CancelScope] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def app(self, more: Sequence[BaseRoute] = ()) -> Starlette:
        """Make the application, with endpoints of other parts."""
        return answers.application(
            [
                *more,
                Route("/health", self.health),
                Route("/hello", self.hello),
                Route("/status", self.status),
                Route("/nets/list", self.nets),
                Route("/uart/nets/list", self.uarts),
                Route("/nets/{name:path}/call", self.call, methods=["POST"]),
                Route("/nets/{name:path}/watch", self.watch),
                Route("/nets/{name:path}/identity", self.identity),
            ]
        )

    async def health(self, _request: Request) -> Response:
        """Say that the service lives."""
        error = self._switchboard.bench_error
        facts = {"status": "healthy", "service": _NAME, "version": "1.0.0", "websocket": "enabled"}
        return answers.Json(facts | ({"bench_error": error} if error else {}))

    async def hello(self, _request: Request) -> Response:
        """Greet."""
        return answers.Json({"message": "Hello from Lager Python Box!", "service": _NAME, "websocket": "enabled"})

    async def status(self, request: Request) -> Response:
        """List the nets in short, and say what this box can do."""
        facts = {**releasedpaths.versions(request.scope), "nets": releasednets.short([*self._switchboard.bench.nets])}
        return answers.Json({"healthy": True, **facts, "capabilities": CAPABILITIES})

    async def nets(self, request: Request) -> Response:
        """List the nets as the bench file has them."""
        if releasedpaths.is_released(request.scope):
            return answers.Json(releasednets.records(self._switchboard.saved()))
        return answers.Json(self._switchboard.bench.nets)

    async def uarts(self, _request: Request) -> Response:
        """List the serial ports, as released clients ask for them; none can be streamed here."""
        records = releasednets.records(self._switchboard.saved())
        return answers.Json({"nets": [one for one in records if one["role"] == NetType.UART.role]})

    async def call(self, request: Request) -> Response:
        """Call a net."""
        name = request.path_params["name"]
        asked: wire.NetCall = wire.from_json(await answers.body_of(request), wire.NetCall)
        net = self._switchboard.find(name, asked.role)
        answer = await self._lanes.run(net.address, self._hardware.answer, name, asked)
        notices = [one for one in (answer.notice, self._news(asked.holder)) if one]
        return answers.Json(wire.NetValue(answer.value, "; ".join(notices)))

    async def watch(self, request: Request) -> Response:
        """Stream the readings of a net, a line each."""
        asked = request.query_params
        interval = _seconds(asked.get("interval", "1"))
        watch = wire.Watch(1, request.path_params["name"], asked.get("role", ""), "", interval, asked.get("caller", ""))
        self._loop = asyncio.get_running_loop()
        return _Stream(Following(self._switchboard, self._lanes, watch), self._on_use, self._watched)

    async def identity(self, request: Request) -> Response:
        """Say what the instrument of a net says it is; it was asked when it was opened, and is not asked now."""
        net = self._switchboard.find(request.path_params["name"], request.query_params.get("role", ""))
        path = await self._lanes.run(net.address, self._switchboard.workers.socket, net)
        reply = (await ask_all({path: path}, wire.Describe(1)))[path]
        if not isinstance(reply, wire.Answer):
            raise errors.ServiceUnreachable(f"the box's process for {net.name} does not answer", "try again")
        return answers.Json(wire.NetIdentity(net, msgspec.convert(reply.value, wire.WorkerState).identity))

    def end_watching(self) -> None:
        """End all streams, as the service ends; from any thread."""

        def end() -> None:
            for scope in list(self._watched):
                scope.cancel()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(end)


class _Stream(Response):
    """The readings of a net, from the first one on, for as long as the client is there."""

    def __init__(self, following: Following, on_use: Callable[[], None], watched: set[anyio.CancelScope]) -> None:
        super().__init__()
        self._following = following
        self._on_use = on_use
        self._watched = watched

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it (ASGI)."""
        began = False

        async def give(reading: wire.Watched) -> None:
            nonlocal began
            if not began:
                began = True
                await send({"type": "http.response.start", "status": 200, "headers": _LINES})
            await send({"type": "http.response.body", "body": wire.to_json(reading) + b"\n", "more_body": True})

        async with anyio.create_task_group() as both:
            both.start_soon(_until_gone, receive, both.cancel_scope)
            both.start_soon(self._stay_in_use)
            self._watched.add(both.cancel_scope)
            try:
                await self._following.run(give)
            except errors.LagerError as exc:
                await answers.failure(exc)(scope, receive, send)
            finally:
                self._watched.discard(both.cancel_scope)
                both.cancel_scope.cancel()
        if began:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stay_in_use(self) -> None:
        """Say that somebody is there, however seldom there is a reading: a private box must not end under a watcher."""
        while True:
            self._on_use()
            await anyio.sleep(_SIGN_OF_LIFE)


_LINES = [(b"content-type", b"application/jsonl"), (b"cache-control", b"no-store")]


async def _until_gone(receive: Receive, streaming: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    streaming.cancel()


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError as exc:
        raise errors.UsageError(f"the interval {text!r} is no number", "give seconds, such as 0.5") from exc
