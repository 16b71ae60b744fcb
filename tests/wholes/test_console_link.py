"""A console on a real box whose connection breaks in the middle of things, and a box that goes."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from cable import Cable

from lager import wire

BENCH = "two_instruments.toml"

SCRIPT = """
import os, lager
print(os.getpid(), flush=True)
def count(n):
    with open({log!r}, "a") as file:
        print(n, file=file)
    return n
lager.pause(timeout=0, interactive=True)
"""
LINES = 3000
LONG = f"n = count(3); print(''.join(f'line {{n}}.\\n' for n in range({LINES})))"


@pytest.fixture(scope="module")
def log(home):
    return home.folder / "log"


@pytest.fixture(scope="module")
def run(home, log):
    """A paused script; its id."""
    one = home.start("python", home.script(SCRIPT.format(log=str(log))))
    yield next(line for line in one.stderr if "(id " in line).split("(id ")[1].rstrip(")\n")
    one.kill()
    script = int(one.communicate()[0])
    os.kill(script, signal.SIGKILL)


@pytest.fixture
def box(home, run):
    return wire.from_json((home.folder / "state" / "box.json").read_bytes(), wire.BoxInfo)


@pytest.fixture
def cable(box):
    one = Cable(box.runner)
    yield one
    one.close()


def open_console(home, cable, run):
    console = home.terminal("python", f"--box=127.0.0.1:{cable.port}", "--console", run)
    console.expect("paused at")
    return console


def test_a_connection_that_breaks_in_the_middle_of_an_answer(home, cable, run, log):
    console = open_console(home, cable, run)
    console.type("n = count(1)\r")
    console.type("print(f'n={n}!')\r")
    console.expect("n=1!")
    console.expect(">>>")
    cable.pull()  # at the prompt: the toolbar says it, and what is entered waits
    console.expect("The connection to the box is lost; trying again")
    console.type("print(f'n={n + count(2)}!')\r")
    cable.put_back()
    console.expect("n=3!")

    cable.pull_after(9_000)
    console.type(f"{LONG}\r")
    console.expect("the connection to the box is lost; trying again, and nothing is done twice")
    cable.put_back()
    console.expect("connected again")
    console.expect(f"line {LINES - 1}\\.")
    shown = [int(number) for number in re.findall(r"^line (\d+)\.$", console.text, re.MULTILINE)]
    assert shown == list(range(LINES))
    console.type("print(f'n={n}!')\r")
    console.expect("n=3!")
    assert log.read_text().split() == ["1", "2", "3"]
    console.type("\x04")
    assert console.wait() == 0


def test_a_box_that_goes_for_good(home, cable, run, box):
    console = open_console(home, cable, run)
    waits = "print('begun', flush=True); import signal; signal.pause()"
    waiting = home.start("python", f"--box=127.0.0.1:{cable.port}", "--console", run, "-c", waits)
    assert waiting.stdout.readline() == "begun\n"
    os.kill(box.pid, signal.SIGTERM)
    console.expect(r"The console is closed: the box is shutting down\.")
    assert console.wait() == 5
    assert "The console is closed: the box is shutting down.\n" in waiting.communicate(timeout=30)[1]
    assert waiting.returncode == 5
