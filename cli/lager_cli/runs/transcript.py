"""The transcript of a run: fetched from its box, and told in lines for people. It prints nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from lager import wire
from lager_cli.selection import Box

_SILENT = 30.0  # s that the box may take for the next part of it
# What would move the cursor or ring the bell, or hide what comes after it, is shown as its escape.
_SHOWN = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"} | {13: ""}


def fetch(box: Box, run: str) -> Iterator[wire.TranscriptEntry]:
    """Fetch the transcript of a run, as it is now.

    Raises:
        LagerError: There is no such run, or the box cannot be asked.
    """
    path = f"/runs/{quote(run, safe='')}/transcript"
    entries: Iterator[wire.TranscriptEntry] = box.runner.lines(path, wire.TranscriptEntry, timeout=_SILENT)
    return entries


def told(entries: Iterable[wire.TranscriptEntry], local: Callable[[float], datetime.datetime]) -> Iterator[str]:
    """Tell it in lines.

    Args:
        entries: The transcript.
        local: Makes a Unix time one of the reader's time zone.
    """
    day: datetime.date | None = None
    for entry in entries:
        words = _words(entry)
        if not words:
            continue
        at = local(entry.time)
        if at.date() != day:
            day = at.date()
            yield f"=== {day:%Y-%m-%d}"
        head = f"{at:%H:%M:%S}  {_plain(entry.user) or '-'}  "
        for line in words:
            yield head + line
            head = " " * len(head)


def _words(entry: wire.TranscriptEntry) -> list[str]:
    match entry.kind:
        case "statement":
            marks = [">>> ", *["... "] * entry.text.count("\n")]
            return [mark + line for mark, line in zip(marks, _lines(entry.text), strict=False)]
        case "output":
            return _lines(entry.text)
        case "result":
            return [f"(all of its output: {_plain(entry.file)})"] if entry.file else []
        case "wrote":
            return [f"[done on the bench: {_plain(entry.text)}]"]
        case "gap":
            return [f"[{_plain(entry.text)}]"]
    return [_happened(entry)]


def _happened(entry: wire.TranscriptEntry) -> str:
    what = "follower" if entry.view else "console"
    match entry.kind:
        case "joined":
            return f"opened a {what} on pause {entry.pause}"
        case "broken":
            return f"lost the connection of the {what}"
        case "again":
            return f"is back in the {what}"
        case "left":
            return f"left the {what}" + (f" ({_plain(entry.text)})" if entry.text else "")
    done = f": {_plain(entry.text)}" if entry.text else ""
    return f"pause {entry.pause} {_plain(entry.kind)}{done}"


def _lines(text: str) -> list[str]:
    return [line.translate(_SHOWN) for line in text.removesuffix("\n").split("\n")]


def _plain(text: str) -> str:
    return text.translate(_SHOWN | {10: " ", 9: " "})
