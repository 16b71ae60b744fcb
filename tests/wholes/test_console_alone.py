"""`lager console`: a console without a script, in a process that ends with it."""

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from desk import CTRL_C, CTRL_D, PROMPT

BENCH = "two_instruments.toml"

FILE = """
import sys
def double(n):
    return 2 * n
class Reading:
    pass
if __name__ == "__main__":
    print(sys.argv, __file__)
while "loop" in sys.argv:
    pass
"""
PIPED = """x = 1
class A:
    y = x

import pickle; pickle.loads(pickle.dumps(A())).y
def more():
    global x
    x += 1
    return globals() is vars(__import__("__main__"))

more(), x, __name__
numbers = [3, 4]; len(numbers), numbers[1], [n for n in numbers]
for n in numbers: print(n)

%run my tools.py
%run 'my tools.py' --volts 'a b'
double("a" + 1)
type(pickle.loads(pickle.dumps(Reading())))
import threading
import os
child = os.fork() or (print("from a child"), os._exit(0)); os.wait()[1]
threading.Timer(0.05, print, ["from a thread"]).start()
pause()
"""


@pytest.fixture(autouse=True, scope="module")
def _tools(home):
    home.env["LAGER_USER"] = "alice"
    home.script(FILE, "my tools.py")


def live(home):
    return json.loads(home.lager("runs", "--json").stdout)


def outcome(home, run):
    return json.loads((home.folder / "state" / "runs" / run / "exit.json").read_text())


def test_on_a_terminal(home):
    assert home.lager("box", "notify", "--command", f"touch {home.folder}/notified").returncode == 0
    mine = home.terminal("console")
    mine.expect(r"^Connected to interactive console \(Ctrl\+D to end it\)$")
    mine.expect(PROMPT)
    mine.type("psu = Net.get('supply1', type=NetType.PowerSupply); 2 * 21\r")
    mine.expect("^42$")
    mine.expect(PROMPT)
    mine.type("psu.volt")
    mine.expect("voltage")  # is offered
    mine.type("\t")
    mine.expect("age")  # is added
    mine.type("()\r")
    mine.expect(r"^-?[\d.e-]+$")

    shown = home.lager("runs").stdout
    assert re.search(r"^\w{8}  console  lager console  alice +- ", shown, re.MULTILINE), shown
    (run,) = live(home)
    assert (run["state"], run["kind"], run["pauses"]) == ("console", "console", [])
    assert "Nothing is paused" in home.lager("runs", "--paused").stdout
    kept = home.lager("box", "stop")
    assert (kept.returncode, f"{run['id']} (lager console, console)" in kept.stderr) == (1, True)
    other = home.lager("python", "--console", run["id"], "-c", "volts = psu.set_voltage(1); psu = None; volts")
    assert (other.returncode, other.stdout, other.stderr) == (0, "", "")
    refused = home.lager("python", "--dap", run["id"])
    assert (refused.returncode, "has no script to debug" in refused.stderr) == (1, True)

    mine.type("psu is None, 'volts' in globals()\r")
    mine.expect(r"\(False, False\)")
    mine.type("%run 'my tools.py' loop\r")
    mine.expect(r"^\['my tools.py', 'loop'\] my tools.py\n")  # its whole line: Ctrl-C before the end would add to it
    mine.type(CTRL_C)
    mine.expect("^KeyboardInterrupt$")
    mine.type(CTRL_D)
    mine.expect("^Console ended$")
    assert mine.wait() == 0
    assert live(home) == []
    assert outcome(home, run["id"])["status"] == 0
    told = home.lager("runs", "transcript", run["id"]).stdout
    assert "alice  >>> psu.voltage()" in told
    assert [line.split()[1] for line in told.splitlines() if "left the console" in line] == ["alice", "alice"]
    assert not (home.folder / "notified").exists()


def test_in_a_pipe(home):
    (home.folder / "typed").write_text(PIPED)
    with open(home.folder / "typed") as typed:
        done = home.lager("console", stdin=typed)
    assert done.returncode == 0
    lines = [line.rpartition(">>> ")[2].rpartition("... ")[2] for line in done.stdout.splitlines()]
    answers = [one for one in lines if one]
    answers.remove("from a child")  # comes live, on a way of its own
    answers.remove("from a thread")
    assert answers == [
        "Connected to interactive console (Ctrl+D to end it)",
        "1",
        "(True, 2, '__main__')",
        "(2, 4, [3, 4])",
        "3",
        "4",
        "['my tools.py'] my tools.py",
        "['my tools.py', '--volts', 'a b'] my tools.py",
        "<class '__main__.Reading'>",
        "0",
        "Console ended",
    ]
    assert 'double("a" + 1)' in done.stderr
    assert "TypeError" in done.stderr
    assert "lager.pause(): called from a console; skipping breakpoint" in done.stderr


def test_all_that_a_child_prints_is_shown(home):
    done = home.lager("console", "-c", "import os; os.system('seq 200000') or None")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [str(number) for number in range(1, 200_001)]


@pytest.mark.parametrize(
    ("statement", "status", "said"),
    [
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("exit(3)", 3, "The exit status of the console's process is 3.\n"),
        ("import os; os._exit(0)", 0, "The console's process has ended.\n"),
        ("import ctypes; ctypes.string_at(0)", 139, "The console's process was killed by signal 11 (SIGSEGV).\n"),
    ],
)
def test_one_statement(home, statement, status, said):
    done = home.lager("console", "-c", statement)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.endswith(said)


def test_what_children_print_is_shown_at_once_and_a_closed_terminal_ends_it(home):
    os.mkfifo(gate := home.folder / "gate")
    mine = home.terminal("console")
    mine.expect(PROMPT)
    mine.type(f"import os; os.system('echo from a child; read it < {gate}; echo went on')\r")
    mine.expect("^from a child$")
    gate.write_text("on\n")
    mine.expect("^went on$")
    mine.expect(PROMPT)
    (run,) = live(home)
    mine.process.send_signal(signal.SIGHUP)
    assert mine.wait() == 128 + signal.SIGHUP
    assert any(not live(home) for _ in range(50))  # it was left: a console that is lost is kept for two minutes
    assert outcome(home, run["id"])["status"] == 0


def test_a_box_that_is_not_there_or_refuses(home):
    port = json.loads(home.lager("box", "status", "--json").stdout)["runner"]
    away = home.lager("console", "-c", "1", "--box", "127.0.0.1:1")
    assert (away.returncode, away.stderr.splitlines()[0]) == (
        5,
        "Error: the box at 127.0.0.1:1 does not answer: connection refused.",
    )
    wrong = home.lager("console", "-c", "1", "--box", f"127.0.0.1:{port}", env={"LAGER_TOKEN": "wrong"})
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (6, 2)
