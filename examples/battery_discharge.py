"""Discharge a simulated cell through the board, and record its curve until the board's cut-off.

    lager python examples/battery_discharge.py --download discharge.csv
    lager python examples/battery_discharge.py -- --from-soc 12 --capacity-ah 0.05

Nets: battery1, with the board as its load. The battery is disconnected at the end, also after Ctrl-C.
"""

import argparse
import csv
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--from-soc", type=float, default=100.0, metavar="PERCENT")
parser.add_argument("--to-soc", type=float, default=5.0, metavar="PERCENT")
parser.add_argument("--cutoff-v", type=float, default=2.9, help="where the board switches itself off, V")
parser.add_argument("--capacity-ah", type=float, default=0.001)
parser.add_argument("--every-s", type=float, default=0.25)
args = parser.parse_args()

battery = Net.get("battery1", type=NetType.Battery)

rows = []
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
    used_ah, last_s = 0.0, 0.0
    while True:
        percent, volts, amps = battery.soc(), battery.terminal_voltage(), battery.current()
        now_s = time.monotonic() - began
        used_ah += abs(amps) * (now_s - last_s) / 3600
        last_s = now_s
        rows.append((now_s, percent, volts, amps, used_ah))
        print(f"{now_s:8.2f} s  {percent:5.1f} %  {volts:.4f} V  {amps * 1000:8.2f} mA")
        if percent <= args.to_soc or volts <= args.cutoff_v:
            break
        if amps <= 0:
            raise SystemExit(f"nothing discharges the cell ({amps * 1000:.2f} mA): is the board connected?")
        time.sleep(args.every_s)
finally:
    battery.disable()
    print("battery1 is disconnected")
    with open("discharge.csv", "w", newline="") as file:  # also what there is after Ctrl-C
        writer = csv.writer(file)
        writer.writerow(["seconds", "percent", "volts", "amps", "used_ah"])
        writer.writerows(rows)

print(f"{used_ah * 1000:.4f} mAh from {rows[0][1]:g} % to {rows[-1][1]:g} %; {len(rows)} points in discharge.csv")
