"""Eight scripts on eight instruments against one script on one, with instruments that take 5 ms to answer."""

import subprocess
import sys

from benchmarks.bench import Instruments, address, bench

DELAY = 0.005  # s an instrument takes to answer
SECONDS = 4.0
COUNT = 8
IN_ONE_PROCESS = 4  # simulated instruments; all eight in one process would be what is measured


def _rate(commands, env):
    """Let processes ask at the same time; give the sum of their queries/s."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.asking", *words, str(SECONDS)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    for one in running:
        one.stdout.readline()
    for one in running:
        print(file=one.stdin, flush=True)
    rates = []
    for one in running:
        count, took = one.communicate()[0].split()
        rates.append(int(count) / float(took))
    return sum(rates)


def main():
    simulated = [Instruments(first, IN_ONE_PROCESS, DELAY) for first in range(0, COUNT, IN_ONE_PROCESS)]
    ways = [(address(n), one.via) for one in simulated for n in one.numbers]
    # Raw first, and with no service: an instrument has one owner.
    raw = [_rate([("raw", *way) for way in ways[:count]], None) for count in (1, COUNT)]
    with bench(*simulated) as one:
        nets = [_rate([("net", f"psu{n}") for n in range(count)], one.env) for count in (1, COUNT)]
    print(
        f"{f'{COUNT} scripts on {COUNT} instruments of {DELAY * 1000:g} ms':52s} {nets[1]:8.0f} /s   one script "
        f"{nets[0]:6.0f} /s   ratio {nets[1] / nets[0]:6.2f}   (wanted: 6 at least)"
    )
    print(
        f"{'  the same with raw pyvisa sessions, no service':52s} {raw[1]:8.0f} /s   one        "
        f"{raw[0]:6.0f} /s   ratio {raw[1] / raw[0]:6.2f}"
    )
