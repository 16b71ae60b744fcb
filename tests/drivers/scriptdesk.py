"""What scripts hold of simulated supplies, a battery and a load, without processes between; keeps what is sent."""

import importlib
import random

import msgspec
from cables import Direct

from lager import hardware, proxies, wire
from lager_drivers.catalog import find
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring
from lager_hwservice import dispatch

INSTRUMENTS = {
    "keithley": "Keithley_2281S",
    "rigol": "Rigol_DP821",
    "keysight": "KEYSIGHT_E36312A",
    "agilent": "KEYSIGHT_E36233A",
    "load": "Rigol_DL3021",
}
OUTPUTS = ("keithley.1", "rigol.1", "rigol.2", "keysight.1", "keysight.2", "keysight.3", "agilent.1", "agilent.2")


class ScriptDesk:
    """The instruments on one circuit; 100 ohm at each supply, and the electronic load at `keysight.1` as well."""

    def __init__(self):
        self.now = 50.0
        self.rails = {name: Rail(load=100.0) for name in OUTPUTS}
        wires = Wires(outputs={name: name for name in OUTPUTS}, loads={"load.1": "keysight.1"})
        self.circuit = Circuit(random.Random(3), self.rails, {}, wires)
        self.cables, self._devices = {}, {}
        for name, model in INSTRUMENTS.items():
            entry = find(model)
            module, _, function = entry.simulator.partition(":")
            simulate = getattr(importlib.import_module(module), function)
            simulated = simulate(Simulation(model, name, Wiring(self.circuit, name), lambda: self.now, {}))
            self.cables[name] = Direct(simulated)
            self._devices[name] = entry.connect(self.cables[name])
            self.cables[name].sent.clear()  # it was asked who it is

    def net(self, role, at):
        """Give what a script gets of a net at `INSTRUMENT.PIN`."""
        name, pin = at.split(".")
        channel = self._devices[name].channel(role, pin)
        return proxies.PROXIES[role](wire.NetRecord(at, role, INSTRUMENTS[name], name, pin), Straight(channel))

    @property
    def sent(self):
        """All that was sent, to whichever instrument."""
        return [command for cable in self.cables.values() for command in cable.sent]


class Straight:
    """The way of a call without the processes between: checked, called, and through JSON and back."""

    def __init__(self, channel):
        self._channel = channel

    def ask(self, net, role, method, args):
        hardware._check_finite(net, method, list(args))
        found = dispatch.find(role, method)
        taken = found.arguments(msgspec.json.decode(msgspec.json.encode(args)), {})
        return wire.Answer(1, msgspec.json.decode(msgspec.json.encode(found.call(self._channel, taken))))
