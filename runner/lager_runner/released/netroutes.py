"""The nets and instruments of a box, as clients of the released interface ask for them on :5000.

They are the hardware service's: it is asked. Asking blocks, so it is done in threads.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import boxlock, releasednets, releasedpaths, wire
from lager.lockfile import LockFile
from lager.service import Service
from lager_runner import answers
from lager_runner.released import replies


class NetRoutes:
    """The endpoints of nets.

    Args:
        hardware: The hardware service, which has them.
        lock: The box's lock.
    """

    def __init__(self, hardware: Service, lock: LockFile) -> None:
        self._hardware = hardware
        self._lock = lock

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/status", self._status),
            Route("/nets/list", self._list),
            Route("/instruments/list", self._instruments),
            Route("/nets/{name:path}", self._save, methods=["PUT"]),
            Route("/nets/{name:path}", self._delete, methods=["DELETE"]),
        ]

    async def _status(self, request: Request) -> Response:
        nets = await asyncio.to_thread(self._hardware.nets)
        facts = {**releasedpaths.versions(request.scope), "nets": releasednets.short(nets)}
        return replies.json_of({"healthy": True, **facts})

    async def _list(self, _: Request) -> Response:
        return replies.json_of(releasednets.records(await asyncio.to_thread(self._hardware.saved)))

    async def _instruments(self, _: Request) -> Response:
        return replies.json_of(await asyncio.to_thread(self._hardware.instruments))

    async def _save(self, request: Request) -> Response:
        body, name = await answers.body_of(request, answers.LARGEST_QUESTION), request.path_params["name"]
        await self._change(request, await asyncio.to_thread(self._meant, request, body, name))
        return replies.json_of({"ok": True})

    def _meant(self, request: Request, body: bytes, name: str) -> wire.BenchChange:
        """Say what is to become of the bench; released clients rename a net by saving it under its new name."""
        if not releasedpaths.is_released(request.scope):
            return wire.SaveNets(1, [releasednets.read(body, name)])
        if new_name := releasednets.renamed(body, name, self._hardware.saved()):
            return wire.RenameNet(1, name, new_name)
        record = releasednets.read(body, name)
        return wire.SaveNets(1, releasednets.reached([record], self._hardware.instruments()))

    async def _delete(self, request: Request) -> Response:
        name, role = request.path_params["name"], request.query_params.get("role", "")
        if not await self._change(request, wire.DeleteNets(1, name, role)):
            raise releasednets.absent()
        return replies.json_of({"ok": True})

    async def _change(self, request: Request, asked: wire.BenchChange) -> bool:
        # Released clients do not say who they are; they look at the lock themselves.
        if not releasedpaths.is_released(request.scope):
            holder = request.query_params.get("holder", "")
            if other := self._lock.shuts_out(holder, ""):
                raise boxlock.locked_by(other)
        return await asyncio.to_thread(self._hardware.change, asked)
