"""Live monitors on :9000: Socket.IO, with the namespaces `/supply` and `/battery`, behind the gate like all else.

Decodes, hands on, and sends; what is said is decided in `livesession`. Socket.IO is imported when the first client asks
for it: most boxes start, and serve scripts, without it.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from lager import errors, wire
from lager.hardware import Hardware
from lager_hwservice.lanes import Lanes
from lager_hwservice.livefeed import Feeds, Limits, Wanted
from lager_hwservice.livemessages import BATTERY, SUPPLY, Payload, Words, asked_of, text_of
from lager_hwservice.livesession import Act, Session
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.whose import Whose, as_said

log = logging.getLogger(__name__)
PATH = "/socket.io"
# Seconds. A client whose network has gone silent is gone after both, and what it watched is free again; a client knows
# as soon that the box is away.
_PING_EVERY, _PONG_WITHIN = 3.0, 4.0
_LARGEST = 100_000  # bytes a client may send at once

Perform = Callable[[str, wire.NetAction], wire.NetDone]


class LiveMonitors:
    """The live monitors of a bench.

    Args:
        switchboard: The bench and its workers.
        hardware: The way to the workers, for what a net can be set to.
        lanes: Threads for what blocks.
        perform: Carries out an action of a net; blocks.
        on_use: Called while somebody watches (the box is not idle).
        whose: Says whose a session of a released client is.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        hardware: Hardware,
        lanes: Lanes,
        perform: Perform,
        on_use: Callable[[], None],
        whose: Whose = as_said,
    ) -> None:
        self._switchboard = switchboard
        self._hardware = hardware
        self._lanes = lanes
        self._perform = perform
        self._whose = whose
        self._feeds = Feeds(switchboard, lanes, self._limits, on_use)
        self._server: Any = None
        self._app: ASGIApp | None = None

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [Mount(PATH, app=self._serve)]

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            library = await asyncio.to_thread(importlib.import_module, "socketio")
            self._app = self._app or self._made(library)  # another client may have come first
        try:
            await self._app(scope, receive, send)
        except ValueError as exc:  # the library's word for a message that is none
            if scope["type"] != "websocket":
                raise
            log.info("a client of the live monitors was no such client: %s", exc)

    def _made(self, socketio: Any) -> ASGIApp:
        self._server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=[],  # the gate has looked at the origin
            always_connect=True,  # `connected` is for a client that knows it is connected
            ping_interval=_PING_EVERY,
            ping_timeout=_PONG_WITHIN,
            max_http_buffer_size=_LARGEST,
            logger=_quiet(),
            engineio_logger=_quiet(),
        )
        for words in (SUPPLY, BATTERY):
            _Namespace(words, self._server, self._feeds, self._act, self._whose).listen()
        app: ASGIApp = socketio.ASGIApp(self._server, socketio_path=PATH)
        return app

    async def _act(self, wanted: Wanted, action: str, params: Payload, asked: Payload) -> wire.NetDone:
        """Carry out an action; its calls block, so it has a thread."""
        net = self._switchboard.find(wanted.net, wanted.role)
        caller, holder = text_of(asked, "caller"), text_of(asked, "holder")
        message = wire.NetAction(wanted.role, action, params, caller, holder)
        return await self._lanes.run(net.address, self._perform, wanted.net, message)

    def _limits(self, net: str, role: str) -> Limits:
        """Ask what a net can be set to; nothing where that is not known."""
        if role != SUPPLY.role:
            return {}
        try:
            answer = self._hardware.answer(net, wire.NetCall(role, "get_channel_limits"))
        except errors.LagerError:
            return {}  # which is said as 0: not known
        limits: Limits = msgspec.to_builtins(answer.value)
        return limits


def _quiet() -> logging.Logger:
    """Give what hears the library: what it has to say is of clients that send nonsense, at any length."""
    logger = logging.getLogger(f"{__name__}.library")
    logger.setLevel(logging.CRITICAL)
    return logger


class _Namespace:
    """The clients of one kind of net, by their connections."""

    def __init__(self, words: Words, server: Any, feeds: Feeds, act: Act, whose: Whose) -> None:
        self._words, self._server, self._feeds, self._act, self._whose = words, server, feeds, act, whose
        self._name = f"/{words.kind}"
        self._sessions: dict[str, Session] = {}

    def listen(self) -> None:
        """Take what clients send."""
        for name, handler in {
            "connect": self._connect,
            "disconnect": self._disconnect,
            f"start_{self._words.kind}_monitor": self._start,
            f"stop_{self._words.kind}_monitor": self._stop,
            f"{self._words.kind}_command": self._command,
        }.items():
            self._server.on(name, handler, namespace=self._name)

    async def _connect(self, sid: str, *_: object) -> None:
        if sid in self._sessions:  # an event that only looks like it
            return

        async def emit(event: str, payload: Payload) -> None:
            await self._server.emit(event, payload, to=sid, namespace=self._name)

        self._sessions[sid] = Session(self._words, self._feeds, emit, self._act)
        await emit("connected", {"status": "ready", "session_id": sid})

    async def _disconnect(self, sid: str, *_: object) -> None:
        session = self._sessions.pop(sid, None)
        if session is not None:
            session.leave()

    async def _start(self, sid: str, *args: Any) -> None:
        if (session := self._sessions.get(sid)) is not None:  # else it has just gone
            asked, scope = asked_of(args), self._server.get_environ(sid, self._name)["asgi.scope"]
            holder = self._whose(scope, text_of(asked, "holder"))
            await session.start({**asked, "holder": holder})

    async def _stop(self, sid: str, *_: object) -> None:
        if (session := self._sessions.get(sid)) is not None:
            await session.stop()

    async def _command(self, sid: str, *args: Any) -> Payload | None:
        session = self._sessions.get(sid)
        return await session.command(asked_of(args)) if session is not None else None
