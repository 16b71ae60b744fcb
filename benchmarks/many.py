"""A hundred scripts paused at once: what they take, how soon they are listed, how soon all of them go on."""

import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import psutil

from benchmarks import scripts
from benchmarks.timing import LAGER, command, compare, percentiles, private_home, seconds
from lager import wire

SCRIPTS = 100
MEMORY = 30  # MB each
LISTED = 0.2  # s
RESUMED = 1.0  # s
IDLE = 20.0  # s
# What comes after the pause waits, so that a hundred ends of Python are not measured with it.
SCRIPT = """
import lager, signal, time
lager.pause("one of many", timeout=0)
at = time.monotonic()
print("@", at, flush=True)
signal.pause()
"""
BARE = """
import sys, time
print(flush=True)
sys.stdin.readline()
at = time.monotonic()
print("@", at, flush=True)
sys.stdin.readline()
"""
THREADS = f"""
import lager, threading, time
def work():
    lager.pause("one of many", timeout=0)
    stamps.append(time.monotonic())
stamps = []
threads = [threading.Thread(target=work) for _ in range({SCRIPTS})]
for one in threads: one.start()
for one in threads: one.join()
print("@", max(stamps), flush=True)
"""


def main() -> None:
    with private_home() as (_, env), ExitStack() as ends:
        service = scripts.runner(env)
        runner = {"the runner": [_runner(service)]}
        resting = _spent(runner)
        runs = [_started(service, number) for number in range(SCRIPTS)]
        pids = _all_paused(service)
        bare = [ends.enter_context(_bare()) for _ in range(SCRIPTS)]
        _memory(pids, bare)
        groups = dict(zip((f"all {SCRIPTS} scripts", f"all {SCRIPTS} supervisors"), pids, strict=True))
        _idle(groups, [one.pid for one in bare], runner, resting)
        _listing(service)
        _listing_command(env)
        _resuming(service, runs, bare)
        for run in runs:
            service.post(f"/runs/{run}/signal", wire.SignalRequest("SIGKILL"), wire.RunInfo)
        _one_script(service)


def _runner(service):
    box = psutil.Process(service.get("/box", wire.BoxInfo).pid)
    return next(one.pid for one in box.children() if "lager_runner" in one.cmdline())


def _started(service, number):
    _progress(f"starting scripts: {number + 1} of {SCRIPTS}")
    return scripts.start(service, SCRIPT)


def _all_paused(service):
    """Wait until all are paused; the process ids of the scripts, and of their supervisors."""
    while True:
        paused = [one.pauses[0].pid for one in service.get("/runs", list[wire.RunInfo]) if one.pauses]
        _progress(f"paused: {len(paused)} of {SCRIPTS}")
        if len(paused) == SCRIPTS:
            return paused, [psutil.Process(pid).ppid() for pid in paused]
        threading.Event().wait(0.5)  # it is watched from outside, as a user would


def _bare():
    """A Python that waits at a pipe; it is gone at the end."""
    process = subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def _memory(pids, bare):
    """PSS is a process' part of what is shared, RSS all it sees."""
    scripts_, supervisors = ([_megabytes(pid) for pid in part] for part in pids)
    both = [tuple(map(sum, zip(*pair, strict=True))) for pair in zip(scripts_, supervisors, strict=True)]
    theirs = _most([_megabytes(one.pid) for one in bare])
    for name, found in (("script", scripts_), ("its supervisor", supervisors), ("both", both)):
        (pss, rss), budget = _most(found), "" if name != "script" else f"   (budget {MEMORY} MB)"
        print(
            f"{f'{SCRIPTS} paused, memory of each: {name}':52s} PSS {pss:5.1f}, RSS {rss:5.1f} MB   "
            f"baseline {theirs[0]:5.1f}, {theirs[1]:5.1f} MB (bare python)   ratio {rss / theirs[1]:6.2f}{budget}"
        )


