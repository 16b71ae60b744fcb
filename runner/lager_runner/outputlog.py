"""The form of a run's output log: numbered chunks, one after another, that only ever grow.

A chunk is a header (mark, stream, time, length) and its bytes; its number is the offset at which it begins, so whoever
reads needs no index and goes on wherever it stopped. A chunk of stdout or stderr never ends inside a UTF-8 character;
one of the output channel may end anywhere. This file knows the form and how to read it; who writes is
`lager_runner.logwriter`. Nothing but the standard library is imported.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

STDOUT, STDERR, CHANNEL = 1, 2, 3  # the third is the output channel
HEADER = struct.Struct("<2sBxId")  # mark, stream, length, Unix time (s)
MARK = b"\xf8L"  # 0xF8 occurs in no UTF-8 text
LARGEST = 65536  # bytes of one chunk, and of one message made of several
JOINED_WITHIN = 1.0  # s between the chunks of one message: whoever reads it wants to know when that was
_BLOCK = 4 * LARGEST


class Chunk(NamedTuple):
    """Some output; `end` is the offset of what follows it, `time` when it was read from the script (Unix time, s)."""

    end: int
    stream: int
    time: float
    data: bytes


class NotAChunk(ValueError):
    """No chunk begins at that offset."""


def encode(stream: int, time: float, data: bytes) -> bytes:
    """Give the bytes of a chunk."""
    return HEADER.pack(MARK, stream, len(data), time) + data


def decode(block: bytes, start: int) -> tuple[int, float, bytes] | None:
    """Read the chunk that begins at `start` of `block`: its stream, time and data; None while it is not all there.

    Raises:
        NotAChunk: Nothing begins there.
    """
    begin = start + HEADER.size
    if len(block) < begin:
        return None
    mark, stream, length, time = HEADER.unpack_from(block, start)
    if mark != MARK:
        raise NotAChunk(f"no chunk begins at byte {start}")
    if len(block) < begin + length:
        return None
    return stream, time, block[begin : begin + length]


def whole(data: bytes) -> int:
    """Say how many bytes of `data` can go without cutting the character at its end; what is no UTF-8 is not held."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4 if byte < 0xF8 else 1
            return len(data) - back if needed > back else len(data)
    return len(data)


class Reader:
    """Reads a log from an offset, at its own pace, also while it grows.

    Args:
        path: The log.
        offset: Where to begin: 0, or the `end` of a chunk.

    Raises:
        NotAChunk: The log is shorter than that.
    """

    def __init__(self, path: str | os.PathLike[str], offset: int = 0) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.position = offset
        self._block = b""
        self._start = 0  # of what is not yet read, in the block
        if not 0 <= offset <= os.fstat(self._file).st_size:
            self.close()
            raise NotAChunk(f"the log has no byte {offset}")

    def next(self, largest: int = LARGEST) -> Chunk | None:
        """Give what comes next; None at the end of the log.

        As many chunks of one stream as fit `largest` are joined, if they are of about the same time.
        """
        found = self._take()
        if found is None:
            return None
        stream, time, data = found
        parts, size = [data], len(data)
        while (more := self._peek()) and more[0] == stream and size + len(more[2]) <= largest:
            if abs(more[1] - time) > JOINED_WITHIN:
                break
            self._advance(more[2])
            parts.append(more[2])
            size += len(more[2])
        return Chunk(self.position, stream, time, b"".join(parts))

    def skip(self, until: float) -> None:
        """Leave out the chunks at the beginning of what is left that are older than that (Unix time, s)."""
        while True:
            before, block, start = self.position, self._block, self._start
            found = self._take()
            if found is None:
                return
            if found[1] >= until:
                self.position, self._block, self._start = before, block, start
                return

    def close(self) -> None:
        """Close the log."""
        os.close(self._file)

    def _take(self) -> tuple[int, float, bytes] | None:
        found = self._peek()
        if found is None:
            # A chunk that is not all there may be taken back by its writer, so it is read anew from the file.
            self._block, self._start = os.pread(self._file, _BLOCK, self.position), 0
            found = self._peek()
        if found:
            self._advance(found[2])
        return found

    def _peek(self) -> tuple[int, float, bytes] | None:
        return decode(self._block, self._start)

    def _advance(self, data: bytes) -> None:
        self._start += HEADER.size + len(data)
        self.position += HEADER.size + len(data)
