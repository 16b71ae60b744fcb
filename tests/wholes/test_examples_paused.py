"""The scripts in `examples/` pause in every kind of place, and are resumed; and Ctrl-C leaves the bench safe."""

import re
from pathlib import Path

import pytest
from exampled import EXAMPLES, command, live, stop_at

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BANNER = re.compile(rf'=== lager breakpoint "(.+)" at ([\w./]+):(\d+)  \(id ({UUID})\)')


@pytest.fixture(scope="module")
def home(home):
    assert home.lager("nets").returncode == 0  # the private box runs, which says once that it starts
    return home


# Paused, in every kind of place ---------------------------------------------------------------------------------------


def paused(process, file):
    """Wait for a pause that is in this file; give its label and the run's id."""
    for line in process.stderr:
        if found := BANNER.match(line):
            label, at, number, run_id = found.groups()
            assert Path(at).name == file.name
            assert "pause(" in file.read_text().splitlines()[int(number) - 1]
            return label, run_id
    raise AssertionError(f"no pause: {process.communicate()}")


def go_on(home, run_id):
    assert home.lager("python", "--continue", run_id).stdout == f"Resumed {run_id}\n"


def ended(process, status):
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == status, shown + errors
    return shown


def test_paused_in_a_function(home):
    process = home.start(*command("trim_rail.py", "--look"))
    label, run_id = paused(process, EXAMPLES / "trim_rail.py")
    assert label == "step 1"
    look = home.lager("python", "--console", run_id, "-c", "asked_v, round(seen_v, 1), psu.output_is_enabled()")
    assert (look.stdout, live(home)) == ("(1.0, 0.5, True)\n", ["supply1"])
    go_on(home, run_id)
    assert paused(process, EXAMPLES / "trim_rail.py")[0] == "step 2"
    go_on(home, run_id)
    assert ended(process, 0).splitlines()[-1].startswith("trimmed: supply1 at 2.4")
    assert live(home) == []


def test_paused_in_a_thread(home):
    process = home.start(*command("thermal_watchdog.py", "--thermocouple", "thermocouple3"))
    label, run_id = paused(process, EXAMPLES / "thermal_watchdog.py")
    assert label == "too warm: look at the board"
    assert live(home) == [], "it is switched off before anybody is asked"
    go_on(home, run_id)
    assert re.fullmatch(r"FAIL: \d+\.\d °C, and 85 °C is the limit", ended(process, 1).splitlines()[-1])


def test_paused_in_a_helper_module(home):
    process = home.start(*command("board_bringup"))
    label, run_id = paused(process, EXAMPLES / "board_bringup" / "rails.py")
    assert (label, live(home)) == ("core is up: anything warm?", ["supply3"])
    go_on(home, run_id)
    label, _ = paused(process, EXAMPLES / "board_bringup" / "rails.py")
    assert (label, live(home)) == ("I/O is up: anything warm?", ["supply2", "supply3"])
    go_on(home, run_id)
    assert ended(process, 0).splitlines()[-2:] == ["I/O is off", "core is off"]
    assert live(home) == []


def test_paused_in_a_test(home):
    process = home.start(*command("board_tests", "--ask-operator", "-k", "led"))
    label, run_id = paused(process, EXAMPLES / "board_tests" / "test_board.py")
    assert label.startswith("is the green LED on?")
    assert live(home) == ["supply1"]
    go_on(home, run_id)
    assert "1 passed" in ended(process, 0)
    assert live(home) == []


def test_paused_in_an_exception_handler(home):
    process = home.start(*command("first_failure.py", "--lowest-v", "3.5", "--start-s", "0.02"))
    label, run_id = paused(process, EXAMPLES / "first_failure.py")
    assert (label, live(home)) == ("start 1 failed", ["supply2"])
    look = home.lager("python", "--console", run_id, "-c", "number, str(fault)")
    assert re.fullmatch(r"\(1, '3\.\d+ V on the rail, at least 3\.5 V wanted'\)\n", look.stdout), look.stdout
    go_on(home, run_id)
    assert ended(process, 1).endswith("supply2 is off\n")
    assert live(home) == []


# Ctrl-C ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "words", "seen"),
    [
        ("battery_discharge.py", [], " mA"),
        ("brownout.py", ["--settle-s", "0.3"], "alive at"),
        ("eload_steps.py", ["--amps", *["0.5"] * 20], "0.50 A:"),
        ("first_failure.py", ["--tries", "100"], "start 1:"),
        ("fuel_gauge_sweep.py", ["--settle-s", "0.5"], "100 %"),
        ("ovp_check.py", ["--step-v", "0.001"], "level 3.30"),
        ("sleep_current.py", ["--boot-s", "1"], "awake:"),
        ("supply_sweep.py", ["--stop", "10", "--step", "0.01"], "set V"),
        ("thermal_watchdog.py", ["--seconds", "60"], "burning in"),
    ],
)
def test_ctrl_c_leaves_the_bench_safe(home, example, words, seen):
    process = home.start(*command(example, *words))
    stop_at(process, seen)
    assert live(home) == []
