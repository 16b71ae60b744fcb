"""Where a loaded source settles: the highest voltage at which what the source gives is what its loads take.

Pure arithmetic, about a microsecond where nothing bends, some ten where an electronic load does. The highest, because
a load of constant power has two such voltages, and a bench comes from above: the source was on before the load. Where
there is none (more power than the source has), the load has pulled it down to where it cannot draw more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

# What a load draws at a voltage: V to A, finite, nothing below 0 V. It never falls as the voltage rises, but for
# constant power, which does above the voltage where the load is as conducting as it can be.
Draw = Callable[[float], float]

_STEPS = 16  # of the search from above; a constant power within 0.4 % of all the source has may count as too much
_MOST_ROUNDS = 60
_SHORT = 1e-6  # ohm: what a load of none is taken for
_CLOSE = 1e-13  # A: no more than rounding; through 1 megohm it is 0.1 microvolt


class Point(NamedTuple):
    """Where a rail settles: V, A out of the source, and whether the current limit holds it there."""

    volts: float
    amps: float
    limited: bool


class Side(NamedTuple):
    """A source: what drives, V; behind what, ohm; and the most current it delivers and takes, A."""

    emf: float
    resistance: float
    limit: float
    sink: float

    def gives(self, volts: float) -> float:
        """Give the current out of it at a voltage, A; one without resistance jumps at its own."""
        short = self.emf - volts
        if self.resistance > 0:
            return min(max(short / self.resistance, -self.sink), self.limit)
        return self.limit if short > 0 else -self.sink


def settle(side: Side, load: float, back_emf: float, draws: Sequence[Draw]) -> Point:
    """Work out voltage and current.

    Args:
        side: The source.
        load: ohm; infinite for none.
        back_emf: What pushes back from behind the load, V.
        draws: What else loads it.
    """
    if side.emf < 0:  # an output below ground: the same, upside down
        mirrored = [lambda volts, draw=draw: -draw(-volts) for draw in draws]
        volts, amps, limited = settle(side._replace(emf=-side.emf), load, -back_emf, mirrored)
        return Point(-volts, -amps, limited)
    if not draws:
        return _through(side, load, back_emf)
    conductance, back_emf = (0.0, 0.0) if math.isinf(load) else (1.0 / max(load, _SHORT), back_emf)

    def taken(volts: float) -> float:
        amps = (volts - back_emf) * conductance
        for draw in draws:
            amps += draw(volts)
        return amps

    if side.resistance <= 0:
        amps = taken(side.emf)
        if -side.sink <= amps <= side.limit:
            return Point(side.emf, amps, False)
    volts = _highest(lambda volts: taken(volts) - side.gives(volts), min(back_emf, 0.0), max(back_emf, side.emf))
    amps = side.gives(volts)
    return Point(volts, amps, side.resistance <= 0 or amps != (side.emf - volts) / side.resistance)


def _through(side: Side, load: float, back_emf: float) -> Point:
    """Work out what is in closed form: a source, a resistance, and what pushes back from behind it."""
    if math.isinf(load):
        return Point(side.emf, 0.0, False)
    wanted = (side.emf - back_emf) / max(side.resistance + load, _SHORT)
    amps = min(max(wanted, -side.sink), side.limit)
    return Point(back_emf + amps * load, amps, amps != wanted)


def _highest(excess: Callable[[float], float], low: float, high: float) -> float:
    """Find where `excess`, not above 0 at `low` and not below it at `high`, crosses 0 last."""
    above, over = high, excess(high)
    if over <= 0:
        return high
    step = (high - low) / _STEPS
    for number in range(1, _STEPS + 1):
        below = high - number * step if number < _STEPS else low
        under = excess(below)
        if abs(under) < _CLOSE:
            return _edge(excess, below, above)
        if under < 0:
            return _between(excess, below, under, above, over)
        above, over = below, under
    return low


def _edge(excess: Callable[[float], float], level: float, above: float) -> float:
    """Find where a stretch at 0 ends: a source at its limit, and a load that wants just that."""
    for _ in range(_MOST_ROUNDS):
        middle = (level + above) / 2
        level, above = (middle, above) if excess(middle) < _CLOSE else (level, middle)
    return level


def _between(excess: Callable[[float], float], below: float, under: float, above: float, over: float) -> float:
    """Close in, after Chandrupatla: by a curve through three points where it is smooth enough, else by halves.

    The first step is by the straight line, which is all it takes where nothing bends.
    """
    new, at_new, old, at_old = below, under, above, over
    part = under / (under - over) if math.isfinite(under) else 0.5
    for _ in range(_MOST_ROUNDS):
        volts = new + part * (old - new)
        found = excess(volts)
        if abs(found) < _CLOSE or volts in (new, old):
            return volts
        if (found > 0) == (at_new > 0):
            last, at_last = new, at_new
        else:
            last, at_last, old, at_old = old, at_old, new, at_new
        new, at_new = volts, found
        part = _part(new, at_new, old, at_old, last, at_last)
    return new


def _part(new: float, at_new: float, old: float, at_old: float, last: float, at_last: float) -> float:
    """Say how far from `new` to `old` to look next."""
    if at_last in (at_new, at_old):
        return 0.5
    across = (new - old) / (last - old)
    rise = (at_new - at_old) / (at_last - at_old)
    if rise**2 >= across or (1 - rise) ** 2 >= 1 - across:
        return 0.5
    near = at_new / (at_old - at_new) * at_last / (at_old - at_last)
    far = (last - new) / (old - new) * at_new / (at_last - at_new) * at_old / (at_last - at_old)
    return min(max(near + far, 1e-6), 1 - 1e-6)
