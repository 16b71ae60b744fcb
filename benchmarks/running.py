"""Running a script: what a whole run costs, how soon its output is there, and many runs at once."""

import os
import pty
import random
import subprocess
import sys
import time
import uuid
from contextlib import closing, contextmanager

from benchmarks import scripts
from benchmarks.timing import LAGER, command, compare, first_byte, percentiles, private_home, seconds
from lager import wire

BUDGET = 8  # times bare Python
SOON = 80e-3  # s from the request to the first byte
QUICK = 5e-3  # s from print to terminal
AT_ONCE = 50
ROUNDS = 20
LINES = 200
STATUS = 7
HELLO = "print('hello')\n"
# A line of 1 KB every 20 ms, each with when it was printed: the machine's monotonic clock is one for all processes.
TICKING = f"""
import time
for n in range({LINES}):
    time.sleep(0.02)
    at = f"@ {{time.monotonic()}} "
    print(at.ljust(1023, "."))
"""
COUNTING = f"""
import sys
for n in range(1000):
    print(sys.argv[1], n, "ä€" * (n % 40))
raise SystemExit({STATUS})
"""


def main() -> None:
    with private_home() as (folder, env):
        files = {name: folder / f"{name}.py" for name in ("hello", "ticking", "counting")}
        for file, text in zip(files.values(), (HELLO, TICKING, COUNTING), strict=True):
            file.write_text(text)
        python = [sys.executable, "-u"]
        compare(
            f"lager python hello.py (budget {BUDGET} times)",
            command(LAGER, "python", str(files["hello"]), env=env),
            command(*python, str(files["hello"]), env=env),
        )
        _first_byte(scripts.runner(env), [*python, files["hello"]])
        mine = _ticks([LAGER, "python", files["ticking"]], env)
        theirs = _ticks([*python, files["ticking"]], env)
        _report("a line of 1 KB, from print to terminal", mine, theirs, QUICK)
        _at_once(files["counting"], env)


def _first_byte(service, bare):
    """From the request to run a script to its first byte; against a bare one's through a pipe."""

    def asked():
        run = str(uuid.uuid4())
        begin = time.perf_counter()
        request = wire.RunRequest(name="hello.py", script="hello.py", content=HELLO.encode())
        service.put(f"/runs/{run}", request, wire.RunInfo, timeout=60.0)
        with closing(scripts.Followed(service, run)) as followed:
            followed.line("hello")
            return time.perf_counter() - begin

    asked(), first_byte(bare)  # warm
    mine, theirs = zip(*((asked(), first_byte(bare)) for _ in range(ROUNDS)), strict=True)
    _report("a one-line script's first byte, after the request", mine, theirs, SOON)


def _ticks(words, env):
    """How long each line of the ticking script takes to the terminal, s."""
    times = []
    with _terminal(words, env) as screen:
        while line := screen.readline():
            now = time.monotonic()
            if line.startswith(b"@"):
                times.append(now - float(line.split()[1]))
    assert len(times) == LINES
    return times


@contextmanager
def _terminal(words, env):
    """The screen of a command in a terminal of its own, to be read; it ends with the command."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        with open(ours, "rb", buffering=0) as screen:
            yield _Screen(screen)
        assert process.wait() == 0


class _Screen:
    def __init__(self, file):
        self._file, self._unread = file, b""

    def readline(self):
        """Give the next line; nothing at the end."""
        while b"\n" not in self._unread:
            try:
                self._unread += self._file.read(65536)
            except OSError:  # nobody holds the terminal open any more
                return b""
        line, _, self._unread = self._unread.partition(b"\n")
        return line


def _at_once(file, env):
    """Many runs at once, each of which must be right; against as many bare ones at once."""
    marks = [f"{random.getrandbits(32):08x}" for _ in range(AT_ONCE)]

    def each(*words):
        running = [
            subprocess.Popen([*words, file, mark], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for mark in marks
        ]
        for mark, process in zip(marks, running, strict=True):
            out, err = process.communicate()
            expected = "".join(f"{mark} {n} {'ä€' * (n % 40)}\n" for n in range(1000)).encode()
            assert (process.returncode, out, err) == (STATUS, expected, b""), (process.returncode, len(out), err)

    mine, theirs = seconds(lambda: each(LAGER, "python")), seconds(lambda: each(sys.executable, "-u"))
    name = f"{AT_ONCE} runs at once, all of them right"
    print(f"{name:52s} {mine:8.2f} s    baseline {theirs:8.2f} s    ratio {mine / theirs:6.2f}")


def _report(name, mine, theirs, budget):
    print(f"{name:52s} {percentiles(mine)}   (budget {budget * 1000:g} ms)")
    ratio = percentiles(mine).median / percentiles(theirs).median
    print(f"{'  baseline: without lager':52s} {percentiles(theirs)}   ratio {ratio:6.2f}")
