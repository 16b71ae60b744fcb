"""`/download-file` on :9000, where newer released clients ask; what there is to fetch is in `lager.releasedfiles`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from lager import releasedfiles
from lager.sending import Sending
from lager_hwservice import answers
from lager_hwservice.lanes import Lanes


class DownloadRoutes:
    """The endpoint of files.

    Args:
        lanes: Threads, as looking for a file blocks.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def routes(self) -> list[Route]:
        """Give the endpoint."""
        return [Route(releasedfiles.PATH, self._fetch)]

    async def _fetch(self, request: Request) -> Response | Sending:
        invocation = releasedfiles.invocation_of(request.headers.get(releasedfiles.HEADER))
        path = request.query_params.get("filename")
        found = await self._lanes.run(releasedfiles.PATH, releasedfiles.download, path, invocation)
        if isinstance(found, releasedfiles.Refused):
            return answers.Json(found.body, status_code=found.status)
        parts = found.parts()
        return Sending(StreamingResponse(parts, headers=found.headers()), parts)
