"""The endpoints of :9000 that ask the instrument at an address, for `lager diagnose`. They only read, and are bounded.

They take no lock: a box that is locked can be diagnosed. Callers without a token may have the box ask what has a net,
and nothing else: what they send may come from a web page.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import addresses
from lager.releasedpaths import is_released
from lager_hwservice import answers
from lager_hwservice.diagnosis import lanlook, reaching, told
from lager_hwservice.diagnosis.asking import ASKED_WITHIN, MOST_PATIENCE, USUAL_PATIENCE, Asking
from lager_hwservice.diagnosis.routes import NO_ADDRESS, refused
from lager_hwservice.switchboard import Switchboard

NOT_LAN = "not an address on a network (expected TCPIP0::HOST::PORT::SOCKET, TCPIP0::HOST::INSTR or modbus-tcp://HOST)"
NO_TIME = "within is no number of seconds (expected 10, say: how long the instrument may take to answer)"
NO_NET = "no net of this bench has that address"
NOT_CONNECTED = "it was not tried: an instrument that is in use is not connected to a second time"


class AskingRoutes:
    """The endpoints.

    Args:
        switchboard: The bench and its workers.
    """

    def __init__(self, switchboard: Switchboard) -> None:
        self._asking = Asking(switchboard)

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [Route("/diagnose/visa", self.on_visa), Route("/diagnose/lan", self.on_lan)]

    async def on_visa(self, request: Request) -> Response:
        """Ask an instrument who it is."""
        address = request.query_params.get("address", "").strip()
        if not address:
            return refused(address, NO_ADDRESS)
        if is_released(request.scope) and not self._asking.nets_at(address):
            return refused(address, NO_NET)
        patience = _patience(request)
        if patience is None:
            return refused(address, NO_TIME)
        return answers.Json(told.visa(address, await self._asking.ask(address, _caller(request), patience)))

    async def on_lan(self, request: Request) -> Response:
        """Say what is on the way to an instrument on a network, and ask it who it is."""
        address = request.query_params.get("address", "").strip()
        if not address:
            return refused(address, NO_ADDRESS)
        server = addresses.network(address)
        if server is None:
            return refused(address, NOT_LAN)
        patience = _patience(request)
        if patience is None:
            return refused(address, NO_TIME)
        (resolved, way, unknown), asked = await asyncio.gather(
            _way_to(server[0]), self._asking.ask(address, _caller(request), patience)
        )
        if asked.probed.skipped:
            unknown = unknown | {"connect": NOT_CONNECTED}
        elif resolved.addresses and not asked.probed.reached:
            unknown = unknown | {"connect": "none was tried"}
        found = told.lan(address, server, resolved, way, asked)
        if found["connect"] == reaching.SLOW and any(map(lanlook.nobody_has, resolved.addresses)):
            found["connect"] = reaching.UNREACHABLE  # which the kernel would have said a second later
        return answers.Json(found | {"could_not_look": unknown})


def _patience(request: Request) -> float | None:
    """Give how long an instrument may take to answer, s, within what the box allows; None for what is no time."""
    said = request.query_params.get("within")
    if said is None:
        return USUAL_PATIENCE
    try:
        wanted = float(said)
    except ValueError:
        return None
    return min(max(wanted, ASKED_WITHIN), MOST_PATIENCE) if wanted > 0 else None  # nan is not


async def _way_to(host: str) -> tuple[lanlook.Resolved, str | None, dict[str, str]]:
    """Look up a host's addresses, and the way to the first; and say why not, where that is not known."""
    resolved = await lanlook.resolved(host)
    if resolved.could_not_look:
        return resolved, None, {"resolved": resolved.could_not_look, "route": "its address is not known"}
    if not resolved.addresses:
        return resolved, None, {"route": "it has no address"}
    try:
        return resolved, lanlook.route(resolved.addresses[0]), {}
    except lanlook.CouldNotLook as exc:
        return resolved, None, {"route": str(exc)}


def _caller(request: Request) -> str:
    return f"lager diagnose from {request.client.host}" if request.client else "lager diagnose"
