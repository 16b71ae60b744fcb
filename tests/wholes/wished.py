"""The scripts in which consoles show what was wished for, and the one of them that many tests share."""

import json
import os

BANNER = r"^=== lager breakpoint .*\(id (\S+)\)$"

BENCH = """\
import asyncio, ctypes, os, queue, signal, sys, threading, time
import lager
import parts

asked, questions, answers = [], queue.Queue(), queue.Queue()
go = threading.Event()

def answering():
    while question := questions.get():
        answers.put(len(question))

def listening():
    while line := sys.stdin.readline():
        go.set()

class Meter:
    @property
    def volts(self):
        asked.append("volts")
        questions.put("volts")
        return answers.get()

class Endless:
    def __repr__(self):
        while True:
            pass

def measure(volts):
    readings = {"adc1": volts}
    lager.pause("bench", timeout=0, interactive=True)
    return readings

def sequence():
    step = "the third"
    return measure(5.0), step

meter, endless = Meter(), Endless()
sys.stdin = open(sys.argv[1])
for one in (answering, listening):
    threading.Thread(target=one, daemon=True).start()
print("at the end:", sequence(), asked)
"""

LOOP = """\
import asyncio
import lager

async def heart(beats):
    while True:
        await beats.put("a beat")

async def main():
    loop, beats = asyncio.get_running_loop(), asyncio.Queue(1)
    task = asyncio.create_task(heart(beats))
    await lager.apause("loop", timeout=0, interactive=True)

asyncio.run(main())
"""

BUSY = """\
import threading

def spin():
    n = 0
    while not done:
        n += 1

done = False
threading.Thread(target=spin).start()
print("in", flush=True)
spins = 0
while not done:
    spins += 1
print("ended well", flush=True)
"""

SUITE_MAIN = """\
import os, sys
os.environ["PYTEST_ADDOPTS"] = "-p no:cacheprovider -p no:hypothesispytest -p no:anyio -p no:pytest_cov"
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""
SUITE = """\
import pytest

@pytest.fixture
def bench():
    state = {"up": True}
    yield state
    state["up"] = False

@pytest.mark.parametrize("n", [1, 2])
def test_volts(bench, n):
    print("captured output")
    if n == 1:
        breakpoint("in the test")
    else:
        assert n == 3
"""


class Bench:
    """A paused script, whose stdin is a pipe of ours."""

    def __init__(self, home):
        self.home = home
        self.pipe = str(home.folder / "words")
        os.mkfifo(self.pipe)
        home.script(BENCH, "bench/main.py")
        home.script("def late():\n    return 'in time'\n", "bench/parts.py")
        home.script("value = 42\n", "bench/never_imported.py")
        self.terminal = home.terminal("python", "bench", self.pipe)
        self.words = open(self.pipe, "w", buffering=1)  # noqa: SIM115  # closed at the end of the script
        self.run = self.terminal.expect(BANNER)[1]

    def evaluate(self, *statements, user="alice", run=None):
        """Evaluate statements in a console of their own, from a pipe; give what it shows, and its errors."""
        lines = self.home.folder / "lines"
        lines.write_text("\n".join(statements) + "\n")
        with lines.open() as stdin:
            done = self.home.lager("python", "--console", run or self.run, stdin=stdin, env={"LAGER_USER": user})
        assert done.returncode == 0, done.stderr
        shown = done.stdout.partition("\n")[2].replace(">>> ", "").removesuffix("\nDisconnected from console\n")
        return shown.splitlines(), done.stderr

    def listed(self):
        (found,) = [one for one in json.loads(self.home.lager("runs", "--json").stdout) if one["id"] == self.run]
        return found
