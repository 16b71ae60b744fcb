"""What released clients end runs with: `/python/kill`, for one run or all; the answer says what it did.

Their SIGTERM means "end it", so it goes by the steps of our own clients: an interrupt, time for `finally:`, SIGTERM,
SIGKILL. SIGKILL ends it at once. Any other signal is sent, and nothing else is done.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import errors, wire
from lager_runner import answers
from lager_runner.ending import name_of
from lager_runner.released import asking, refusing
from lager_runner.released.invocations import Invocations
from lager_runner.released.replies import json_of
from lager_runner.run import Run
from lager_runner.runs import CTRL_C, Runs

WAIT = 12.0  # s that an answer may take; those clients wait 15
_SIGNAL_WAIT = 1.0  # s after a signal that need not end anything
_USUAL = int(signal.SIGTERM)
_STEPS = {signal.SIGINT: "SIGINT", signal.SIGTERM: "SIGINT", signal.SIGKILL: "SIGKILL"}  # the step to begin with


class KillRequest(msgspec.Struct, frozen=True):
    """What they send; without an id, all runs are meant."""

    lager_process_id: str | None = None
    signal: Any = _USUAL


class Ending:
    """The endpoint that ends runs.

    Args:
        all_runs: The runs of this box.
        invocations: Which runs a client follows.
    """

    def __init__(self, all_runs: Runs, invocations: Invocations) -> None:
        self._runs = all_runs
        self._invocations = invocations

    def routes(self) -> list[BaseRoute]:
        """Give the endpoint."""
        return [Route("/python/kill", refusing.answered(self._kill), methods=["POST"])]

    async def _kill(self, request: Request) -> Response:
        asked: KillRequest = await refusing.question(request, KillRequest)
        number = _signal_of(asked.signal)
        runs = [await self._find(asked.lager_process_id)] if asked.lager_process_id else await self._runs.all_started()
        who = f"a client at {request.client.host}" if request.client else "a client"
        # Who follows the run sees its output and its end, if it is answered at once: it reads nothing meanwhile.
        follows = [self._invocations.follows(request, run) for run in runs]
        works = [self._end(run, number, who, mine) for run, mine in zip(runs, follows, strict=True)]
        done = await answers.unless_gone(request, asyncio.gather(*works))
        return _reply(done, number, all(follows))

    async def _find(self, given: str) -> Run:
        return await known(self._runs, given)

    async def _end(self, run: Run, number: int, who: str, mine: bool) -> wire.Killed:
        already = run.outcome is not None
        if not already:
            self._send(run, number, CTRL_C if mine else who, mine)
            if not mine:
                await _until_over(run, WAIT if number in _STEPS else _SIGNAL_WAIT)
        did = run.outcome.did if run.outcome else run.link.facts.did if run.link else []
        status = run.outcome.status if run.outcome else None
        return wire.Killed(run=run.id, name=run.spec.name, did=did, already=already, status=status)

    def _send(self, run: Run, number: int, who: str, mine: bool) -> None:
        step = _STEPS.get(signal.Signals(number), "")
        if not step:
            self._runs.signal(run, signal.Signals(number).name, who)
        elif mine or step == "SIGKILL":
            self._runs.stop(run, step, who)
        else:
            self._runs.end(run, f"ended by {who}", who)


async def known(all_runs: Runs, given: str) -> Run:
    """Give the run that a released client names, also one that is just being started.

    Raises:
        NotProcessed: It is no id, or there is no such run.
    """
    run = asking.run_id(given)
    if not run:
        raise errors.NotProcessed(f"Invalid process UUID: {given[:80]}")
    try:
        return await all_runs.started(run)
    except errors.RunNotFound as exc:
        raise errors.NotProcessed(f"Process not found: {given}") from exc


async def _until_over(run: Run, within: float) -> None:
    async def over() -> None:
        while not run.outcome:
            await run.bell.wait()

    done, _ = await asyncio.wait([task := asyncio.ensure_future(over())], timeout=within)
    if not done:
        task.cancel()


def _signal_of(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given in list(signal.Signals):
        return given
    raise errors.NotProcessed(f"Invalid signal: {str(given)[:80]}")


def _reply(done: list[wire.Killed], number: int, watched: bool) -> Response:
    """Say what was done; what ends runs and has not is refused, if nobody who asks would see the end."""
    late = [one for one in done if one.status is None]
    if late and number in _STEPS and not watched:
        names = ", ".join(f"{one.run} ({', '.join(one.did) or 'no signal yet'})" for one in late)
        what = f"Process is still ending: {names}; it is killed when the time for its finally: blocks is over"
        raise errors.NotProcessed(what)
    word = "killed" if number in _STEPS and not late else "stopping" if number in _STEPS else f"sent {name_of(number)}"
    return json_of({"status": word, "runs": msgspec.to_builtins(done)})
