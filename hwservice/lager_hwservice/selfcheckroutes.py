"""The endpoint by which a box checks its own machine, as the user that its service runs as. It changes nothing."""

from __future__ import annotations

import os
import pwd
import socket
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import __version__, selfcheck, wire
from lager_hwservice import answers
from lager_hwservice.lanes import Lanes


class SelfCheckRoutes:
    """The endpoint.

    Args:
        lanes: Threads, as looking blocks.
        place: The machine.
    """

    def __init__(self, lanes: Lanes, place: selfcheck.Place) -> None:
        self._lanes = lanes
        self._place = place

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [Route("/selfcheck", self.selfcheck)]

    async def selfcheck(self, _request: Request) -> Response:
        """Check the machine."""
        findings = await self._lanes.run("the self-check", selfcheck.look, self._place)
        host, user = socket.gethostname(), user_name()
        # The clock is read last, so that whoever compares it with another knows when: as the answer came.
        found = wire.SelfCheck(host=host, user=user, version=__version__, now=time.time(), findings=findings)
        return answers.Json(found)


def user_name() -> str:
    """Give the name of the user that this process runs as."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user often has no name
        return f"uid {os.geteuid()}"
