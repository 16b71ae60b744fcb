"""The instruments of the simulated bench, wired to one circuit. How they are reached is not this file's affair."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple

from lager_drivers.keithley.k2281s_simulated import SimulatedK2281S
from lager_drivers.labjack.t7_simulated import SimulatedT7
from lager_drivers.rigol.dp800_simulated import SimulatedDP800
from lager_drivers.simulated.circuit import Circuit


class Instruments(NamedTuple):
    """What is on the bench: the USB's instruments, and the LabJack."""

    usb: tuple[SimulatedK2281S, SimulatedDP800]
    labjack: SimulatedT7


def build(rng: random.Random | None = None, clock: Callable[[], float] = time.monotonic) -> Instruments:
    """Put the bench together.

    Args:
        rng: Where the noise comes from; a new one when none is given.
        clock: Gives a time that only grows, s.
    """
    circuit = Circuit(rng or random.Random())
    keithley = SimulatedK2281S("4381218", circuit, "A", clock)
    rigol = SimulatedDP800("DP821A", "DP8G235000146", circuit, ("B", "C"))
    return Instruments((keithley, rigol), SimulatedT7(470_012_345, circuit, clock))
