"""`lager runs`: what runs and what is paused, on a small terminal, in a pipe, as JSON, and as it changes."""

import json
import os
import re
import signal
import sys
from pathlib import Path

import family
import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conftest import LAGER
from terminal import Terminal

BENCH = "two_instruments.toml"

PAUSING = "import lager\nlager.pause('before the final step', timeout=90)\n"
ROW = r'([0-9a-f]{8}) +paused +p\.py +alice +p\.py:2 "bef\S*…" +\d\d:\d\d:\d\d +auto-resume in (1m[0-3]\d|\d+)s'


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0
    home.env["LAGER_USER"] = "alice"


@pytest.fixture
def small(home):
    """A terminal of 80 columns and 24 rows."""

    def sit_down(*words):
        home.terminals.append(Terminal([str(LAGER), *words], home.folder, home.env, size=(24, 80)))
        return home.terminals[-1]

    return sit_down


@pytest.fixture
def paused(home):
    """A script that is paused; what its terminal is, and its id."""
    home.script(PAUSING, "p.py")
    first = home.terminal("python", "p.py")
    name = first.expect(r"\(id (\S+)\)$")[1]
    first.expect("auto-resume in 90s")
    yield first, name
    home.lager("python", "--continue", name)
    first.wait()


def runner_of(home):
    return family.running("lager_runner", json.loads((home.folder / "state" / "box.json").read_text())["pid"]).pid


def test_a_list_for_people_and_one_for_programs(home, small, paused):
    _, name = paused
    other = home.start("python", home.script("print('in', flush=True)\nimport signal\nsignal.pause()\n", "other.py"))
    assert other.stdout.readline() == "in\n"
    piped = home.lager("runs").stdout.splitlines()
    assert [line.split()[1] for line in piped] == ["STATE", "running", "paused"]
    assert f"{name[:8]}  paused   p.py" in piped[2]
    assert 'p.py:2 "before the final step"' in piped[2]
    assert len(home.lager("runs", "--paused").stdout.splitlines()) == 2
    screen = small("runs")
    screen.expect(rf"^{ROW}$")
    assert screen.wait() == 0
    assert max(map(len, screen.text.splitlines())) <= 80
    runs = {run["id"]: run for run in json.loads(home.lager("runs", "--json").stdout)}
    assert (runs[name]["state"], runs[name]["box"], runs[name]["user"]) == ("paused", "local", "alice")
    (pause,) = runs[name]["pauses"]
    assert (pause["label"], pause["line"], pause["until"] - pause["since"]) == (
        "before the final step", 2, pytest.approx(90, abs=5)
    )  # fmt: skip
    other.terminate()
    other.communicate(timeout=30)


def test_watching_on_a_terminal_counts_down_and_survives_a_lost_connection(home, small, paused):
    first, name = paused
    screen = small("runs", "--watch")
    left = [screen.expect(ROW)[2] for _ in range(2)]
    assert left[0] != left[1]
    os.kill(runner_of(home), signal.SIGKILL)
    screen.expect(r"^Error: the box at \S+ has ended the connection; trying again")
    screen.expect(ROW)
    screen.expect(rf"{ROW}\n(?!Error)")  # it is back
    for _ in range(100):
        if home.lager("python", "--continue", name).returncode == 0:
            break
    assert first.wait() == 0
    screen.expect(r"^Nothing runs on your box on this machine\.$")
    screen.type("\x03")
    assert screen.wait() == 0
    assert "Traceback" not in screen.text
    assert max(map(len, screen.text.splitlines())) <= 80


