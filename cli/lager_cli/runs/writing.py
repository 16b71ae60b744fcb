"""Writing to the standard streams of this command, whoever reads them, or reads them no more (`| head`, a terminal)."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

import click


class Unwritable(Exception):
    """What is written arrives nowhere any more.

    Attributes:
        why: What the system said; empty where the reader has just gone, which needs no words.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Outlet:
    """Standard output and standard error, until one of them cannot be written; then neither is written any more."""

    def __init__(self) -> None:
        self._unread = False

    def write(self, data: bytes, error: bool = False) -> None:
        """Write bytes as they are, at once.

        Raises:
            Unwritable: It cannot be; that is said once.
        """
        if self._unread:
            return
        out: BinaryIO = sys.stderr.buffer if error else sys.stdout.buffer
        try:
            out.write(data)
            out.flush()
        except OSError as exc:
            self._unread = True
            _forget(out)
            gone = exc.errno in (errno.EPIPE, errno.EIO)
            raise Unwritable("" if gone else (exc.strerror or str(exc)).lower()) from exc


def say(words: str, red: bool = False) -> None:
    """Say something to who sits there, on standard error."""
    with contextlib.suppress(OSError):  # a terminal that has gone reads nothing
        click.secho(words, err=True, fg="red" if red else None)


def one_file() -> bool:
    """Whether both streams are one file, so that lines of both can have one order."""
    try:
        out, err = os.fstat(sys.stdout.fileno()), os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):  # there is no file behind one of them
        return False
    return (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino)


def _forget(out: BinaryIO) -> None:
    """Point a stream nowhere, so that the flush at exit finds no broken pipe."""
    with _nowhere() as nowhere:
        os.dup2(nowhere, out.fileno())
    with contextlib.suppress(OSError):
        out.flush()


@contextlib.contextmanager
def _nowhere() -> Iterator[int]:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
