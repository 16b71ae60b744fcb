"""Signals that change with time, for the inputs of oscilloscopes and ADCs: made from the bench's description. Pure.

Every signal repeats, and is drawn with straight lines between knots, a sine with a thousand of them. So its value, its
mean and the times when it crosses a level are exact, and cheap. Knows no circuit, no noise and no clock.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

_EDGE = 10e-9  # s; how long an edge takes where nothing is said: that of ordinary logic
_FINE = 512  # knots of a half of a curve: it is off by less than 3 millionths of its height
_MOST_TEXT = 1000  # bytes


class Crossing(NamedTuple):
    """Where in its period a signal crosses a level: s, and whether upwards."""

    phase: float
    rising: bool


@dataclass(frozen=True, eq=False)
class Signal:
    """A voltage that repeats.

    Attributes:
        times: Of the knots, s: ascending, from 0 to the period.
        levels: At the knots, V; the last is the first again.
        delay: How much later than time 0 it begins, s.
        of: The rail whose voltage it is a part of; then `levels` have no unit. Empty for none.
    """

    times: tuple[float, ...]
    levels: tuple[float, ...]
    delay: float = 0.0
    of: str = ""

    @property
    def period(self) -> float:
        """Get after how long it repeats, s."""
        return self.times[-1]

    @property
    def steady(self) -> bool:
        """Get whether it never changes."""
        return min(self.levels) == max(self.levels)

    @cached_property
    def mean(self) -> float:
        """Get its mean, V."""
        knots = list(zip(self.times, self.levels, strict=True))
        area = sum((t2 - t1) * (v1 + v2) / 2 for (t1, v1), (t2, v2) in itertools.pairwise(knots))
        return area / self.period

    def phase(self, seconds: float) -> float:
        """Give how far into its period it is at a time, s."""
        return (seconds - self.delay) % self.period

    def volts(self, seconds: float) -> float:
        """Give the voltage at a time, V."""
        return self.level(self.phase(seconds))

    def level(self, phase: float) -> float:
        """Give the voltage that far into a period, V; both in s."""
        phase %= self.period
        after = min(bisect_right(self.times, phase), len(self.times) - 1)
        t1, t2 = self.times[after - 1], self.times[after]
        v1, v2 = self.levels[after - 1], self.levels[after]
        return v1 + (v2 - v1) * (phase - t1) / (t2 - t1)

    def crossings(self, level: float) -> list[Crossing]:
        """Give where in a period it crosses a level (V), in order; a crossing ends at the level or beyond."""
        return list(_crossings(self, level))


@lru_cache(maxsize=64)
def _crossings(signal: Signal, level: float) -> tuple[Crossing, ...]:
    found = []
    knots = zip(signal.times, signal.levels, strict=True)
    for (t1, v1), (t2, v2) in itertools.pairwise(knots):
        if v1 < level <= v2 or v1 > level >= v2:
            found.append(Crossing(t1 + (t2 - t1) * (level - v1) / (v2 - v1), v2 > v1))
    return tuple(found)


def steady(volts: float) -> Signal:
    """Make a voltage that never changes."""
    return Signal((0.0, 1.0), (volts, volts))


def signal(description: Mapping[str, Any]) -> Signal:
    """Make a signal of its description: one table of the bench's `[signals]`.

    Every shape but `dc` has `low` (V, default 0) and `high` (V). What repeats has a `frequency` (Hz) or a `period` (s),
    and may have a `delay` (s). Edges take `rise_time` and `fall_time` (s), from end to end. With `of`, the name of a
    rail, levels are parts of that rail's voltage: the signal is dead while the rail is.

    - `dc`: `volts`.
    - `sine`.
    - `triangle`: `symmetry`, the part of the period in which it rises (0.5). `ramp` is one that falls at once.
    - `square`: `duty` (0.5); `overshoot`, a part of its height (0), and the frequency of its `ringing` (Hz).
    - `pulse`: `width` (s); `count` pulses in each period (1), `spacing` (s) from one to the next (2 widths).
    - `exponential`: a capacitor that is charged and discharged with the time constant `tau` (s); `duty` (0.5).
    - `uart`: `text`, sent 8N1 at `baud` (bit/s), again and again, with `gap` (s) in between (ten bits).

    Raises:
        ValueError: It describes no signal; says which key or value is wrong.
    """
    given = dict(description)
    shape = given.pop("shape", None)
    if shape not in _SHAPES:
        raise ValueError(f"a signal's shape is one of {', '.join(_SHAPES)}, not {shape!r}")
    keys = _Keys(shape, given)
    delay, of = keys.number("delay", 0.0), keys.text("of", "")
    knots = _SHAPES[shape](keys)
    keys.refuse_others()
    times, levels = zip(*knots, strict=True)
    return Signal(times, levels, delay, of)


_Knots = list[tuple[float, float]]


class _Keys:
    """The keys of one description; whoever builds takes them, and what is left is wrong."""

    def __init__(self, shape: str, given: dict[str, Any]) -> None:
        self.shape, self._given = shape, given
        self._known: list[str] = []

    def number(self, key: str, default: float | None = None, within: tuple[float, float] | None = None) -> float:
        """Take a number; `within` gives what it lies between, and is not equal to."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"{key} of a {self.shape} signal is a number, not {value!r}")
        if within is not None and not within[0] < value < within[1]:
            bounds = f"more than {within[0]:g}" + (f" and less than {within[1]:g}" if within[1] < math.inf else "")
            raise ValueError(f"{key} of a {self.shape} signal is {bounds}, not {value!r}")
        return float(value)

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise ValueError(f"{key} of a {self.shape} signal is a text, not {value!r}")
        return value

    def period(self) -> float:
        """Take a period (s), or the frequency (Hz) that says the same."""
        if "period" in self._given and "frequency" in self._given:
            raise ValueError(f"a {self.shape} signal has a frequency or a period, not both")
        self._known.append("period")
        if "period" in self._given:
            return self.number("period", None, (0.0, math.inf))
        return 1.0 / self.number("frequency", None, (0.0, math.inf))

    def low_high(self) -> tuple[float, float]:
        """Take the two levels."""
        return self.number("low", 0.0), self.number("high")

    def _take(self, key: str, default: Any) -> Any:
        self._known.append(key)
        value = self._given.pop(key, default)
        if value is None:
            raise ValueError(f"a {self.shape} signal needs a {key}")
        return value

    def refuse_others(self) -> None:
        """Refuse what nobody took."""
        for key in self._given:
            raise ValueError(f"a {self.shape} signal has no {key!r}; it has {', '.join(sorted(self._known))}")


