"""Pauses, as clients of the released interface know them: one at a time, by the id of its run.

They have no name for one of several pauses of a run. So the id of a run means the oldest that is open: it is resumed
first, and then the next one is the run's pause. `ID.2`, as the banner of a second one says, means that one.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import errors, wire
from lager.banner import one_line
from lager_debugbridge.bridge import Bridge
from lager_runner import answers
from lager_runner.released import asking
from lager_runner.released.rawconsole import RawConsoles
from lager_runner.released.refusing import answered
from lager_runner.released.replies import json_of
from lager_runner.run import split_name

WANTED = "lager_process_id is required"
NO_JSON = "Invalid JSON"
_VERSION_LIMIT = 40  # characters of what a client says that it is


class Named(Struct, frozen=True):
    """What they send: the id in a banner."""

    lager_process_id: Any = None


class Breakpoints:
    """The endpoints of pauses.

    Args:
        bridge: Who knows of pauses.
        consoles: The consoles over plain TCP.
    """

    def __init__(self, bridge: Bridge, consoles: RawConsoles) -> None:
        self._bridge = bridge
        self._consoles = consoles

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/python/continue", answered(self._continue), methods=["POST"]),
            Route("/python/breakpoint", answered(self._breakpoint), methods=["POST"]),
        ]

    async def _continue(self, request: Request) -> Response:
        run, number = await self._meant(request)
        why = ""
        for pause in self._open(run, number):
            ask = wire.ContinueRequest(_who(request))
            try:
                await answers.unless_gone(request, self._bridge.go_on(run, pause.number, ask))
            except errors.NothingPaused as error:  # somebody is just resuming it: the next one is meant
                why = error.what
            else:
                return json_of({"resumed": True})
        return json_of({"resumed": False} | ({"why": why} if why else {}))

    async def _breakpoint(self, request: Request) -> Response:
        run, number = await self._meant(request)
        oldest = next(iter(self._open(run, number)), None)
        if oldest is None:
            return json_of({"paused": False})
        return json_of(_described(oldest, self._consoles.port(run, oldest.number)))

    async def _meant(self, request: Request) -> tuple[str, int | None]:
        """Give the run that is meant, and the number of a pause where one is named.

        Raises:
            UsageError, NotProcessed: Nothing that could be a run is.
        """
        body = await answers.body_of(request, answers.LARGEST_QUESTION)
        try:
            asked: Named = wire.from_json(body, Named)
        except errors.UsageError:
            raise errors.UsageError(NO_JSON) from None
        if not asked.lager_process_id:
            raise errors.UsageError(WANTED)
        return _parts(str(asked.lager_process_id))

    def _open(self, run: str, number: int | None) -> list[wire.PauseInfo]:
        """Give the open pauses that are meant, the oldest first. A console without a script is none."""
        every = (one for one in self._bridge.pauses(run) if one.kind != wire.CONSOLE)
        return [one for one in every if number in (None, one.number)]


def _parts(given: str) -> tuple[str, int | None]:
    """Take the name of a pause apart."""
    try:
        name, number = split_name(given)
    except errors.RunNotFound:
        name, number = "", None
    run = asking.run_id(name)
    if not run:
        raise errors.NotProcessed(f"Invalid process UUID: {given[:80]}")
    return run, number


def _who(request: Request) -> str:
    """Name the client, who says no name of his."""
    version = one_line(request.headers.get("lager-version", ""))[:_VERSION_LIMIT]
    return f"{f'lager-cli {version}' if version else 'a client'} at {request.client.host if request.client else '?'}"


def _described(pause: wire.PauseInfo, port: int | None) -> dict[str, Any]:
    whole = pause.timeout.is_integer()
    return {
        "paused": True,
        "label": pause.label,
        "file": pause.file,
        "line": pause.line,
        "func": pause.function,
        "since": pause.since,
        "timeout": int(pause.timeout) if whole else pause.timeout,
        "pid": pause.pid,
        "console_port": port,
    }
