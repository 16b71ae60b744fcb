"""A line drawn with characters: eight dots each, so that it is seen without colours and over any connection."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a Braille character: by column, then by row
_EMPTY = 0x2800
_ACROSS, _DOWN = 2, 4
_LABEL = 8  # columns for the numbers at the left
SPANS = (60.0, 120.0, 300.0, 600.0)  # s

Samples = Sequence[tuple[float, "float | None"]]


@dataclass(frozen=True)
class Frame:
    """Where a plot is drawn.

    Attributes:
        title: What it shows, with its unit: `Voltage, V`.
        columns: Its width, characters.
        rows: Its height, with the line of the title.
    """

    title: str
    columns: int
    rows: int


def span(began: float | None, now: float) -> float:
    """Choose how much time a plot shows, s: the shortest that shows all, or the longest there is."""
    age = 0.0 if began is None else now - began
    return next((one for one in SPANS if age <= one), SPANS[-1])


def draw(samples: Iterable[tuple[float, float | None]], frame: Frame, now: float, seconds: float) -> list[str]:
    """Draw the last `seconds` of some samples. Where there is no value the line has a gap.

    Returns:
        As many rows as the frame has, none longer than it.
    """
    width, height = max(frame.columns - _LABEL - 1, 1), max(frame.rows - 1, 1)
    seen = [(time, value) for time, value in samples if time >= now - seconds]
    low, high = _scale([value for _, value in seen if value is not None])
    cells = _cells(seen, (width, height), (now - seconds, seconds), (low, high))
    labels = [""] * height
    if not math.isnan(low):
        labels[0], labels[-1] = _number(high, high - low), _number(low, high - low)
    minutes = f"{seconds / 60:g} min"
    head = f"{frame.title}  (last {minutes})"
    rows = [f"{label:>{_LABEL}}┤{''.join(map(chr, row))}" for label, row in zip(labels, cells, strict=True)]
    return [line[: frame.columns] for line in (head, *rows)][: frame.rows]


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """Give the values at the bottom and the top; so far apart that noise does not fill the picture."""
    if not values:
        return math.nan, math.nan
    low, high = min(values), max(values)
    least = max(0.01, abs(high) * 0.02)
    if high - low < least:
        middle = (high + low) / 2
        low, high = middle - least / 2, middle + least / 2
    step = 10.0 ** math.floor(math.log10(high - low)) / 2
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _cells(
    samples: Samples, size: tuple[int, int], time: tuple[float, float], scale: tuple[float, float]
) -> list[list[int]]:
    """Give the characters, row by row from the top."""
    columns, rows = size
    (start, seconds), (low, high) = time, scale
    right, down = columns * _ACROSS - 1, rows * _DOWN - 1
    cells = [[_EMPTY] * columns for _ in range(rows)]

    def place(moment: float, value: float) -> tuple[int, int]:
        x = round((moment - start) / seconds * right)
        y = down - round((value - low) / (high - low) * down)
        return min(max(x, 0), right), min(max(y, 0), down)

    before: tuple[int, int] | None = None
    for moment, value in samples:
        here = None if value is None else place(moment, value)
        for x, y in _line(before, here):
            cells[y // _DOWN][x // _ACROSS] |= _DOTS[x % _ACROSS][y % _DOWN]
        before = here
    return cells


def _line(start: tuple[int, int] | None, end: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
    """Give the dots from one place to the next; without a start, the end alone."""
    if end is None:
        return
    if start is None:
        yield end
        return
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        yield (
            start[0] + round((end[0] - start[0]) * step / steps),
            start[1] + round((end[1] - start[1]) * step / steps),
        )


def _number(value: float, distance: float) -> str:
    digits = min(max(1 - math.floor(math.log10(distance)), 0), 4)
    return f"{value + 0.0:.{digits}f}"
