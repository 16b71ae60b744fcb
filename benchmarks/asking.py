"""A process that asks one instrument as fast as it answers: `python -m benchmarks.asking net NAME SECONDS` as a script
does, `python -m benchmarks.asking raw ADDRESS VIA SECONDS` with a pyvisa session of its own.

Says `ready`; begins at a line of standard input; then says how often it asked, and for how long, s.
"""

import sys
import time

from benchmarks.bench import QUERY


def as_script(name):
    from lager import Net, NetType

    return Net.get(name, type=NetType.PowerSupply).voltage


def raw(address, via):
    from lager_hwservice.transports.visa import VisaLink

    link = VisaLink(address, via, 5)
    return lambda: link.query(QUERY)


def main(way, *words):
    ask = {"net": as_script, "raw": raw}[way](*words[:-1])
    ask()
    print("ready", flush=True)
    sys.stdin.readline()
    count, begin, seconds = 0, time.perf_counter(), float(words[-1])
    while (took := time.perf_counter() - begin) < seconds:
        ask()
        count += 1
    print(count, took, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
