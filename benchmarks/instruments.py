"""Simulated DP821s of the benchmarks' own: `python -m benchmarks.instruments FIRST COUNT DELAY`, one process.

Each has a serial number, a circuit and a pace of its own; DELAY is how long each takes to answer, s. Standard input
takes one JSON object a line, `{"serial", "action"}`: what happens to an instrument at its port. It is answered with
`{"at", "lines"}`: the monotonic time at which it had happened (this machine's processes agree about that clock), and
how many lines the instrument was sent so far.
"""

import asyncio
import json
import os
import random
import sys
import threading
import time

from lager_drivers.rigol_dp800.simulator import SimulatedDP800
from lager_drivers.simulated.circuit import Circuit, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.usbip import Bus
from lager_drivers.simulated.usbport import Port
from lager_drivers.simulated.wiring import Wiring


def serial(number):
    return f"DP8G900000{number:03d}"


class _Counted(SimulatedDP800):
    """One that counts the lines it is sent."""

    lines = 0

    def handle(self, line):
        self.lines += 1
        return super().handle(line)


def _wedge(port):
    port.mischief.wedged = True


ACTIONS = {"unplug": Port.unplug, "replug": Port.replug, "wedge": _wedge, "clear": Port.clear, "count": lambda _: None}


def _do(bus, asked):
    port = bus.port_of(asked["serial"])
    ACTIONS[asked["action"]](port)
    print(json.dumps({"at": time.monotonic(), "lines": port.device.instrument.lines}), flush=True)


def _listen(loop, bus):
    for line in sys.stdin:
        loop.call_soon_threadsafe(_do, bus, json.loads(line))
    os._exit(0)  # the benchmark has ended, or has no more use for us


def _simulation(number):
    wiring = Wiring(Circuit(random.Random(number), {}, {}, Wires()), "rigol")
    return Simulation("Rigol_DP821", serial(number), wiring, time.monotonic)


async def main(first, count, delay):
    numbers = range(first, first + count)
    bus = Bus(_Counted(_simulation(n)) for n in numbers)
    for port in bus.ports.values():
        port.mischief.delay = delay
    print(json.dumps({"port": await bus.listen()}), flush=True)
    threading.Thread(target=_listen, args=(asyncio.get_running_loop(), bus), daemon=True).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
