"""Prove that the supply's over-voltage protection works, before a board that nobody can replace is connected.

    lager python examples/ovp_check.py
    lager python examples/ovp_check.py -- --volts 5 --step-v 0.2

Nets: supply1, and adc1 at the empty connector. The level is lowered until it trips: the output itself never goes up.
Ends with status 1 if it trips too early, too late, or leaves something on the connector.
"""

import argparse
import sys
import time
from contextlib import ExitStack

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--volts", type=float, default=3.3)
parser.add_argument("--step-v", type=float, default=0.1)
args = parser.parse_args()

psu = Net.get("supply1", type=NetType.PowerSupply)
connector = Net.get("adc1", type=NetType.ADC)

with ExitStack() as at_the_end:  # does all of it, in reverse order, also when one of them fails
    at_the_end.callback(psu.set_ovp, psu.get_ovp_limit())
    at_the_end.callback(psu.clear_ovp)
    at_the_end.callback(psu.disable)
    level_v = args.volts + 3.5 * args.step_v
    psu.set_ovp(level_v)
    psu.set_current(0.1)
    psu.set_voltage(args.volts)
    psu.enable()
    time.sleep(0.1)
    held_v = connector.input()
    while not (tripped := psu.is_ovp()) and level_v > args.volts - 5 * args.step_v:
        print(f"level {level_v:.2f} V: {connector.input():.3f} V on the connector")
        level_v -= args.step_v
        psu.set_ovp(level_v)
        time.sleep(0.05)
    left_v = connector.input()

print(f"level {level_v:.2f} V: {'tripped' if tripped else 'not tripped'}, {left_v:.3f} V on the connector")
good = tripped and abs(level_v - held_v) <= args.step_v and abs(left_v) < 0.1
print("PASS: connect the board" if good else "FAIL: do not connect the board")
sys.exit(not good)
