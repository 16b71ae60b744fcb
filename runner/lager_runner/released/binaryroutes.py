"""Programs that are put on the box for scripts, on :5000; what is done and said is in `lager.binaryfolder`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import binaryfolder, boxlock, limits, releasedpaths
from lager.lockfile import LockFile
from lager_runner import answers
from lager_runner.released import multipart, replies


class BinaryRoutes:
    """The endpoints of programs.

    Args:
        lock: The box's lock.
    """

    def __init__(self, lock: LockFile) -> None:
        self._lock = lock

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [
            Route("/binaries/list", self._list),
            Route("/binaries/add", self._add, methods=["POST"]),
            Route("/binaries/remove", self._remove, methods=["POST"]),
        ]

    async def _list(self, _: Request) -> Response:
        return replies.json_of(await asyncio.to_thread(binaryfolder.listing))

    async def _add(self, request: Request) -> Response:
        self._refuse_others(request)
        most = limits.read().upload + binaryfolder.BESIDES
        form = await multipart.read(request, most, binaryfolder.too_large())
        content = form.last("binary") or multipart.Part("", b"")
        name = form.text("name") or content.filename
        return replies.json_of(await asyncio.to_thread(binaryfolder.put, name, content.data))

    async def _remove(self, request: Request) -> Response:
        self._refuse_others(request)
        body = await answers.body_of(request, answers.LARGEST_QUESTION)
        return replies.json_of(await asyncio.to_thread(binaryfolder.remove, body))

    def _refuse_others(self, request: Request) -> None:
        """Keep the box as it is for who has it; released clients do not say who they are, and look at it themselves."""
        if releasedpaths.is_released(request.scope):
            return
        if other := self._lock.shuts_out(request.query_params.get("holder", ""), ""):
            raise boxlock.locked_by(other)
