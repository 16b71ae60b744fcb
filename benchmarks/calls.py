"""What a call costs over the raw query: from a script through `Net`, in turn with a pyvisa session used directly."""

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager

from benchmarks.bench import QUERY, Instruments, address
from benchmarks.timing import LAGER, private_home

ROUNDS = 400
BUDGET = 0.12e-3  # s that a query from a script may cost more than the raw one
SCRIPT = f"""
import statistics, sys, time
from lager import Net, NetType
from lager_hwservice.transports.modbus import ModbusLink
from lager_hwservice.transports.visa import VisaLink

def seconds(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin

dp821, t7 = VisaLink(sys.argv[1], sys.argv[2], 5), ModbusLink("127.0.0.1", int(sys.argv[3]), 5)
supply, adc = Net.get("supply2", type=NetType.PowerSupply), Net.get("adc1", type=NetType.ADC)
for mine, theirs in [(supply.voltage, lambda: dp821.query({QUERY!r})), (adc.input, lambda: t7.read(0, 2))]:
    mine(), theirs()
    pairs = [(seconds(mine), seconds(theirs)) for _ in range({ROUNDS})]
    print(*map(statistics.median, zip(*pairs)), statistics.median(a - b for a, b in pairs))
dp821.close()
t7.close()
"""


@contextmanager
def _raw_bench():
    """A DP821 and a T7 that no service owns: address and way of the first, port of the second."""
    supplies = Instruments(0, 1)
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "lager_drivers.simulated", "--state", folder]
        bench = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            yield address(0), supplies.via, str(json.loads(bench.stdout.readline())["tcp_ports"]["labjack"])
        finally:
            bench.communicate()  # the end of its standard input ends it
            supplies.close()


def main() -> None:
    with private_home() as (folder, env), _raw_bench() as words:
        script = folder / "calls.py"
        script.write_text(SCRIPT)
        done = subprocess.run([LAGER, "python", str(script), *words], env=env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
    names = ("supply2.voltage() from a script", "adc1.input() from a script")
    for name, line in zip(names, done.stdout.splitlines(), strict=True):
        mine, theirs, more = map(float, line.split())
        print(
            f"{name:52s} {mine * 1000:8.3f} ms   baseline {theirs * 1000:8.3f} ms   ratio {mine / theirs:6.2f}"
            f"   (+{more * 1000:.3f} ms; budget {BUDGET * 1000:g} ms)"
        )
