"""Appends to a run's output log, and goes on when the disk is full: what could not be kept is marked as a gap.

A log has a limit, too. What comes after it is not kept; that is said when it begins, and at the end how much it was.
"""

from __future__ import annotations

import os
import time

from lager_runner import outputlog


class LogWriter:
    """The only writer of one log.

    Args:
        path: The log, which exists.
        limit: How long it may become, bytes; 0 for no limit. Lager's own few lines do not count.
        notes: The stream for Lager's own lines.

    Attributes:
        missing: Bytes of output that could not be written since the last mark.
        lost: Bytes of output that could not be written, in all.
    """

    def __init__(self, path: str, limit: int = 0, notes: int = outputlog.STDERR) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._size = os.fstat(self._file).st_size
        self._limit = limit
        self._notes = notes
        self._full = False  # its limit is reached
        self._why = ""
        self.missing = 0
        self.lost = 0

    def append(self, stream: int, data: bytes) -> bool:
        """Write a chunk, after the mark of a gap if there is one; False when nothing was written."""
        if not data:
            return False
        if not self._full and self._limit and self._size + outputlog.HEADER.size + len(data) > self._limit:
            return self._reach_limit(data)
        if not self._full and (not self.missing or self.mark_gap()) and self._write(stream, data):
            return True
        self._miss(data)
        return False

    def say(self, line: str) -> bool:
        """Write a line of Lager's own, also where the limit is reached."""
        return self._write(self._notes, line.encode())

    def mark_gap(self) -> bool:
        """Say in the log what is missing; True once nothing is left to be said."""
        if self.missing and self.say(gap(self.missing, self._why)):
            self.missing = 0
        return not self.missing

    def _reach_limit(self, data: bytes) -> bool:
        self.mark_gap()  # of a disk that was full before
        self._full, self._why = True, f"this box keeps {self._limit} bytes of a run's output (`lager box limits`)"
        self._miss(data)
        return self.say(f"\n=== lager: from here on no output is kept: {self._why}; the script goes on\n")

    def _miss(self, data: bytes) -> None:
        self.missing += len(data)
        self.lost += len(data)

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
