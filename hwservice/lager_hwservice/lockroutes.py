"""The box's lock on :9000; what it answers is decided in `lager.lockdesk`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager.lockdesk import PATHS, LockDesk
from lager_hwservice import answers
from lager_hwservice.lanes import Lanes


class LockRoutes:
    """The endpoints of the lock.

    Args:
        desk: Who answers.
        lanes: Threads, as that blocks.
    """

    def __init__(self, desk: LockDesk, lanes: Lanes) -> None:
        self._desk = desk
        self._lanes = lanes

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        posts = [Route(path, self._post, methods=["POST"]) for path in PATHS.values()]
        return [Route(PATHS["lock"], self._show), *posts]

    async def _show(self, _request: Request) -> Response:
        reply = self._desk.show()
        return answers.Json(reply.body, status_code=reply.status)

    async def _post(self, request: Request) -> Response:
        body = await answers.body_of(request)
        reply = await self._lanes.run(PATHS["lock"], self._desk.post, request.url.path, body)
        return answers.Json(reply.body, status_code=reply.status)
