"""What a call costs over the raw query: from a script through `Net`, against the same pyvisa session used directly."""

import subprocess

from benchmarks.timing import LAGER, private_home

SCRIPT = """
import statistics, time
from lager import Net, NetType

def median(action, rounds=400):
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000

for name, kind, call in [("supply2", NetType.PowerSupply, "voltage"), ("adc1", NetType.ADC, "input")]:
    net = Net.get(name, type=kind)
    print(f"{name}.{call}() from a script: {median(getattr(net, call)):.3f} ms")
"""


def main() -> None:
    with private_home() as (folder, env):
        script = folder / "calls.py"
        script.write_text(SCRIPT)
        done = subprocess.run([LAGER, "python", str(script)], env=env, check=True, capture_output=True, text=True)
        print(done.stdout, end="")
