"""Measure what the board draws while it sleeps, against its budget, and say how long a cell would last.

    lager python examples/sleep_current.py
    lager python examples/sleep_current.py -- --supply supply1 --budget-ua 40000 --cell-mah 1000

Nets: supply2 feeds the board; gpio17 is its wake line (low: sleep). Take a supply that tells microamperes apart: a
Keithley 2281S. Ends with status 1 above the budget.
"""

import argparse
import statistics
import sys
import time
from contextlib import ExitStack

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--supply", default="supply2", metavar="NET")
parser.add_argument("--volts", type=float, default=3.3)
parser.add_argument("--budget-ua", type=float, default=4000.0)
parser.add_argument("--cell-mah", type=float, default=220.0, help="a CR2032")
parser.add_argument("--samples", type=int, default=20)
parser.add_argument("--boot-s", type=float, default=0.2)
args = parser.parse_args()

psu = Net.get(args.supply, type=NetType.PowerSupply)
wake = Net.get("gpio17", type=NetType.GPIO)

with ExitStack() as at_the_end:  # the line goes low first, then the supply off, whatever fails
    at_the_end.callback(psu.disable)
    at_the_end.callback(wake.output, "low")
    psu.set_current(0.2)
    psu.set_voltage(args.volts)
    psu.enable()
    wake.output("high")
    time.sleep(args.boot_s)
    print(f"awake: {psu.current() * 1e6:8.0f} uA")
    wake.output("low")
    time.sleep(args.boot_s)
    asleep_ua = [psu.current() * 1e6 for _ in range(args.samples)]

mean_ua, spread_ua = statistics.fmean(asleep_ua), statistics.pstdev(asleep_ua)
print(f"sleep: {mean_ua:8.0f} uA, {min(asleep_ua):.0f} to {max(asleep_ua):.0f} uA, {spread_ua:.0f} uA rms of noise")
if mean_ua > 0:
    print(f"a cell of {args.cell_mah:g} mAh lasts {args.cell_mah / (mean_ua / 1000) / 24:.1f} days")
good = mean_ua <= args.budget_ua
print(f"{'PASS' if good else 'FAIL'}: the budget is {args.budget_ua:g} uA")
sys.exit(not good)
