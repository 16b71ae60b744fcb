"""What broke at the pauses of the released product (its register, 3.1), case by case: each test shows it right here."""

import contextlib
import json
import os
import re
import signal

import pytest

from lager import wire
from lager.client import Service
from lager_cli.runs.stream import RunStream

BENCH = "two_instruments.toml"

BANNER = r'^=== lager breakpoint "{label}" at {place}  \(id (\S+)\)$'


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0


@pytest.fixture
def runner(home):
    """The runner of the home's private box."""
    box = json.loads((home.folder / "state" / "box.json").read_text())
    return Service("", "127.0.0.1", box["runner"], (home.folder / "state" / "token").read_text().strip())


def paused(terminal, label, place=r"\S+"):
    """Wait for a banner; give the name of its pause."""
    return terminal.expect(BANNER.format(label=label, place=place))[1]


def open_pauses(runner, run):
    return {pause.label: pause.name for pause in runner.get(f"/runs/{run}", wire.RunInfo).pauses}


THREE = """\
import os, subprocess, sys, threading
import lager

def stop(label):
    lager.pause(label, timeout=0)
    print("on:", label, flush=True)

if sys.argv[1:]:
    stop("in a child")
    sys.exit()
thread = threading.Thread(target=stop, args=["in a thread"])
thread.start()
child = subprocess.Popen([sys.executable, __file__, "child"])
stop("in the main thread")
thread.join()
child.wait()
"""


def test_b3_each_of_several_pauses_has_its_own_name_and_its_own_release(home, runner):
    """B3: one id for a process tree: concurrent pauses overwrote each other's state, and stole each other's resume.

    Here each has a number, that is never given again; a release frees the one it names, and nothing else.
    """
    first = home.terminal("python", home.script(THREE))
    names = [first.expect(r"^=== lager breakpoint .*\(id (\S+)\)$")[1] for _ in range(3)]
    run = names[0].partition(".")[0]
    assert sorted(names) == [run, f"{run}.2", f"{run}.3"], "as their banners name them"
    there = open_pauses(runner, run)
    assert set(there) == {"in a thread", "in a child", "in the main thread"}
    assert sorted(there.values()) == [f"{run}.{number}" for number in (1, 2, 3)]

    for label in ("in a child", "in the main thread", "in a thread"):
        name = there.pop(label)
        assert home.lager("python", "--continue", name).returncode == 0
        first.expect(rf"^on: {label}$")
        again = home.lager("python", "--continue", name)
        assert (again.returncode, again.stdout) == (1, "")
        if there:  # with the last one the script ends
            assert again.stderr.startswith(f"Error: {name} was resumed by ")
            assert set(open_pauses(runner, run)) == set(there)
    assert first.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_b4_a_killed_script_leaves_no_pause(home, runner, number):
    """B4: after a kill its state file stayed: `--continue` said "Resumed", and `--console` could not connect.

    Here a pause ends with the connection of its process: nothing is listed, and both commands say what is.
    """
    script = "import os, lager\nprint(os.getpid(), flush=True)\nlager.pause('dying', timeout=0, interactive=True)\n"
    first = home.terminal("python", home.script(script))
    pid = int(first.expect(r"^(\d+)$")[1])
    run = paused(first, "dying")
    os.kill(pid, number)
    assert first.wait() == 128 + number
    assert open_pauses(runner, run) == {}
    for words in (("--continue", run), ("--console", run, "-c", "1")):
        done = home.lager("python", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"Error: {run} is not paused: it has ended.")
    listed = home.lager("runs", "--paused", "--json")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert all(one["id"] != run for one in json.loads(listed.stdout))


DYING = """\
import os, subprocess, sys
import lager

if sys.argv[1:]:
    print(os.getpid(), flush=True)
    lager.pause("dying", timeout=0)
subprocess.call([sys.executable, __file__, "child"])
lager.pause("its parent", timeout=0)
"""


