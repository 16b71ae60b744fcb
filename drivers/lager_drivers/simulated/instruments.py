"""The instruments of a simulated bench, made of its description and wired to one circuit.

How they are reached is not this file's affair. Only the simulators that a bench has are imported.
"""

from __future__ import annotations

import importlib
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lager.errors import UsageError
from lager_drivers.simulated.circuit import Circuit
from lager_drivers.simulated.description import Description, Instrument
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


class Options(Mapping[str, Any]):
    """The options of one instrument, which notes those that its simulator asks for: it knows no others.

    Args:
        given: As the description has them.

    Attributes:
        asked: The names it was asked for.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        self.asked.update(self._given)  # who wants to see them all looks for himself whether he knows them
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


@dataclass(frozen=True)
class Simulator:
    """A simulated instrument, and how it is plugged in.

    Attributes:
        name: What the bench's description calls it.
        model: The catalog's name.
        way: How it is reached: `usb`, `scpi` (a raw socket) or `modbus`.
        device: The instrument itself, as the servers of that way need it (`usbtmc.Instrument`, `scpi_socket.Lines`,
            `modbus.Device`).
    """

    name: str
    model: str
    way: str
    device: Any


@dataclass(frozen=True)
class Instruments:
    """What is on a bench: the circuit, and its instruments in the order of the description."""

    circuit: Circuit
    every: tuple[Simulator, ...]

    def __getitem__(self, name: str) -> Any:
        """Give an instrument by the name the description gives it."""
        return next(one.device for one in self.every if one.name == name)


def build(
    description: Description, rng: random.Random | None = None, clock: Callable[[], float] = time.monotonic
) -> Instruments:
    """Put a bench together.

    Args:
        description: What there is.
        rng: Where the noise comes from; a new one when none is given.
        clock: Gives a time that only grows, s.

    Raises:
        UsageError: A simulator cannot be loaded, or cannot simulate what the description asks of it.
    """
    circuit = description.circuit(rng or random.Random())
    every = tuple(
        Simulator(one.name, one.entry.name, one.way, _simulated(one, Wiring(circuit, one.name), clock))
        for one in description.instruments.values()
    )
    return Instruments(circuit, every)


def _simulated(one: Instrument, wiring: Wiring, clock: Callable[[], float]) -> Any:
    simulate = _loaded(one)
    options = Options(one.options)
    try:
        device = simulate(Simulation(one.entry.name, one.serial, wiring, clock, options))
    except UsageError as exc:
        raise one.place.wrong("", exc.what, exc.hint) from exc
    except (TypeError, ValueError) as exc:
        raise one.place.wrong(
            "", f"no {one.entry.name} can be simulated so: {exc}", "correct its serial number or its options"
        ) from exc
    one.place.table("options").refuse_others(options.asked)
    return device


def _loaded(one: Instrument) -> Callable[[Simulation], Any]:
    module, _, function = one.entry.simulator.partition(":")
    try:
        simulate: Callable[[Simulation], Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as exc:
        raise one.place.wrong(
            "model",
            f"the simulator of the {one.entry.name}, {one.entry.simulator}, cannot be loaded: {exc}",
            "it belongs to the package that brings the driver: install that whole, or leave the instrument out",
        ) from exc
    return simulate
