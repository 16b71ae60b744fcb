"""What a call costs over the raw query: from a script through `Net`, against the same pyvisa session used directly."""

import json
import statistics
import subprocess
import sys
import tempfile

from benchmarks.timing import LAGER, private_home, seconds
from lager_hwservice.transports.modbus import ModbusLink
from lager_hwservice.transports.visa import VisaLink

ROUNDS = 400
SCRIPT = f"""
import statistics, time
from lager import Net, NetType

for name, kind, call in [("supply2", NetType.PowerSupply, "voltage"), ("adc1", NetType.ADC, "input")]:
    action, times = getattr(Net.get(name, type=kind), call), []
    for _ in range({ROUNDS}):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    print(statistics.median(times))
"""


def raw() -> list[float]:
    """Time the same two questions on a bench of our own, asked directly, s."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "lager_drivers.simulated", "--state", folder]
        bench = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            ports = json.loads(bench.stdout.readline())
            dp821 = VisaLink(
                "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR", f"usbip://127.0.0.1:{ports['usbip_port']}", 5
            )
            t7 = ModbusLink("127.0.0.1", ports["modbus_port"], 5)
            times = [
                statistics.median(seconds(ask) for _ in range(ROUNDS))
                for ask in (lambda: dp821.query(":MEAS? CH1"), lambda: t7.read(0, 2))
            ]
            dp821.close()
            t7.close()
        finally:
            bench.communicate()  # the end of its standard input ends it
    return times


def main() -> None:
    with private_home() as (folder, env):
        script = folder / "calls.py"
        script.write_text(SCRIPT)
        done = subprocess.run([LAGER, "python", str(script)], env=env, check=True, capture_output=True, text=True)
    names = ("supply2.voltage() from a script", "adc1.input() from a script")
    for name, mine, theirs in zip(names, map(float, done.stdout.split()), raw(), strict=True):
        print(
            f"{name:52s} {mine * 1000:8.3f} ms   baseline {theirs * 1000:8.3f} ms   ratio {mine / theirs:6.2f}"
            f"   (+{(mine - theirs) * 1000:.3f} ms)"
        )
