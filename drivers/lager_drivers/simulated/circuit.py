"""The circuit on the simulated bench. Pure: instruments tell it what they do, and ask what they see.

A *terminal* is `INSTRUMENT.PIN`, such as `keithley.1` or `labjack.AIN3`. A *rail* is a node with one source and what
loads it. Who sees what is in the bench's description (`description.py`); an instrument gets its own terminals only
(`wiring.py`). Units are V, A, ohm and °C.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lager_drivers.simulated.operating_point import Draw, Point, Side, settle
from lager_drivers.simulated.signals import Signal

__all__ = ["Circuit", "Draw", "Point", "Probe", "Rail", "Source", "Wires"]


_NO_SOURCE = Side(emf=0.0, resistance=0.0, limit=0.0, sink=0.0)


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


@dataclass
class Rail:
    """One source and what loads it.

    Attributes:
        load: ohm; infinite for none.
        back_emf: What pushes back from behind the load, V: a charged device makes the source sink.
        sink: The most current the source takes, A.
        draws: What else loads it: the inputs of electronic loads, V to A.
    """

    load: float = math.inf
    source: Source = field(default_factory=Source)
    back_emf: float = 0.0
    sink: float = 1.0
    draws: list[Draw] = field(default_factory=list)

    def point(self) -> Point:
        """Work out voltage and current; what a charged device pushes back is there without a source, too."""
        source = self.source
        if not source.on:
            volts, _, _ = settle(_NO_SOURCE, self.load, self.back_emf, self.draws)
            return Point(volts, 0.0, False)
        side = Side(source.emf, source.resistance, source.limit, self.sink)
        return settle(side, self.load, self.back_emf, self.draws)


class Probe(NamedTuple):
    """What an input is wired to: the name of a rail, of a signal, or a terminal; and the part a divider leaves."""

    node: str
    part: float = 1.0


@dataclass(frozen=True)
class Wires:
    """Who is wired to what, by terminal.

    Attributes:
        outputs: The rail that each output drives.
        loads: The rail that each electronic load's input is across.
        probes: What each input sees.
        ties: Lines that are tied together, each by the other's terminal.
        temperatures: What the thermocouple at a terminal measures, °C.
    """

    outputs: Mapping[str, str] = field(default_factory=dict)
    loads: Mapping[str, str] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    ties: Mapping[str, str] = field(default_factory=dict)
    temperatures: Mapping[str, float] = field(default_factory=dict)


class Circuit:
    """Rails, signals, and who is wired to what.

    Args:
        rng: Where the noise comes from.
        rails: By name.
        signals: By name.
        wires: Who is wired to what.
    """

    def __init__(
        self, rng: random.Random, rails: Mapping[str, Rail], signals: Mapping[str, Signal], wires: Wires
    ) -> None:
        self._rng = rng
        self.rails = dict(rails)
        self._signals = dict(signals)
        self._wires = wires
        self._driven: dict[str, float] = {}
        self._followers: list[Callable[[], None]] = []

    def noisy(self, value: float, rms: float) -> float:
        """Add noise to a value; both in the same unit."""
        return value + self._rng.gauss(0.0, rms)

    def follow(self, follower: Callable[[], None]) -> None:
        """Have an instrument brought up to now at each `settle`: time has passed, or others have changed something."""
        self._followers.append(follower)

    def settle(self) -> None:
        """Bring everything up to now: before anything is asked of any instrument, and after it changed something."""
        for follower in self._followers:
            follower()

    def output(self, terminal: str) -> Rail:
        """Give the rail an output drives; one of its own where nothing is wired to it."""
        return self._rail(self._wires.outputs, terminal)

    def across(self, terminal: str) -> Rail:
        """Give the rail an electronic load's input is across; a dead one where it is wired to nothing."""
        return self._rail(self._wires.loads, terminal)

    def _rail(self, wired: Mapping[str, str], terminal: str) -> Rail:
        return self.rails.setdefault(wired.get(terminal, terminal), Rail())

    def drive(self, terminal: str, volts: float) -> None:
        """Put a voltage on an output that is no rail: a DAC."""
        self._driven[terminal] = volts

    def driven(self, terminal: str) -> float:
        """Give what `drive` last put there, V."""
        return self._driven.get(terminal, 0.0)

    def seen(self, terminal: str) -> float | None:
        """Give the steady voltage at an input, V; None where it is open, or sees a signal."""
        probe = self._wires.probes.get(terminal)
        if probe is None or probe.node in self._signals:
            return None
        rail = self.rails.get(probe.node)
        return (self.driven(probe.node) if rail is None else rail.point().volts) * probe.part

    def signal(self, terminal: str) -> tuple[Signal, float] | None:
        """Give the signal at an input, and the part of it that a divider leaves; None where it sees none.

        Of a signal that is a part of a rail's voltage, that voltage is a factor: nothing is left of it when it is off.
        """
        probe = self._wires.probes.get(terminal)
        if probe is None or probe.node not in self._signals:
            return None
        signal = self._signals[probe.node]
        whole = self.rails[signal.of].point().volts if signal.of in self.rails else float(not signal.of)
        return signal, probe.part * whole

    def tied(self, terminal: str) -> str | None:
        """Give the terminal a line is tied to."""
        return self._wires.ties.get(terminal)

    def celsius(self, terminal: str) -> float | None:
        """Give the temperature at a thermocouple, °C; None where there is none."""
        return self._wires.temperatures.get(terminal)
