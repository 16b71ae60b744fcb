"""What a simulator is given to simulate one instrument, and what it is then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lager_drivers.simulated.wiring import Wiring


@dataclass(frozen=True)
class Simulation:
    """One instrument to simulate.

    Attributes:
        model: The catalog's name.
        serial: As it is printed on the back.
        wiring: Its terminals.
        clock: Gives a time that only grows, s.
        options: Habits of its firmware that are to differ from the usual ones, as the bench's description has them;
            the simulator's docstring lists them, and asks for each of them when it is made: others are refused.
    """

    model: str
    serial: str
    wiring: Wiring
    clock: Callable[[], float]
    options: Mapping[str, Any] = field(default_factory=dict)
