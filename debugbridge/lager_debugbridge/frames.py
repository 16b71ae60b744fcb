"""The frames of a paused thread, for one console: where they are, and the names that each of them has.

Frame 0 is the paused one, 1 called it, and so on. A frame's names are copied when it is first chosen. All frames of a
console share one copier, so that what two of them hold is one thing in the console, too.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType

from lager.banner import shown_file
from lager.paused import drop_copy
from lager_debugbridge.namespace import PRESET, Namespace
from lager_debugbridge.snapshot import Snapshot, local_names

LISTED = 60  # frames
AROUND = 8  # lines of source before and after
WHOLE = 40  # lines of a function that is shown whole


class Frames:
    """The stack below a pause, and the frame a console looks at.

    Args:
        frame: The paused one.
        line: Where it is; its own line counts where this is 0.
        snapshot: Of that frame.
    """

    def __init__(self, frame: FrameType, line: int, snapshot: Snapshot) -> None:
        self._frames: list[FrameType] = list(_stack(frame))
        self._lines = [one.f_lineno for one in self._frames]
        self._lines[0] = line or self._lines[0]
        self._snapshot = snapshot
        self._names: dict[int, Namespace] = {0: snapshot.names}
        self._locals: dict[int, list[str]] = {0: _own_names(frame)}
        self.at = 0

    @property
    def names(self) -> Namespace:
        """Give the names of the frame that is chosen."""
        return self._names[self.at]

    @property
    def highest(self) -> int:
        """Give the number of the outermost frame."""
        return len(self._frames) - 1

    def choose(self, number: int) -> None:
        """Look at that frame."""
        self._names_of(number)
        self.at = number

    def above(self) -> Iterator[tuple[str, int, str, Namespace | None, Namespace | None]]:
        """Give the frames above the paused one: file, line, function, and its module's names and its own.

        What is no frame of the script has none.
        """
        for number, frame in list(enumerate(self._frames[:LISTED]))[1:]:
            where = frame.f_code.co_filename, self._lines[number], frame.f_code.co_name
            if self._snapshot.is_script(frame.f_globals):
                yield *where, self._snapshot.of_module(frame.f_globals), self._names_of(number)
            else:
                yield *where, None, None

    def _names_of(self, number: int) -> Namespace:
        if number not in self._names:
            self._locals[number] = _own_names(self._frames[number])
            self._names[number] = self._snapshot.of_frame(self._frames[number])
        return self._names[number]

    def where(self) -> Iterator[str]:
        """Describe the stack, the outermost frame first, as tracebacks do."""
        first = max(LISTED - 1, self.at)
        if first < self.highest:
            yield f"      ({self.highest - first} frames further out)"
        for number in range(min(first, self.highest), -1, -1):
            yield self.describe(number)

    def describe(self, number: int) -> str:
        """Say on one line where a frame is."""
        frame, mark = self._frames[number], ">" if number == self.at else " "
        text = f"{mark} {number:>3}  {place(frame, self._lines[number])} in {frame.f_code.co_name}"
        code = linecache.getline(frame.f_code.co_filename, self._lines[number]).strip()
        return f"{text}: {code}" if code else text

    def source(self) -> Iterator[str]:
        """Give the lines around the place where the chosen frame is: its function, if that is short."""
        frame, here = self._frames[self.at], self._lines[self.at]
        lines = linecache.getlines(frame.f_code.co_filename)
        if not lines:
            yield f"there is no source of {place(frame, here)}"
            return
        first, last = here - AROUND, here + AROUND
        begin, end = _extent(frame.f_code)
        if frame.f_code.co_name != "<module>":
            whole = end - begin < WHOLE
            first, last = (begin, end) if whole else (max(first, begin), min(last, end))
        for number in range(max(first, 1), min(last, len(lines)) + 1):
            text = lines[number - 1].rstrip("\n")
            yield f"{'->' if number == here else '  '} {number:>4}  {text}".rstrip()

    def own_names(self) -> list[str]:
        """Give the names that the chosen frame has by itself, and those that the console has made in it."""
        return self._worth_a_word([*self._locals[self.at], *self.names.made()])

    def all_names(self) -> list[str]:
        """Give the names that the chosen frame sees: its own, and then those of its module."""
        return self._worth_a_word([*self.own_names(), *self.names])

    def _worth_a_word(self, names: Iterable[str]) -> list[str]:
        hidden = {*PRESET, "__builtins__", "__cached__", "__doc__", "__annotations__", "_"}
        there = [name for name in dict.fromkeys(names) if isinstance(name, str) and name in self.names]
        return [name for name in there if name not in hidden and name.isidentifier()]

    def drop(self) -> None:
        """Let go of all frames, and of what was made in them for looking."""
        for number, names in self._names.items():
            names.drop()
            if number:  # the paused one is the pause's own affair
                drop_copy(self._frames[number])
        self._frames, self._names = [], {}


def place(frame: FrameType, line: int = 0) -> str:
    """Say where a frame is: a file of the script by its name there, others by their path."""
    path = frame.f_code.co_filename
    root = os.environ.get("LAGER_RUN_DIR_ROOT", "")
    ours = root and os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), ""))
    return f"{shown_file(path) if ours or not os.path.isabs(path) else path}:{line or frame.f_lineno}"


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _own_names(frame: FrameType) -> list[str]:
    local = local_names(frame)
    return list(frame.f_globals if local is None else local)


def _extent(code: CodeType) -> tuple[int, int]:
    """Give the first and the last line of a function."""
    inside = [number for _, _, number in code.co_lines() if number]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inside += _extent(constant)
    return code.co_firstlineno, max([code.co_firstlineno, *inside])
