"""`/download-file` on the runner's port: what there is to fetch is decided in `lager.releasedfiles`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from lager import releasedfiles
from lager.sending import Sending
from lager_runner.released.replies import json_of


class Downloads:
    """The endpoint of files."""

    def routes(self) -> list[BaseRoute]:
        """Give the endpoint."""
        return [Route(releasedfiles.PATH, _fetch)]


async def _fetch(request: Request) -> Response | Sending:
    invocation = releasedfiles.invocation_of(request.headers.get(releasedfiles.HEADER))
    found = await asyncio.to_thread(releasedfiles.download, request.query_params.get("filename"), invocation)
    if isinstance(found, releasedfiles.Refused):
        return json_of(found.body, found.status)
    parts = found.parts()
    return Sending(StreamingResponse(parts, headers=found.headers()), parts)
