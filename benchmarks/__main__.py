"""`make bench`: run every benchmark, or those named on the command line.

`hardware` is all of the hardware service, `runs` all of running scripts (8 minutes), `console` all of the console (6
minutes); of both, it waits for most.
"""

import sys

from benchmarks import (
    calls,
    console,
    eight,
    farlink,
    flood,
    hung,
    idle,
    many,
    pauses,
    rawconsole,
    released,
    replug,
    running,
    snapshot,
    start,
    watchers,
)

HARDWARE = {"calls": calls.main, "eight": eight.main, "replug": replug.main, "hung": hung.main, "idle": idle.main}
HARDWARE |= {"watchers": watchers.main}
CONSOLE = {"attach": console.main, "rawconsole": rawconsole.main, "snapshot": snapshot.main, "farlink": farlink.main}
RUNS = {"running": running.main, "released": released.main, "flood": flood.main}
GROUPS = {"hardware": HARDWARE, "runs": RUNS, "console": CONSOLE}
ALL = {"start": start.main, **HARDWARE, **RUNS, "pauses": pauses.main, "many": many.main, **CONSOLE}

for name in sys.argv[1:] or ALL:
    for main in GROUPS[name].values() if name in GROUPS else [ALL[name]]:
        main()
