"""The circuit on the simulated bench, in steady state. Pure: instruments tell it what they do, and ask what they see.

Time, transients and thermal behaviour are not its affair. Units are V, A and ohm.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import NamedTuple

T7_NOISE = 36e-6  # V rms: resolution index 8 on the +-10 V range
T7_SPAN = (-10.6, 10.1)  # V: where its inputs saturate


@dataclass
class Source:
    """What drives a rail: an electromotive force behind a resistance, with a current limit.

    Attributes:
        emf: V.
        limit: The most current it delivers, A.
        resistance: Internal, ohm.
        on: Whether it is connected.
    """

    emf: float = 0.0
    limit: float = math.inf
    resistance: float = 0.0
    on: bool = False


class Point(NamedTuple):
    """Where a rail settles: V, A out of the source, and whether the current limit holds it there."""

    volts: float
    amps: float
    limited: bool


@dataclass
class Rail:
    """One source and its load.

    Attributes:
        load: ohm.
        back_emf: What pushes back from behind the load, V: a charged device makes the source sink.
        sink: The most current the source takes, A.
    """

    load: float
    source: Source = field(default_factory=Source)
    back_emf: float = 0.0
    sink: float = 1.0

    def point(self) -> Point:
        """Work out voltage and current."""
        if not self.source.on:
            return Point(0.0, 0.0, False)
        wanted = (self.source.emf - self.back_emf) / (self.source.resistance + self.load)
        amps = min(max(wanted, -self.sink), self.source.limit)
        return Point(self.back_emf + amps * self.load, amps, amps != wanted)


class Probe(NamedTuple):
    """Where an analog input is wired: a rail or a DAC, and the part of its voltage a divider leaves."""

    node: str
    part: float = 1.0


PROBES = {
    "AIN0": Probe("A"),
    "AIN1": Probe("A", 0.5),
    "AIN2": Probe("B"),
    "AIN3": Probe("B", 0.1),
    "AIN4": Probe("C"),
    "AIN5": Probe("C", 0.5),
    "AIN6": Probe("DAC1"),
    "AIN7": Probe("DAC0"),
}
WIRES = {"FIO0": "FIO1", "FIO1": "FIO0"}  # digital lines that are tied together


class Circuit:
    """Three rails, two DACs, and who measures what.

    Args:
        rng: Where the noise comes from.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.rails = {"A": Rail(load=100.0), "B": Rail(load=1000.0), "C": Rail(load=10.0)}
        self.dacs = {"DAC0": 0.0, "DAC1": 0.0}

    def noisy(self, value: float, rms: float) -> float:
        """Add noise to a value; both in the same unit."""
        return value + self._rng.gauss(0.0, rms)

    def seen(self, pin: str) -> float:
        """Give what an analog input sees, V, within what it can: an open one drifts near ground."""
        probe = PROBES.get(pin)
        if probe is None:
            return self.noisy(0.05, 0.02)
        rail = self.rails.get(probe.node)
        volts = self.dacs[probe.node] if rail is None else rail.point().volts
        low, high = T7_SPAN
        return min(max(self.noisy(volts * probe.part, T7_NOISE), low), high)