def _dc(keys: _Keys) -> _Knots:
    volts = keys.number("volts")
    return [(0.0, volts), (1.0, volts)]


def _sine(keys: _Keys) -> _Knots:
    period, (low, high) = keys.period(), keys.low_high()
    middle, height, count = (low + high) / 2, (high - low) / 2, 2 * _FINE
    levels = [middle + height * math.sin(2 * math.pi * n / count) for n in range(count)]
    return [(period * n / count, levels[n % count]) for n in range(count + 1)]


def _triangle(keys: _Keys) -> _Knots:
    period, (low, high) = keys.period(), keys.low_high()
    symmetry = keys.number("symmetry", 0.5, (0.0, 1.0))
    return [(0.0, low), (period * symmetry, high), (period, low)]


def _ramp(keys: _Keys) -> _Knots:
    period, (low, high) = keys.period(), keys.low_high()
    fall = keys.number("fall_time", min(_EDGE, period / 100), (0.0, period))
    return [(0.0, low), (period - fall, high), (period, low)]


def _square(keys: _Keys) -> _Knots:
    period, (low, high) = keys.period(), keys.low_high()
    width = keys.number("duty", 0.5, (0.0, 1.0)) * period
    rise, fall = _edges(keys, min(width, period - width))
    overshoot = keys.number("overshoot", 0.0)
    if not 0.0 <= overshoot < 1.0:
        raise ValueError(f"overshoot of a square signal is at least 0 and less than 1, not {overshoot:g}")
    ringing = keys.number("ringing", 5.0 / min(width, period - width), (0.0, math.inf))
    up, down = overshoot * (high - low), overshoot * (low - high)
    return [
        (0.0, low),
        *_settling(rise, width, high, up, ringing),
        *_settling(width + fall, period, low, down, ringing),
    ]


