"""How soon a console is on a script that holds a gigabyte, and what that costs the script."""

import sys
import uuid

from benchmarks import scripts
from benchmarks.timing import percentiles, private_home, seconds
from lager import wire

ROUNDS = 10
SIZE = 1 << 30  # bytes of the list
BUDGET = 0.2  # s from the first byte to the answer of the first statement
MOST = 4 << 20  # bytes that the script may have more of afterwards: the evaluator's own
TEXT = """
import lager, os
held = [None] * ({size} // 8)
print("@", os.getpid(), flush=True)
lager.pause(timeout=0, interactive=True)
"""


def main() -> None:
    times = {}
    for name, size in (("1 GB", SIZE), ("nothing", 0)):
        with private_home() as (_, env):
            times[name] = _attached(scripts.runner(env), size)
    print(f"{'  baseline: a script that holds nothing':52s} {percentiles(times['nothing'])}")


def _attached(service, size):
    run = scripts.start(service, TEXT.format(size=size))
    followed = scripts.Followed(service, run)
    pid = int(followed.line("@"))
    followed.line("    no auto-resume")
    first = seconds(lambda: _attach(service, run))  # imports the evaluator
    before = _resident(pid)
    times = [seconds(lambda: _attach(service, run)) for _ in range(ROUNDS)]
    more = _resident(pid) - before
    if size:
        print(
            f"{'attach to a script that holds a list of 1 GB':52s} {percentiles(times)}   (budget {BUDGET * 1000:g} ms)"
        )
        print(f"{'  the first time, when it is imported':52s} {first * 1000:.0f} ms   (budget {BUDGET * 1000:g} ms)")
        print(f"{'  memory it took':52s} {more / 1024:.0f} KiB for {ROUNDS} consoles   (budget {MOST >> 20} MiB)")
        looks = [seconds(lambda: _attach(service, run, "held[5], len(held)")) for _ in range(ROUNDS)]
        print(f"{'  attach, and look at one item of it':52s} {percentiles(looks)}   (budget {BUDGET * 1000:g} ms)")
        print(f"{'  memory since':52s} {(_resident(pid) - before) / 1024:.0f} KiB   (budget {MOST >> 20} MiB)")
        touched = seconds(lambda: _attach(service, run, "held.append(1)"))
        print(f"{'  attach, and have all of it copied':52s} {touched:.1f} s; it is said in the console")
    scripts.go_on(service, run)
    followed.close()
    return times


def _attach(service, run, statement="1 + 1"):
    """Open a console, and have its first statement evaluated: by default, one that touches nothing."""
    with service.connect(f"/runs/{run}/console") as stream:
        stream.send(wire.Join(uuid.uuid4().hex, "benchmark"))
        stream.send(wire.Evaluate(1, statement))
        while not isinstance(message := stream.receive(wire.FromConsole, 20.0), wire.ConsoleResult):
            if isinstance(message, wire.ConsoleClosed):
                sys.exit(f"the console closed: {message}")
        stream.send(wire.Leave())


def _resident(pid):
    """How much memory a process has, bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * 4096
