"""Step an electronic load across a supply's output, and see how well the output holds: load regulation.

    lager python examples/eload_steps.py
    lager python examples/eload_steps.py -- --volts 12 --amps 0.1 0.5 1 1.5 --most-droop-mv 20

Nets: supply4, with eload1 across it. Ends with status 1 if the voltage falls by more than --most-droop-mv.
"""

import argparse
import sys
import time
from contextlib import ExitStack

from lager import Net, NetType

SETTLE_S = 0.8  # an electronic load takes a moment until its current is there: a DL3021's 0.7 s

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--volts", type=float, default=5.0)
parser.add_argument("--amps", type=float, nargs="+", default=[0.25, 0.5, 1.0])
parser.add_argument("--most-droop-mv", type=float, default=50.0)
args = parser.parse_args()

supply = Net.get("supply4", type=NetType.PowerSupply)
load = Net.get("eload1", type=NetType.ELoad)

with ExitStack() as at_the_end:  # does both, also when the first of them fails
    at_the_end.callback(supply.disable)
    at_the_end.callback(load.disable)
    supply.set_current(max(args.amps) * 1.2)
    supply.set_voltage(args.volts)
    supply.enable()
    load.mode("CC")
    load.current(min(args.amps))
    time.sleep(0.1)
    idle_v = load.measured_voltage()
    print(f"  idle: {idle_v:.4f} V")
    load.enable()
    droop_mv = []
    for amps in args.amps:
        load.current(amps)
        time.sleep(SETTLE_S)
        volts, drawn_a, watts = load.measured_voltage(), load.measured_current(), load.measured_power()
        droop_mv.append((idle_v - volts) * 1000)
        print(f"{amps:4.2f} A: {volts:.4f} V, {drawn_a:.4f} A, {watts:.3f} W, {droop_mv[-1]:.1f} mV below")

good = max(droop_mv) <= args.most_droop_mv
print(f"{'PASS' if good else 'FAIL'}: {max(droop_mv):.1f} mV at most ({args.most_droop_mv:g} mV allowed)")
sys.exit(not good)
