import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cables import Direct

from lager_drivers.catalog import find
from lager_drivers.keithley_2281s.instrument import K2281S
from lager_drivers.simulated import description, instruments


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Bench:
    """The simulated instruments, each with a driver on a direct cable."""

    def __init__(self):
        self.clock = Clock()
        self.built = instruments.build(description.load(), random.Random(7), self.clock)
        self.keithley, self.rigol, self.t7 = (self.built[name] for name in ("keithley", "rigol", "labjack"))
        self.keithley_cable, self.rigol_cable = Direct(self.keithley), Direct(self.rigol)
        self.k2281s = K2281S(self.keithley_cable, self.clock.sleep)
        self.dp821 = find("Rigol_DP821").connect(self.rigol_cable)
        self.labjack = find("LabJack_T7").connect(self.t7)
        self.supply1 = self.k2281s.channel("power-supply", "1")
        self.battery1 = self.k2281s.channel("battery", "1")
        self.supply2 = self.dp821.channel("power-supply", "1")
        self.supply3 = self.dp821.channel("power-supply", "2")

    def adc(self, number):
        return self.labjack.channel("adc", f"AIN{number - 1}").input()

    @property
    def rails(self):
        return self.built.circuit.rails


@pytest.fixture
def bench():
    return Bench()
