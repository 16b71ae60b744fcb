"""Appends to a run's output log, and goes on when the disk is full: what could not be kept is marked as a gap.

That is said when it begins, and how much it was when there is room again, or at the end; what fits meanwhile is kept.
A log has a limit, too. What comes after it is not kept; that is said when it begins, and at the end how much it was.
"""

from __future__ import annotations

import os
import tempfile
import time

from lager_runner import outputlog

ROOM = 1 << 20  # bytes that must be free before a full disk counts as one with room: else it is full again at once
_GOES_ON = "the script goes on"


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
        self._folder = os.path.dirname(os.path.abspath(path))
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._size = os.fstat(self._file).st_size
        self._limit = limit
        self._notes = notes
        self._full = False  # its limit is reached
        self._why = ""
        self._told = False  # that a gap has begun
        self.missing = 0
        self.lost = 0

    def append(self, stream: int, data: bytes) -> bool:
        """Write a chunk, after the mark of a gap that is over; False when nothing was written."""
        if not data:
            return False
        if not self._full and self._limit and self._size + outputlog.HEADER.size + len(data) > self._limit:
            return self._reach_limit(data)
        if self._full:
            self._miss(data)
            return False
        marked = self.missing > 0 and self._has_room() and self.mark_gap()
        if self._write(stream, data):
            return True
        self._miss(data)
        return self._tell_of_gap() or marked

    def say(self, line: str) -> bool:
        """Write a line of Lager's own, also where the limit is reached."""
        return self._write(self._notes, line.encode())

    def mark_gap(self) -> bool:
        """Say in the log what is missing; True once nothing is left to be said."""
        if self.missing and self.say(gap(self.missing, self._why)):
            self.missing, self._told = 0, False
        return not self.missing

    def _tell_of_gap(self) -> bool:
        """Say that a gap has begun, if that is not said yet and can be; whether it was said now."""
        now = not self._told and self.say(f"\n=== lager: from here on output may be missing: {self._why}; {_GOES_ON}\n")
        self._told = self._told or now
        return now

    def _has_room(self) -> bool:
        """Say whether the disk, a quota and all other limits leave room for more than a few lines."""
        try:
            with tempfile.TemporaryFile(dir=self._folder) as probe:
                os.posix_fallocate(probe.fileno(), 0, ROOM)
        except OSError:
            return False
        return True

    def _reach_limit(self, data: bytes) -> bool:
        self.mark_gap()  # of a disk that was full before
        self._full, self._why = True, f"this box keeps {self._limit} bytes of a run's output (`lager box limits`)"
        self._miss(data)
        return self.say(f"\n=== lager: from here on no output is kept: {self._why}; {_GOES_ON}\n")

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