def test_b4_a_killed_child_process_leaves_no_pause_in_a_run_that_lives(home, runner):
    """B4, where the run goes on, and could keep the dead pause among its own."""
    first = home.terminal("python", home.script(DYING))
    pid = int(first.expect(r"^(\d+)$")[1])
    run = paused(first, "dying")
    os.kill(pid, signal.SIGKILL)
    paused(first, "its parent")
    assert open_pauses(runner, run) == {"its parent": run}
    done = home.lager("python", "--continue", f"{run}.1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {run}.1 ")
    first.type("\n")
    assert first.wait() == 0


def test_b5_continuing_what_is_not_paused_fails(home):
    """B5: `--continue` on nothing paused ended with status 0.

    Here the status is 1, and the words tell an unknown run from one that runs and from one that has ended.
    """
    unknown = home.lager("python", "--continue", "00000000-0000-4000-8000-000000000000")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "no run of this box has the id" in unknown.stderr

    script = "import os, sys\nprint(os.environ['LAGER_PROCESS_ID'], flush=True)\nopen(sys.argv[1]).close()\n"
    pipe = str(home.folder / "go")
    os.mkfifo(pipe)
    runs = home.start("python", home.script(script), pipe)
    run = runs.stdout.readline().strip()
    busy = home.lager("python", "--continue", run)
    with open(pipe, "w"):
        runs.communicate(timeout=30)
    ended = home.lager("python", "--continue", run)
    assert (busy.returncode, busy.stdout, ended.returncode, ended.stdout) == (1, "", 1, "")
    assert busy.stderr.startswith(f"Error: {run} is not paused: it is running.")
    assert ended.stderr.startswith(f"Error: {run} is not paused: it has ended.")


WATCHDOG = """\
import sys, threading
import lager

def watchdog():
    while word := sys.stdin.readline():
        print("watchdog heard", word.strip(), flush=True)

sys.stdin = open(sys.argv[1])
threading.Thread(target=watchdog, daemon=True).start()
lager.pause("main", timeout=0)
print("main went on", flush=True)
"""


def test_b9_the_other_threads_run_on_and_the_guide_says_so(home, pytestconfig):
    """B9: a pause blocks only the thread that calls it; watchdogs and the like run on, and that was written nowhere.

    Here it is the same, because a watchdog that stops would harm; and the guide says so.
    """
    pipe = str(home.folder / "watchdog")
    os.mkfifo(pipe)
    first = home.terminal("python", home.script(WATCHDOG), pipe)
    with open(pipe, "w", buffering=1) as dog:
        run = paused(first, "main")
        for number in range(3):
            print(number, file=dog)
            first.expect(rf"^watchdog heard {number}$")
        assert home.lager("python", "--continue", run).returncode == 0
        first.expect("^main went on$")
        assert first.wait() == 0
    guide = " ".join((pytestconfig.rootpath / "docs" / "breakpoints.md").read_text().split())
    assert "other threads run on" in guide


LIMIT = 6  # s a run may take; time enough for a console to open
LONGER = """\
import threading, time
import lager

def clock():
    while time.monotonic() < began + 1.05 * {limit}:
        threading.Event().wait(0.05)
    print("that was longer than the run may take", flush=True)

began = time.monotonic()
threading.Thread(target=clock, daemon=True).start()
lager.pause("long", timeout=0, interactive=True)
print("went on", flush=True)
"""


def test_b10_the_timeout_of_a_run_ends_nobodys_work_at_a_pause(home):
    """B10: `--timeout` counted while somebody looked into the paused script, killed it, and had not said so.

    Here that clock stands still as long as a console is open. Where nobody is, it ends a paused run, too: else a
    forgotten pause would have the bench for ever. The banner says when.
    """
    script = home.script(LONGER.format(limit=LIMIT))
    looked_at, forgotten = (home.terminal("python", "--timeout", str(LIMIT), script) for _ in range(2))
    run = paused(looked_at, "long")
    looked_at.expect(r"^    the run's timeout ends it in [0-6]s$")
    console = home.terminal("python", "--console", run)
    console.expect(">>>")
    looked_at.expect("^that was longer than the run may take$")
    assert home.lager("python", "--continue", run).returncode == 0
    looked_at.expect("^went on$")
    assert looked_at.wait() == 0

    forgotten.expect(rf"^=== lager: the run's timeout of {LIMIT}s is over; stopping it$")
    assert forgotten.wait() == 124


