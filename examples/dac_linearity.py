"""Loop a DAC back to an ADC, fit a straight line through the points, and say what gain, offset and linearity are.

    lager python examples/dac_linearity.py
    lager python examples/dac_linearity.py -- --dac dac2 --adc adc7 --points 51 --average 8

Nets: a DAC wired to an ADC. Ends with status 1 if a point is further from the line than --most-inl-mv.
"""

import argparse
import statistics
import sys

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dac", default="dac1")
parser.add_argument("--adc", default="adc8")
parser.add_argument("--lowest-v", type=float, default=0.25)
parser.add_argument("--highest-v", type=float, default=4.75)
parser.add_argument("--points", type=int, default=19)
parser.add_argument("--average", type=int, default=4, help="readings of each point")
parser.add_argument("--most-inl-mv", type=float, default=2.0)
args = parser.parse_args()
if args.points < 3 or args.average < 1:
    parser.error("a line needs --points 3 at least, and a point --average 1")

dac = Net.get(args.dac, type=NetType.DAC)
adc = Net.get(args.adc, type=NetType.ADC)

asked, seen = [], []
try:
    for number in range(args.points):
        volts = args.lowest_v + (args.highest_v - args.lowest_v) * number / (args.points - 1)
        dac.output(volts)
        asked.append(volts)
        seen.append(statistics.fmean(adc.input() for _ in range(args.average)))
finally:
    dac.output(0)

gain, offset = statistics.linear_regression(asked, seen)
off_line_mv = [(y - (gain * x + offset)) * 1000 for x, y in zip(asked, seen, strict=True)]
worst = max(range(args.points), key=lambda number: abs(off_line_mv[number]))
good = abs(off_line_mv[worst]) <= args.most_inl_mv

print(f"{args.dac} to {args.adc}, {args.points} points from {asked[0]:g} V to {asked[-1]:g} V")
print(f"gain:      {gain:.6f} ({(gain - 1) * 100:+.4f} %)")
print(f"offset:    {offset * 1000:+.3f} mV")
print(f"linearity: {off_line_mv[worst]:+.3f} mV at {asked[worst]:.3f} V")
print("PASS" if good else f"FAIL: more than {args.most_inl_mv:g} mV off the line")
sys.exit(not good)
