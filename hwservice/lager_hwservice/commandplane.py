"""Actions over HTTP: the commands' own way, and the endpoints of released clients, which do the same.

What an action does and says is decided in `lager.actions`; here only what each of the endpoints is sent and answers.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import wire
from lager_hwservice import answers
from lager_hwservice.lanes import Lanes
from lager_hwservice.netcalls import NetCalls


class CommandPlane:
    """The endpoints of actions on :9000.

    Args:
        calls: Does them.
        lanes: Threads for them.
    """

    def __init__(self, calls: NetCalls, lanes: Lanes) -> None:
        self._calls = calls
        self._lanes = lanes

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [Route("/nets/{name:path}/act", self.act, methods=["POST"])]

    async def act(self, request: Request) -> Response:
        """Do an action on a net."""
        name = request.path_params["name"]
        asked: wire.NetAction = wire.from_json(await answers.body_of(request), wire.NetAction)
        net = self._calls.find(name, asked.role)
        return answers.Json(await self._lanes.run(net.address, self._calls.perform, name, asked))
