"""Test one board at the end of the line: measurements against limits, a CSV row for each, and a status for the line.

    lager python examples/production_test.py --download results.csv -- SN0042
    lager python examples/production_test.py --json -- SN0042     # the result as a JSON line, for a database

Nets: supply1 feeds the board; adc1, adc2, scope1, thermocouple1, gpio5 and gpio6 are at its test points. Status 0: the
board is good; 1: it failed; 2: it could not be tested.
"""

import argparse
import csv
import sys
import time
from datetime import datetime

from lager import LagerError, Net, NetType, OutputEncoders, output

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("serial", help="the board's serial number")
parser.add_argument("--results", default="results.csv", metavar="FILE")
parser.add_argument("--most-ma", type=float, default=40.0, help="what the board may draw")
args = parser.parse_args()

psu = Net.get("supply1", type=NetType.PowerSupply)
rail = Net.get("adc1", type=NetType.ADC)
divider = Net.get("adc2", type=NetType.ADC)
clock = Net.get("scope1", type=NetType.Analog)
air = Net.get("thermocouple1", type=NetType.Thermocouple)
line_out = Net.get("gpio5", type=NetType.GPIO)
line_in = Net.get("gpio6", type=NetType.GPIO)


def line_follows():
    """Give how many of two levels come through."""
    through = 0
    for level in (1, 0):
        line_out.output(level)
        through += line_in.input() == level
    return through


def clock_frequency():
    clock.enable()
    clock.trace_settings.set_volts_per_div(1.0)
    clock.trace_settings.set_time_per_div(500e-6)
    time.sleep(0.2)
    return clock.measurement.frequency()


TESTS = [  # name, unit, lowest, highest, how
    ("rail", "V", 3.20, 3.40, rail.input),
    ("divider", "V", 1.60, 1.70, divider.input),
    ("current", "mA", 20.0, args.most_ma, lambda: psu.current() * 1000),
    ("clock", "Hz", 990.0, 1010.0, clock_frequency),
    ("line", "of 2", 2, 2, line_follows),
    ("air", "°C", 15.0, 40.0, air.read),
]

rows = []


def measure_all():
    """Power the board, measure, and switch it off whatever happens."""
    try:
        psu.set_current(0.1)  # a shorted board gets no more
        psu.set_voltage(3.3)
        psu.enable()
        time.sleep(0.1)
        for name, unit, lowest, highest, measure in TESTS:
            value = measure()
            good = value is not None and lowest <= value <= highest
            rows.append([args.serial, name, value, unit, lowest, highest, "PASS" if good else "FAIL"])
            shown = "nothing" if value is None else f"{value:.4g}"
            print(f"{rows[-1][-1]}  {name:8} {shown:>7} {unit:5} [{lowest:g} to {highest:g}]")
    finally:
        psu.disable()


try:
    measure_all()
except LagerError as exc:  # of the bench, and nothing is known of the board
    print(f"{args.serial}: not tested: {exc}")
    sys.exit(2)

with open(args.results, "a", newline="") as file:
    writer = csv.writer(file)
    if file.tell() == 0:
        writer.writerow(["serial", "test", "value", "unit", "lowest", "highest", "verdict"])
    writer.writerows(rows)

failed = [row[1] for row in rows if row[-1] == "FAIL"]
result = {"serial": args.serial, "good": not failed, "failed": failed, "at": datetime.now().isoformat("T", "seconds")}
output(result, OutputEncoders.JSON)
print(f"{args.serial}: FAIL ({', '.join(failed)})" if failed else f"{args.serial}: PASS")
sys.exit(len(failed) > 0)
