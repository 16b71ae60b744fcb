"""Much output in lines: how fast it arrives, what that takes of memory, and what a reader that stops does to it.

`python -m benchmarks.flood --megabytes 20 --longer 50 --stopped 5` does less of it.
"""

import argparse
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.timing import LAGER, private_home

RATE = 0.6  # of the baseline's
MEMORY = 80  # MB, of runner and client each
LINE = 100  # bytes
ROUNDS = 2
_LOOK_EVERY = 0.05  # s
FLOOD = f"""
import sys
for n in range(int(sys.argv[1])):
    print(f"{{n:012d}} ".ljust({LINE - 1}, "."))
"""


def main(argv=()) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=200, help="of the flood whose rate is taken")
    parser.add_argument("--longer", type=int, default=500, help="megabytes of the one whose reader is stopped")
    parser.add_argument("--stopped", type=float, default=60.0, help="for how long, s")
    given = parser.parse_args(argv)
    with private_home() as (folder, env):
        script = folder / "flood.py"
        script.write_text(FLOOD)
        _rate(script, env, given.megabytes)
        for who in ("reader", "client"):
            _stopped(script, env, given, who)


def _rate(script, env, megabytes):
    """`lager python flood.py | cat` against `python -u flood.py | cat`, in turn."""
    bare = lager = 0.0  # s
    for _ in range(ROUNDS):
        bare += _poured([sys.executable, "-u"], script, env, megabytes)[0]
        took, memory = _poured([LAGER, "python"], script, env, megabytes)
        lager += took
    mine, theirs = megabytes * ROUNDS / lager, megabytes * ROUNDS / bare
    print(
        f"{f'{megabytes} MB in lines through lager python':52s} {mine:8.1f} MB/s   baseline {theirs:8.1f} MB/s   "
        f"ratio {mine / theirs:6.2f}   (budget {RATE:g})"
    )
    _say_memory(memory)


def _poured(words, script, env, megabytes):
    """Let a flood run into `cat`; how long it took, s, and what it took of memory, MB by process."""
    begin = time.perf_counter()
    with _piped([*words, script, str(_lines(megabytes))], ["cat"], env) as (first, last), _Memory(env, first) as memory:
        for _ in iter(lambda: last.stdout.read(1 << 20), b""):
            continue
        assert first.wait() == 0
        took = time.perf_counter() - begin
    return took, memory.peaks


def _stopped(script, env, given, who):
    """Stop the reader, or the client itself, for a while: the script goes on, and in the end all is there."""
    bare, expected = _unhindered(script, given.longer)
    words = [LAGER, "python", script, str(_lines(given.longer))]
    known = _runs(env)
    with _piped(words, ["sha256sum"], env) as (first, last), _Memory(env, first) as memory:
        until = time.monotonic() + given.stopped
        stopped = last.pid if who == "reader" else first.pid
        run = _appeared(env, known)
        os.kill(stopped, signal.SIGSTOP)
        began, took = time.time(), None
        while time.monotonic() < until or took is None:
            if took is None and (run / "exit.json").exists():
                took = time.time() - began
            threading.Event().wait(_LOOK_EVERY)
        os.kill(stopped, signal.SIGCONT)
        same = last.stdout.read().split()[0].decode() == expected
        assert first.wait() == 0
    print(
        f"{f'{given.longer} MB, the {who} stopped for {given.stopped:g} s: the script':52s} {took:8.1f} s      "
        f"baseline {bare:8.1f} s      ratio {took / bare:6.2f}   {'all is there' if same else 'OUTPUT IS MISSING'}"
    )
    _say_memory(memory.peaks)
    assert same


def _unhindered(script, megabytes):
    """How long the script takes into `cat`, s, and the digest of what it says."""
    begin = time.perf_counter()
    with _piped([sys.executable, "-u", script, str(_lines(megabytes))], ["cat"], None) as (first, last):
        digest = hashlib.sha256()
        for part in iter(lambda: last.stdout.read(1 << 20), b""):
            digest.update(part)
        assert first.wait() == 0
    return time.perf_counter() - begin, digest.hexdigest()


def _lines(megabytes):
    return megabytes * 1_000_000 // LINE


@contextmanager
def _piped(words, reader, env):
    """Two commands, the first one's output into the other, whose output is to be read."""
    with (
        subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as first,
        subprocess.Popen(reader, stdin=first.stdout, stdout=subprocess.PIPE) as last,
    ):
        first.stdout.close()
        yield first, last


def _runs(env):
    folder = Path(env["LAGER_STATE_DIR"], "runs")
    return set(folder.iterdir()) if folder.exists() else set()


def _appeared(env, known):
    """Wait for a new run to have said something; its directory."""
    while True:
        for run in _runs(env) - known:
            log = run / "output.log"
            if log.exists() and log.stat().st_size:
                return run
        threading.Event().wait(_LOOK_EVERY / 10)


class _Memory:
    """The most memory that processes of a run took, MB by process; looked at until the end of the block.

    Args:
        env: The box's environment.
        client: The client's process.
    """

    def __init__(self, env, client):
        self.peaks, self._state, self._client = {}, env["LAGER_STATE_DIR"], client.pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(_LOOK_EVERY):
            for name, pid in self._found():
                peak = _peak(pid)
                self.peaks[name] = max(self.peaks.get(name, 0.0), peak)

    def _found(self):
        yield "client", self._client
        info = json.loads(Path(self._state, "box.json").read_bytes())
        box = psutil.Process(info["pid"])
        for one in box.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                words = one.cmdline()
                name = next((word for word in ("lager_runner.supervisor", "lager_runner") if word in words), None)
                if name:
                    yield name.removeprefix("lager_").removeprefix("runner."), one.pid


def _peak(pid):
    """The most memory a process has had, MB; 0 for one that has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), 0.0)


def _say_memory(peaks):
    told = ", ".join(f"{name} {peak:.1f} MB" for name, peak in sorted(peaks.items()))
    print(f"{'  most memory (RSS)':52s} {told}   (budget {MEMORY} MB each)")


if __name__ == "__main__":
    main(sys.argv[1:])
