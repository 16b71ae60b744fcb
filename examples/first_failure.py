"""Hunt a fault that comes once in a thousand: try again and again, and stop at the first one with everything as it is.

    lager python examples/first_failure.py
    lager python examples/first_failure.py -- --tries 1000 --lowest-v 3.25

Nets: supply2 feeds the board, adc3 is on its rail. The pause is in the exception handler: the supply is still on, and
`lager python --console ID` has `number`, `fault` and the nets. After it, the fault goes its way.
"""

import argparse
import time

from lager import Net, NetType, pause

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--tries", type=int, default=5)
parser.add_argument("--volts", type=float, default=3.3)
parser.add_argument("--lowest-v", type=float, default=3.2, help="what the rail must have after the start")
parser.add_argument("--start-s", type=float, default=0.1)
args = parser.parse_args()

psu = Net.get("supply2", type=NetType.PowerSupply)
rail = Net.get("adc3", type=NetType.ADC)


class BadStart(Exception):
    """The board did not start as it should."""


def start():
    """Start the board once; give the voltage of its rail."""
    psu.disable()
    time.sleep(args.start_s)
    psu.enable()
    time.sleep(args.start_s)
    if (volts := rail.input()) < args.lowest_v:
        raise BadStart(f"{volts:.3f} V on the rail, at least {args.lowest_v:g} V wanted")
    return volts


try:
    psu.set_current(0.5)
    psu.set_voltage(args.volts)
    for number in range(1, args.tries + 1):
        try:
            print(f"start {number}: {start():.3f} V")
        except BadStart as fault:
            print(f"start {number}: {fault}")
            pause(f"start {number} failed", interactive=True)
            raise
    print(f"PASS: {args.tries} good starts")
finally:
    psu.disable()
    print("supply2 is off")
