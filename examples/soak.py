"""Power a board on and off for days, and write down each cycle. Started again, it goes on where it was.

    lager python --detach examples/soak.py -- --cycles 100000 --log /var/tmp/board7.csv
    lager python --reattach ID           # see how it does;  --kill ID, or Ctrl-C in a foreground run, ends it tidily

Nets: supply2 feeds the board, adc3 is on its rail. The log is all it needs to go on. Ends with status 1 at a bad cycle.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

from lager import Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--cycles", type=int, default=10, help="of all runs together")
parser.add_argument("--log", type=Path, default=Path.home() / "soak.csv", metavar="FILE", help="on the box")
parser.add_argument("--on-s", type=float, default=0.2)
parser.add_argument("--off-s", type=float, default=0.1)
parser.add_argument("--volts", type=float, default=3.3)
args = parser.parse_args()

psu = Net.get("supply2", type=NetType.PowerSupply)
rail = Net.get("adc3", type=NetType.ADC)

done = len(args.log.read_text().splitlines()) - 1 if args.log.exists() else 0
if done > 0:
    print(f"{done} cycles are done, according to {args.log}")

try:
    with args.log.open("a", newline="") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(["cycle", "on_v", "on_ma", "off_v"])
        psu.set_current(0.5)
        psu.set_voltage(args.volts)
        for cycle in range(max(done, 0) + 1, args.cycles + 1):
            psu.enable()
            time.sleep(args.on_s)
            on_v, on_ma = rail.input(), psu.current() * 1000
            psu.disable()
            time.sleep(args.off_s)
            off_v = rail.input()
            writer.writerow([cycle, f"{on_v:.4f}", f"{on_ma:.3f}", f"{off_v:.4f}"])
            file.flush()
            print(f"cycle {cycle}: {on_v:.3f} V, {on_ma:.2f} mA, then {off_v:.3f} V")
            if abs(on_v - args.volts) > 0.05 * args.volts or abs(off_v) > 0.1:
                print(f"FAIL in cycle {cycle}")
                sys.exit(1)
    print(f"PASS: {args.cycles} cycles")
finally:
    psu.disable()
    print("supply2 is off")
