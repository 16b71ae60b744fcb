"""Bring up two rails in order from the two channels of one supply, each checked before the next; and down again.

    lager python examples/power_sequence.py
    lager python examples/power_sequence.py -- --io-v 2.5

Nets: supply3 (core) and supply2 (I/O), with adc5 and adc3 at the board. The core comes first and goes last. Ends with
status 1 if a rail is not where it should be in time.
"""

import argparse
import sys
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--core-v", type=float, default=1.2)
parser.add_argument("--io-v", type=float, default=3.3)
parser.add_argument("--within-s", type=float, default=1.0, help="how long a rail may take")
args = parser.parse_args()

RAILS = [  # in the order in which they come up: name, supply, sense, V, limit in A
    ("core", "supply3", "adc5", args.core_v, 1.0),
    ("I/O", "supply2", "adc3", args.io_v, 0.5),
]


def seconds_until(sense, low_v, high_v):
    """Wait until a rail is between two voltages; give how long that took, None if it took too long."""
    began = time.monotonic()
    while not low_v <= sense.input() <= high_v:
        if time.monotonic() - began > args.within_s:
            return None
        time.sleep(0.005)
    return time.monotonic() - began


up, late = [], []
try:
    for name, supply_net, sense_net, volts, limit_a in RAILS:
        supply = Net.get(supply_net, type=NetType.PowerSupply)
        sense = Net.get(sense_net, type=NetType.ADC)
        supply.set_current(limit_a)
        supply.set_voltage(volts)
        up.append((name, supply, sense))
        supply.enable()
        took_s = seconds_until(sense, volts * 0.95, volts * 1.05)
        now = f"{sense.input():.3f} V, {supply.current() * 1000:.1f} mA"
        if took_s is None:
            print(f"{name} is not up after {args.within_s:g} s: {now}")
            late.append(name)
            break
        print(f"{name} is up after {took_s * 1000:.0f} ms: {now}")
finally:
    for name, supply, sense in reversed(up):  # the last one first
        supply.disable()
        if seconds_until(sense, -0.1, 0.1) is None:
            late.append(name)
        print(f"{name} is switched off: {sense.input():.3f} V")

print(f"FAIL: {', '.join(late)}" if late else "PASS")
sys.exit(len(late) > 0)