def _settling(start: float, end: float, level: float, overshoot: float, ringing: float) -> _Knots:
    """Draw what follows an edge: the level, straight or swinging around it."""
    knots = [(start, level)]
    peak = math.exp(-0.25)  # near enough: of a swing that fades in one of its own periods
    for number in range(1, 12 * 16 if overshoot else 0):
        cycles = number / 16
        if start + cycles / ringing >= end:
            break
        swing = math.sin(2 * math.pi * cycles) * math.exp(-cycles) / peak
        knots.append((start + cycles / ringing, level + overshoot * swing))
    return [*knots, (end, level)]


def _pulse(keys: _Keys) -> _Knots:
    period, (low, high) = keys.period(), keys.low_high()
    width = keys.number("width", None, (0.0, period))
    count = keys.number("count", 1, (0.0, 1001.0))
    spacing = keys.number("spacing", 2 * width, (width, math.inf))
    if count != int(count):
        raise ValueError(f"count of a pulse signal is a whole number, not {count:g}")
    if (count - 1) * spacing + width >= period:
        raise ValueError(f"{count:g} pulses of a pulse signal take longer than its period, {period:g} s")
    rise, fall = _edges(keys, min(width, spacing - width, period - (count - 1) * spacing - width))
    starts = [number * spacing for number in range(int(count))]
    return _levels([(at + extra, on) for at in starts for extra, on in ((0.0, high), (width, low))], rise, fall, period)


def _edges(keys: _Keys, room: float) -> tuple[float, float]:
    """Take how long edges take, s; they must fit into what is between two of them."""
    rise = keys.number("rise_time", min(_EDGE, room / 100), (0.0, room))
    return rise, keys.number("fall_time", rise, (0.0, room))


def _levels(changes: list[tuple[float, float]], rise: float, fall: float, period: float) -> _Knots:
    """Draw a signal that goes from level to level; what it ends with, it begins with."""
    level = changes[-1][1]
    knots: _Knots = [] if changes[0][0] == 0.0 else [(0.0, level)]
    for at, wanted in changes:
        if wanted != level:
            knots += [(at, level), (at + (rise if wanted > level else fall), wanted)]
            level = wanted
    return [*knots, (period, level)]


def _exponential(keys: _Keys) -> _Knots:
    period, (low, high) = keys.period(), keys.low_high()
    tau = keys.number("tau", None, (0.0, math.inf))
    width = keys.number("duty", 0.5, (0.0, 1.0)) * period
    kept_on, kept_off = math.exp(-width / tau), math.exp(-(period - width) / tau)
    bottom = (low * (1 - kept_off) + high * kept_off * (1 - kept_on)) / (1 - kept_on * kept_off)
    top = high - (high - bottom) * kept_on
    charge = [_decay(n, width, tau, high, bottom) for n in range(_FINE)]
    discharge = [_decay(n, period - width, tau, low, top) for n in range(_FINE)]
    return [*charge, *((width + at, volts) for at, volts in discharge), (period, bottom)]


def _decay(number: int, length: float, tau: float, end: float, start: float) -> tuple[float, float]:
    """Give one knot of an exponential curve; they lie closer where it is steep."""
    at = length * (number / _FINE) ** 2
    return at, end + (start - end) * math.exp(-at / tau)


def _uart(keys: _Keys) -> _Knots:
    low, high = keys.low_high()
    bit = 1.0 / keys.number("baud", None, (0.0, math.inf))
    sent = keys.text("text").encode("utf-8")
    if not 0 < len(sent) <= _MOST_TEXT:
        raise ValueError(f"text of a uart signal has 1 to {_MOST_TEXT} bytes, not {len(sent)}")
    gap = keys.number("gap", 10 * bit, (0.0, math.inf))
    rise, fall = _edges(keys, bit)
    bits = [one for byte in sent for one in (0, *(byte >> place & 1 for place in range(8)), 1)]
    changes = [(number * bit, high if one else low) for number, one in enumerate(bits)]
    return _levels(changes, rise, fall, len(bits) * bit + gap)


_SHAPES: dict[str, Callable[[_Keys], _Knots]] = {
    "dc": _dc,
    "sine": _sine,
    "triangle": _triangle,
    "ramp": _ramp,
    "square": _square,
    "pulse": _pulse,
    "exponential": _exponential,
    "uart": _uart,
}
