"""A simulated T7 on a circuit of its own, and a cable that keeps what was asked of it."""

import random

from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.instrument import T7
from lager_drivers.labjack_t7.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Wires
from lager_drivers.simulated.signals import signal
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

_TIES = {"FIO0": "FIO1", "FIO2": "FIO3", "CIO0": "CIO1"}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Watched:
    """Registers that keep what was asked of them."""

    def __init__(self, registers):
        self._registers = registers
        self.deeds = []

    def read(self, address, count):
        self.deeds.append(("read", address, count))
        return self._registers.read(address, count)

    def write(self, address, words):
        self.deeds.append(("write", address, list(words)))
        self._registers.write(address, words)

    def take(self):
        """Give what was done since."""
        deeds, self.deeds = self.deeds, []
        return deeds


class Desk:
    """AIN0 and FIO7 see rail A, AIN1 half of it; AIN2 and FIO6 a square wave of 1 Hz; AIN7 DAC0.

    There are thermocouples at AIN8 to AIN10; FIO0 is tied to FIO1, FIO2 to FIO3, CIO0 to CIO1.
    """

    def __init__(self, **options):
        self.clock = Clock()
        self.rail = Rail(load=100.0)
        clock = signal({"shape": "square", "frequency": 1.0, "high": 3.3})
        probes = {"AIN0": Probe("A"), "AIN1": Probe("A", 0.5), "AIN2": Probe("clock"), "AIN7": Probe("t7.DAC0")}
        probes |= {"FIO6": Probe("clock"), "FIO7": Probe("A")}
        self.temperatures = {"t7.AIN8": 23.5, "t7.AIN9": 100.0, "t7.AIN10": -150.0}
        wires = Wires(
            probes={f"t7.{pin}": probe for pin, probe in probes.items()},
            ties={f"t7.{a}": f"t7.{b}" for a, b in (*_TIES.items(), *((b, a) for a, b in _TIES.items()))},
            temperatures=self.temperatures,
        )
        circuit = Circuit(random.Random(11), {"A": self.rail}, {"clock": clock}, wires)
        simulation = Simulation("LabJack_T7", "470012345", Wiring(circuit, "t7"), self.clock, options)
        self.t7 = simulate(simulation)
        self.cable = Watched(self.t7)
        self.driver = T7(self.cable, lambda: 1e6)

    def channel(self, role, pin):
        return self.driver.channel(role, pin)

    def supply(self, volts):
        self.rail.source.on, self.rail.source.emf = True, volts

    def floats(self, address, count=1):
        words = self.t7.read(address, 2 * count)
        values = [at.words_float(words[place : place + 2]) for place in range(0, 2 * count, 2)]
        return values[0] if count == 1 else values

    def long(self, address):
        return at.words_long(self.t7.read(address, 2))

    def set_float(self, address, value):
        self.t7.write(address, at.float_words(value))

    def set_long(self, address, value):
        self.t7.write(address, at.long_words(value))


def near(value, wanted, by=2e-3):
    return abs(value - wanted) < by