def test_watching_in_a_pipe_is_a_line_for_each_change(home):
    home.script(PAUSING, "p.py")
    watching = home.start("runs", "--watch")
    facts = home.start("runs", "--watch", "--json")
    assert json.loads(facts.stdout.readline())["runs"] == []
    first = home.terminal("python", "p.py")
    name = first.expect(r"\(id (\S+)\)$")[1]
    at = r"\d\d:\d\d:\d\d"
    lines = [watching.stdout.readline() for _ in range(2)]
    assert re.fullmatch(rf"{at}  running  {name[:8]}  p\.py  alice\n", lines[0])
    told = rf'{at}  paused   {name[:8]}  p\.py  alice  p\.py:2 "before the final step"  auto-resume in 1m\d\ds\n'
    assert re.fullmatch(told, lines[1])
    assert home.lager("python", "--continue", name).returncode == 0
    assert re.fullmatch(rf"{at}  over     {name[:8]}  .*\n", watching.stdout.readline())
    assert re.fullmatch(rf"{at}  ended    {name[:8]}  p\.py  alice\n", watching.stdout.readline())
    states = []
    while states[-1:] != [[]]:
        news = json.loads(facts.stdout.readline())
        assert (sorted(news), news["box"]) == (["box", "runs", "time"], "local")
        states.append([run["state"] for run in news["runs"]])
    assert ["paused"] in states
    for one in (watching, facts):
        one.send_signal(signal.SIGINT)
        assert one.communicate(timeout=30) == ("", "")
        assert one.returncode == 0


@pytest.mark.parametrize(
    ("env", "red"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=["plain", "no", "dumb"]
)
def test_colors_are_left_out_where_they_are_not_wanted(home, env, red):
    screen = home.terminal("runs", "--box", "nosuch", env={"NO_COLOR": "", **env})
    screen.expect("^Error: there is no box 'nosuch'")
    assert screen.wait() == 2
    assert ("\x1b[31m" in screen.seen) == red


def test_whoever_reads_the_pipe_no_more_ends_the_watching(home):
    """`lager runs --watch | grep -m1 paused` waits for a pause, and no longer."""
    watching = home.start("runs", "--watch", "--json")
    watching.stdout.readline()
    watching.stdout.close()
    assert watching.wait(30) == 141  # and nothing has changed on the box
    assert watching.stderr.read() == ""
    watching.stderr.close()


def test_all_boxes_at_once(home, small, paused):
    _, name = paused
    port = json.loads((home.folder / "state" / "box.json").read_text())["runner"]
    for box, there in (("bench1", port), ("dead", 1)):
        added = home.lager("boxes", "add", "--name", box, "--ip", f"127.0.0.1:{there}", "--yes")
        assert added.returncode == 0
    try:
        listed = home.lager("runs", "--all-boxes")
        assert (listed.returncode, len(listed.stdout.splitlines())) == (0, 2), "bench1 is the box on this machine"
        assert listed.stdout.splitlines()[1].startswith(f"bench1  {name[:8]}  paused")
        assert listed.stderr.startswith("Error: the box dead at 127.0.0.1:1 does not answer: connection refused.\n")
        screen = small("runs", "--all-boxes", "--watch")
        screen.expect(rf"^bench1:\n{name[:8]} +paused .*\nError: the box dead at 127\.0\.0\.1:1 does not answer")
        screen.type("\x03")
        assert screen.wait() == 0
        away = home.start("runs", "--watch", "--box", "dead")
        out, err = away.communicate(timeout=30)
        assert (away.returncode, out, err.count("\n")) == (5, "", 2)
    finally:
        for box in ("bench1", "dead"):
            home.lager("boxes", "delete", "--name", box, "--yes")


def test_runs_that_outlive_their_private_box_are_not_kept_secret(fresh_home):
    home = fresh_home
    assert home.lager("runs").stdout == "Your private box does not run, so nothing runs there.\n"
    first = home.terminal("python", home.script(PAUSING, "p.py"))
    name = first.expect(r"\(id (\S+)\)$")[1]
    first.expect("auto-resume in 90s")
    box = psutil.Process(json.loads((home.folder / "state" / "box.json").read_text())["pid"])
    services = box.children()
    box.kill()
    assert psutil.wait_procs(services, timeout=20)[1] == []
    done = home.lager("runs")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith(f"Error: your private box has died, but 1 run of it still lives: {name[:8]}.\nTry: ")
    assert home.lager("nets").returncode == 0
    for _ in range(100):
        if (shown := home.lager("runs", "--paused").stdout).count("\n") == 2:
            break
    assert f"{name[:8]}  paused" in shown
