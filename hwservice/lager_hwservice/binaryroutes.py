"""Programs that are put on the box for scripts, on :9000; what is done and said is in `lager.binaryfolder`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import binaryfolder, boxlock, errors, limits
from lager.releasedpaths import is_released
from lager_hwservice import answers
from lager_hwservice.lanes import Lanes

_LANE = "programs for scripts"


class BinaryRoutes:
    """The endpoints of programs.

    Args:
        lanes: Threads, as all of it blocks.
        shuts_out: Says who has the box's lock, where that is not this holder (and this run); '' if nobody has.
    """

    def __init__(self, lanes: Lanes, shuts_out: Callable[[str, str], str]) -> None:
        self._lanes = lanes
        self._shuts_out = shuts_out

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [
            Route("/binaries/list", self.listing),
            Route("/binaries/add", self.add, methods=["POST"]),
            Route("/binaries/remove", self.remove, methods=["POST"]),
        ]

    async def listing(self, _request: Request) -> Response:
        """List the programs."""
        return answers.Json(await self._lanes.run(_LANE, binaryfolder.listing))

    async def add(self, request: Request) -> Response:
        """Put a program on the box."""
        self._refuse_others(request)
        form = await _form(request)
        return answers.Json(await self._lanes.run(_LANE, binaryfolder.put, *form))

    async def remove(self, request: Request) -> Response:
        """Take a program off the box."""
        self._refuse_others(request)
        return answers.Json(await self._lanes.run(_LANE, binaryfolder.remove, await answers.body_of(request)))

    def _refuse_others(self, request: Request) -> None:
        """Keep the box as it is for who has it; released clients do not say who they are, and look at it themselves."""
        holder = request.query_params.get("holder", "")
        if not is_released(request.scope) and (other := self._shuts_out(holder, "")):
            raise boxlock.locked_by(other)


async def _form(request: Request) -> tuple[str, bytes]:
    """Read the name and the content of a program.

    Raises:
        UsageError: It is no form, or too large.
    """
    most = limits.read().upload + binaryfolder.BESIDES
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise errors.UsageError("the request is no form", "send multipart/form-data: the parts `binary` and `name`")
    body = await answers.body_of(request, most, binaryfolder.too_large())
    try:
        form = await MultiPartParser(request.headers, _once(body), max_part_size=most).parse()
    except (MultiPartException, KeyError, UnicodeError) as exc:
        raise errors.UsageError(f"the form is malformed: {exc}", "send the parts `binary` and `name`") from exc
    try:
        binary, name = form.get("binary"), form.get("name") or ""
        given = name.encode() if isinstance(name, str) else await name.read()
        content = await binary.read() if isinstance(binary, UploadFile) else (binary or "").encode()
        filename = binary.filename or "" if isinstance(binary, UploadFile) else ""
    finally:
        await form.close()
    return given.decode(errors="replace") or filename, content


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
