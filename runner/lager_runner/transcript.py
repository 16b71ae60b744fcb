"""The transcript of a run: what was done in its consoles, and by whom; a file in the run's directory, JSON lines.

It outlives the run, and the runner. It is written where the script cannot feel it, and what the disk does not take is
missing, which is said as soon as it takes something again.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lager import wire
from lager_runner.transcriptbounds import Bounds

MISSING = "Here is something missing: {why}."
# The script may have put anything there: a link to elsewhere, or a pipe, which would hold up the runner.
_ITSELF = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Transcript:
    """The transcript of one run, as the runner writes it.

    Args:
        path: The file, which is made when there is something to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bounds: Bounds | None = None  # known when the file was looked at
        self._why = ""  # what was last is missing, if it is

    def add(self, entry: wire.TranscriptEntry) -> None:
        """Write an entry; output of a statement may wait for more of it."""
        if self._bounds is None:
            self._bounds = Bounds(self._repaired())
        lines = self._bounds.take(entry)
        if lines and self._why:
            told = wire.TranscriptEntry(time=entry.time, kind="gap", text=MISSING.format(why=self._why))
            lines = wire.to_json(told) + b"\n" + lines
        self._write(lines)

    def flush(self) -> None:
        """Write what waits."""
        if self._bounds is not None:
            self._write(self._bounds.rest())

    def _write(self, lines: bytes) -> None:
        if not lines:
            return
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _ITSELF, 0o600)
            try:
                before = os.fstat(file).st_size
                if os.write(file, lines) < len(lines):
                    os.ftruncate(file, before)  # half a line must not stay before the next one
                    self._why = "the disk was full"
                else:
                    self._why = ""
            finally:
                os.close(file)
        except OSError as exc:  # the disk is full or fails, or the run was just removed
            self._why = exc.strerror or str(exc)

    def _repaired(self) -> int:
        """Cut off half a line that a runner has left which was killed; give the size of the rest, bytes."""
        with contextlib.suppress(OSError):  # there is none yet; or what is wrong is found when it is written
            file = os.open(self._path, os.O_RDWR | _ITSELF)
            try:
                size = os.fstat(file).st_size
                whole = _end_of_lines(file, size)
                if whole < size:
                    os.ftruncate(file, whole)
                return whole
            finally:
                os.close(file)
        return 0


def _end_of_lines(file: int, size: int) -> int:
    end = size
    while end:
        start = max(0, end - 65536)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
