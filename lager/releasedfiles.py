"""`/download-file`: the files that clients of the released interface may fetch, and how they are refused others.

They name no run. An absolute path lies in one of the released folders, or in a run's own; any other path means the run
that the same process of the client has started: it says one id (`Lager-Invocation-Id`) in all that it asks. No part of
`import lager`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Generator
from typing import NamedTuple
from urllib.parse import quote

from lager import errors, rootedfiles, settings

PATH = "/download-file"
HEADER = "lager-invocation-id"
INVOCATION = "invocation"  # a file in a run's directory
_LONGEST = 200  # characters of what those clients call themselves
_STATUSES = {errno.EISDIR: 400, errno.EINVAL: 400, errno.EXDEV: 403, errno.EACCES: 403}
_TEXTS = {400: "Path is not a file", 403: "Access to this path is not permitted"}
_WHERE = f"write it into the script's own directory, or into {rootedfiles.RELEASED_ROOTS[0]}"


class Download(NamedTuple):
    """A file to be sent; `file` is a descriptor, `parts` reads and closes it."""

    file: int
    name: str
    size: int

    def headers(self) -> dict[str, str]:
        """Give the headers of the answer."""
        disposition = f"attachment; filename*=UTF-8''{quote(self.name)}"
        if self.name.isascii() and self.name.isprintable() and not {'"', "\\"} & set(self.name):
            disposition = f'attachment; filename="{self.name}"'
        return {
            "content-type": "application/octet-stream",
            "content-disposition": disposition,
            "content-length": str(self.size),
        }

    def parts(self) -> Generator[bytes, None, None]:
        """Give the bytes, as many as were there at first."""
        return rootedfiles.parts(self.file)


class Refused(NamedTuple):
    """Why there is no file: the HTTP status, and what is sent as JSON."""

    status: int
    body: dict[str, str]


def invocation_of(given: str | None) -> str:
    """Give what a client calls itself; empty where it says nothing of use."""
    return (given or "")[:_LONGEST]


def download(path: str | None, invocation: str) -> Download | Refused:
    """Open the file that a client asks for.

    Args:
        path: As in its query.
        invocation: What it calls itself.
    """
    if not path:
        return _refused(400, "Missing filename parameter", "ask for /download-file?filename=PATH")
    root, below = _rooted(path, invocation)
    if not root:
        return _refused(403, _TEXTS[403], _WHERE)
    try:
        file = rootedfiles.open_file(root, below)
    except errors.FileNotThere as exc:
        status = _STATUSES.get(exc.number, 404)
        return _refused(status, _TEXTS.get(status, f"File not found: {path}"), exc.hint)
    return Download(file, os.path.basename(path), os.fstat(file).st_size)


def _rooted(path: str, invocation: str) -> tuple[str, str]:
    """Give the root that a path lies below, and the rest of it; no root where it lies below none."""
    if not path.startswith("/"):
        return _work_of(invocation), path
    for root in rootedfiles.RELEASED_ROOTS:
        if path.startswith(f"{root}/"):
            return root, path[len(root) + 1 :]
    runs = settings.state_dir() / "runs"
    for folder in (str(runs), os.path.realpath(runs)):
        if path.startswith(f"{folder}/"):
            run, _, rest = path[len(folder) + 1 :].partition("/")
            work, _, below = rest.partition("/")
            if work == "work" and run not in {".", ".."}:
                return f"{folder}/{run}/work", below
    return "", ""


def _work_of(invocation: str) -> str:
    """Give the own directory of the last run that this process of a client has started; empty for none."""
    found: list[tuple[float, str]] = []
    for note in (settings.state_dir() / "runs").glob(f"*/{INVOCATION}") if invocation else ():
        with contextlib.suppress(OSError, UnicodeDecodeError):  # it has just been removed
            if note.read_text() == invocation:
                found.append((note.stat().st_mtime, os.path.realpath(note.with_name("work"))))
    return max(found)[1] if found else ""


def _refused(status: int, text: str, hint: str) -> Refused:
    return Refused(status, {"error": text, "status": "error", "what": text, "hint": hint})
