"""A console on a box at the other end of a bad network: typing, statements, a cable that is pulled.

The network is `benchmarks.network`: packets that this process delays and drops between two network namespaces, under
the kernel's own TCP. It is not netem: not every kernel has that.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.network import network
from benchmarks.terminal import Terminal
from benchmarks.timing import LAGER, percentiles
from lager import wire
from lager_cli.console.course import KEPT, SILENCE

DELAY, LOSS = 0.2, 0.05  # s, either way; and the part of all packets, either way
KEYS, BLOCK = 100, 20  # with the delay and without it, in turn
ECHOED = 50e-3  # s from a key to its letter: what a person sees at once
LETTERS = "zqxjkvw"  # of no name that would be proposed
STATEMENTS, NEAR = 200, 30  # with the delay, and without it
# In the middle of which the cable is pulled, and how long after Enter, s: the statement is lost, or its answer.
PULLED = {60: 0.0, 130: DELAY / 2}
AWAY = SILENCE + 5.0  # s for which it is
TEXT = """
import lager
def count(n):
    with open({log!r}, "a") as file:
        print(n, file=file)
    print(f"counted {{n}}.")
lager.pause(timeout=0, interactive=True)
"""


def main() -> None:
    if not all(shutil.which(one) for one in ("unshare", "nsenter", "setsid")):
        sys.exit("this benchmark needs unshare, nsenter and setsid of util-linux")
    with tempfile.TemporaryDirectory() as folder, network(0.0, 0.0) as (ends, way), ExitStack() as opened:
        here, there = ends
        log = Path(folder, "log")
        words, token = _paused(Path(folder), there, log, opened)
        env = _environment(Path(folder, "here")) | {"LAGER_TOKEN": token}
        console = opened.enter_context(closing(Terminal(here.inside(*words), env)))
        console.see("paused at")
        print(
            f"a network whose packets are {DELAY * 1000:g} ms late and lost by {LOSS:.0%}, either way "
            "(TUN devices in two namespaces, no netem)"
        )
        _typing(console, way)
        way.delay, way.loss = 0.0, 0.0
        near = [_answered(console, 0) for _ in range(NEAR)]
        way.delay, way.loss = DELAY, LOSS
        _statements(console, way, log, near)
        _away_for_good(console, way)


def _paused(folder, there, log, opened):
    """A box in the far namespace, with a paused script; the words that open a console on it, and the box's token."""
    env = _environment(folder / "there")
    ports = ("--port=0", "--hardware-port=0", "--http-port=0")
    served = there.inside(LAGER, "box", "serve", "--sim", f"--bind={there.address}", *ports)
    box = subprocess.Popen(served, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    opened.callback(_end, box)
    box.stdout.readline()
    state = Path(env["LAGER_STATE_DIR"])
    info = wire.from_json((state / "box.json").read_bytes(), wire.BoxInfo)
    script = folder / "counting.py"
    script.write_text(TEXT.format(log=str(log)))
    run = subprocess.Popen(
        there.inside(LAGER, "python", "--box=local", str(script)), env=env, stderr=subprocess.PIPE, text=True
    )
    opened.callback(_end, run)
    banner = next(line for line in run.stderr if "(id " in line)
    name = banner.split("(id ")[1].rstrip(")\n")
    words = [LAGER, "python", f"--box={there.address}:{info.runner}", "--console", name]
    return words, (state / "token").read_text().strip()


def _environment(folder):
    env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
    folder.mkdir()
    return env | {"LAGER_STATE_DIR": f"{folder}/state", "LAGER_CONFIG_FILE_DIR": str(folder), "TERM": "xterm"}


def _end(process):
    process.terminate()
    process.communicate()


def _typing(console, way):
    """From a key to its letter on the screen; each asks what could be completed, over the network."""
    times = {0.0: [], DELAY: []}
    for number in range(2 * KEYS):
        late = DELAY if number // BLOCK % 2 else 0.0
        if number % BLOCK == 0:
            console.type("\x15")  # Ctrl-U: an empty line again
            console.quiet(1.0)
            way.delay, way.loss = late, LOSS if late else 0.0
        letter = LETTERS[number % len(LETTERS)]
        begin = time.monotonic()
        console.type(letter)
        console.see(letter)
        times[late].append(time.monotonic() - begin)
        console.quiet(0.05)  # nobody types faster
    console.type("\x15")
    far, near = (percentiles(times[late]) for late in (DELAY, 0.0))
    print(f"{'from a key to its letter':52s} {far}   (budget p99 {ECHOED * 1000:g} ms)")
    print(f"{'  baseline: no delay, nothing lost':52s} {near}   ratio {far.median / near.median:6.2f}")


def _answered(console, number):
    """Have one statement evaluated; how long it takes from Enter to what it wrote, s."""
    console.quiet(0.02)
    begin = time.monotonic()
    console.type(f"count({number})\r")
    console.see(f"counted {number}.")
    return time.monotonic() - begin


def _statements(console, way, log, near):
    """One after the other; some in whose middle nothing goes to and fro."""
    times, again = [], []
    for number in range(1, STATEMENTS + 1):
        if number in PULLED:
            again.append(_pull(console, way, number))
        else:
            times.append(_answered(console, number))
    found = percentiles(times)
    counted = [number for line in log.read_text().split() if (number := int(line))]
    once = sum(counted.count(number) == 1 for number in range(1, STATEMENTS + 1))
    more = f"{(found.median - statistics.median(near)) * 1000:+.1f} ms, of which the way takes {2e3 * DELAY:g} ms"
    print(f"{f'{STATEMENTS} statements, from Enter to the answer':52s} {found}")
    print(f"{'  baseline: no delay, nothing lost':52s} {percentiles(near)}   {more}")
    print(
        f"{'  evaluated once, and in their order':52s} {once} of {STATEMENTS} (budget all), "
        f"{len(counted) - once} too many (budget 0), in order: {counted == sorted(counted)}"
    )
    print(
        f"{f'  cable pulled for {AWAY:g} s in the middle of one':52s} {len(again)} times; answered "
        f"{statistics.median(again):.1f} s after it was back; packets lost {way.lost} of {way.lost + way.carried}"
    )


def _pull(console, way, number):
    """Pull the cable while a statement is under way; how long after its return the answer comes, s."""
    console.type(f"count({number})\r")
    console.quiet(PULLED[number])
    way.is_cut = True
    console.see("the connection to the box is lost")
    console.quiet(AWAY - SILENCE)
    way.is_cut = False
    begin = time.monotonic()
    console.see("[connected again]")
    console.see(f"counted {number}.")
    return time.monotonic() - begin


def _away_for_good(console, way):
    begin = time.monotonic()
    way.is_cut = True
    words = console.rest(SILENCE + KEPT + 30.0)
    said = next(line.strip() for line in words.split("\n") if line.startswith("The connection to the box was lost"))
    print(
        f"{'a box that is away for good':52s} ended after {time.monotonic() - begin:.0f} s with status "
        f"{console.process.returncode} (budget 5): {said}"
    )
