"""`make bench`: run every benchmark, or those named on the command line."""

import sys

from benchmarks import calls, pauses, start

ALL = {"start": start.main, "calls": calls.main, "pauses": pauses.main}

for name in sys.argv[1:] or ALL:
    ALL[name]()
