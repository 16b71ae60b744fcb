"""Run the board from the supply, then from a cell, on the same two terminals: a Keithley 2281S is both.

    lager python examples/dual_role.py
    lager python examples/dual_role.py -- --soc 20 50 100

Nets: supply1 and battery1, which are one instrument; adc1 at the board. One role ends before the other begins.
"""

import argparse
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--volts", type=float, default=3.6)
parser.add_argument("--soc", type=float, nargs="+", default=[20.0, 80.0], metavar="PERCENT")
args = parser.parse_args()

psu = Net.get("supply1", type=NetType.PowerSupply)
battery = Net.get("battery1", type=NetType.Battery)
board = Net.get("adc1", type=NetType.ADC)

try:
    psu.set_current(0.5)
    psu.set_voltage(args.volts)
    psu.enable()
    time.sleep(0.05)
    print(f"supply: {board.input():.3f} V at the board, {psu.current() * 1000:.2f} mA")
finally:
    psu.disable()  # or the other role is refused

try:
    battery.set_mode_battery()
    battery.mode("static")  # the cell stays as full as it is
    battery.set_volt_full(4.2)
    battery.set_volt_empty(3.0)
    battery.set_current_limit(0.5)
    for percent in args.soc:
        battery.set_soc(percent)
        battery.enable()
        time.sleep(0.05)
        print(
            f"cell at {battery.soc():g} %: {board.input():.3f} V at the board, {battery.current() * 1000:.2f} mA,"
            f" {battery.esr() * 1000:.0f} mOhm"
        )
        battery.disable()
finally:
    battery.disable()

print("supply1 is on:", psu.output_is_enabled())