HOLDING = """\
from lager import Net, NetType, pause
psu = Net.get("supply1", type=NetType.PowerSupply)
psu.set_voltage(3.3)
pause("holding supply1", timeout=0)
print("still", psu.get_voltage_setpoint())
"""
OTHER = """\
from lager import Net, NetType
print("other sees", Net.get("supply1", type=NetType.PowerSupply).get_voltage_setpoint())
"""


def test_b11_a_paused_script_keeps_nobody_from_the_bench(home, runner):
    """B11: a paused script held the box's lock: all others were shut out for as long as it was paused.

    Here it gives the lock back while it is paused: somebody else's command and script use the same instrument at once,
    and are told whose run is paused.
    """
    first = home.terminal("python", home.script(HOLDING), env={"LAGER_USER": "alice"})
    run = paused(first, "holding supply1")
    bob = {"LAGER_USER": "bob"}
    supply = home.lager("supply", "supply1", "state", env=bob)
    note = f"Note: run {run[:8]} of alice is paused on this box.\n"
    assert (supply.returncode, supply.stderr) == (0, note)
    assert "Set: 3.3V/" in supply.stdout
    other = home.lager("python", home.script(OTHER, "other.py"), env=bob)
    assert (other.returncode, other.stdout, other.stderr) == (0, "other sees 3.3\n", "")
    assert open_pauses(runner, run) == {"holding supply1": run}, "meanwhile"
    first.type("\n")
    first.expect(r"^still 3\.3$")
    assert first.wait() == 0


def followed(stream):
    """All that a run's stream has, up to its end."""
    while True:
        for message in stream.messages():
            yield message
            if isinstance(message, wire.Exited):
                return


def test_b14_all_the_output_of_a_run_that_paused_can_be_read_again(home, runner):
    """B14: a run in the foreground that paused left a directory without its output: nothing to follow from the start.

    Here every run's output is kept, and read from its start as often as one likes, also after its end.
    """
    script = (
        "import sys, lager\nprint('before')\nprint('trouble', file=sys.stderr)\nlager.pause('kept', timeout=0)\n"
        "print('after')\nsys.exit(3)\n"
    )
    shown = home.start("python", home.script(script))
    errors = [shown.stderr.readline()]
    while "no auto-resume" not in errors[-1]:
        errors.append(shown.stderr.readline())
    run = re.search(r"\(id (\S+)\)", "".join(errors))[1]
    assert home.lager("python", "--continue", run).returncode == 0
    out, rest = shown.communicate(timeout=30)
    assert (out, rest, shown.returncode) == ("before\nafter\n", "=== resumed\n", 3)

    for _ in range(2):
        with contextlib.closing(RunStream(lambda at: runner.connect(f"/runs/{run}/stream?from={at}"), run)) as stream:
            *messages, end = followed(stream)
        said = {1: "", 2: ""}
        for one in messages:
            said[one.stream] += one.data.decode()
        assert said == {1: out, 2: "".join(errors) + rest}
        assert end == wire.Exited(3, "exit")


def test_b16_a_pause_in_a_helper_names_the_helpers_file(home):
    """B16: the banner named the script, or a temporary file, also where a module of its folder had paused.

    Here it names the file in which the line is, as the user knows it: below the folder he runs.
    """
    home.script("from parts import helper\nhelper.stop()\n", "suite/main.py")
    home.script("", "suite/parts/__init__.py")
    home.script("import lager\n\n\ndef stop():\n    lager.pause('helper')\n", "suite/parts/helper.py")
    first = home.terminal("python", "suite")
    paused(first, "helper", r"parts/helper\.py:5")
    first.type("\n")
    assert first.wait() == 0
