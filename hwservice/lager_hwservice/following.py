"""Watching a net over HTTP: follows its readings wherever its worker is, for as long as the client is there.

A worker that ends, or a bench that changes, is not the end of it: the net is looked for again. Holds no thread while it
waits for a reading.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio

from lager import errors, wire
from lager.times import ANSWER_WITHIN
from lager_hwservice.lanes import Lanes
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.watchlist import LONGEST, SHORTEST
from lager_hwservice.workerlink import WorkerLink

_LOOK_AGAIN = 0.02  # s
_TRY_AGAIN = 1.0  # s
_LOOK_AT_BENCH = 1.0  # s; however seldom a net is read, it must not be in the way when it is no more
_AWAY_WITHIN = 5.0  # s a worker may be away before its watchers hear of it
_NOTHING: tuple[wire.ErrorBody | None, float] = (None, 0.0)
Give = Callable[[wire.Watched], Awaitable[None]]


class Following:
    """One client's watching of one net.

    Args:
        switchboard: Where nets are.
        lanes: Threads to look for a worker that has yet to start.
        request: What is to be watched; its pin is found anew each time.

    Raises:
        UsageError: The interval is no time to wait.
    """

    def __init__(self, switchboard: Switchboard, lanes: Lanes, request: wire.Watch) -> None:
        if not 0 <= request.interval <= LONGEST:
            raise errors.UsageError(
                f"{request.interval:g} s is no interval to watch a net at", f"give one from {SHORTEST:g} to {LONGEST:g}"
            )
        self._switchboard = switchboard
        self._lanes = lanes
        self._request = request
        self._began = False
        self._lost_since: float | None = None
        self._told = _NOTHING

    async def run(self, give: Give) -> None:
        """Give each reading, for ever.

        Raises:
            LagerError: It cannot be watched at all; once it has been, that is a reading, too, and it goes on.
        """
        try:
            await self._follow(give)
        finally:
            self._switchboard.claims.release(self)

    async def _follow(self, give: Give) -> None:
        while True:
            try:
                await self._follow_one_worker(give)
                self._count_time_lost()
            except errors.LagerError as exc:
                if not self._began:
                    raise
                if isinstance(exc, errors.NetNotFound | errors.RoleConflict):
                    self._switchboard.claims.release(self)
                await self._tell(wire.ErrorBody.of(exc), give)
                await anyio.sleep(min(max(self._request.interval, SHORTEST), _TRY_AGAIN))
            else:
                await anyio.sleep(_LOOK_AGAIN)

    async def _tell(self, error: wire.ErrorBody, give: Give) -> None:
        """Give an error as a reading, at the pace of readings, however often it is tried again."""
        last, when = self._told
        if error != last or time.monotonic() - when >= self._request.interval:
            self._told = error, time.monotonic()
            await give(wire.Watched(0, time.time(), None, error))

    async def _follow_one_worker(self, give: Give) -> None:
        """Give what one worker says, until it ends or the net is elsewhere."""
        asked = self._request
        net = self._switchboard.find(asked.net, asked.role)
        where = await self._lanes.run(f"the worker of {net.address}", self._switchboard.locate, net.name, net.role)
        try:
            link = await WorkerLink.open(where.socket)
        except OSError:
            return  # it has ended, and the service is about to notice
        async with link:
            link.send(wire.Watch(1, net.name, net.role, where.net.pin, asked.interval, asked.caller, asked.holder))
            while (reading := await self._next(link, where)) is not None:
                self._switchboard.claims.hold(self, where.net, asked.caller)  # only now: the worker has let it in
                self._began, self._lost_since, self._told = True, None, _NOTHING
                await give(reading)
                if self._is_elsewhere(where):
                    return

    def _is_elsewhere(self, where: wire.Located) -> bool:
        return self._switchboard.find(where.net.name, where.net.role) != where.net

    async def _next(self, link: WorkerLink, where: wire.Located) -> wire.Watched | None:
        """Wait for the next reading; None when the worker has ended, or the net is elsewhere."""
        reply: wire.WorkerReply | None = None
        try:
            with anyio.fail_after(self._request.interval + ANSWER_WITHIN):
                while True:
                    with anyio.move_on_after(_LOOK_AT_BENCH):
                        reply = await link.receive()
                        break
                    if self._is_elsewhere(where):
                        return None
        except TimeoutError as exc:
            examine = self._switchboard.workers.examine
            await self._lanes.run(f"a look at {where.net.address}", examine, where.socket)
            raise errors.InstrumentSilent(
                f"{self._request.net} was not read in time", "wait: the box is seeing to it"
            ) from exc
        if isinstance(reply, wire.Failed):
            raise reply.error.as_error()
        return reply if isinstance(reply, wire.Watched) else None

    def _count_time_lost(self) -> None:
        now = time.monotonic()
        self._lost_since = self._lost_since or now
        if now - self._lost_since > _AWAY_WITHIN:
            raise errors.ServiceUnreachable(
                f"the box's process for {self._request.net} keeps ending", "the log of the box says why"
            )
