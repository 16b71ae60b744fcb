"""Taking times in pairs: baseline and subject in turn, so that a slow moment of the machine hits both."""

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LAGER = str(Path(sys.executable).with_name("lager"))


def seconds(action: Callable[[], object]) -> float:
    """Time one call."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def first_byte(words: Sequence[str]) -> float:
    """Time a program to the first byte it prints, s; it is read to its end."""
    begin = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        took = time.perf_counter() - begin
        process.stdout.read()
        return took


class Percentiles(NamedTuple):
    """Times, s."""

    median: float
    p99: float
    longest: float

    def __str__(self) -> str:
        """Say them in ms."""
        return "median {:.1f}, p99 {:.1f}, max {:.1f} ms".format(*(one * 1000 for one in self))


def percentiles(times: Sequence[float]) -> Percentiles:
    """Sum times up, s. The p99 is the smallest that 99 % of them do not exceed."""
    ordered = sorted(times)
    return Percentiles(statistics.median(ordered), ordered[math.ceil(0.99 * len(ordered)) - 1], ordered[-1])


def compare(name: str, subject: Callable[[], object], baseline: Callable[[], object], rounds: int = 15) -> None:
    """Print both medians and the median of the ratios, pair by pair."""
    subject(), baseline()  # warm
    pairs = [(seconds(subject), seconds(baseline)) for _ in range(rounds)]
    mine, theirs = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:52s} {mine:8.2f} ms   baseline {theirs:8.2f} ms   ratio {ratio:6.2f}   (+{mine - theirs:.2f} ms)")


def command(*words: str, env: dict[str, str] | None = None) -> Callable[[], object]:
    """Make an action that runs a whole command."""
    return lambda: subprocess.run(words, check=True, capture_output=True, env=env)


@contextmanager
def private_home():
    """A home with a private box of its own, stopped at the end; gives the environment for commands in it."""
    with tempfile.TemporaryDirectory() as folder:
        env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
        env |= {"LAGER_STATE_DIR": f"{folder}/state", "LAGER_CONFIG_FILE_DIR": folder}
        subprocess.run([LAGER, "nets"], env=env, check=True, capture_output=True)
        try:
            yield Path(folder), env
        finally:
            subprocess.run([LAGER, "box", "stop", "--force"], env=env, check=False, capture_output=True)
