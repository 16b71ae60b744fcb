"""The measurements of a simulated MSO5000, worked out from samples. Imports numpy, so it is imported when needed only.

Top and base are the levels where most samples of the upper and the lower half are; where none stands out (a sine) they
are maximum and minimum. Edges go through the lower, middle and upper threshold. What cannot be measured is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STANDS_OUT = 0.04  # of all samples
_HYSTERESIS = 0.15  # of the amplitude, both ways from the middle
_EDGES = 16  # that are looked at for how long they take
_LEAST_CODES = 8  # of amplitude; what is smaller has no edges


class Thresholds(NamedTuple):
    """Parts of the amplitude."""

    upper: float = 0.9
    middle: float = 0.5
    lower: float = 0.1


_USUAL = Thresholds()


class Flank(NamedTuple):
    """One edge: when it is in the middle (s), which way it goes, and which samples it lies between."""

    at: float
    rising: bool
    before: int
    after: int


@dataclass(frozen=True, eq=False)
class Trace:
    """What is measured.

    Attributes:
        times: s after the trigger, evenly spaced.
        volts: V.
        code: What one code of the ADC is, V.
        thresholds: For edges.
    """

    times: Floats
    volts: Floats
    code: float
    thresholds: Thresholds = _USUAL

    @cached_property
    def highest(self) -> float:
        """Get the maximum, V."""
        return float(self.volts.max())

    @cached_property
    def lowest(self) -> float:
        """Get the minimum, V."""
        return float(self.volts.min())

    @cached_property
    def top(self) -> float:
        """Get the level of the top, V."""
        return self._level(self.volts > (self.highest + self.lowest) / 2, self.highest)

    @cached_property
    def base(self) -> float:
        """Get the level of the base, V."""
        return self._level(self.volts <= (self.highest + self.lowest) / 2, self.lowest)

    def _level(self, half: NDArray[np.bool_], otherwise: float) -> float:
        codes = np.round((self.volts[half] - self.lowest) / self.code).astype(np.int64)
        if not len(codes):
            return otherwise
        counts = np.bincount(codes)
        most = int(counts.argmax())
        near = counts[max(0, most - 1) : most + 2]  # noise spreads a level over its neighbours
        if near.sum() < 2 * _STANDS_OUT * len(self.volts):
            return otherwise
        return self.lowest + self.code * float(
            (near * np.arange(max(0, most - 1), most + 2)[: len(near)]).sum() / near.sum()
        )

    @property
    def amplitude(self) -> float:
        """Get top above base, V."""
        return self.top - self.base

    def at(self, part: float) -> float:
        """Give the level that is so much of the amplitude above the base, V."""
        return self.base + part * self.amplitude

    @cached_property
    def flanks(self) -> list[Flank]:
        """Get the edges, in order."""
        if self.highest - self.lowest < _LEAST_CODES * self.code:
            return []
        middle = self.at(self.thresholds.middle)
        margin = min(_HYSTERESIS, (1 - self.thresholds.middle) / 2, self.thresholds.middle / 2) * self.amplitude
        state = (self.volts > middle + margin).astype(np.int8) - (self.volts < middle - margin)
        settled = np.flatnonzero(state)
        turns = np.flatnonzero(np.diff(state[settled]))
        crossed = np.flatnonzero(np.diff(self.volts >= middle))
        found = []
        for before, after in zip(settled[turns].tolist(), settled[turns + 1].tolist(), strict=True):
            place = int(crossed[np.searchsorted(crossed, after) - 1])
            found.append(Flank(self._when(middle, place), bool(state[after] > 0), before, after))
        return found

    def _when(self, level: float, place: int) -> float:
        """Give when a level is crossed between a sample and the next, s."""
        v1, v2, t1, t2 = self.volts[place], self.volts[place + 1], self.times[place], self.times[place + 1]
        return float(t1 if v1 == v2 else t1 + (t2 - t1) * (level - v1) / (v2 - v1))

    def edge_time(self, *, rising: bool) -> float:
        """Give how long edges take from one threshold to the other, s."""
        low, high = self.at(self.thresholds.lower), self.at(self.thresholds.upper)
        lows, highs = np.flatnonzero(self.volts <= low), np.flatnonzero(self.volts >= high)
        first, second, near, far = (lows, highs, low, high) if rising else (highs, lows, high, low)
        found = []
        for flank in [one for one in self.flanks if one.rising == rising][:_EDGES]:
            start, end = np.searchsorted(first, flank.before, "right") - 1, np.searchsorted(second, flank.after)
            if start >= 0 and end < len(second):
                found.append(self._when(far, int(second[end]) - 1) - self._when(near, int(first[start])))
        return _mean(found)

    def moments(self, *, rising: bool) -> list[float]:
        """Get when it rises or falls, s."""
        return [flank.at for flank in self.flanks if flank.rising == rising]

    @cached_property
    def period(self) -> float:
        """Get the mean period, s."""
        found = [moments for moments in (self.moments(rising=True), self.moments(rising=False)) if len(moments) > 1]
        return _mean([(one[-1] - one[0]) / (len(one) - 1) for one in found[:1]])

    def width(self, *, positive: bool) -> float:
        """Give the mean width of pulses, s."""
        pairs = zip(self.flanks, self.flanks[1:], strict=False)
        return _mean([end.at - start.at for start, end in pairs if start.rising == positive])

    def pulses(self, *, positive: bool) -> int:
        """Count pulses that are on the screen whole."""
        return sum(flank.rising == positive for flank in self.flanks[:-1])

    def first_period(self) -> tuple[Floats, Floats]:
        """Get times (s) and voltages of the first whole period; none where there is none."""
        for moments in (self.moments(rising=True), self.moments(rising=False)):
            if len(moments) > 1:
                inside = (self.times >= moments[0]) & (self.times < moments[1])
                return self.times[inside], self.volts[inside]
        return self.times[:0], self.volts[:0]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _area(times: Floats, volts: Floats) -> float:
    return float(volts.mean() * len(volts) * (times[1] - times[0])) if len(times) > 1 else math.nan


def _rms(volts: Floats) -> float:
    return float(np.sqrt(np.mean(volts**2))) if len(volts) else math.nan


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _slew(trace: Trace, *, rising: bool) -> float:
    height = trace.at(trace.thresholds.upper) - trace.at(trace.thresholds.lower)
    return _ratio(height if rising else -height, trace.edge_time(rising=rising))


_ONE: dict[str, Callable[[Trace], float]] = {
    "VMAX": lambda trace: trace.highest,
    "VMIN": lambda trace: trace.lowest,
    "VPP": lambda trace: trace.highest - trace.lowest,
    "VTOP": lambda trace: trace.top,
    "VBAS": lambda trace: trace.base,
    "VAMP": lambda trace: trace.amplitude,
    "VAVG": lambda trace: float(trace.volts.mean()),
    "VRMS": lambda trace: _rms(trace.volts),
    "OVER": lambda trace: _ratio(trace.highest - trace.top, trace.amplitude),
    "PRES": lambda trace: _ratio(trace.base - trace.lowest, trace.amplitude),
    "MAR": lambda trace: _area(trace.times, trace.volts),
    "MPAR": lambda trace: _area(*trace.first_period()),
    "PER": lambda trace: trace.period,
    "FREQ": lambda trace: 1 / trace.period,
    "RTIM": lambda trace: trace.edge_time(rising=True),
    "FTIM": lambda trace: trace.edge_time(rising=False),
    "PWID": lambda trace: trace.width(positive=True),
    "NWID": lambda trace: trace.width(positive=False),
    "PDUT": lambda trace: trace.width(positive=True) / trace.period,
    "NDUT": lambda trace: trace.width(positive=False) / trace.period,
    "TVMAX": lambda trace: float(trace.times[trace.volts.argmax()]),
    "TVMIN": lambda trace: float(trace.times[trace.volts.argmin()]),
    "PSL": lambda trace: _slew(trace, rising=True),
    "NSL": lambda trace: _slew(trace, rising=False),
    "VUPP": lambda trace: trace.at(trace.thresholds.upper),
    "VMID": lambda trace: trace.at(trace.thresholds.middle),
    "VLOW": lambda trace: trace.at(trace.thresholds.lower),
    "VAR": lambda trace: float(trace.volts.var()),
    "PVRM": lambda trace: _rms(trace.first_period()[1]),
    "PPUL": lambda trace: float(trace.pulses(positive=True)),
    "NPUL": lambda trace: float(trace.pulses(positive=False)),
    "PEDG": lambda trace: float(len(trace.moments(rising=True))),
    "NEDG": lambda trace: float(len(trace.moments(rising=False))),
}


def measure(item: str, trace: Trace) -> float:
    """Measure one item, by the short form of its name; NaN where that cannot be."""
    return _ONE[item](trace) if len(trace.volts) > 1 else math.nan


def between(item: str, first: Trace, second: Trace) -> float:
    """Measure from an edge of one trace to the nearest of another: `RFD`elay, s, or `RFP`hase, degrees.

    The first letters say which edges, R or F. The edge of the first trace is the one nearest the trigger. Positive
    where the second comes later.
    """
    starts, ends = first.moments(rising=item[0] == "R"), second.moments(rising=item[1] == "R")
    if not starts or not ends:
        return math.nan
    start = min(starts, key=abs)
    delay = min((end - start for end in ends), key=abs)
    return delay if item[2] == "D" else delay / first.period * 360
