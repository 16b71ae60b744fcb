"""What of a run's transcript is kept: so much output of each statement, and so much in all. It writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lager import wire

STATEMENT_LIMIT = 64 * 1024  # characters of the output of one statement
WHOLE_LIMIT = 64 * 1024 * 1024  # bytes of all lines
JOINED = 4096  # characters of output that are gathered to one line
LEFT_OUT = "The output of this statement goes on; the first {limit} characters are kept."
COUNTED = 1024  # statements whose output is counted at a time
FULL = "The transcript ends here: it has {limit} bytes."


class Bounds:
    """The bounds of one transcript. Entries go in, lines come out.

    Output is gathered, for a statement may print a character at a time; it comes out before anything that happened
    after it began.

    Args:
        size: Of the lines that there are, bytes.
        whole: How many there may be; a gap is said on top of that.
        statement: Characters of output of one statement.
    """

    def __init__(self, size: int, whole: int = WHOLE_LIMIT, statement: int = STATEMENT_LIMIT) -> None:
        self._size = size
        self._whole = whole
        self._statement = statement
        self._full = size >= whole  # and that was said
        self._gathered: dict[str, wire.TranscriptEntry] = {}  # by console
        self._shown: dict[tuple[str, int], int] = {}  # by console and statement: characters of output so far

    def take(self, entry: wire.TranscriptEntry) -> bytes:
        """Take an entry; give the lines to write now."""
        due = list(self._gather(entry))
        if due:  # what others have written before comes before it
            older = [console for console, one in self._gathered.items() if one.time < due[-1].time]
            due += [self._gathered.pop(console) for console in older]
        return self._lines(due)

    def rest(self) -> bytes:
        """Give the lines of what was gathered."""
        entries, self._gathered = list(self._gathered.values()), {}
        return self._lines(entries)

    def _lines(self, entries: list[wire.TranscriptEntry]) -> bytes:
        return b"".join(map(self._line, sorted(entries, key=lambda one: one.time)))

    def _gather(self, entry: wire.TranscriptEntry) -> Iterator[wire.TranscriptEntry]:
        before = self._gathered.pop(entry.console, None)
        text, gap = self._bounded(entry) if entry.kind == "output" else ("", False)
        if before and entry.kind == "output" and _is_one(before, entry):
            entry = msgspec.structs.replace(before, text=before.text + text)
        else:
            if before:
                yield before
            if entry.kind != "output":
                yield entry
                return
            entry = msgspec.structs.replace(entry, text=text)
        if gap or len(entry.text) >= JOINED:
            yield entry
        elif entry.text:
            self._gathered[entry.console] = entry
        if gap:
            told = LEFT_OUT.format(limit=self._statement)
            yield msgspec.structs.replace(entry, kind="gap", stream=0, text=told)

    def _bounded(self, entry: wire.TranscriptEntry) -> tuple[str, bool]:
        """Give how much of some output is kept, and whether to say now that there is more."""
        statement = (entry.console, entry.statement)
        shown = self._shown.pop(statement, 0)
        after = self._shown[statement] = shown + len(entry.text)  # at the end: the first was quiet for longest
        if len(self._shown) > COUNTED:
            del self._shown[next(iter(self._shown))]
        return entry.text[: max(0, self._statement - shown)], shown <= self._statement < after

    def _line(self, entry: wire.TranscriptEntry) -> bytes:
        if self._full:
            return b""
        line = wire.to_json(entry) + b"\n"
        if self._size + len(line) > self._whole:
            self._full = True
            told = FULL.format(limit=self._whole)
            line = wire.to_json(wire.TranscriptEntry(time=entry.time, kind="gap", text=told)) + b"\n"
        self._size += len(line)
        return line


def _is_one(first: wire.TranscriptEntry, second: wire.TranscriptEntry) -> bool:
    return (first.statement, first.stream) == (second.statement, second.stream)
