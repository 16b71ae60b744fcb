"""How soon an instrument answers again after it was plugged in, for a caller that loops and for one that waits.

Then for one that waits again at once, when the worker has only just been replaced.
"""

import random
import sys
import threading
import time

from benchmarks.bench import QUERY, Instruments, address, bench
from benchmarks.timing import percentiles, seconds
from lager import errors
from lager_hwservice.transports.visa import VisaLink

SAMPLES = 30
BUDGET = 0.3  # s from the bus announcing the device to the first good answer
_LONGEST = 60.0  # s


class Caller(threading.Thread):
    """Asks until it has a good answer to a call that was under way, or begun, when the instrument was away.

    Attributes:
        errors: How many it got before.
        answered: When the good answer came, monotonic time, s.
    """

    def __init__(self, ask):
        super().__init__(daemon=True)
        self._ask = ask
        self.errors, self.answered = 0, 0.0
        self.asking, self.failed = threading.Event(), threading.Event()

    def run(self):
        until = time.monotonic() + _LONGEST
        while not self.answered and time.monotonic() < until:
            self.asking.set()
            try:
                self._ask()
            except errors.LagerError:
                self.errors += 1
                self.failed.set()
            else:
                self.answered = time.monotonic()


def _sample(one, hardware, looping, rng):
    """Unplug, let a caller run into it, plug in at a random moment: s from then to its good answer, and its errors."""
    simulated = one.instruments[0]
    one.ask(hardware)
    simulated.happens(0, "unplug")
    caller = Caller(lambda: one.ask(hardware))
    caller.start()
    (caller.failed if looping else caller.asking).wait(_LONGEST)
    threading.Event().wait(rng.uniform(0.02, 0.2))  # nothing is waited for: the moment is random
    announced = simulated.happens(0, "replug")
    caller.join()
    if not caller.answered:
        sys.exit(f"no good answer within {_LONGEST:g} s of a replug, but {caller.errors} errors")
    return caller.answered - announced, caller.errors


def _raw(simulated):
    """Open the same device with pyvisa and ask it once, as who has just been told that it is there, s."""

    def open_and_ask():
        link = VisaLink(address(0), simulated.via, 5)
        link.query(QUERY)
        link.close()

    open_and_ask()
    return [seconds(open_and_ask) for _ in range(SAMPLES)]


def main():
    simulated, rng = Instruments(0, 1), random.Random(3)
    raw = percentiles(_raw(simulated))
    with bench(simulated) as one:
        hardware = one.caller()
        for kind in ("looping", "waiting", "again waiting"):
            samples = []
            for _ in range(SAMPLES):
                if kind != "again waiting":
                    one.rest()
                samples.append(_sample(one, hardware, kind == "looping", rng))
            mine = percentiles([took for took, _ in samples])
            met = [count for _, count in samples]
            print(
                f"{f'replug to first good answer, {kind} caller':52s} {mine}   baseline {raw}   "
                f"ratio {mine.median / raw.median:6.2f}   (budget {BUDGET * 1000:g} ms; "
                f"errors before it: {min(met)} to {max(met)})"
            )
