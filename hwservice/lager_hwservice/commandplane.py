"""Actions over HTTP: the commands' own way, and the endpoints of released clients, which do the same.

What an action does and says is decided in `lager.actions`; here only what each of the endpoints is sent and answers.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import actions, errors, wire
from lager.releasedpaths import is_released
from lager_hwservice import answers, commandreplies
from lager_hwservice.clientclock import while_there
from lager_hwservice.lanes import Lanes
from lager_hwservice.netcalls import NetCalls
from lager_hwservice.refusals import Refusals
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.whose import Whose, as_said


class CommandPlane:
    """The endpoints of actions on :9000.

    Args:
        switchboard: The bench.
        calls: Does the actions.
        lanes: Threads for them.
        news: Says what a holder should know of others on the box; mostly ''.
        whose: Says whose a request of a released client is.
        refusals: Told what released clients are refused.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        calls: NetCalls,
        lanes: Lanes,
        news: Callable[[str], str] = lambda _: "",
        whose: Whose = as_said,
        refusals: Refusals | None = None,
    ) -> None:
        self._switchboard = switchboard
        self._calls = calls
        self._lanes = lanes
        self._news = news
        self._whose = whose
        self._refusals = refusals or Refusals()

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [
            Route("/nets/{name:path}/act", self.act, methods=["POST"]),
            Route("/supply/command", self.supply_command, methods=["POST"]),
            Route("/battery/command", self.battery_command, methods=["POST"]),
            Route("/net/command", self.net_command, methods=["POST"]),
        ]

    async def act(self, request: Request) -> Response:
        """Do an action on a net."""
        asked: wire.NetAction = wire.from_json(await answers.body_of(request), wire.NetAction)
        return answers.Json(await self._perform(request.path_params["name"], asked, request))

    async def supply_command(self, request: Request) -> Response:
        """Do an action on a supply, as released clients ask for it."""
        return await self._role_command("power-supply", request)

    async def battery_command(self, request: Request) -> Response:
        """Do an action on a battery simulator, as released clients ask for it."""
        return await self._role_command("battery", request)

    async def _role_command(self, role: str, request: Request) -> Response:
        asked = None
        try:
            asked = commandreplies.read(await answers.body_of(request))
            status, body = commandreplies.succeeded(asked, await self._of_role(role, asked, request))
        except errors.LagerError as exc:
            status, body = commandreplies.failed(exc, asked)
        except commandreplies.Refused as exc:
            status, body = commandreplies.refused(exc, asked)
        if status != 200 and asked is not None and request.client and is_released(request.scope):
            self._refusals.note(request.client.host, asked.netname, body["error"])
        return answers.Json(body, status_code=status)

    async def _of_role(self, role: str, asked: commandreplies.Asked, request: Request) -> wire.NetDone:
        try:
            net = self._calls.find(asked.netname, role)
            # In a thread: the drivers of other packages are loaded when they are first asked for.
            await self._lanes.run("", commandreplies.refuse_unsupported, net)
        except errors.NetNotFound as exc:
            raise commandreplies.not_found(self._switchboard.bench, asked, role, exc) from exc
        return await self._perform(asked.netname, self._action(role, asked, request), request)

    async def net_command(self, request: Request) -> Response:
        """Do an action on a net of another role, as released clients ask for it."""
        asked, role = None, ""
        try:
            asked = commandreplies.read(await answers.body_of(request))
            role = commandreplies.role_of(self._switchboard.bench, asked)
            done = await self._perform(asked.netname, self._action(role, asked, request), request)
            status, body = commandreplies.succeeded(asked, done, role)
        except errors.LagerError as exc:
            status, body = commandreplies.net_command_failed(exc, asked, role)
        except commandreplies.Refused as exc:
            status, body = commandreplies.refused(exc, asked)
        return answers.Json(body, status_code=status)

    async def _perform(self, name: str, asked: wire.NetAction, request: Request) -> wire.NetDone:
        net = self._calls.find(name, asked.role)
        if actions.takes_time(asked.role, asked.action):
            async with while_there(request) as clock:
                done = await self._lanes.run(net.address, self._calls.perform, name, asked, clock)
        else:
            done = await self._lanes.run(net.address, self._calls.perform, name, asked)
        notices = [one for one in (done.notice, self._news(asked.holder)) if one]
        return wire.NetDone(done.message, done.value, "; ".join(notices))

    def _action(self, role: str, asked: commandreplies.Asked, request: Request) -> wire.NetAction:
        host = request.client.host if request.client else "somebody"
        caller, holder = f"{request.url.path} of {host}", self._whose(request.scope, asked.holder)
        return wire.NetAction(role, asked.action, asked.params or {}, caller, holder)
