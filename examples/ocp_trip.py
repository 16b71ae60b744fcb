"""Overload a supply on purpose, and time how long its over-current protection takes to switch it off.

    lager python examples/ocp_trip.py
    lager python examples/ocp_trip.py -- --ohms 10 --ocp-a 0.4 --most-ms 500

Nets: supply3, with a power resistor across it. Ends with status 1 if it does not trip in time. The protection is
cleared afterwards, and its level is what it was.
"""

import argparse
import sys
import time
from contextlib import ExitStack

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--ohms", type=float, default=10.0, help="the resistor")
parser.add_argument("--ocp-a", type=float, default=0.5, help="the level to try")
parser.add_argument("--most-ms", type=float, default=1000.0)
args = parser.parse_args()

supply = Net.get("supply3", type=NetType.PowerSupply)
quiet_v, overload_v = (args.ocp_a * args.ohms * part for part in (0.5, 1.5))

with ExitStack() as at_the_end:  # does all of it, in reverse order, also when one of them fails
    at_the_end.callback(supply.set_ocp, supply.get_ocp_limit())
    at_the_end.callback(supply.clear_ocp)
    at_the_end.callback(supply.disable)
    supply.set_current(args.ocp_a * 2)  # the limit must not hold back what is to trip the protection
    supply.set_ocp(args.ocp_a)
    supply.set_voltage(quiet_v)
    supply.enable()
    time.sleep(0.2)
    print(f"at half the level: {supply.current():.3f} A, tripped: {supply.is_ocp()}")
    supply.set_voltage(overload_v)
    began, looks = time.monotonic(), 1
    while not (tripped := supply.is_ocp()) and (time.monotonic() - began) * 1000 < args.most_ms:
        looks += 1
    took_ms = (time.monotonic() - began) * 1000
    left_v = supply.voltage()

print(f"looks: {looks}, one in {took_ms / looks:.1f} ms; {left_v:.3f} V are left")
print(f"PASS: tripped within {took_ms:.0f} ms" if tripped else f"FAIL: not tripped after {took_ms:.0f} ms")
sys.exit(not tripped)
