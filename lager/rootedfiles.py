"""Opens files below a root, and nothing outside it, whatever a script does meanwhile.

A file is found from the root down, one component after the other: a link is followed by hand, and only as long as it
stays below the root. What cannot be had is told apart by the number of the error: `ENOENT`, `EISDIR` for a folder,
`EXDEV` for what leads out, or whatever the system says. No part of `import lager`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections import deque
from collections.abc import Generator, Iterator

from lager import errors

RELEASED_ROOTS = ("/tmp/lager-output", "/tmp/lager-results", "/tmp/lager-job-output")
_PART = 262_144  # bytes that are read at once
_MOST_LINKS = 40  # links on the way to one file, as the kernel has it
_MOST_STEPS = 500  # folders on that way, back and forth
_LOOK = "see what there is with `lager runs files ID`"
_PATH_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC  # opens a link itself, and does nothing to a device or a pipe


def open_file(root: str, path: str) -> int:
    """Open a plain file below a root for reading; give its descriptor.

    Raises:
        FileNotThere: There is none, or the path leads out.
    """
    with found(root, path) as it:
        kind = os.fstat(it).st_mode
        if stat.S_ISDIR(kind):
            raise _missing(f"{path!r} is a folder", f"fetch its files one by one; {_LOOK}", errno.EISDIR)
        if not stat.S_ISREG(kind):
            raise _missing(f"{path!r} is no plain file", _LOOK, errno.EINVAL)
        return os.open(f"/proc/self/fd/{it}", os.O_RDONLY | os.O_CLOEXEC)


@contextlib.contextmanager
def found(root: str, path: str) -> Iterator[int]:
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
    return _missing(f"{path!r} leads out of the directory that files may be fetched from", _LOOK, errno.EXDEV)


@contextlib.contextmanager
def _refusals(path: str) -> Iterator[None]:
    """Say what the system says as what it is: there is no such file to fetch."""
    try:
        yield
    except OSError as exc:
        why = (exc.strerror or str(exc)).lower()
        raise _missing(f"{path!r} cannot be fetched: {why}", _LOOK, exc.errno or errno.ENOENT) from exc
    except ValueError as exc:  # a NUL byte, or what no file system can encode
        raise _missing(f"{path!r} is no name of a file", _LOOK, errno.ENOENT) from exc


def _missing(what: str, hint: str, number: int) -> errors.FileNotThere:
    error = errors.FileNotThere(what, hint)
    error.because(number)
    return error


def parts(file: int) -> Generator[bytes, None, None]:
    """Give the bytes that there are now; the file is closed after them, or when nobody wants them any more."""
    given = _parts(file)
    next(given)  # a generator that was never entered closes nothing, and a client may go before its answer begins
    return given


def _parts(file: int) -> Generator[bytes, None, None]:
    try:
        yield b""
        size, done = os.fstat(file).st_size, 0
        while done < size and (part := os.pread(file, min(_PART, size - done), done)):
            done += len(part)
            yield part
    finally:
        os.close(file)
