"""A simulated MSO5000 with signals at its inputs, and a clock in the test's hand."""

import random

from lager_drivers import blocks
from lager_drivers.rigol_mso5000.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Wires
from lager_drivers.simulated.signals import signal
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

CLOCK = {"shape": "square", "frequency": 1e3, "low": 0.0, "high": 3.3}
SINE = {"shape": "sine", "frequency": 1e3, "low": -1.0, "high": 1.0}


class Scope:
    """Gets a description of a signal for each channel, or the name of a rail, `A`."""

    def __init__(self, *inputs, model="Rigol_MSO5074", start=23456.789, **options):
        self.now = start
        self.supply = Rail()
        signals = {f"s{pin}": signal(one) for pin, one in enumerate(inputs, start=1) if isinstance(one, dict)}
        probes = {f"it.{pin}": Probe(one if isinstance(one, str) else f"s{pin}") for pin, one in enumerate(inputs, 1)}
        self.circuit = Circuit(random.Random(5), {"A": self.supply}, signals, Wires(probes=probes))
        wiring = Wiring(self.circuit, "it")
        self.instrument = simulate(Simulation(model, "MS5A24", wiring, lambda: self.now, options))

    def send(self, *lines):
        for line in lines:
            assert self.instrument.handle(line) is None

    def ask(self, line):
        answer = self.instrument.handle(line)
        assert answer is not None, f"{line}: {self.instrument.handle(':SYST:ERR?')}"
        return answer

    def refused(self, line):
        """Send what is refused; give the error's code."""
        assert self.instrument.handle(line) is None
        return int(self.ask(":SYST:ERR?").split(",")[0])

    def measure(self, item, *sources):
        return float(self.ask(f":MEAS:ITEM? {','.join((item, *(sources or ['CHAN1'])))}"))

    def block(self, line=":WAV:DATA?"):
        return blocks.content(self.ask(line).encode("latin-1"))

    def preamble(self):
        return [float(field) for field in self.ask(":WAV:PRE?").split(",")]

    def trace(self):
        """Read what is selected; give times and voltages."""
        _, _, _, _, xinc, xor, xref, yinc, yor, yref = self.preamble()
        codes = self.block()
        return [xor + (n - xref) * xinc for n in range(len(codes))], [(code - yor - yref) * yinc for code in codes]

    def at_trigger(self):
        """Give the voltages right before and right after the trigger, on the screen."""
        times, volts = self.trace()
        after = next(n for n, at in enumerate(times) if at > -1e-15)
        return volts[after - 1], volts[after + 1]

    def status(self):
        return self.ask(":TRIG:STAT?")

    def switch(self, volts):
        """Put a voltage on the rail."""
        self.circuit.settle()
        self.supply.source.on, self.supply.source.emf = bool(volts), volts
        self.circuit.settle()

    def single(self, seconds):
        """Capture once, and let that time pass; give whether it stopped."""
        self.send(":SING")
        self.now += seconds
        return self.status() == "STOP"
