"""Pausing from several terminals: changed, ended, stopped from outside, several at once, at an exception."""

import contextlib
import json
import re

import pytest

BENCH = "two_instruments.toml"

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
VOLTS = """\
import lager
volts = 5.0
def measure():
    current = 1
    value = lager.pause("check volts", interactive=True)
    print("on:", value, volts, current)
try:
    measure()
finally:
    print("cleaned up")
"""
LOOP = """\
import time
n = 0
print("in", flush=True)
while n < 10_000:
    n += 1
    time.sleep(0.005)
print("out")
"""
THREADS = """\
import threading
import lager
first = threading.Event()

def work(name):
    if name == "two":
        first.wait()
    lager.pause(name)
    print("went", name, flush=True)

threads = [threading.Thread(target=work, args=(name,), name=name) for name in ("one", "two")]
for thread in threads:
    thread.start()
input_ = lager.pause("main", on_timeout="resume", timeout=0)
first.set()
for thread in threads:
    thread.join()
"""


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0
    home.env["LAGER_USER"] = "alice"


def paused(terminal, label):
    """Wait for a banner; give the pause's name."""
    name = terminal.expect(rf'^=== lager breakpoint "{label}" at \S+  \(id (\S+)\)$')[1]
    terminal.expect(r"^    (auto-\w+ in \S+|no auto-resume)$")
    return name


def said(terminal, *lines):
    """Wait for its end; each text stands on the screen once, however its two streams came: a line's end may be late."""
    status = terminal.wait()
    assert [terminal.text.count(line) for line in lines] == [1] * len(lines), terminal.text
    return status


def test_a_value_and_a_variable_are_put_in_at_the_release(home):
    first = home.terminal("python", home.script(VOLTS))
    run = paused(first, "check volts")
    for given, told in (("volts=1/0", "ZeroDivisionError"), ("vlts=1", "vlts"), ("current=3 +", "it ends too early")):
        refused = home.lager("python", "--continue", run, "--set", "current=2", "--set", given)
        assert (refused.returncode, refused.stdout) == (2 if "early" in told else 1, "")
        assert re.search(rf"^Error: .*{told}(.|\n)*^Try: ", refused.stderr, re.MULTILINE)
    assert first.process.poll() is None, "it stays paused"
    done = home.lager("python", "--continue", run[:8], "--set", "volts = 3.3", "--set", "current=7", "--value", "'ok'")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Resumed {run}\n  volts = 3.3 (was 5.0)\n  current = 7 (was 1)\n  value 'ok'\n"
    first.expect(
        r"^=== set volts = 3\.3 \(was 5\.0\), by alice\n=== set current = 7 \(was 1\), by alice\n"
        r"=== value 'ok', by alice\n=== resumed$"
    )
    assert said(first, "on: ok 3.3 7", "cleaned up") == 0


def test_an_enter_counts_after_changes_were_refused(home):
    first = home.terminal("python", home.script(VOLTS))
    run = paused(first, "check volts")
    assert home.lager("python", "--continue", run, "--value", "nope").returncode == 1
    first.type("\n")
    assert said(first, "=== resumed", "on: None 5.0 1", "cleaned up") == 0


def test_an_abort_lets_the_script_clean_up_and_ends_with_130(home):
    first = home.terminal("python", home.script(VOLTS))
    run = paused(first, "check volts")
    console = home.terminal("python", "--console", run)
    console.expect(">>>")
    done = home.lager("python", "--abort", run[:8])
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Aborted {run}\n", "")
    assert said(first, "=== aborted by alice", "cleaned up") == 130
    assert "Traceback" not in first.text
    assert "on:" not in first.text
    console.expect("the console is closed")
    console.wait()
    again = home.lager("python", "--abort", run)
    assert (again.returncode, again.stdout) == (1, "")
    assert re.match(r"Error: .* it has ended\.\nTry: ", again.stderr)


def test_a_running_script_is_stopped_from_outside_and_goes_on_by_enter(home):
    first = home.terminal("python", home.script(LOOP, "loop.py"))
    first.expect("^in$")
    run = home.lager("runs").stdout.splitlines()[1].split()[0]
    assert home.lager("python", "--continue", run).returncode == 1
    done = home.lager("python", "--pause", run)
    assert done.returncode == 0
    whole = re.match(rf"Paused ({UUID}) at loop\.py:[456]\n    resume: `lager python --continue \1`\n", done.stdout)[1]
    assert paused(first, "asked for by alice") == whole
    again = home.lager("python", "--pause", run)
    assert again.returncode == 0
    assert re.match(rf"{whole} is paused already, since \d\d:\d\d:\d\d, at loop\.py:[456]", again.stdout)
    assert home.lager("python", "--console", run, "-c", "n > 0").stdout == "True\n"
    changed = home.lager("python", "--continue", run, "--set", "n=20_000")
    assert changed.returncode == 0
    assert re.search(r"^  n = 20000 \(was \d+\)$", changed.stdout, re.MULTILINE)
    assert said(first, "=== resumed", "out") == 0


