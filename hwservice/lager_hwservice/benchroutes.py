"""The nets as other programs set them up over :9000, as the released box has it, and how all of them are.

Decodes, asks, encodes. Whoever changes the bench says by `?holder=` who he is, where somebody has the box's lock.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import boxlock, releasednets, wire
from lager.releasedpaths import is_released
from lager_hwservice import answers
from lager_hwservice.lanes import Lanes
from lager_hwservice.standings import Standings
from lager_hwservice.switchboard import Switchboard

_LANE = "setting up"


class BenchRoutes:
    """The endpoints of the nets.

    Args:
        switchboard: The bench.
        standings: Reads the nets.
        lanes: Threads, as changes block.
        shuts_out: Says who has the box's lock, where that is not this holder (and this run); '' if nobody has.
        instruments: Looks what is plugged in.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        standings: Standings,
        lanes: Lanes,
        shuts_out: Callable[[str, str], str],
        instruments: Callable[[], list[wire.Instrument]],
    ) -> None:
        self._switchboard = switchboard
        self._standings = standings
        self._lanes = lanes
        self._shuts_out = shuts_out
        self._instruments = instruments

    def routes(self) -> list[Route]:
        """Give the endpoints. Those with a net's name come last: others begin as it may."""
        return [
            Route("/nets/state", self.state),
            Route("/nets", self.delete_all, methods=["DELETE"]),
            Route("/nets/{name:path}/rename", self.rename, methods=["POST"]),
            Route("/nets/{name:path}", self.save, methods=["PUT"]),
            Route("/nets/{name:path}", self.delete, methods=["DELETE"]),
        ]

    async def state(self, request: Request) -> Response:
        """Say how all nets are, within 8 s."""
        host = request.client.host if request.client else "somebody"
        caller = request.query_params.get("caller") or f"/nets/state of {host}"
        return answers.Json(await self._standings.read(self._switchboard.bench.nets, caller))

    async def save(self, request: Request) -> Response:
        """Save a net, in the place of the one of its name and role."""
        name, body = request.path_params["name"], await answers.body_of(request)
        if not is_released(request.scope):
            await self._change(request, wire.SaveNets(0, [releasednets.read(body, name)]))
        elif new_name := releasednets.renamed(body, name, self._switchboard.saved()):
            await self._change(request, wire.RenameNet(0, name, new_name))
        else:
            record = releasednets.read(body, name)
            there = await self._lanes.run(_LANE, self._instruments)
            await self._change(request, wire.SaveNets(0, releasednets.reached([record], there)))
        return answers.Json({"ok": True})

    async def delete(self, request: Request) -> Response:
        """Delete the nets of a name, or the one of a role."""
        name, role = request.path_params["name"], request.query_params.get("role", "")
        if not await self._change(request, wire.DeleteNets(0, name, role)):
            raise releasednets.absent()
        return answers.Json({"ok": True})

    async def delete_all(self, request: Request) -> Response:
        """Delete every net."""
        await self._change(request, wire.DeleteNets(0))
        return answers.Json({"ok": True})

    async def rename(self, request: Request) -> Response:
        """Give a net another name."""
        old = request.path_params["name"]
        asked: _Renaming = wire.from_json(await answers.body_of(request), _Renaming)
        if all(net.name != old for net in self._switchboard.bench.nets):
            raise releasednets.absent()
        await self._change(request, wire.RenameNet(0, old, asked.new_name))
        return answers.Json({"ok": True})

    async def _change(self, request: Request, asked: wire.BenchChange) -> bool:
        holder = request.query_params.get("holder", "")

        def change() -> bool:
            # Released clients do not say who they are; they look at the lock themselves.
            if not is_released(request.scope) and (other := self._shuts_out(holder, "")):
                raise boxlock.locked_by(other)
            return self._switchboard.change(asked)

        return await self._lanes.run(_LANE, change)


class _Renaming(msgspec.Struct, frozen=True):
    new_name: str
