"""How soon a paused script goes on after it was told to, and what a pause costs that does not happen."""

import os
import pty
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

from benchmarks import scripts
from benchmarks.timing import LAGER, compare, percentiles, private_home
from lager.breakpoint import pause

ROUNDS = 200
BUDGET = 10e-3  # s, p99, until the script goes on
PAUSES = 10_000  # that do not happen, in one round
CHEAP = 2e-6  # s a pause may cost that is switched off
SETTLE = 0.01  # s between the banner and the answer; nobody is faster
BANNER = "    no auto-resume"  # its last line
# The machine's monotonic clock is one for all processes.
SCRIPT = f"""
import lager, time
for n in range({ROUNDS} + 1):
    lager.pause("round", timeout=0)
    at = time.monotonic()
    print("@", at, flush=True)
"""
BARE = """
import sys, time
for line in sys.stdin:
    at = time.monotonic()
    print("@", at, flush=True)
"""


def main() -> None:
    with private_home() as (folder, env):
        script = folder / "pausing.py"
        script.write_text(SCRIPT)
        _by_request(env)
        _by_enter(script, env)
        _by_command(script, env)
    _not_taken()


def _by_request(env):
    """From `POST /runs/ID/continue` being sent; against waking a bare process through a pipe."""
    service = scripts.runner(env)
    run = scripts.start(service, SCRIPT)
    bare = subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with bare, closing(scripts.Followed(service, run)) as followed:

        def paused():
            followed.line(BANNER)
            _settle()
            begin = time.monotonic()
            scripts.go_on(service, run)
            return float(followed.line("@")) - begin

        def woken():
            begin = time.monotonic()
            print(file=bare.stdin, flush=True)
            return float(bare.stdout.readline().removeprefix("@")) - begin

        _report("POST continue, until the script's next statement", paused, woken)


def _by_enter(script, env):
    """From Enter in the terminal of `lager python`; against a bare process that reads its terminal."""
    with _terminal(LAGER, "python", str(script), env=env) as first, _terminal(sys.executable, "-c", BARE) as bare:

        def paused():
            first.line(BANNER)
            return entered(first)

        def entered(terminal):
            _settle()
            begin = time.monotonic()
            terminal.enter()
            return float(terminal.line("@")) - begin

        _report("Enter in a terminal, until the next statement", paused, lambda: entered(bare))


def _by_command(script, env):
    """From the start of `lager python --continue`; against a command that does nothing."""
    run = subprocess.Popen(
        [LAGER, "python", script], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with run:

        def resume() -> None:
            banner = next(line for line in run.stderr if "(id " in line)
            words = [LAGER, "python", "--continue", banner.split("(id ")[1].rstrip(")\n")]
            subprocess.run(words, env=env, check=True, capture_output=True)
            run.stdout.readline()

        nothing = [LAGER, "--version"]
        compare("lager python --continue", resume, lambda: subprocess.run(nothing, check=True, capture_output=True))
        run.terminate()
        run.communicate()


def _not_taken():
    for name, value, options, budget in (
        ("switched off", "off", {}, f"   (budget {CHEAP * 1e6:g} us)"),
        ("with when=False", "on", {"when": False}, ""),
        ("with every=1000000", "on", {"every": 1_000_000}, ""),
    ):
        os.environ |= {"LAGER_BREAKPOINTS": value, "LAGER_PROCESS_ID": "benchmark"}
        pairs = [(_each(lambda given=options: pause("label", **given)), _each(_lookup)) for _ in range(ROUNDS // 10)]
        mine, theirs = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(
            f"{f'a pause {name}':52s} {mine:8.2f} us   baseline {theirs:8.2f} us (looking up a variable)"
            f"   ratio {ratio:6.2f}{budget}"
        )
    del os.environ["LAGER_BREAKPOINTS"], os.environ["LAGER_PROCESS_ID"]


def _lookup():
    os.environ.get("LAGER_BREAKPOINTS")


def _each(action):
    begin = time.perf_counter()
    for _ in range(PAUSES):
        action()
    return (time.perf_counter() - begin) / PAUSES


def _report(name, subject, baseline):
    subject(), baseline()  # warm
    mine, theirs = zip(*((subject(), baseline()) for _ in range(ROUNDS)), strict=True)
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    print(f"{name:52s} {percentiles(mine)}   (budget p99 {BUDGET * 1000:g} ms)")
    print(f"{'  baseline: a bare process that waits so':52s} {percentiles(theirs)}   ratio {ratio:6.2f}")


def _settle():
    threading.Event().wait(SETTLE)


class _Screen:
    """A terminal's screen and keyboard."""

    def __init__(self, descriptor):
        self._descriptor, self._unread = descriptor, ""

    def enter(self):
        os.write(self._descriptor, b"\n")

    def line(self, beginning):
        """Wait for the next line with that beginning; what comes after it there."""
        while True:
            line, end, rest = self._unread.partition("\r\n")
            if not end:
                self._unread += os.read(self._descriptor, 65536).decode()
                continue
            self._unread = rest
            if line.startswith(beginning):
                return line.removeprefix(beginning)


@contextmanager
def _terminal(*words, env=None):
    """A process in the foreground of a terminal of its own; it is hung up on at the end."""
    pid, ours = pty.fork()
    if pid == 0:
        os.execve(words[0], words, env or os.environ)
    try:
        yield _Screen(ours)
    finally:
        os.close(ours)
        os.waitpid(pid, 0)
