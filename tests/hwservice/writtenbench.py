"""A bench in the test's own process, whose supply keeps a log of what it was set to; and scripts that set it.

Every write has a value of its own, so what arrived can be compared with what the caller was told of it.
"""

import asyncio
import collections
import itertools
import random
import threading
import time

from ownbench import Bench

from lager import errors, wire
from lager_drivers.rigol_dp800.simulator import SimulatedDP800
from lager_drivers.simulated import bench as simulated
from lager_drivers.simulated.circuit import Circuit, Wires
from lager_drivers.simulated.description import Net
from lager_drivers.simulated.faults import Faults
from lager_drivers.simulated.instruments import Simulator
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

NET, ROLE = "supply2", "power-supply"


class Written(SimulatedDP800):
    """A DP821 that notes every setpoint it is sent, V."""

    def __init__(self):
        wiring = Wiring(Circuit(random.Random(1), {}, {}, Wires()), "rigol")
        super().__init__(Simulation("Rigol_DP821", "DP8G235000146", wiring, time.monotonic))
        self.log = []

    def handle(self, line):
        if line.startswith(":SOUR1:VOLT "):
            self.log.append(float(line.rpartition(" ")[2]))
        return super().handle(line)


class WrittenBench:
    """It and its service."""

    def __init__(self, folder, *words):
        self.supply = Written()
        self._loop = asyncio.new_event_loop()
        rigol = Simulator("rigol", "Rigol_DP821", "usb", self.supply)
        self._simulated = simulated.Bench([rigol], [Net(NET, ROLE, "rigol", "1")])
        self._loop.run_until_complete(self._simulated.listen(simulated.Ports()))
        self._faults = Faults(self._simulated.places())
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.bench = Bench(folder, self._simulated.nets(), *words)

    def happens(self, action, value=None):
        """Do something to the supply."""
        asked = self._faults.inject(wire.Inject(1, action, self._simulated.address("rigol"), value))
        asyncio.run_coroutine_threadsafe(asked, self._loop).result(30)

    def close(self):
        self.bench.close()
        asyncio.run_coroutine_threadsafe(self._simulated.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Writers:
    """Scripts that write, each in a thread with its own connection; what they wrote, and what they were told."""

    def __init__(self, written, count):
        self._bench = written
        self._values = itertools.count(1)
        self._stop = threading.Event()
        self.told = {}  # None, or the error; by value, V
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(count)]
        for one in self._threads:
            one.start()

    def _write(self, number):
        hardware = self._bench.bench.another_caller(f"writer {number}")
        pause = threading.Event()
        while not self._stop.is_set():
            value = next(self._values) / 10_000
            try:
                hardware.call(NET, ROLE, "set_voltage", [value])
            except errors.LagerError as exc:
                self.told[value] = exc
                pause.wait(0.01)  # so that an absent instrument does not use up the values
            else:
                self.told[value] = None

    def stop(self):
        """Stop them; once they have ended nothing more is written."""
        self._stop.set()
        for one in self._threads:
            one.join(60)

    def lies(self):
        """What they were told that is not so."""
        arrived = collections.Counter(self._bench.supply.log)
        return [
            f"{value} arrived {arrived[value]} times: {exc!r}"
            for value, exc in self.told.items()
            if arrived[value] not in _may_have_arrived(exc)
        ]

    def failures(self):
        """How often they were told what, by the code of the error."""
        return collections.Counter(exc.code for exc in self.told.values() if exc is not None)


def _may_have_arrived(exc):
    if exc is None:
        return (1,)
    return (0, 1) if "not known" in exc.what else (0,)
