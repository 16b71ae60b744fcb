"""Files that a run has written, for clients to list and to fetch, while it runs and after.

A file is found below a root (`lager.rootedfiles`), and one that grows is given as far as it is. The roots are the
run's own directory, and by an absolute path those of the released interface.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from lager import errors, rootedfiles, wire
from lager.sending import Sending
from lager_runner import answers
from lager_runner.runs import Runs

MOST_LISTED = 10_000  # files in one answer
_DEEPEST = 40  # folders in folders that are looked into
_LOOK = "see what there is with `lager runs files ID`"


class FileRoutes:
    """The endpoints of runs' files."""

    def __init__(self, all_runs: Runs) -> None:
        self._runs = all_runs

    def routes(self) -> list[BaseRoute]:
        """Give the endpoints."""
        return [Route("/runs/{name}/files", self._list), Route("/runs/{name}/files/{path:path}", self._fetch)]

    async def _list(self, request: Request) -> Response:
        root = self._runs.find(answers.run_of(request)).directory.real_work()
        below = request.query_params.get("below", "")
        return answers.json_of(await asyncio.to_thread(listed, root, below))

    async def _fetch(self, request: Request) -> Response | Sending:
        work = self._runs.find(answers.run_of(request)).directory.real_work()
        file = await asyncio.to_thread(rootedfiles.open_file, *rooted(work, request.path_params["path"]))
        # Without a length: a file that is being written may be shorter by the time it is sent. One that breaks off is
        # told from a whole one all the same, by its missing last chunk.
        parts = rootedfiles.parts(file)
        return Sending(StreamingResponse(parts, media_type="application/octet-stream"), parts)


def rooted(work: str, path: str) -> tuple[str, str]:
    """Give the root that a client's path lies below, and the rest of it.

    Args:
        work: The run's own directory.
        path: Below that; or absolute, below it or one of the released roots.

    Raises:
        FileNotThere: It lies below none of them.
    """
    if not path.startswith("/"):
        return work, path
    for root in (work, *rootedfiles.RELEASED_ROOTS):
        if path.startswith(f"{root}/"):
            return root, path[len(root) + 1 :]
    raise errors.FileNotThere(
        f"{path} may not be fetched: it is outside the run's own directory",
        f"write it there, or into {rootedfiles.RELEASED_ROOTS[0]}",
    )


def listed(root: str, below: str = "") -> list[wire.FileInfo]:
    """Tell of the plain files in a folder below a root, in the order of their paths.

    Raises:
        FileNotThere: There is no such folder, or the path leads out.
        UsageError: There are too many of them.
    """
    found: list[wire.FileInfo] = []
    with rootedfiles.found(root, below) as folder:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            raise errors.FileNotThere(f"{below!r} is no folder", _LOOK)
        prefix = PurePosixPath(below) if below else PurePosixPath()
        _look_into(f"/proc/self/fd/{folder}", prefix, found, _DEEPEST)
    return sorted(found, key=lambda one: one.path)


def _look_into(
    name: str, prefix: PurePosixPath, found: list[wire.FileInfo], deep: int, within: int | None = None
) -> None:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if within is not None else 0)
    try:
        folder = os.open(name, flags, dir_fd=within)
    except OSError:
        return  # it has gone since, or its owner has closed it
    try:
        for one in os.listdir(folder):
            with contextlib.suppress(OSError):  # it has gone since
                status = os.stat(one, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode) and deep:
                    _look_into(one, prefix / one, found, deep - 1, folder)
                elif stat.S_ISREG(status.st_mode):
                    found.append(wire.FileInfo(_as_text(prefix / one), status.st_size, status.st_mtime))
                    _check_count(found)
    finally:
        os.close(folder)


def _check_count(found: list[wire.FileInfo]) -> None:
    if len(found) > MOST_LISTED:
        raise errors.UsageError(
            f"there are more than {MOST_LISTED} files", "name a folder of them: `lager runs files ID FOLDER`"
        )


def _as_text(path: PurePosixPath) -> str:
    """Give a path that can be sent; a name that is no UTF-8 can be seen so, but not fetched."""
    return os.fsencode(path).decode(errors="replace")
