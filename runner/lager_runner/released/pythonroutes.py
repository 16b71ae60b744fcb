"""`/python` and its like: how released clients start runs, and come back to them. Such a run is a run like any other.

Decode, ask `Runs`, and give its output (`streaming`); what ends runs is in `ending`, their files in `downloads`.
"""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import errors, limits
from lager_runner import answers, upload
from lager_runner.claims import Claims
from lager_runner.released import asking, multipart, refusing
from lager_runner.released.brought import Brought
from lager_runner.released.detached import Detached
from lager_runner.released.ending import known
from lager_runner.released.invocations import Invocations, invocation_of
from lager_runner.released.streaming import Streams
from lager_runner.run import Run
from lager_runner.runs import Runs

# Their own box ignores it without a word.
_NO_PORTS = (
    b"=== lager: --port is not served to released clients; reach what the script opens at the box's own address\n"
)
_BESIDES = 4_000_000  # bytes of a form beside what is to be run: arguments and environment


class AttachRequest(msgspec.Struct, frozen=True):
    """What they send to come back to a run."""

    lager_process_id: str | None = None


class PythonRoutes:
    """The endpoints of runs, as released clients know them.

    Args:
        all_runs: The runs of this box.
        claims: The box's lock, for runs.
        streams: Gives their output.
        detached: Answers for those that are left to the box.
        brought: Answers what is no user's script.
        invocations: Which runs a client follows.
    """

    def __init__(  # each is a room of its own
        self,
        all_runs: Runs,
        claims: Claims,
        streams: Streams,
        detached: Detached,
        brought: Brought,
        invocations: Invocations,
    ) -> None:
        self._runs = all_runs
        self._claims = claims
        self._streams = streams
        self._detached = detached
        self._brought = brought
        self._invocations = invocations

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/python", refusing.answered(self._start), methods=["POST"]),
            Route("/python/attach", refusing.answered(self._attach), methods=["POST"]),
        ]

    async def _start(self, request: Request) -> Response:
        asked = await _asked(request)
        client = request.client.host if request.client else ""
        if (answer := await self._brought.answer(asked, client)) is not None:
            return answer
        if not self._invocations.begin(request, asked.id):
            what = f"Process {asked.id} is there already, and was started by another call"
            raise errors.NotProcessed(what, "use another LAGER_PROCESS_ID, or none")
        try:
            run = await self._started(request, asked)
        except BaseException:
            self._invocations.forget(asked.id)
            raise
        if not asked.detach:
            return self._streams.of(run, mine=True, note=_NO_PORTS if asked.ports else b"")
        reply: Response = await answers.unless_gone(request, self._detached.reply(run, bool(asked.request.holder)))
        return reply

    async def _started(self, request: Request, asked: asking.Asked) -> Run:
        """Start a run, or find it where the request was sent again."""
        client = request.client.host if request.client else ""
        wanted = self._detached.in_the_name_of_its_holder(asked.request)
        try:
            async with self._claims.starting(asked.id, wanted):
                await self._runs.start(asked.id, wanted, client)
        except errors.LagerError as exc:
            raise _not_begun(exc, asked.id) from exc
        run = self._runs.find(asked.id)
        if invocation := invocation_of(request):
            await asyncio.to_thread(run.directory.note_invocation, invocation)
        return run

    async def _attach(self, request: Request) -> Response:
        asked: AttachRequest = await refusing.question(request, AttachRequest)
        if not asked.lager_process_id:
            raise errors.UsageError("lager_process_id is required")
        run = await known(self._runs, asked.lager_process_id)
        self._invocations.follow(request, run.id)
        return self._streams.of(run, mine=False)


async def _asked(request: Request) -> asking.Asked:
    most = limits.read().upload
    too_large = upload.too_large(f"the upload has more than {most} bytes", "upload", most)
    try:
        return asking.asked(await multipart.read(request, most + _BESIDES, too_large))
    except errors.BadScript as exc:
        raise errors.NotProcessed(exc.what, exc.hint) from exc
    except errors.UsageError as exc:
        raise refusing.malformed(exc) from exc


def _not_begun(error: errors.LagerError, run: str) -> errors.LagerError:
    """Say why there is no run. Those clients show the text of a 422, and of a 500 nothing."""
    if not asking.run_id(run):
        return errors.NotProcessed(f"Invalid process UUID: {run[:80]}")
    if not isinstance(error, errors.UsageError) and type(error) is not errors.LagerError:
        return error
    return errors.NotProcessed(error.what, error.hint)
