"""Setting up a bench over :9000: what is plugged in, and changes of the bench file. Decodes, asks, encodes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import boxlock, wire
from lager_hwservice import answers, inventory, usb
from lager_hwservice.lanes import Lanes
from lager_hwservice.simulated import Simulations
from lager_hwservice.survey import Survey
from lager_hwservice.switchboard import Switchboard

_LANE = "setting up"


class SetupRoutes:
    """The endpoints by which a bench is set up.

    Args:
        switchboard: The bench.
        simulations: The way to the simulated bench, if there is one.
        lanes: Threads, as all of it blocks.
        shuts_out: Says who has the box's lock, where that is not this holder (and this run); '' if nobody has.
        machine: Where the kernel tells of its USB.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        simulations: Simulations,
        lanes: Lanes,
        shuts_out: Callable[[str, str], str],
        machine: usb.Machine = usb.THIS,
    ) -> None:
        self._switchboard = switchboard
        self._survey = Survey(lambda: switchboard.bench, simulations, machine)
        self._lanes = lanes
        self._shuts_out = shuts_out

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [
            Route("/instruments/list", self.instruments),
            Route("/instruments/known", self.known),
            Route("/nets/saved", self.saved),
            Route("/nets/change", self.change, methods=["POST"]),
        ]

    async def instruments(self, _request: Request) -> Response:
        """List what is plugged in."""
        return answers.Json(await self._lanes.run(_LANE, self._survey.listing))

    async def known(self, _request: Request) -> Response:
        """Give what the box has drivers for: each instrument's roles, and the channels of each."""
        return answers.Json(await self._lanes.run(_LANE, inventory.known))

    async def saved(self, _request: Request) -> Response:
        """Give the bench file: the nets, and all that their records say."""
        return answers.Json(self._switchboard.saved())

    async def change(self, request: Request) -> Response:
        """Change the bench file: all that is asked for, or nothing."""
        body = await answers.body_of(request)
        asked: wire.BenchChange = wire.from_json(body, wire.BenchChange)
        who: _Who = wire.from_json(body, _Who)
        return answers.Json(wire.BenchChanged(await self._lanes.run(_LANE, self._change, asked, who.holder)))

    def _change(self, asked: wire.BenchChange, holder: str) -> bool:
        if other := self._shuts_out(holder, ""):
            raise boxlock.locked_by(other)
        return self._switchboard.change(asked)


class _Who(msgspec.Struct, frozen=True):
    """Who asks, beside what is asked."""

    holder: str = ""
