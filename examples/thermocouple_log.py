"""Log thermocouples into a CSV file, and give alarm when one of them is too warm.

    lager python examples/thermocouple_log.py --download temperatures.csv
    lager python examples/thermocouple_log.py -- --seconds 3600 --every-s 10 --alarm-c 85 thermocouple1 thermocouple3

Nets: thermocouples. Ends with status 1 at an alarm. Ctrl-C ends it; what was logged stays.
"""

import argparse
import csv
import math
import sys
import time
from datetime import datetime

from lager import LagerError, Net, NetType

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("nets", nargs="*", default=["thermocouple1", "thermocouple2"], metavar="NET")
parser.add_argument("--seconds", type=float, default=2.0, help="for how long")
parser.add_argument("--every-s", type=float, default=0.5)
parser.add_argument("--alarm-c", type=float, default=85.0)
args = parser.parse_args()

probes = [Net.get(name, type=NetType.Thermocouple) for name in args.nets]


def celsius_at(probe):
    """Measure; an open probe is nan, and the others are logged all the same."""
    try:
        return probe.read()
    except LagerError as exc:
        print(exc.what)
        return math.nan


with open("temperatures.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["time", *args.nets])
    until = time.monotonic() + args.seconds
    while True:
        celsius = [celsius_at(probe) for probe in probes]
        writer.writerow([datetime.now().isoformat(timespec="milliseconds"), *(f"{one:.2f}" for one in celsius)])
        file.flush()  # what is logged is on the disk
        print("  ".join(f"{name}: {one:6.2f} °C" for name, one in zip(args.nets, celsius, strict=True)))
        hot = [name for name, one in zip(args.nets, celsius, strict=True) if one > args.alarm_c]
        if hot:
            print(f"ALARM: {', '.join(hot)} above {args.alarm_c:g} °C")
            sys.exit(1)
        if time.monotonic() >= until:
            break
        time.sleep(args.every_s)
