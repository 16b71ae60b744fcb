"""Files that a run has written, for clients to list and to fetch, while it runs and after.

A file is found from a root down, one component after the other: a link is followed by hand, and only as long as it
stays below its root, so nothing that a script does meanwhile leads out. A file that grows is given as far as it is.
The roots are the run's own directory, and by an absolute path those of the released interface.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from lager import errors, wire
from lager_runner import answers
from lager_runner.runs import Runs

RELEASED_ROOTS = ("/tmp/lager-output", "/tmp/lager-results", "/tmp/lager-job-output")
MOST_LISTED = 10_000  # files in one answer
_PART = 262_144  # bytes that are read at once
_MOST_LINKS = 40  # links on the way to one file, as the kernel has it
_MOST_STEPS = 500  # folders on that way, back and forth
_DEEPEST = 40  # folders in folders that are looked into
_LOOK = "see what there is with `lager runs files ID`"
_PATH_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC  # opens a link itself, and does nothing to a device or a pipe


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

    async def _fetch(self, request: Request) -> Response:
        work = self._runs.find(answers.run_of(request)).directory.real_work()
        file = await asyncio.to_thread(open_file, *rooted(work, request.path_params["path"]))
        # Without a length: a file that is being written may be shorter by the time it is sent. One that breaks off is
        # told from a whole one all the same, by its missing last chunk.
        return StreamingResponse(_parts(file), media_type="application/octet-stream")


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
    for root in (work, *RELEASED_ROOTS):
        if path.startswith(f"{root}/"):
            return root, path[len(root) + 1 :]
    raise errors.FileNotThere(
        f"{path} may not be fetched: it is outside the run's own directory",
        f"write it there, or into {RELEASED_ROOTS[0]}",
    )


def open_file(root: str, path: str) -> int:
    """Open a plain file below a root for reading; give its descriptor.

    Raises:
        FileNotThere: There is none, or the path leads out.
    """
    with _found(root, path) as found:
        kind = os.fstat(found).st_mode
        if stat.S_ISDIR(kind):
            raise errors.FileNotThere(f"{path!r} is a folder", f"fetch its files one by one; {_LOOK}")
        if not stat.S_ISREG(kind):
            raise errors.FileNotThere(f"{path!r} is no plain file", _LOOK)
        return os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_CLOEXEC)


def listed(root: str, below: str = "") -> list[wire.FileInfo]:
    """Tell of the plain files in a folder below a root, in the order of their paths.

    Raises:
        FileNotThere: There is no such folder, or the path leads out.
        UsageError: There are too many of them.
    """
    found: list[wire.FileInfo] = []
    with _found(root, below) as folder:
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


@contextlib.contextmanager
def _found(root: str, path: str) -> Iterator[int]:
    """Walk from a root to what is at `path` below it; gives a descriptor that names it, and does no more."""
    with contextlib.ExitStack() as opened, _refusals(path):
        trail = [_opened(opened, root, None)]
        todo, links, steps = deque(_components(path)), 0, 0
        while todo:
            name, steps = todo.popleft(), steps + 1
            if links > _MOST_LINKS or steps > _MOST_STEPS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if name == "..":
                if len(trail) == 1:
                    raise _leads_out(path)
                trail.pop()
                continue
            here = _opened(opened, name, trail[-1])
            if stat.S_ISLNK(os.fstat(here).st_mode):
                links += 1
                target = os.readlink("", dir_fd=here)
                if target.startswith("/"):
                    target, trail = _inside(target, root, path), trail[:1]
                todo.extendleft(reversed(_components(target)))
            else:
                trail.append(here)
        yield trail[-1]


def _opened(opened: contextlib.ExitStack, name: str, within: int | None) -> int:
    file = os.open(name, _PATH_ONLY, dir_fd=within)
    opened.callback(os.close, file)
    return file


def _components(path: str) -> list[str]:
    return [one for one in path.split("/") if one not in ("", ".")]


def _inside(target: str, root: str, path: str) -> str:
    """Give what an absolute link leads to, seen from the root."""
    if target != root and not target.startswith(f"{root}/"):
        raise _leads_out(path)
    return target[len(root) :]


def _leads_out(path: str) -> errors.FileNotThere:
    return errors.FileNotThere(f"{path!r} leads out of the directory that files may be fetched from", _LOOK)


@contextlib.contextmanager
def _refusals(path: str) -> Iterator[None]:
    """Say what the system says as what it is: there is no such file to fetch."""
    try:
        yield
    except OSError as exc:
        why = (exc.strerror or str(exc)).lower()
        raise errors.FileNotThere(f"{path!r} cannot be fetched: {why}", _LOOK) from exc
    except ValueError as exc:  # a NUL byte, or what no file system can encode
        raise errors.FileNotThere(f"{path!r} is no name of a file", _LOOK) from exc


def _parts(file: int) -> Iterator[bytes]:
    """Give the bytes that there are now, and close the file."""
    try:
        size, done = os.fstat(file).st_size, 0
        while done < size and (part := os.pread(file, min(_PART, size - done), done)):
            done += len(part)
            yield part
    finally:
        os.close(file)
