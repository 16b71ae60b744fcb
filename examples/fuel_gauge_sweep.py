"""Show the board's fuel gauge every state of charge of a cell, and write down the voltage that goes with each.

    lager python examples/fuel_gauge_sweep.py --download gauge.csv
    lager python examples/fuel_gauge_sweep.py -- --model LI_ION4_2 --step 5

Nets: battery1, and adc1, which sees what the gauge sees. The cell is static: it stays as full as it is set.
"""

import argparse
import csv
import itertools
import time

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--model", help="a battery model, by name or slot; the one that is loaded if none is given")
parser.add_argument("--step", type=int, default=10, metavar="PERCENT")
parser.add_argument("--settle-s", type=float, default=0.05, help="how long the gauge takes")
args = parser.parse_args()
if args.step < 1:
    parser.error("--step is 1 at least")

battery = Net.get("battery1", type=NetType.Battery)
gauge = Net.get("adc1", type=NetType.ADC)

table = []
try:
    battery.set_mode_battery()
    battery.disable()
    battery.set_mode("static")
    if args.model:
        battery.set_model(args.model)
    battery.set_current_limit(0.5)
    battery.enable()
    for percent in range(100, -1, -args.step):
        battery.set_soc(percent)
        time.sleep(args.settle_s)
        table.append((percent, battery.voc(), gauge.input()))
        print("{:4d} %  open {:.4f} V  gauge {:.4f} V".format(*table[-1]))
finally:
    battery.disable()

with open("gauge.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["percent", "open_v", "gauge_v"])
    writer.writerows(table)
falls = all(above[2] > below[2] for above, below in itertools.pairwise(table))
print(f"{len(table)} points in gauge.csv; the gauge can tell them apart: {falls}")
