"""Scripts write while the instrument is unplugged and its worker killed, at random moments.

Each write arrives at most once, and its caller is told the truth of it.
"""

import contextlib
import os
import random
import signal
import threading
import time

import pytest
from writtenbench import Writers, WrittenBench

SEED = 3
CYCLES = 14


@pytest.fixture
def written(tmp_path):
    one = WrittenBench(tmp_path)
    yield one
    one.close()


def wait_for_writes(written, count, within=60.0):
    """Wait until so many more have arrived."""
    wanted, deadline = len(written.supply.log) + count, time.monotonic() + within
    while len(written.supply.log) < wanted:
        assert time.monotonic() < deadline, "no write arrives"
        threading.Event().wait(0.005)


def unplug(written, rng):
    written.happens("unplug")
    threading.Event().wait(rng.choice([0, rng.uniform(0, 0.1)]))  # the moment is random
    written.happens("replug")


def kill(written, _rng):
    with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(written.bench.workers()["Rigol_DP821"]["pid"], signal.SIGKILL)


@pytest.mark.parametrize(
    ("deeds", "codes"), [((unplug,), {"instrument-gone"}), ((unplug, kill), {"instrument-gone", "instrument"})]
)
def test_nobody_is_told_a_lie(written, deeds, codes):
    rng = random.Random(SEED)
    written.happens("delay", 0.002)
    writers = Writers(written, 3)
    try:
        for _ in range(CYCLES):
            wait_for_writes(written, 3)
            threading.Event().wait(rng.uniform(0, 0.03))
            rng.choice(deeds)(written, rng)
        wait_for_writes(written, 3)
    finally:
        writers.stop()
    print(len(writers.told), "writes;", dict(writers.failures()))
    assert writers.lies() == []
    assert writers.failures().keys() <= codes
    # One writes at a time: only that one is in doubt; and one whose answer was not sent when its worker was killed.
    assert sum(writers.failures().values()) <= CYCLES * len(deeds)
