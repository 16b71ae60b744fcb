"""A snapshot taken home: with `lager python --snapshot`, with `:save`, and opened where no box is."""

import os
import sys
from pathlib import Path

import pytest

BENCH = "two_instruments.toml"

sys.path.insert(0, str(Path(__file__).parent))

SCRIPT = """
import threading
import lager
readings = {"adc1": 3.3}
lock = threading.Lock()
def add(name, value):
    readings[name] = value
    return readings
lager.pause(timeout=0, interactive=True)
print(readings)
"""
WARNING = "Opening a snapshot runs code of whoever made it"


@pytest.fixture
def paused(home):
    """A script at its pause; its id."""
    home.script(SCRIPT, "p.py")
    terminal = home.terminal("python", "p.py")
    name = terminal.expect(r"\(id (\S+)\)$")[1]
    terminal.expect("no auto-resume")
    yield name
    home.lager("python", "--continue", name)
    terminal.expect("{'adc1': 3.3}")
    terminal.wait()


def test_a_snapshot_is_taken_and_opened(home, paused):
    taken = home.lager("python", "--snapshot", paused, "-o", "home.snap")
    assert (taken.returncode, taken.stderr) == (0, "")
    lines = taken.stdout.splitlines()
    assert lines[1:3] == ["not saved:", "  lock: it is a part of the running script"]
    assert lines[-1] == f"{(home.folder / 'home.snap').stat().st_size} bytes written to home.snap"
    again = home.lager("python", "--snapshot", paused, "-o", "home.snap")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == "Error: home.snap exists already.\nTry: remove it, or name another file.\n"
    nowhere = {"LAGER_BOX": "no-such-box"}
    shown = home.lager("snapshot", "open", "home.snap", "-c", "add('x', 1), lock", env=nowhere)
    assert (shown.returncode, shown.stdout) == (
        0,
        "({'adc1': 3.3, 'x': 1}, <not saved: lock, it is a part of the running script>)\n",
    )
    assert WARNING in shown.stderr
    failed = home.lager("snapshot", "open", "home.snap", "-c", "1/0", env=nowhere)
    assert (failed.returncode, "ZeroDivisionError" in failed.stderr) == (1, True)
    with open(os.devnull) as nothing:
        empty = home.lager("snapshot", "open", "home.snap", stdin=nothing, env=nowhere)
    assert (empty.returncode, empty.stdout) == (0, ">>> \n")
    _refused(home)


def _refused(home):
    """Try what cannot be taken, or opened."""
    assert home.lager("python", "--snapshot", "x", "-o", "").returncode == 2
    assert home.lager("snapshot", "open", "nowhere.snap").returncode == 2
    (home.folder / "no.snap").write_text("no snapshot")
    wrong = home.lager("snapshot", "open", "no.snap", "-c", "1")
    assert (wrong.returncode, "no.snap is no snapshot" in wrong.stderr) == (2, True)
    gone = home.lager("python", "--snapshot", "ffff", "-o", "x.snap")
    assert (gone.returncode, (home.folder / "x.snap").exists()) == (1, False)


def test_a_console_saves_what_it_has_made(home, paused):
    console = home.terminal("python", "--console", paused)
    console.expect("Connected")
    console.type("add('mine', 2) and None\r")
    console.type(":save made.snap\r")
    console.expect("bytes written to made.snap")
    console.type("\x04")
    console.wait()
    opened = home.terminal("snapshot", "open", "made.snap")
    opened.expect(WARNING)
    opened.expect("Open it")
    opened.type("y\r")
    opened.expect("lock: it is a part of the running script")
    opened.expect(r"paused at p\.py:9 ")
    opened.type(":help\r")
    assert "stays paused" not in opened.expect(r"(?s):where .*Ctrl-D ends the console\.\n")[0]
    opened.type("readings\r")
    opened.expect("'mine': 2")
    opened.type(":where\r")
    opened.expect(r"p\.py:9 in <module>")
    opened.type("print('be' + 'gun'); exec('while True: pass')\r")
    opened.expect("begun")
    opened.type("\x03")
    opened.expect("KeyboardInterrupt")
    opened.type("\x04")
    opened.wait()
