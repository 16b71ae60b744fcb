"""What the runner serves to those who end runs: one, or all that live; the answer says what was done.

Decode, ask `Runs`, wait for the end, encode.
"""

from __future__ import annotations

import asyncio
import contextlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import errors, wire
from lager_runner import answers
from lager_runner.run import Run, split_name
from lager_runner.runs import Runs

LONGEST_WAIT = 120.0  # s that an answer may wait; longer than all steps of an end take with the usual graces
_SIGNAL_SECONDS = 1.0  # s that it waits after one signal, which need not end anything


class KillRoutes:
    """The endpoints that end runs."""

    def __init__(self, all_runs: Runs) -> None:
        self._runs = all_runs

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/runs/kill", self._kill_all, methods=["POST"]),
            Route("/runs/{name}/kill", self._kill, methods=["POST"]),
        ]

    async def _kill(self, request: Request) -> Response:
        asked: wire.KillRequest = await answers.question(request, wire.KillRequest)
        name, number = split_name(request.path_params["name"])
        if number is not None:
            what = f"a whole run is ended, not one pause of it ({name}.{number})"
            raise errors.UsageError(what, f"use {name}, or `lager python --abort {name}.{number}`")
        run = await self._runs.started(name)
        return answers.json_of(await answers.unless_gone(request, self._end(run, asked)))

    async def _kill_all(self, request: Request) -> Response:
        asked: wire.KillRequest = await answers.question(request, wire.KillRequest)
        return answers.json_of(await answers.unless_gone(request, self._end_all(asked)))

    async def _end_all(self, asked: wire.KillRequest) -> list[wire.Killed]:
        return await asyncio.gather(*[self._end(run, asked) for run in await self._runs.all_started()])

    async def _end(self, run: Run, asked: wire.KillRequest) -> wire.Killed:
        if run.outcome:
            return _killed(run, already=True)
        if asked.signal:
            self._runs.signal(run, asked.signal, asked.by)
        else:
            self._runs.end(run, f"ended by {asked.by}" if asked.by else "somebody ends it", asked.by)
        most = _SIGNAL_SECONDS if asked.signal else LONGEST_WAIT
        with contextlib.suppress(asyncio.TimeoutError):  # the answer says that it lives
            await asyncio.wait_for(_until_over(run), max(0.0, min(asked.wait, most)))
        return _killed(run, already=False)


async def _until_over(run: Run) -> None:
    while not run.outcome:
        await run.bell.wait()


def _killed(run: Run, already: bool) -> wire.Killed:
    did = run.outcome.did if run.outcome else run.link.facts.did if run.link else []
    status = run.outcome.status if run.outcome else None
    return wire.Killed(run=run.id, name=run.spec.name, did=did, already=already, status=status)
