"""Measure the board's clock with the oscilloscope: frequency, levels, duty cycle and edges, each against its limits.

    lager python examples/clock_check.py
    lager python examples/clock_check.py -- --hertz 1000 --ppm 500 --high-v 3.3

Nets: scope1, with its probe on the clock. Ends with status 1 if anything is outside its limits.
"""

import argparse
import math
import sys
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--hertz", type=float, default=1000.0)
parser.add_argument("--ppm", type=float, default=5000.0, help="how far the frequency may be off")
parser.add_argument("--high-v", type=float, default=3.3)
args = parser.parse_args()
if args.hertz <= 0 or args.high_v <= 0:
    parser.error("--hertz and --high-v are more than 0")


def scale(least):
    """Give the next scale that oscilloscopes have: they go 1, 2, 5, 10."""
    decade = 10.0 ** math.floor(math.log10(least))
    return next(step * decade for step in (1, 2, 5, 10) if step * decade >= least * 0.999)


clock = Net.get("scope1", type=NetType.Analog)
period_s = 1 / args.hertz

clock.enable()
clock.trace_settings.set_volts_per_div(scale(args.high_v / 6))
clock.trace_settings.set_volt_offset(-args.high_v / 2)
clock.trace_settings.set_time_per_div(scale(period_s / 5))  # two periods or more on the screen
clock.trigger_settings.set_mode_auto()
clock.trigger_settings.set_type("edge")
clock.trigger_settings.edge.set_source(clock)
clock.trigger_settings.edge.set_slope_rising()
clock.trigger_settings.edge.set_level(args.high_v / 2)
clock.start_capture()
time.sleep(0.2 + 10 * period_s)

measure = clock.measurement
off = args.ppm * 1e-6
checks = [  # what, its unit, what was measured, and its limits
    ("frequency", "Hz", measure.frequency(), args.hertz * (1 - off), args.hertz * (1 + off)),
    ("high level", "V", measure.voltage_flat_top(), args.high_v * 0.9, args.high_v * 1.1),
    ("low level", "V", measure.voltage_flat_base(), -0.1 * args.high_v, 0.1 * args.high_v),
    ("duty cycle", "", measure.duty_cycle_positive(), 0.45, 0.55),
    ("overshoot", "", measure.voltage_overshoot(), 0.0, 0.1),
    ("rise time", "s", measure.rise_time(), 0.0, period_s / 20),
]

failed = 0
for name, unit, value, low, high in checks:
    good = value is not None and low <= value <= high
    failed += not good
    shown = "not measurable" if value is None else f"{value:.6g} {unit}"
    print(f"{'ok  ' if good else 'FAIL'} {name:11} {shown:16} [{low:.6g} to {high:.6g}]")
print(f"{len(checks) - failed} of {len(checks)} within their limits")
sys.exit(failed > 0)
