"""`make bench`: run every benchmark, or those named on the command line; `hardware` is all of the hardware service."""

import sys

from benchmarks import calls, eight, hung, idle, many, pauses, replug, snapshot, start

HARDWARE = {"calls": calls.main, "eight": eight.main, "replug": replug.main, "hung": hung.main, "idle": idle.main}
ALL = {"start": start.main, **HARDWARE, "pauses": pauses.main, "snapshot": snapshot.main, "many": many.main}

for name in sys.argv[1:] or ALL:
    for main in HARDWARE.values() if name == "hardware" else [ALL[name]]:
        main()
