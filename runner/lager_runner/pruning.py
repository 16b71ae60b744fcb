"""Removes runs that have ended, so that a box does not fill up: the oldest first, by their number, size and age.

Never one that lives, and never one that somebody follows. What goes is decided by `chosen`, which is told all it needs;
`Pruning` looks at the disk and removes: when a box starts, when a run has ended, every hour, and when somebody asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import errors, limits, wire
from lager_runner import answers
from lager_runner.run import Run
from lager_runner.runs import Runs

_EVERY = 3600.0  # s
_DAY = 86400.0  # s
_BLOCK = 512  # bytes, as stat(2) counts

log = logging.getLogger(__name__)


class Ended(NamedTuple):
    """A run that has ended: its id, when (Unix time, s), the bytes it takes, and whether somebody follows it."""

    run: str
    ended: float
    size: int
    followed: bool


def chosen(ended: Sequence[Ended], now: float, allowed: limits.Limits, asked: wire.PruneRequest) -> list[Ended]:
    """Decide which runs go.

    Args:
        ended: All that have ended.
        now: Unix time, s.
        allowed: What the box keeps, where nothing else is asked for.
        asked: What is asked for.
    """
    if asked.all:
        found = list(ended)
    elif asked.older is not None:
        found = [one for one in ended if now - one.ended > asked.older]
    else:
        found = _too_much(ended, now, allowed)
    return [one for one in found if not one.followed]


def _too_much(ended: Sequence[Ended], now: float, allowed: limits.Limits) -> list[Ended]:
    """Give what is beyond the limits, the newest first. The newest of all is never too large: somebody waits for it."""
    found, size = [], 0
    for number, one in enumerate(sorted(ended, key=lambda one: one.ended, reverse=True), 1):
        size += one.size
        too_large = size > allowed.keep_bytes and number > 1
        if number > allowed.keep_runs or too_large or now - one.ended > allowed.keep_days * _DAY:
            found.append(one)
    return found


class Pruning:
    """Keeps a box's runs within its limits, and removes what somebody wants removed.

    Args:
        all_runs: The runs of this box.
        wall: Unix time, s.
    """

    def __init__(self, all_runs: Runs, wall: Callable[[], float] = time.time) -> None:
        self._runs = all_runs
        self._wall = wall
        self._sizes: dict[str, int] = {}  # of runs that have ended: nothing is added to them any more
        self._one_at_a_time = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [Route("/runs/prune", self._prune, methods=["POST"])]

    async def _prune(self, request: Request) -> Response:
        asked: wire.PruneRequest = await answers.question(request, wire.PruneRequest)
        return answers.json_of(await self.prune(asked))

    async def watch(self) -> None:
        """Prune whenever a run has ended, and every hour; for ever."""
        known: set[str] = set()
        while True:
            rings = self._runs.changes.rings
            ended = {run.id for run in self._runs.ended()}
            if not ended <= known or not ended:
                await self.tidy()
            known = ended
            while rings == self._runs.changes.rings:
                try:
                    await asyncio.wait_for(self._runs.changes.wait(), _EVERY)
                except asyncio.TimeoutError:
                    known = set()
                    break

    async def tidy(self) -> None:
        """Prune as the limits say; where they cannot be read, nothing goes."""
        try:
            await self.prune(wire.PruneRequest())
        except errors.UsageError as exc:
            log.warning("%s", exc)

    async def prune(self, asked: wire.PruneRequest) -> wire.Pruned:
        """Remove what is asked for, and tell of it.

        Raises:
            UsageError: The box's limits cannot be read.
        """
        async with self._one_at_a_time:
            there = {run.id: run for run in self._runs.ended()}
            self._sizes = await asyncio.to_thread(self._measured, list(there.values()))
            facts = [
                Ended(run.id, run.outcome.ended if run.outcome else 0.0, self._sizes[run.id], bool(run.feeds))
                for run in there.values()
            ]
            found = chosen(facts, self._wall(), limits.read(), asked)
            if not asked.dry:
                removed = [self._runs.forget(there[one.run]) for one in found]  # before anybody else has a look
                for directory in removed:
                    await asyncio.to_thread(directory.remove)
            return wire.Pruned([one.run for one in found], sum(one.size for one in found))

    def _measured(self, runs: Sequence[Run]) -> dict[str, int]:
        return {run.id: self._sizes.get(run.id) or size_of(str(run.directory.path)) for run in runs}


def size_of(path: str) -> int:
    """Give the bytes that a directory takes on its disk."""
    size, todo = 0, [path]
    while todo:
        # A folder that its owner has closed, or that has just gone.
        with contextlib.suppress(OSError), os.scandir(todo.pop()) as entries:
            for one in entries:
                size += one.stat(follow_symlinks=False).st_blocks * _BLOCK
                if one.is_dir(follow_symlinks=False):
                    todo.append(one.path)
    return size
