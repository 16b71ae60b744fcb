"""Find the supply voltage at which the board gives up: lower it by halves until that is known to some millivolts.

    lager python examples/brownout.py
    lager python examples/brownout.py -- --good-above 1.62 --resolution-mv 1

Nets: supply1 feeds the board, adc2 sees its regulator's output. The board counts as alive above --good-above volts.
"""

import argparse
import sys
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--highest-v", type=float, default=3.6, help="the board lives there")
parser.add_argument("--lowest-v", type=float, default=1.5, help="and not there")
parser.add_argument("--good-above", type=float, default=1.2, metavar="V")
parser.add_argument("--resolution-mv", type=float, default=5.0)
parser.add_argument("--settle-s", type=float, default=0.05)
args = parser.parse_args()
if args.lowest_v >= args.highest_v:
    parser.error("--lowest-v is below --highest-v, which the board never gets more than")

psu = Net.get("supply1", type=NetType.PowerSupply)
regulator = Net.get("adc2", type=NetType.ADC)


def is_alive(volts):
    """Give the board a fresh start at the highest voltage, then look how it does at this one."""
    psu.set_voltage(args.highest_v)
    time.sleep(args.settle_s)
    psu.set_voltage(volts)
    time.sleep(args.settle_s)
    return regulator.input() > args.good_above


try:
    psu.set_current(0.5)
    psu.set_voltage(args.highest_v)
    psu.enable()
    if not is_alive(args.highest_v):
        sys.exit(f"the board is dead at {args.highest_v:g} V already: {regulator.input():.3f} V on its regulator")
    print(f"alive at {args.highest_v:.4f} V")
    if is_alive(args.lowest_v):
        sys.exit(f"the board lives at {args.lowest_v:g} V: say a lower --lowest-v")
    dead_v, alive_v = args.lowest_v, args.highest_v
    while (alive_v - dead_v) * 1000 > args.resolution_mv:
        middle_v = (alive_v + dead_v) / 2
        if is_alive(middle_v):
            alive_v = middle_v
        else:
            dead_v = middle_v
        print(f"alive at {alive_v:.4f} V, dead at {dead_v:.4f} V")
finally:
    psu.disable()

print(f"brown-out between {dead_v:.3f} V and {alive_v:.3f} V")
