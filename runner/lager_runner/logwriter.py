"""Appends to a run's output log, and goes on when the disk is full: what could not be kept is marked as a gap."""

from __future__ import annotations

import os
import time

from lager_runner import outputlog


class LogWriter:
    """The only writer of one log.

    Args:
        path: The log, which exists.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._size = os.fstat(self._file).st_size
        self.missing = 0  # bytes of output that could not be written since the last mark
        self._why = ""

    def append(self, stream: int, data: bytes) -> bool:
        """Write a chunk, after the mark of a gap if there is one; False when it could not be kept."""
        if not data:
            return False
        if self.missing and not self.mark_gap():
            self.missing += len(data)
            return False
        if self._write(stream, data):
            return True
        self.missing += len(data)
        return False

    def mark_gap(self) -> bool:
        """Say in the log what is missing; True once nothing is left to be said."""
        if self.missing and self._write(outputlog.STDERR, gap(self.missing, self._why).encode()):
            self.missing = 0
        return not self.missing

    def _write(self, stream: int, data: bytes) -> bool:
        block = outputlog.encode(stream, time.time(), data)
        try:
            written = os.write(self._file, block)
            if written < len(block):
                written += os.write(self._file, block[written:])
        except OSError as exc:  # the disk is full, a quota or limit is reached, or the disk fails
            self._why = exc.strerror or str(exc)
            written = -1
        if written == len(block):
            self._size += written
            return True
        os.ftruncate(self._file, self._size)  # half a chunk must not stay before the next one
        return False


def gap(missing: int, why: str) -> str:
    """Give the line that stands where output is missing."""
    return f"\n=== lager: {missing} bytes of output are missing here: {why or 'the log could not be written'}\n"
