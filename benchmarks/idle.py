"""What idle instruments cost: CPU time and memory of the service, its workers and their source, and all simulators."""

import subprocess
import sys
import threading
from pathlib import Path

from benchmarks.bench import Instruments, address, bench, cpu
from benchmarks.whole import whole_bench

SECONDS = 20.0
BUDGET = 45  # MB a worker may take
_BARE = "import pyvisa, sys; pyvisa.ResourceManager('@py'); print(flush=True); sys.stdin.read()"


def _megabytes(pid):
    """What a process takes: its part of what is shared (PSS), and all it sees (RSS), MB."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    found = {words[0].rstrip(":"): int(words[1]) / 1e3 for words in lines}
    return found["Pss"], found["Rss"]


def _bare():
    """The same for a process that has imported pyvisa-py and done nothing."""
    with subprocess.Popen([sys.executable, "-c", _BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        return _megabytes(process.pid)


def main():
    simulated = Instruments(0, 2)
    with bench(simulated) as one, whole_bench() as whole:
        one.ask(one.caller())
        workers = one.rest()
        found = {"hardware service": one.process.pid, "worker, instrument open": workers[address(0)]}
        found |= {"worker, not open": workers[address(1)], "what workers are forked from": one.zygote()}
        found |= {"simulated bench of all instruments": whole}
        before = {name: cpu(pid) for name, pid in found.items()}
        threading.Event().wait(SECONDS)  # this is what is measured
        spent = {name: cpu(pid) - before[name] for name, pid in found.items()}
        bare = _bare()
        for name, pid in found.items():
            shared, seen = _megabytes(pid)
            print(
                f"{f'idle: {name}':52s} {spent[name] * 1000:8.0f} ms CPU in {SECONDS:g} s   "
                f"PSS {shared:5.1f} MB, RSS {seen:5.1f} MB   baseline {bare[0]:5.1f}, {bare[1]:5.1f} MB (bare pyvisa)  "
                f"ratio {seen / bare[1]:5.2f}   (budget {BUDGET} MB)"
            )
