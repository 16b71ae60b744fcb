"""The instruments of the simulated bench, wired to one circuit. How they are reached is not this file's affair."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple

from lager_drivers.keithley_2281s.simulator import SimulatedK2281S
from lager_drivers.keithley_2281s.simulator import simulate as keithley_2281s
from lager_drivers.labjack_t7.simulator import SimulatedT7
from lager_drivers.labjack_t7.simulator import simulate as labjack_t7
from lager_drivers.rigol_dp800.simulator import SimulatedDP800
from lager_drivers.rigol_dp800.simulator import simulate as rigol_dp800
from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


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
    circuit = Circuit(
        rng or random.Random(),
        rails={"A": Rail(load=100.0), "B": Rail(load=1000.0), "C": Rail(load=10.0)},
        signals={},
        wires=Wires(
            outputs={"keithley.1": "A", "rigol.1": "B", "rigol.2": "C"},
            probes={
                "labjack.AIN0": Probe("A"),
                "labjack.AIN1": Probe("A", 0.5),
                "labjack.AIN2": Probe("B"),
                "labjack.AIN3": Probe("B", 0.1),
                "labjack.AIN4": Probe("C"),
                "labjack.AIN5": Probe("C", 0.5),
                "labjack.AIN6": Probe("labjack.DAC1"),
                "labjack.AIN7": Probe("labjack.DAC0"),
            },
            ties={"labjack.FIO0": "labjack.FIO1", "labjack.FIO1": "labjack.FIO0"},
        ),
    )

    def simulation(model: str, serial: str, name: str) -> Simulation:
        return Simulation(model, serial, Wiring(circuit, name), clock)

    keithley = keithley_2281s(simulation("Keithley_2281S", "4381218", "keithley"))
    rigol = rigol_dp800(simulation("Rigol_DP821", "DP8G235000146", "rigol"))
    return Instruments((keithley, rigol), labjack_t7(simulation("LabJack_T7", "470012345", "labjack")))
