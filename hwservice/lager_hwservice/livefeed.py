"""The readings of nets for the live monitors: one following for all who want a net at one pace.

However many there are, the instrument's worker has one more watcher, and each reading is handed to everybody at once.
Lives in the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from lager import errors, wire
from lager_hwservice.following import Following
from lager_hwservice.lanes import Lanes
from lager_hwservice.switchboard import Switchboard

log = logging.getLogger(__name__)
_SIGN_OF_LIFE = 1.0  # s

Limits = dict[str, Any]


class Wanted(NamedTuple):
    """What is followed: a net, in one role, every `interval` s; and who wants it, where that is said."""

    net: str
    role: str
    interval: float
    holder: str = ""


class Listener(Protocol):
    """Somebody who is given readings."""

    async def take(self, feed: Feed, reading: wire.Watched, limits: Limits) -> None:
        """Take a reading, and what the net can be set to. It may have left that feed already."""

    async def end(self, feed: Feed, error: errors.LagerError) -> None:
        """Take note that there will be no more, and why. It may have left that feed already."""


class Feed:
    """One net's readings, and who is given them.

    Args:
        wanted: What is followed.
        following: Gives the readings.
        limits: Asks what the net can be set to; nothing is asked of the instrument for it.
        lanes: Threads for that.
    """

    def __init__(self, wanted: Wanted, following: Following, limits: Callable[[], Limits], lanes: Lanes) -> None:
        self.wanted = wanted
        self._following = following
        self._ask_limits, self._lanes = limits, lanes
        self._limits: Limits | None = None
        self._latest: tuple[float, wire.Watched] | None = None
        self.listeners: list[Listener] = []

    async def run(self) -> None:
        """Give readings, for ever.

        Raises:
            LagerError: The net cannot be watched.
        """
        await self._following.run(self._give)

    def latest(self) -> tuple[wire.Watched, Limits] | None:
        """Give the latest reading, where the next one is not overdue."""
        if self._latest is None or time.monotonic() - self._latest[0] > self.wanted.interval:
            return None
        return self._latest[1], self._limits or {}

    async def _give(self, reading: wire.Watched) -> None:
        if reading.error is None and self._limits is None:
            self._limits = await self._lanes.run("limits of nets", self._ask_limits)
        self._latest = time.monotonic(), reading
        for one in list(self.listeners):
            await one.take(self, reading, self._limits or {})


class Feeds:
    """All that is followed.

    Args:
        switchboard: Where nets are.
        lanes: Threads for what blocks.
        limits: Asks what a net of a role can be set to.
        on_use: Called while anything is followed (the box is not idle).
    """

    def __init__(
        self,
        switchboard: Switchboard,
        lanes: Lanes,
        limits: Callable[[str, str], Limits],
        on_use: Callable[[], None],
    ) -> None:
        self._switchboard = switchboard
        self._lanes = lanes
        self._limits = limits
        self._on_use = on_use
        self._feeds: dict[Wanted, Feed] = {}
        self._tasks: dict[Wanted, asyncio.Task[None]] = {}
        self._telling: set[asyncio.Task[None]] = set()  # so that they are not forgotten on the way
        self._life: asyncio.Task[None] | None = None

    def join(self, wanted: Wanted, listener: Listener, caller: str) -> Feed:
        """Give somebody the readings of a net from now on."""
        feed = self._feeds.get(wanted) or self._begin(wanted, caller)
        feed.listeners.append(listener)
        return feed

    def leave(self, feed: Feed, listener: Listener) -> None:
        """Give somebody no more of them."""
        feed.listeners.remove(listener)
        if not feed.listeners and self._feeds.get(feed.wanted) is feed:
            del self._feeds[feed.wanted]
            self._tasks.pop(feed.wanted).cancel()

    def _begin(self, wanted: Wanted, caller: str) -> Feed:
        watch = wire.Watch(1, wanted.net, wanted.role, "", wanted.interval, caller, wanted.holder)
        following = Following(self._switchboard, self._lanes, watch)
        feed = Feed(wanted, following, lambda: self._limits(wanted.net, wanted.role), self._lanes)
        self._feeds[wanted] = feed
        task = self._tasks[wanted] = asyncio.create_task(feed.run())
        task.add_done_callback(lambda done: self._ended(feed, done))
        if self._life is None or self._life.done():
            self._life = asyncio.create_task(self._stay_in_use())
        return feed

    def _ended(self, feed: Feed, task: asyncio.Task[None]) -> None:
        """Tell who is still there that a net cannot be watched any more, and why."""
        if self._feeds.get(feed.wanted) is feed:
            del self._feeds[feed.wanted], self._tasks[feed.wanted]
        cause = None if task.cancelled() else task.exception()
        if cause is None:
            return
        error = cause
        if not isinstance(error, errors.LagerError):
            log.error("the monitoring of %s ended", feed.wanted.net, exc_info=cause)
            error = errors.Defect(f"a defect of lager: {type(cause).__name__}", "the box's log has the details")
        telling = asyncio.create_task(_tell(feed, error))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _stay_in_use(self) -> None:
        """Say that somebody is there, however seldom there is a reading."""
        while self._feeds:
            self._on_use()
            await asyncio.sleep(_SIGN_OF_LIFE)


async def _tell(feed: Feed, error: errors.LagerError) -> None:
    for one in list(feed.listeners):
        await one.end(feed, error)
