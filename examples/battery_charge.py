"""Let the board's charger charge a simulated cell, and check that it ends as it should: the current tapers off.

    lager box serve --simulated examples/bench.toml      # a board with a charger
    lager python examples/battery_charge.py
    lager python examples/battery_charge.py -- --from-soc 20 --most-ma 500

Nets: battery1, with a charger on its terminals. Ends with status 1 if the charger gives the cell too much current, too
much voltage, or does not come to an end in time.
"""

import argparse
import sys
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--from-soc", type=float, default=90.0, metavar="PERCENT")
parser.add_argument("--most-ma", type=float, default=600.0, help="what the cell may be charged with")
parser.add_argument("--most-v", type=float, default=4.25, help="what the cell's terminals may see")
parser.add_argument("--taper-ma", type=float, default=60.0, help="the charge is over below that")
parser.add_argument("--within-s", type=float, default=60.0)
parser.add_argument("--capacity-ah", type=float, default=0.001)
args = parser.parse_args()

battery = Net.get("battery1", type=NetType.Battery)
verdict = f"FAIL: not full within {args.within_s:g} s"

try:
    battery.set_mode_battery()
    battery.setup_battery(
        sim_mode="dynamic",
        voltage_full=4.2,
        voltage_empty=3.0,
        current_limit=1.0,
        capacity=args.capacity_ah,
        soc=args.from_soc,
    )
    battery.enable()
    began = time.monotonic()
    while time.monotonic() - began < args.within_s:
        percent, volts, into_ma = battery.soc(), battery.terminal_voltage(), -battery.current() * 1000
        print(f"{time.monotonic() - began:6.2f} s  {percent:5.1f} %  {volts:.4f} V  {into_ma:7.1f} mA")
        if into_ma > args.most_ma:
            verdict = f"FAIL: the charger gives {into_ma:.0f} mA, and the cell takes {args.most_ma:g} mA"
            break
        if volts > args.most_v:
            verdict = f"FAIL: {volts:.3f} V at the cell, and {args.most_v:g} V is the most"
            break
        if into_ma <= 0:
            verdict = f"FAIL: nothing charges the cell ({into_ma:.1f} mA): is the charger powered?"
            break
        if into_ma < args.taper_ma:
            verdict = f"PASS: {into_ma:.1f} mA at {percent:g} %, the charge is over"
            break
        time.sleep(0.1)
finally:
    battery.disable()
    print("battery1 is disconnected")

print(verdict)
sys.exit(not verdict.startswith("PASS"))
