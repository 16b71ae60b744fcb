"""The box's lock on the runner's port; what it answers is decided in `lager.lockdesk`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager.lockdesk import PATHS, LockDesk
from lager_runner import answers
from lager_runner.released import replies


class LockRoutes:
    """The endpoints of the lock."""

    def __init__(self, desk: LockDesk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        posts = [Route(path, self._post, methods=["POST"]) for path in PATHS.values()]
        return [Route(PATHS["lock"], self._show), *posts]

    async def _show(self, _: Request) -> Response:
        reply = self._desk.show()
        return replies.json_of(reply.body, reply.status)

    async def _post(self, request: Request) -> Response:
        body = await answers.body_of(request, answers.LARGEST_QUESTION)
        reply = await asyncio.to_thread(self._desk.post, request.url.path, body)
        return replies.json_of(reply.body, reply.status)
