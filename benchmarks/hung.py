"""How soon an instrument answers again after its worker hung: from a call's deadline, or from when it was killed."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time

from benchmarks.bench import Instruments, address, bench
from benchmarks.timing import percentiles, seconds
from lager import errors

SAMPLES = 10
CALL_WITHIN = 2.0  # s a call may take; 30 s where nobody says otherwise
BUDGET = 1.0  # s
_RAW = """
import sys
from benchmarks.bench import QUERY
from lager_hwservice.transports.visa import VisaLink
link = VisaLink(*sys.argv[1:], 5)
link.query(QUERY)
link.close()
"""


def _good(one, hardware):
    """Ask until there is a good answer; when it came, monotonic time, s."""
    while True:
        with contextlib.suppress(
            errors.LagerError
        ):  # a call that was in the worker may end in an error: the next works
            one.ask(hardware)
            return time.monotonic()


def _swallowed(one, hardware):
    """The instrument swallows a question, and answers every later one: s from the deadline to a good answer."""
    simulated = one.instruments[0]
    one.rest()
    one.ask(hardware)
    simulated.happens(0, "wedge")
    answered = []
    begun = time.monotonic()
    caller = threading.Thread(target=lambda: answered.append(_good(one, hardware)))
    caller.start()
    threading.Event().wait(CALL_WITHIN / 2)  # the question is in the instrument long since
    simulated.happens(0, "clear")
    caller.join()
    return answered[0] - begun - CALL_WITHIN


def _stopped(one, hardware):
    """The worker does not run any more: s from when it was found out and killed to a good answer; and from the call."""
    pid = one.rest()[address(0)]
    one.ask(hardware)
    with os.fdopen(os.pidfd_open(pid)) as dying:
        os.kill(pid, signal.SIGSTOP)
        begun, answered = time.monotonic(), []
        caller = threading.Thread(target=lambda: answered.append(_good(one, hardware)))
        caller.start()
        select.select([dying], [], [])
        killed = time.monotonic()
        caller.join()
    return answered[0] - killed, answered[0] - begun


def _line(name, mine, raw, more=""):
    print(
        f"{name:52s} {mine}   baseline {raw} (a new process)   ratio {mine.median / raw.median:6.2f}   "
        f"(budget {BUDGET:g} s{more})"
    )


def main():
    simulated = Instruments(0, 1)
    command = [sys.executable, "-c", _RAW, address(0), simulated.via]
    raw = percentiles([seconds(lambda: subprocess.run(command, check=True)) for _ in range(SAMPLES)])
    with bench(simulated, words=[f"--call-within={CALL_WITHIN:g}"]) as one:
        hardware = one.caller()
        swallowed = percentiles([_swallowed(one, hardware) for _ in range(SAMPLES)])
        _line("deadline of a hung call to next good answer", swallowed, raw)
        stopped = [percentiles(times) for times in zip(*(_stopped(one, hardware) for _ in range(SAMPLES)), strict=True)]
        _line("SIGSTOP found out to next good answer", stopped[0], raw, f"; from the call: {stopped[1]}")
