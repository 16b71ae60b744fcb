"""Battery models inside a simulated 2281S: open-circuit voltage and resistance over the state of charge. Pure.

The firmware's own curves are not published: the built-in models are straight lines, which is enough for a bench.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

POINTS = 101


class Curve(NamedTuple):
    """A model: voltages, V, that never fall, and resistances, ohm, that never rise; a point for each percent."""

    voc: tuple[float, ...]
    resistance: tuple[float, ...]


def at(values: Sequence[float], position: float) -> float:
    """Give the value at a position between 0 and the last index, on the line between its neighbours."""
    index = min(int(position), len(values) - 2)
    part = position - index
    low, high = values[index], values[index + 1]
    value = low + (high - low) * part
    return min(value, high) if low <= high else max(value, high)  # rounding must not put it beyond its neighbours


def position(values: Sequence[float], value: float) -> float:
    """Find the least position where values that never fall reach one; the last one where none does."""
    index = bisect_left(values, value)
    if index == 0:
        return 0.0
    if index == len(values):
        return float(len(values) - 1)
    below, above = values[index - 1], values[index]
    return index - 1 + (value - below) / (above - below)


def filled(coarse: Sequence[float], points: int = POINTS) -> list[float]:
    """Draw straight lines between evenly spaced points."""
    last = len(coarse) - 1
    return [at(coarse, last * index / (points - 1)) for index in range(points)]


def ordered(name: str, values: Sequence[float]) -> bool:
    """Tell whether values go the one way they may: VOC never falls, RES never rises (manual, error 710)."""
    pairs = itertools.pairwise(values)
    return all(a <= b for a, b in pairs) if name == "VOC" else all(a >= b for a, b in pairs)


def line(volts: tuple[float, float], ohms: tuple[float, float]) -> Curve:
    """Make a model of straight lines, each from empty to full."""
    return Curve(tuple(filled(volts)), tuple(filled(ohms)))


# By the names the firmware takes: with underscores (01.08b refuses the manual's hyphens)
BUILT_IN = {
    "LI_ION4_2": line((3.0, 4.2), (0.09, 0.067)),
    "NIMH1_2": line((1.0, 1.4), (0.04, 0.03)),
    "NICD1_2": line((1.0, 1.35), (0.03, 0.02)),
    "LEAD_ACID12": line((10.5, 12.9), (0.08, 0.05)),
    "NIMH12": line((10.0, 14.0), (0.4, 0.3)),
}
