"""One client's live session: what it watches, what it is told and in which order, and its commands.

A session is known by its connection, and acts on the net it watches, whatever name a command has. Clients that ask for
`details` are told of errors by code, too; all others get the keys of released boxes and no others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from lager import errors, wire
from lager_hwservice import livemessages
from lager_hwservice.livefeed import Feed, Feeds, Limits, Wanted
from lager_hwservice.livemessages import Payload, Words

_STARTED_WITHIN = 0.5  # s until a client hears that its monitoring begins, though nothing was read yet
_CALLER = "a live monitor"

Emit = Callable[[str, Payload], Awaitable[None]]
Act = Callable[[Wanted, str, Payload, Payload], Awaitable[wire.NetDone]]


class Session:
    """One client in one namespace.

    Args:
        words: What the nets are called here.
        feeds: Gives readings.
        emit: Sends the client an event.
        act: Carries out an action: the net, the action, its parameters, and the start request, which says who asks.
    """

    def __init__(self, words: Words, feeds: Feeds, emit: Emit, act: Act) -> None:
        self._words = words
        self._feeds = feeds
        self._emit = emit
        self._act = act
        self._feed: Feed | None = None
        self._asked: Payload = {}
        self._started = self._ready = False
        self._outcome = asyncio.Event()
        self._speaking = asyncio.Lock()
        self._acting = asyncio.Lock()

    async def start(self, asked: Payload) -> None:
        """Begin to watch a net."""
        net, details = livemessages.text_of(asked, "netname"), bool(asked.get("details"))
        if not net:
            await self._error(errors.UsageError("netname is required"), details=details)
            return
        if self._feed is not None:
            await self._error(errors.UsageError(self._words.active()), details=details)
            return
        try:
            interval = livemessages.interval_of(asked.get("interval"))
        except errors.UsageError as exc:
            await self._error(exc, details=details)
            return
        self._asked, self._started, self._ready, outcome = asked, False, False, asyncio.Event()
        self._outcome = outcome
        wanted = Wanted(net, self._words.role, interval, livemessages.text_of(asked, "holder"))
        feed = self._feed = self._feeds.join(wanted, self, livemessages.text_of(asked, "caller") or _CALLER)
        if (latest := feed.latest()) is not None:
            await self.take(feed, *latest)
            return
        try:
            await asyncio.wait_for(outcome.wait(), _STARTED_WITHIN)
        except asyncio.TimeoutError:
            async with self._speaking:
                if self._feed is feed:
                    await self._begin(wanted)

    async def stop(self) -> None:
        """Watch no more, and say so."""
        self.leave()
        async with self._speaking:
            await self._emit(self._words.event("monitor_stopped"), self._words.stopped())

    def leave(self) -> None:
        """Watch no more."""
        feed, self._feed = self._feed, None
        if feed is not None:
            self._feeds.leave(feed, self)

    async def take(self, feed: Feed, reading: wire.Watched, limits: Limits) -> None:
        """Tell the client of a reading, or why there is none."""
        async with self._speaking:
            if self._feed is not feed:
                return
            wanted = feed.wanted
            await self._begin(wanted)
            if reading.error is not None:
                words = self._words.unread(wanted.net, reading.error, self._ready)
                await self._error(reading.error.as_error(), words, details=self._detailed)
                return
            if not self._ready:
                self._ready = True
                ready = self._words.ready(wanted.net, reading.state, limits)
                await self._emit(self._words.event("driver_ready"), ready)
            update = self._words.update(wanted.net, reading.state, limits)
            await self._emit(self._words.event("state_update"), update)

    async def end(self, feed: Feed, error: errors.LagerError) -> None:
        """Tell the client that its net cannot be watched; it may start again."""
        async with self._speaking:
            if self._feed is not feed:
                return
            self._feed, wanted = None, feed.wanted
            self._outcome.set()
            if not (isinstance(error, errors.RoleConflict) or self._detailed or self._started):
                await self._emit(self._words.event("monitor_started"), self._words.started(wanted.net, wanted.interval))
            words = self._words.refused(wanted.net, error)
            await self._error(error, words, details=self._detailed, ended=True)

    async def command(self, asked: Payload) -> Payload:
        """Carry out a command on the net that is watched, in its turn; gives what the client is told."""
        async with self._acting:
            answer = await self._answered(asked)
        if not (self._detailed or asked.get("details")):
            answer = {key: value for key, value in answer.items() if key in ("success", "action", "message", "error")}
        async with self._speaking:
            await self._emit(self._words.event("command_response"), answer)
        return answer

    async def _answered(self, asked: Payload) -> Payload:
        action, params = asked.get("action"), asked.get("params")
        refused = self._refused(asked)
        if refused or self._feed is None or not isinstance(action, str):
            return {"success": False, "action": action, "error": refused, "code": errors.UsageError.code, "hint": ""}
        try:
            done = await self._act(self._feed.wanted, action, params if isinstance(params, dict) else {}, self._asked)
        except errors.LagerError as exc:
            return self._failed(action, exc)
        return {"success": True, "action": action, "message": self._message(action, done), "notice": done.notice}

    def _refused(self, asked: Payload) -> str:
        if not asked.get("netname"):
            return "netname is required"
        if not asked.get("action") or not isinstance(asked["action"], str):
            return "action is required"
        return self._words.no_driver() if self._feed is None else ""

    def _failed(self, action: str, error: errors.LagerError) -> Payload:
        facts = {"action": action, "code": error.code, "what": error.what, "hint": error.hint}
        if action == "state" and self._words.kind == "supply" and not self._detailed:
            return {"success": True, **facts, "message": f"State summary unavailable: {error.what}"}
        return {"success": False, **facts, "error": livemessages.refusal(error)}

    def _message(self, action: str, done: wire.NetDone) -> str:
        if action == "state" and self._words.kind == "battery":
            return "State retrieved (see monitor updates)"
        return done.message

    @property
    def _detailed(self) -> bool:
        return bool(self._asked.get("details"))

    async def _begin(self, wanted: Wanted) -> None:
        """Say, once, that the monitoring begins."""
        self._outcome.set()
        if not self._started:
            self._started = True
            await self._emit(self._words.event("monitor_started"), self._words.started(wanted.net, wanted.interval))

    async def _error(
        self, error: errors.LagerError, words: str = "", *, details: bool = False, ended: bool = False
    ) -> None:
        facts: dict[str, Any] = {"code": error.code, "what": error.what, "hint": error.hint, "ended": ended}
        await self._emit("error", {"message": words or error.what, **(facts if details else {})})
