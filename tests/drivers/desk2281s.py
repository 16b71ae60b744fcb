"""One simulated 2281S on a circuit of its own, with a load, a clock to turn, and its driver."""

import random

from cables import Direct

from lager_drivers.keithley_2281s.instrument import K2281S
from lager_drivers.keithley_2281s.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


class Desk:
    def __init__(self, load=100.0, back_emf=0.0, **options):
        self.now = 0.0
        self.rail = Rail(load=load, back_emf=back_emf)
        self.circuit = Circuit(random.Random(3), {"A": self.rail}, {}, Wires(outputs={"it.1": "A"}))
        wiring = Wiring(self.circuit, "it")
        self.instrument = simulate(Simulation("Keithley_2281S", "4381218", wiring, lambda: self.now, options))
        self.cable = Direct(self.instrument)
        self.driver = K2281S(self.cable, lambda _: None)
        self.supply, self.battery = self.driver.channel("power-supply", "1"), self.driver.channel("battery", "1")

    def ask(self, query):
        return self.cable.query(query)

    def tell(self, *commands):
        """Send commands; give the errors they made."""
        for command in commands:
            self.cable.write(command)
        errors = []
        while (found := self.ask(":SYST:ERR?")) != '0,"No error"':
            errors.append(int(found.split(",")[0]))
        return errors

    def number(self, query):
        return float(self.ask(query))

    def simulating(self):
        """Go to the battery simulator."""
        assert self.tell(":ENTR:FUNC SIM") == []
        return self
