"""`make bench`: run every benchmark, or those named on the command line.

`hardware` is all of the hardware service, `console` all of the console (6 minutes, of which it waits for most).
"""

import sys

from benchmarks import calls, console, eight, farlink, hung, idle, many, pauses, replug, snapshot, start

HARDWARE = {"calls": calls.main, "eight": eight.main, "replug": replug.main, "hung": hung.main, "idle": idle.main}
CONSOLE = {"attach": console.main, "snapshot": snapshot.main, "farlink": farlink.main}
GROUPS = {"hardware": HARDWARE, "console": CONSOLE}
ALL = {"start": start.main, **HARDWARE, "pauses": pauses.main, "many": many.main, **CONSOLE}

for name in sys.argv[1:] or ALL:
    for main in GROUPS[name].values() if name in GROUPS else [ALL[name]]:
        main()
