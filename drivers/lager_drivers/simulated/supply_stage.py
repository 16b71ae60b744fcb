"""The output stage of a simulated supply: setpoints, what they do to the rail, and the protections that watch it.

Knows no command. Time comes from the clock it is given: how long an output takes to settle, and how long a protection
waits before it trips.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from lager_drivers.simulated.circuit import Point, Rail
from lager_drivers.simulated.scpi_parser import Setting

_SETTLED = 0.01  # of the step: what is left of it when data sheets call an output settled
_ROUNDS = 40  # of halving, for the limit that just keeps the power


class Guard:
    """One protection.

    Args:
        beyond: Whether it minds where the output is.
        delay: How long it lets that pass, s.

    Attributes:
        armed: Whether it acts.
        tripped: Whether it has acted, and was not cleared.
    """

    def __init__(self, beyond: Callable[[Point], bool], delay: Callable[[], float] = lambda: 0.0) -> None:
        self._beyond, self._delay = beyond, delay
        self._since: float | None = None
        self.armed = self.tripped = False

    def watch(self, point: Point, now: float) -> bool:
        """Look at the output, and remember a trip."""
        if not (self.armed and self._beyond(point)):
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        self.tripped = self.tripped or now - self._since >= self._delay()
        return self.tripped

    def clear(self) -> None:
        """Forget the trip."""
        self.tripped, self._since = False, None


class Stage:
    """One output, on a rail of the circuit.

    Args:
        rail: What it drives.
        volts: Its setpoint, V.
        amps: Its limit, A.
        clock: Gives the time, s.
        settling: How long it takes to come within 1 % of a new voltage, s.

    Attributes:
        guards: Its protections, by what the instrument calls them.
        watts: The most it delivers, W; 0 for no such limit.
    """

    def __init__(
        self, rail: Rail, volts: Setting, amps: Setting, clock: Callable[[], float], settling: float = 0.0
    ) -> None:
        self.rail, self.volts, self.amps = rail, volts, amps
        self.guards: Mapping[str, Guard] = {}
        self.watts = 0.0
        self._clock, self._settling = clock, settling
        self._start = self._target = 0.0
        self._changed = clock()

    @property
    def on(self) -> bool:
        """Get whether the output is on."""
        return self.rail.source.on

    @property
    def tripped(self) -> bool:
        """Get whether any protection has tripped."""
        return any(guard.tripped for guard in self.guards.values())

    def switch(self, on: bool) -> None:
        """Switch the output; it comes up from 0 V."""
        if on and not self.on:
            self._start, self._target, self._changed = 0.0, self.volts.value, self._clock()
        self.rail.source.on = on
        self.settle()

    def settle(self) -> None:
        """Bring the rail up to now, and let the protections look at it: a trip switches the output off."""
        now, source = self._clock(), self.rail.source
        source.emf, source.limit = self._voltage(now), self.amps.value
        point = self.rail.point()
        if self.watts and abs(point.volts * point.amps) > self.watts:
            point = self._fold_back(source.limit)
        if self.on and any([guard.watch(point, now) for guard in self.guards.values()]):  # noqa: C419 - all are to look
            source.on = False

    def reset(self) -> None:
        """Go back to what it is after power-on: off, nothing tripped."""
        self.rail.source.on = False
        self.volts.reset()
        self.amps.reset()
        for guard in self.guards.values():
            guard.clear()
        self.settle()

    def regulates(self) -> str:
        """Say what the output does: `CV`, `CC`, or nothing where it is off."""
        if not self.on:
            return ""
        return "CC" if self.rail.point().limited else "CV"

    def measured(self) -> tuple[float, float]:
        """Give what is delivered: V, and A without the sign of an output below ground."""
        volts, amps, _ = self.rail.point()
        return volts, -amps if self.volts.low < 0 else amps

    def _voltage(self, now: float) -> float:
        wanted = self.volts.value
        if not self._settling:
            return wanted
        there = self._target + (self._start - self._target) * math.pow(_SETTLED, (now - self._changed) / self._settling)
        if wanted == self._target:
            return there
        self._start, self._target, self._changed = there, wanted, now
        return there

    def _fold_back(self, limit: float) -> Point:
        """Lower the limit to where the power is what the output can deliver."""
        low, high, source = 0.0, limit, self.rail.source
        for _ in range(_ROUNDS):
            source.limit = (low + high) / 2
            point = self.rail.point()
            if abs(point.volts * point.amps) > self.watts:
                high = source.limit
            else:
                low = source.limit
        source.limit = low
        return self.rail.point()
