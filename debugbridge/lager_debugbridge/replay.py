"""What was said to one console, numbered and kept for whoever has not got it yet: slow, or joining again. No I/O.

It is bounded. What is too much is the oldest text, and whoever comes to that place is told how much is missing; results
stay, because somebody waits for each of them.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections import deque
from dataclasses import dataclass

import msgspec

from lager import wire

TEXT_LIMIT = 4 * 1024 * 1024  # characters
OVERHEAD = 256  # that a message costs besides its text, in characters
KEPT_LIMIT = 4096  # results and gaps older than the oldest text that is kept

Numbered = wire.ConsoleOutput | wire.ConsoleResult | wire.Wrote | wire.Said | wire.ConsoleClosed


@dataclass(frozen=True)
class Gap:
    """Messages that are not kept.

    Attributes:
        number: Of the last one.
        characters: Of their text.
        statement: Which the last one was about.
        console: Whose that was.
    """

    number: int
    characters: int
    statement: int
    console: str

    def told(self) -> wire.ConsoleOutput:
        """Give what stands in its place."""
        note = f"\n[{self.characters} characters left out here: the connection is too slow, or was away for too long]\n"
        return wire.ConsoleOutput(self.statement, 2, note, self.console, self.number)


class Replay:
    """The last messages of one console.

    Args:
        limit: How much text is kept, characters.
    """

    def __init__(self, limit: int = TEXT_LIMIT) -> None:
        self.last = 0  # number
        self._limit = limit
        self._size = 0
        self._base = 0  # the number before the first
        self._told = 0  # the highest number that was given out
        self._old: list[Numbered | Gap] = []  # what is left of those before the oldest text, in order
        self._new: deque[Numbered] = deque()  # all others, without any gap

    def add(self, message: Numbered) -> None:
        """Give a message its number, and keep it."""
        self.last += 1
        self._new.append(msgspec.structs.replace(message, number=self.last))
        self._size += OVERHEAD + _characters(message)
        while self._new and self._size > self._limit:
            self._age()

    def begin_after(self, seen: int) -> None:
        """Go on counting where another one had come to, which its client has seen."""
        by = max(0, seen - self._base)
        self._base += by
        self.last += by
        self._old = [
            dataclasses.replace(one, number=one.number + by)
            if isinstance(one, Gap)
            else msgspec.structs.replace(one, number=one.number + by)
            for one in self._old
        ]
        self._new = deque(msgspec.structs.replace(one, number=one.number + by) for one in self._new)

    def after(self, seen: int) -> Numbered | None:
        """Give the first message after that number, or what is said in the place of those that are not kept."""
        found = self._find(seen)
        if found is None:
            return None
        self._told = max(self._told, found.number)
        return found.told() if isinstance(found, Gap) else found

    def _find(self, seen: int) -> Numbered | Gap | None:
        if self._old and self._old[-1].number > seen:
            return self._old[bisect.bisect_right(self._old, seen, key=lambda one: one.number)]
        if not self._new or self._new[-1].number <= seen:
            return None
        return self._new[max(0, seen + 1 - self._new[0].number)]

    def _age(self) -> None:
        """Take the oldest message that is whole: a text is dropped, anything else stays."""
        message = self._new.popleft()
        self._size -= OVERHEAD + _characters(message)
        if isinstance(message, wire.ConsoleResult | wire.ConsoleClosed):
            self._old.append(message)
        else:
            self._drop(message)
        if len(self._old) > KEPT_LIMIT:
            self._old[:2] = [_joined(self._old[0], self._old[1])]

    def _drop(self, message: Numbered) -> None:
        last = self._old[-1] if self._old else None
        if isinstance(last, Gap) and not last.number <= self._told < message.number:  # what was got is not missing
            self._old[-1] = _joined(last, message)
        else:
            self._old.append(_gap(message))


def _joined(first: Numbered | Gap, second: Numbered | Gap) -> Gap:
    before, after = _gap(first), _gap(second)
    return Gap(after.number, before.characters + after.characters, after.statement, after.console)


def _gap(one: Numbered | Gap) -> Gap:
    if isinstance(one, Gap):
        return one
    return Gap(one.number, _characters(one), getattr(one, "statement", 0), one.console)


def _characters(message: Numbered) -> int:
    match message:
        case wire.ConsoleOutput(text=text) | wire.Said(source=text) | wire.Wrote(call=text):
            return len(text)
    return 0
