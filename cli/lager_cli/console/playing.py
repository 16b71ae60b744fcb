"""What is done in others' consoles, as lines to read and as entries of a transcript. Pure."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lager import wire
from lager_cli.console.link import Heard

_NO_TIME = " " * len("14:03:12")


@dataclass(frozen=True)
class Line:
    """One line on the screen.

    Attributes:
        who: When, where it is known, and in whose console.
        text: What he typed, or what came of it.
        style: How to show it, as `click.style` takes it.
    """

    who: str
    text: str
    style: dict[str, Any] = field(default_factory=dict)


class Play:
    """All consoles of one pause, told apart by whose they are.

    Args:
        pause: Its number.
        zone: The time zone to speak in; None for this machine's.
    """

    def __init__(self, pause: int, zone: datetime.tzinfo | None = None) -> None:
        self._pause, self._zone = pause, zone
        self._users: dict[str, str] = {}  # by console
        self._names: dict[str, str] = {}  # by console, each another one
        self._many: Counter[str] = Counter()  # how many consoles each user has had
        self._begun: dict[tuple[str, int], str] = {}  # by console and stream: a line without its end

    def lines(self, message: Heard) -> list[Line]:
        """Give what to show of a message; a line of output is shown when it is whole, or its statement is done."""
        match message:
            case wire.Said(source=source, by=by, time=moment, console=console):
                self._meet(console, by)
                first, *others = source.splitlines() or [""]
                if first.startswith("%run "):  # and the file's content
                    first, others = f"{first}  ({len(others)} lines)", []
                return [
                    *self._rest(console),
                    Line(self._who(console, moment), f">>> {first}", {"bold": True}),
                    *(Line(self._who(console), f"... {one}", {"bold": True}) for one in others),
                ]
            case wire.ConsoleOutput(stream=stream, text=text, console=console):
                *whole, self._begun[console, stream] = (self._begun.get((console, stream), "") + text).split("\n")
                return [self._output(console, stream, one) for one in whole]
            case wire.Wrote(call=call, console=console):
                return [*self._rest(console), Line(self._who(console), f"[done on the bench: {call}]", {"dim": True})]
            case wire.ConsoleResult(console=console):
                return self._rest(console)
        return []

    def entry(self, message: Heard, now: float) -> wire.TranscriptEntry | None:
        """Give a message as the run's transcript has it; None for what is none of its business.

        Args:
            message: What came.
            now: When it came, Unix time, s.
        """
        facts: dict[str, Any]
        match message:
            case wire.Said(statement, source, by, moment, console):
                self._meet(console, by)
                facts = {"kind": "statement", "time": moment, "text": source}
            case wire.ConsoleOutput(statement, stream, text, console):
                facts = {"kind": "output", "stream": stream, "text": text}
            case wire.Wrote(statement, call, console):
                facts = {"kind": "wrote", "text": call}
            case wire.ConsoleResult(statement, ok, console, _, file):
                facts = {"kind": "result", "ok": ok, "file": file}
            case _:
                return None
        user = self._users.get(console, "")
        known: dict[str, Any] = {"time": now, "user": user, "console": console, "statement": statement} | facts
        return wire.TranscriptEntry(pause=self._pause, **known)

    def _meet(self, console: str, by: str) -> None:
        if console in self._names:
            return
        self._many[by] += 1
        self._users[console] = by
        self._names[console] = by if self._many[by] == 1 else f"{by}/{self._many[by]}"

    def _who(self, console: str, moment: float | None = None) -> str:
        when = _NO_TIME
        if moment is not None:
            when = f"{datetime.datetime.fromtimestamp(moment, self._zone).astimezone(self._zone):%H:%M:%S}"
        return f"{when} {self._names.get(console, console[:8])} |"

    def _output(self, console: str, stream: int, text: str) -> Line:
        return Line(self._who(console), text, {"fg": "red"} if stream == 2 else {})

    def _rest(self, console: str) -> list[Line]:
        """Give the lines of a console that have no end yet."""
        begun = [(stream, text) for stream in (1, 2) if (text := self._begun.pop((console, stream), ""))]
        return [self._output(console, stream, text) for stream, text in begun]
