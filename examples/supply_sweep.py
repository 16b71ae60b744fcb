"""Sweep a supply, and compare what was asked for with what arrives at the board's connector.

    lager python examples/supply_sweep.py
    lager python examples/supply_sweep.py --download sweep.csv -- --stop 12 --step 1 --csv sweep.csv

Nets: supply1, and adc1 at the far end of its cable. Ends with status 1 if a point is off by more than the tolerance.
"""

import argparse
import csv
import sys
import time

from lager import Net, NetType

SETTLE_S = 0.05

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--start", type=float, default=1.0, metavar="V")
parser.add_argument("--stop", type=float, default=5.0, metavar="V")
parser.add_argument("--step", type=float, default=0.5, metavar="V")
parser.add_argument("--limit-a", type=float, default=0.5, help="current limit, A")
parser.add_argument("--tolerance-mv", type=float, default=10.0)
parser.add_argument("--csv", metavar="FILE", help="write the points there, too")
args = parser.parse_args()
if args.step <= 0 or args.stop < args.start:
    parser.error("the sweep goes upwards: --start is below --stop, and --step is more than 0")

psu = Net.get("supply1", type=NetType.PowerSupply)
connector = Net.get("adc1", type=NetType.ADC)

points = []
try:
    psu.set_current(args.limit_a)
    psu.set_voltage(args.start)
    psu.enable()
    print("   set V    seen V   off mV    load mA")
    for number in range(round((args.stop - args.start) / args.step) + 1):
        asked_v = args.start + number * args.step
        psu.set_voltage(asked_v)
        time.sleep(SETTLE_S)
        seen_v, load_a = connector.input(), psu.current()
        off_mv = (seen_v - asked_v) * 1000
        points.append((asked_v, seen_v, off_mv, load_a * 1000))
        print("{:8.3f} {:9.4f} {:8.2f} {:10.2f}".format(*points[-1]))
finally:
    psu.disable()

if args.csv:
    with open(args.csv, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["set_v", "seen_v", "off_mv", "load_ma"])
        writer.writerows(points)

worst_mv = max((abs(off_mv) for _, _, off_mv, _ in points), default=0.0)
good = worst_mv <= args.tolerance_mv
print(f"{'PASS' if good else 'FAIL'}: the worst point is off by {worst_mv:.2f} mV ({args.tolerance_mv:g} mV allowed)")
sys.exit(not good)
