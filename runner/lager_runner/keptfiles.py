"""Files that a run has left in its directory, for clients to fetch: the transcript, and long output of consoles."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lager import errors

PART = 262_144  # bytes that are read at once
_NAME_LIMIT = 200  # characters


def open_kept(path: Path, named: str) -> Iterator[bytes]:
    """Open a file and give its bytes, as many as it has now: it may be growing. The file is closed after the last one.

    Args:
        path: The file.
        named: What it is, for messages.

    Raises:
        UsageError: There is no such file.
    """
    try:
        # The script may have put anything there: a link to elsewhere, or a pipe that nobody writes to.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise errors.UsageError(f"there is no {named}: {(exc.strerror or str(exc)).lower()}") from exc
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        os.close(file)
        raise errors.UsageError(f"there is no {named}: it is not a plain file")
    return _parts(file, status.st_size)


def _parts(file: int, size: int) -> Iterator[bytes]:
    try:
        done = 0
        while done < size and (part := os.pread(file, min(PART, size - done), done)):
            done += len(part)
            yield part
    finally:
        os.close(file)


def checked_name(name: str) -> str:
    """Give the name of a console's file back, when it can be one.

    Raises:
        UsageError: It cannot: it leads elsewhere.
    """
    if 0 < len(name) <= _NAME_LIMIT and not name.startswith(".") and "/" not in name and "\0" not in name:
        return name
    raise errors.UsageError(f"{name!r} is not the name of a console's file")
