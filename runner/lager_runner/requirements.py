"""What a requirements.txt asks for, as far as it must be known to tell whether it is installed already.

It reads files and installs nothing. Nothing but the standard library is imported.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator

FILE = "requirements.txt"
_COMMENT = re.compile(r"(^|\s)#.*$")
_OTHER_FILE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))(?P<path>\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)")
_FILE_URL = re.compile(r"(?:\S+\s*@\s*)?file:(?://)?")


def key(work: str) -> str:
    """Give a name for what is required in the directory `work`, by this Python; empty where that is nothing.

    The name begins with the kind of Python (`cpython-311`). It changes with the content of the file, of those that it
    names, and of what lies in the directory and is to be installed.
    """
    lines = list(_lines(os.path.join(work, FILE)))
    if not lines:
        return ""
    digest = hashlib.sha256("\0".join([sys.version, sys.executable, os.uname().machine]).encode())
    for part in _parts(work, lines, set()):
        digest.update(b"\0" + part)
    return f"{sys.implementation.cache_tag}-{digest.hexdigest()[:32]}"


def _lines(path: str) -> Iterator[str]:
    """Give the lines that say something; none of a file that is not there (pip complains of that)."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read().replace("\\\n", "")
    except (FileNotFoundError, IsADirectoryError):
        return
    yield from filter(None, (_COMMENT.sub("", line).strip() for line in text.splitlines()))


def _parts(folder: str, lines: list[str], seen: set[str]) -> Iterator[bytes]:
    for line in lines:
        yield os.fsencode(line)
        if other := _OTHER_FILE.match(line):
            path = os.path.join(folder, other["path"])
            if path not in seen:
                seen.add(path)
                yield from _parts(os.path.dirname(path), list(_lines(path)), seen)
        else:
            yield from _local(folder, line)


def _local(folder: str, line: str) -> Iterator[bytes]:
    """Give the content of what is installed from a file or a folder of this machine."""
    wanted = _EDITABLE.sub("", line)
    path = os.path.join(folder, re.split(r"\s|;|\[", _FILE_URL.sub("", wanted))[0])
    if not os.path.exists(path):
        return
    if wanted != line:
        yield os.fsencode(os.path.realpath(path))  # an editable one stays where it is, so nobody else can use it
    yield from _content(path)


def _content(path: str) -> Iterator[bytes]:
    if os.path.isfile(path):
        with open(path, "rb") as file:
            yield hashlib.sha256(file.read()).digest()
        return
    for here, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            inside = os.path.join(here, name)
            yield os.fsencode(os.path.relpath(inside, path))
            if os.path.isfile(inside):
                yield from _content(inside)
