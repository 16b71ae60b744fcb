"""What a box says of itself to clients of the released interface, and the stream by which they try the connection."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lager import __version__, releasedpaths
from lager_runner.released import frames, replies


class Facts:
    """The endpoints of the box itself."""

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [Route("/cli-version", self._cli_version), Route("/test-stream", self._test_stream)]

    async def _cli_version(self, request: Request) -> Response:
        served = releasedpaths.versions(request.scope)["version"]
        facts = {"box_version": served, "updater_version": __version__, "raw": f"{served}|{__version__}"}
        return replies.json_of(facts)

    async def _test_stream(self, _: Request) -> Response:
        body = frames.frame(1, b"Hello world\n") + frames.exit_frame(0)
        return Response(body, headers=replies.STREAM, media_type="text/plain")
