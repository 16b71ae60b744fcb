"""Burn a board in under a watchdog: a thread that looks at the temperature all the time, and cuts the power.

    lager python examples/thermal_watchdog.py
    lager python examples/thermal_watchdog.py -- --thermocouple thermocouple3 --limit-c 85

Nets: supply5 feeds the board, a thermocouple is on it. Too warm: the watchdog switches off at once, and pauses, so that
you can look at the board before anything else happens. The run ends with status 1 then.
"""

import argparse
import sys
import threading
import time

from lager import Net, NetType, pause

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--seconds", type=float, default=2.0, help="how long to burn in")
parser.add_argument("--limit-c", type=float, default=85.0)
parser.add_argument("--thermocouple", default="thermocouple1", metavar="NET")
parser.add_argument("--volts", type=float, default=3.3)
args = parser.parse_args()

psu = Net.get("supply5", type=NetType.PowerSupply)
probe = Net.get(args.thermocouple, type=NetType.Thermocouple)
over = threading.Event()  # nothing is to go on: somebody has found a reason, or it is done
reasons = []


def watch():
    """Look until the burn-in is over; switch off when it is too warm."""
    try:
        while not over.wait(0.1):
            celsius = probe.read()
            if celsius > args.limit_c:
                reasons.append(f"{celsius:.1f} °C, and {args.limit_c:g} °C is the limit")
                psu.disable()
                print(f"watchdog: {reasons[0]}; supply5 is off")
                pause("too warm: look at the board", interactive=True)
                return
    finally:
        over.set()  # also if the thermocouple has failed: nothing burns in unwatched


watchdog = threading.Thread(target=watch, name="watchdog", daemon=True)
try:
    psu.set_current(0.5)
    psu.set_voltage(args.volts)
    psu.enable()
    watchdog.start()
    until = time.monotonic() + args.seconds
    while psu.output_is_enabled() and time.monotonic() < until:
        print(f"burning in: {psu.power() * 1000:.0f} mW")
        if over.wait(0.5):
            break
    else:
        if time.monotonic() < until and not reasons:
            reasons.append("supply5 is off, and nobody here did it")
    if not reasons and over.is_set():
        reasons.append("the watchdog has failed")
    over.set()
    watchdog.join()  # it may be paused; that is waited for
finally:
    over.set()
    psu.disable()

print(f"FAIL: {reasons[0]}" if reasons else f"PASS: {args.seconds:g} s")
sys.exit(len(reasons) > 0)