def _most(found):
    return tuple(max(column) for column in zip(*found, strict=True))


def _megabytes(pid):
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    found = {words[0].rstrip(":"): int(words[1]) / 1e3 for words in lines}
    return found["Pss"], found["Rss"]


def _idle(groups, bare, runner, resting):
    """What the runner takes is its web server's own: the same where nothing is paused."""
    spent = _spent({**groups, "bare": bare, **runner})
    baselines = dict.fromkeys(groups, (spent["bare"], f"{SCRIPTS} bare pythons"))
    baselines |= {name: (resting[name], "nothing paused") for name in runner}
    for name, (theirs, what) in baselines.items():
        print(
            f"{f'{SCRIPTS} idle pauses, CPU in {IDLE:g} s: {name}':52s} {spent[name]:8.2f} ms"
            f"   baseline {theirs:8.2f} ms ({what})   (budget 0)"
        )


def _spent(groups):
    """The CPU time that each group of processes takes meanwhile, ms, as the scheduler counts it."""
    before = {name: sum(map(_cpu, group)) for name, group in groups.items()}
    _progress(f"idling for {IDLE:g} s")
    threading.Event().wait(IDLE)  # this is what is measured
    return {name: (sum(map(_cpu, group)) - before[name]) * 1000 for name, group in groups.items()}


def _cpu(pid):
    """What all threads of a process have run, s."""
    return sum(int(path.read_text().split()[0]) / 1e9 for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _listing(service):
    def listed():
        assert sum(len(one.pauses) for one in service.get("/runs", list[wire.RunInfo])) == SCRIPTS

    listed()
    pairs = [(seconds(listed), seconds(lambda: service.get("/health", dict[str, str]))) for _ in range(50)]
    mine, theirs = zip(*pairs, strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{f'{SCRIPTS} paused, listing them':52s} {percentiles(mine)}   (budget {LISTED * 1000:g} ms)")
    print(f"{'  baseline: GET /health':52s} {percentiles(theirs)}   ratio {ratio:6.2f}")


def _listing_command(env):
    listing, nothing = command(LAGER, "runs", "--paused", env=env), command(LAGER, "--version")
    compare(f"{SCRIPTS} paused, lager runs (budget {LISTED * 1000:g} ms)", listing, nothing)


def _resuming(service, runs, bare):
    """From the first request until the last script is at its next statement; one client, one after the other."""
    begin = time.monotonic()
    for run in runs:
        scripts.go_on(service, run)
    told = time.monotonic() - begin
    mine = max(_stamp(service, run) for run in runs) - begin
    begin = time.monotonic()
    for one in bare:
        print(file=one.stdin, flush=True)
    theirs = max(float(one.stdout.readline().removeprefix("@")) for one in bare) - begin
    print(
        f"{f'{SCRIPTS} paused, resuming all (requests {told * 1000:.0f} ms)':52s} {mine * 1000:8.2f} ms   "
        f"baseline {theirs * 1000:8.2f} ms ({SCRIPTS} bare pythons)   ratio {mine / theirs:6.2f}"
        f"   (budget {RESUMED * 1000:g} ms)"
    )


def _stamp(service, run):
    with closing(scripts.Followed(service, run)) as followed:
        return float(followed.line("@"))


def _one_script(service):
    """The same for the threads of one script, with one request."""
    run = scripts.start(service, THREADS)
    while sum(len(one.pauses) for one in service.get("/runs", list[wire.RunInfo])) < SCRIPTS:
        threading.Event().wait(0.1)  # it is watched from outside, as a user would
    begin = time.monotonic()
    scripts.go_on(service, run, everyone=True)
    print(
        f"{f'{SCRIPTS} threads of one script, --continue --all':52s} {(_stamp(service, run) - begin) * 1000:8.2f} ms"
        f"   (budget {RESUMED * 1000:g} ms)"
    )


def _progress(words):
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r{words}\033[K", end="", file=sys.stderr, flush=True)
