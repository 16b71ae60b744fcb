"""What :9000 answers about safety: limits and safe states of nets, and bringing the bench into its safe state.

Decodes, asks, encodes; decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import boxlock, errors, wire
from lager_hwservice import answers, safestates, safetylimits, whileconnected
from lager_hwservice.lanes import Lanes
from lager_hwservice.safekeeper import SafeKeeper
from lager_hwservice.switchboard import Switchboard

_LANE = "the bench's safety"


class SafeRoutes:
    """The endpoints of safety.

    Args:
        switchboard: The bench.
        keeper: Brings nets into their safe state.
        lanes: Threads for what blocks.
        shut_out: Says who has the box's lock where that shuts a holder out; '' where it does not.
    """

    def __init__(
        self, switchboard: Switchboard, keeper: SafeKeeper, lanes: Lanes, shut_out: Callable[[str, str], str]
    ) -> None:
        self._switchboard = switchboard
        self._keeper = keeper
        self._lanes = lanes
        self._shut_out = shut_out

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [
            Route("/nets/{name:path}/safety-limits", self.limits, methods=["PUT"]),
            Route("/nets/{name:path}/safe", self.safe_state, methods=["PUT"]),
            Route("/nets/{name:path}/while-connected", self.while_connected, methods=["PUT"]),
            Route("/bench/safe", self.make_safe, methods=["POST"]),
            Route("/bench/safe", self.made_safe),
        ]

    async def limits(self, request: Request) -> Response:
        """Set the safety limits of a net; an empty object clears them."""
        given = await _object(request)
        limits = safetylimits.understood(given, strictly=True)
        kept: dict[str, Any] = {} if limits is None else wire.from_json(wire.to_json(limits), dict[str, Any])
        return await self._set(request, "safety_limits", kept)

    async def safe_state(self, request: Request) -> Response:
        """Set the safe state of a net; an empty object clears it."""
        given = await _object(request)
        for net in self._named(request):
            safestates.understood(net.role, given)
        kept = {key: value for key, value in given.items() if value is not None}
        return await self._set(request, "safe", kept)

    async def while_connected(self, request: Request) -> Response:
        """Set what a battery does with a parameter while it is connected; an empty object says as by default."""
        given = await _object(request)
        return await self._set(request, whileconnected.KEY, given)

    async def _set(self, request: Request, key: str, value: dict[str, Any]) -> Response:
        self._named(request)
        other = self._shut_out(request.query_params.get("holder", ""), "")
        if other:
            raise boxlock.locked_by(other)
        name = request.path_params["name"]
        await self._lanes.run(_LANE, self._switchboard.change, wire.SetSafety(1, name, key, value))
        return answers.Json({"ok": True, "name": name, key: value})

    def _named(self, request: Request) -> list[wire.NetRecord]:
        name = request.path_params["name"]
        named = [net for net in self._switchboard.bench.nets if net.name == name]
        if not named:
            self._switchboard.bench.find(name, "")  # says which there are
        return named

    async def make_safe(self, request: Request) -> Response:
        """Bring nets into their safe state."""
        asked: wire.SafeRequest = wire.from_json(await answers.body_of(request) or b"{}", wire.SafeRequest)
        meant = wire.MakeSafe(1, asked.nets, "", asked.why, asked.holder, asked.force)
        return answers.Json(await self._lanes.run(_LANE, self._keeper.make_safe, meant))

    async def made_safe(self, _request: Request) -> Response:
        """Give what was done last, and what is still to be done."""
        events = await self._lanes.run(_LANE, self._keeper.events)
        return answers.Json(wire.SafeHistory(events, [one.net for one in self._keeper.waiting()]))


async def _object(request: Request) -> dict[str, Any]:
    given: Any = wire.from_json(await answers.body_of(request) or b"null", Any)
    if not isinstance(given, dict):
        raise errors.UsageError("the body must be a JSON object", "send {} to clear what there is")
    return given