def test_several_pauses_are_told_apart(home):
    first = home.terminal("python", home.script(THREADS, "threads.py"))
    names = {paused(first, "(?:main|one)") for _ in range(2)}
    run = min(names, key=len)
    assert names == {run, f"{run}.2"}
    for what in ("--continue", "--abort"):
        asked = home.lager("python", what, run[:8])
        assert (asked.returncode, asked.stdout) == (2, "")
        assert re.search(rf'{run}\.[12] \("main" at threads\.py:14, thread MainThread\)', asked.stderr)
        assert re.search(rf'{run}\.[12] \("one" at threads\.py:8, thread one\)', asked.stderr)
        assert "--all" in asked.stderr
    main = re.search(rf'{run}\.([12]) \("main"', asked.stderr)[1]
    assert home.lager("python", "--continue", f"{run[:8]}.{main}").stdout.startswith("Resumed ")
    assert paused(first, "two") == f"{run}.3"
    first.type("\n")  # the lowest banner
    first.expect("^went two$")
    done = home.lager("python", "--continue", run[:8], "--all")
    assert (done.returncode, done.stdout) == (0, f"Resumed {run}\n")
    first.expect("^went one$")
    assert first.wait() == 0


TWO = """\
import lager, threading

def stop(name):
    try:
        lager.pause(name, timeout=0)
    finally:
        if name == "main":
            one.join()
        print(f"cleaned up {name}")

one = threading.Thread(target=stop, args=("one",))
one.start()
stop("main")
"""


@pytest.mark.parametrize("at_once", [True, False])
def test_all_pauses_are_aborted_and_nothing_interrupts_what_cleans_up(home, at_once):
    first = home.terminal("python", home.script(TWO, "two.py"))
    run = min((paused(first, "(?:main|one)") for _ in range(2)), key=len)
    if at_once:
        done = home.lager("python", "--abort", run[:8], "--all")
        assert (done.returncode, done.stdout) == (0, f"Aborted {run}.1\nAborted {run}.2\n")
    else:
        listed = json.loads(home.lager("runs", "--json").stdout)[0]["pauses"]
        (main,) = [pause["name"] for pause in listed if pause["label"] == "main"]
        assert home.lager("python", "--abort", main).returncode == 0
        first.expect("=== aborted by alice")
        assert home.lager("python", "--abort", run).stdout == f"Aborted {run}\n"
    assert said(first, "cleaned up one", "cleaned up main") == 130
    assert "Traceback" not in first.text


@pytest.mark.parametrize("way", ["option", "environment"])
def test_an_exception_nobody_catches_is_stopped_where_it_is_raised(home, way):
    script = home.script(
        "def half(n):\n    return 1 / n\n\ntry:\n    half(0)\nfinally:\n    print('cleaned up')\n", "e.py"
    )
    options = ["--on-exception", "pause"] if way == "option" else []
    env = {} if options else {"LAGER_ON_EXCEPTION": "pause"}
    first = home.terminal("python", *options, script, env=env)
    run = paused(first, "ZeroDivisionError: division by zero")
    assert "cleaned up" not in first.text
    shown = home.lager("runs", "--paused").stdout
    assert re.search(rf'^{run[:8]} +paused .* e\.py:2 "ZeroDivisionError: division by zero" ', shown, re.MULTILINE)
    first.type("\n")
    assert said(first, "=== resumed", "cleaned up", "\nZeroDivisionError: division by zero") == 1
    assert first.text.count("ZeroDivisionError: division by zero") == 2


def test_exceptions_are_left_alone_unless_asked_for(home):
    script = home.script("1 / 0\n", "e.py")
    for options in ([], ["--on-exception", "ignore"]):
        done = home.lager("python", *options, script)
        assert (done.returncode, "lager breakpoint" in done.stderr) == (1, False)


@pytest.mark.parametrize("what", ["--pause", "--continue", "--abort", "--console"])
def test_an_unknown_id_says_where_to_look(home, what):
    done = home.lager("python", what, "00000000-0000-4000-8000-000000000007")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert "`lager runs`" in done.stderr.splitlines()[-1]


def test_a_pause_that_takes_its_time_can_be_left_waiting(home):
    busy = home.script(
        "import sys\nprint('in', flush=True)\nsys.stdin.read()\nimport os\nos.read(os.pipe()[0], 1)\n", "b.py"
    )
    run = home.start("python", busy)
    with contextlib.closing(run.stdout), contextlib.closing(run.stderr):
        assert run.stdout.readline() == "in\n"
        name = home.lager("runs").stdout.splitlines()[1].split()[0]
        second = home.terminal("python", "--pause", name)
        second.expect("^Waiting for the script to come to a line of its own. Ctrl-C ends the waiting.$")
        second.type("\x03")
        assert second.wait() == 130
        assert second.text.endswith("\nNot waiting any longer. The script may still pause; `lager runs` shows it.\n")
        run.terminate()
        run.wait(30)
