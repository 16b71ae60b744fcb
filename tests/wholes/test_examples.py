"""The scripts in `examples/` do what they say, unmodified, on a simulated bench, and leave it safe."""

import ast
import json
import re
import shlex

import pytest
from conftest import Home
from exampled import EXAMPLES, NUMBER, command, live, numbers, prints, run, stop_at, table

from lager_drivers.simulated import description

OTHERS = ("inspect_bench.py", "scope_picture.py")  # of which test_first_light.py and test_scope_picture.py know more
FILES = sorted([*EXAMPLES.glob("*.py"), *(one.parent for one in EXAMPLES.glob("board_*/main.py"))])
DOCUMENTED = [one for one in FILES if one.name not in OTHERS]


@pytest.fixture(scope="module")
def charger(tmp_path_factory):
    one = Home(tmp_path_factory.mktemp("charger"), EXAMPLES / "bench.toml")
    assert one.lager("nets").returncode == 0
    yield one
    one.close()


@pytest.fixture(scope="module")
def home(home):
    assert home.lager("nets").returncode == 0  # the private box runs, which says once that it starts
    return home


# What they say of themselves ------------------------------------------------------------------------------------------


def test_the_readme_has_a_row_for_each():
    rows = re.findall(r"^\| \[`([\w./]+)`\]\(([\w./]+)\) \| ", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(name.rstrip("/") for name, _ in rows) == [one.name for one in FILES]
    assert [link for name, link in rows if name != link] == []


def source(example):
    return (example / "main.py" if example.is_dir() else example).read_text()


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda one: one.stem)
def test_it_says_how_it_is_run_and_with_what(example):
    said = ast.get_docstring(ast.parse(text := source(example)), clean=True)
    runs = [shlex.split(line) for line in said.splitlines() if re.match(" *lager python .*examples/", line)]
    assert runs, "its docstring shows how it is run"
    for words in runs:
        at = next(number for number, word in enumerate(words) if word.startswith("examples/"))
        assert words[at] == f"examples/{example.name}"
        own = words[words.index("--") + 1 :] if "--" in words else []
        known = text + "".join(one.read_text() for one in example.glob("conftest.py"))
        assert [one for one in own if one.startswith("--") and f'"{one}"' not in known] == []


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda one: one.stem)
def test_its_bench_has_the_nets_that_it_names(example):
    nets = {net.name for net in description.load().nets}
    named = set(re.findall(r"\b(?:supply|battery|eload|adc|dac|gpio|scope|thermocouple)\d+\b", source(example)))
    assert named <= nets
    said = ast.get_docstring(ast.parse(source(example)))
    assert [one for one in named if one.startswith(("supply", "battery", "eload")) and one not in said] == []


# Each of them, to its end ---------------------------------------------------------------------------------------------


def test_inspect_bench_reads_the_bench(home):
    done = home.lager("python", str(EXAMPLES / "inspect_bench.py"), env={"LAGER_BREAKPOINTS": "off"})
    assert done.returncode == 0, done.stderr
    *_, final, off = done.stdout.splitlines()
    assert numbers(final)[0] == pytest.approx(3.3, abs=0.01)
    assert off == "supply1 is off: True"


def test_supply_sweep(home):
    words = ("--stop", "2", "--csv", "sweep.csv")
    shown = run(home, "supply_sweep.py", *words, options=("--download", "sweep.csv"))
    assert prints(
        shown, "set V seen V off mV load mA", *["# # # #"] * 3, "PASS: the worst point is off by # mV (10 mV allowed)"
    )
    rows = table(home, "sweep.csv")
    assert [float(row["set_v"]) for row in rows] == [1.0, 1.5, 2.0]
    assert [float(row["seen_v"]) for row in rows] == pytest.approx([1.0, 1.5, 2.0], abs=0.005)
    shown = run(home, "supply_sweep.py", "--stop", "1", "--tolerance-mv", "0", status=1)
    assert shown.splitlines()[-1].startswith("FAIL: the worst point is off by")


@pytest.mark.parametrize(
    ("example", "words", "said"),
    [
        (
            "supply_sweep.py",
            ["--step", "0"],
            "the sweep goes upwards: --start is below --stop, and --step is more than 0",
        ),
        ("brownout.py", ["--lowest-v", "5"], "--lowest-v is below --highest-v, which the board never gets more than"),
        ("fuel_gauge_sweep.py", ["--step", "0"], "--step is 1 at least"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_switched_on(home, example, words, said):
    done = home.lager(*command(example, *words))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"error: {said}\n")


def test_battery_discharge(home):
    words = ("--from-soc", "6", "--every-s", "0.1")
    shown = run(home, "battery_discharge.py", *words, options=("--download", "discharge.csv"))
    rows = table(home, "discharge.csv")
    *_, off, last = shown.splitlines()
    assert off == "battery1 is disconnected"
    assert re.fullmatch(rf"{NUMBER} mAh from 6 % to {NUMBER} %; {len(rows)} points in discharge.csv", last), last
    volts = [float(row["volts"]) for row in rows]
    assert 2.9 < volts[-1] < volts[0] < 3.2
    used = (float(rows[0]["percent"]) - float(rows[-1]["percent"])) / 100 * 0.001
    assert float(rows[-1]["used_ah"]) == pytest.approx(used, rel=0.3)


def test_a_cell_that_nothing_discharges_is_told(charger):
    done = charger.lager(*command("battery_discharge.py"))
    assert (done.returncode, live(charger)) == (1, [])
    assert re.fullmatch(rf"nothing discharges the cell \({NUMBER} mA\): is the board connected\?\n", done.stderr)


def test_battery_charge(charger):
    shown = run(charger, "battery_charge.py", "--from-soc", "97").splitlines()
    assert re.fullmatch(rf"PASS: {NUMBER} mA at {NUMBER} %, the charge is over", shown[-1]), shown
    currents = [numbers(line)[-1] for line in shown[:-2]]
    assert currents[0] > currents[-1] <= 60  # as rounded: 59.96 is shown as 60.0
    shown = run(charger, "battery_charge.py", "--from-soc", "50", status=1).splitlines()
    assert re.fullmatch(r"FAIL: the charger gives \d+ mA, and the cell takes 600 mA", shown[-1])


def test_a_board_without_a_charger_is_told(home):
    shown = run(home, "battery_charge.py", status=1).splitlines()
    assert re.fullmatch(rf"FAIL: nothing charges the cell \({NUMBER} mA\): is the charger powered\?", shown[-1])


def test_dac_linearity(home):
    shown = run(home, "dac_linearity.py", "--dac", "dac2", "--adc", "adc7", "--points", "7")
    assert prints(
        shown,
        "dac2 to adc7, 7 points from 0.25 V to 4.75 V",
        "gain: # (+# %)" if "(+" in shown else "gain: # (# %)",
        "offset: +# mV" if "offset:    +" in shown else "offset: # mV",
        "linearity: +# mV at # V" if "linearity: +" in shown else "linearity: # mV at # V",
        "PASS",
    )
    assert numbers(shown.splitlines()[1])[0] == pytest.approx(1, abs=0.002)
    shown = run(home, "dac_linearity.py", "--adc", "adc7", "--points", "3", "--most-inl-mv", "0", status=1)
    assert shown.endswith("FAIL: more than 0 mV off the line\n")


def test_gpio_handshake(home):
    shown = run(home, "gpio_handshake.py", "--loopback", "--rounds", "3")
    rounds = [f"round {number}: up after # ms, down after # ms" for number in (1, 2, 3)]
    assert prints(shown, *rounds, "PASS: 3 rounds, # ms up, # ms down")
    shown = run(home, "gpio_handshake.py", "--timeout-s", "0.05", status=1)
    assert re.match(r"FAIL in round 1: .*gpio4.* level 1", shown), shown


def test_eload_steps(home):
    shown = run(home, "eload_steps.py", "--amps", "0.5")
    assert prints(
        shown,
        "idle: # V",
        "0.50 A: # V, # A, # W, # mV below",
        "PASS: # mV at most (50 mV allowed)",
    )
    assert numbers(shown.splitlines()[1]) == pytest.approx([0.5, 5, 0.5, 2.5, 0], abs=2)


def test_clock_check(home):
    shown = run(home, "clock_check.py").splitlines()
    assert [line[:4] for line in shown[:-1]] == ["ok  "] * 6
    assert shown[-1] == "6 of 6 within their limits"
    shown = run(home, "clock_check.py", "--hertz", "1100", status=1)
    assert re.search(r"^FAIL frequency +(1000|999)", shown, re.MULTILINE)


def test_serial_capture(home):
    shown = run(home, "serial_capture.py", "--expect", "hello lager\n")
    assert re.fullmatch(r"\d+ characters at 115200 baud: b'(hello lager\\n)+(hello lager|[helo lagr]*)'\n", shown)
    shown = run(home, "serial_capture.py", "--baud", "9600", status=1)
    assert shown.endswith("FAIL: no characters: is that the baud rate, and does anything come?\n")
    shown = run(home, "serial_capture.py", "--expect", "good bye", status=1)
    assert shown.endswith("FAIL: 'good bye' was not sent\n")


def test_thermocouple_log(home):
    words = ("--seconds", "0.2", "--every-s", "0.1", "thermocouple1", "thermocouple4")
    shown = run(home, "thermocouple_log.py", *words, options=("--download", "temperatures.csv"))
    rows = table(home, "temperatures.csv")
    assert prints(shown, *["thermocouple1: # °C thermocouple4: # °C"] * len(rows))
    assert all(float(row["thermocouple4"]) == pytest.approx(-18, abs=1) for row in rows)
    shown = run(home, "thermocouple_log.py", "thermocouple1", "thermocouple3", status=1)
    assert shown.endswith("ALARM: thermocouple3 above 85 °C\n")


def test_power_sequence(home):
    shown = run(home, "power_sequence.py")
    assert prints(
        shown,
        "core is up after # ms: # V, # mA",
        "I/O is up after # ms: # V, # mA",
        "I/O is switched off: # V",
        "core is switched off: # V",
        "PASS",
    )
    shown = run(home, "power_sequence.py", "--io-v", "15", "--within-s", "0.1", status=1)  # more than the ADC sees
    late, io_off, core_off, last = shown.splitlines()[1:]
    assert late.startswith("I/O is not up after 0.1 s: 10.")
    assert (io_off[:19], core_off[:20], last) == ("I/O is switched off", "core is switched off", "FAIL: I/O")


def test_dual_role(home):
    shown = run(home, "dual_role.py")
    assert prints(
        shown,
        "supply: # V at the board, # mA",
        "cell at 20 %: # V at the board, # mA, # mOhm",
        "cell at 80 %: # V at the board, # mA, # mOhm",
        "supply1 is on: False",
    )
    from_supply, low, full = (numbers(line.partition(":")[2])[0] for line in shown.splitlines()[:3])
    assert from_supply == pytest.approx(3.6, abs=0.01)
    assert 3 < low < full < 4.2


def test_brownout(home):
    *_, last = run(home, "brownout.py", "--resolution-mv", "50", "--settle-s", "0.02").splitlines()
    dead_v, alive_v = (float(one) for one in re.findall(r"(\d\.\d+) V", last))
    assert dead_v < 2.4 <= alive_v + 0.002
    assert alive_v - dead_v <= 0.05
    done = home.lager(*command("brownout.py", "--lowest-v", "2.6", "--settle-s", "0.01"))
    assert (done.returncode, done.stderr) == (1, "the board lives at 2.6 V: say a lower --lowest-v\n")
    assert live(home) == []


def test_sleep_current(home):
    shown = run(home, "sleep_current.py", "--samples", "5", "--boot-s", "0.05")
    assert prints(
        shown,
        "awake: # uA",
        "sleep: # uA, # to # uA, # uA rms of noise",
        "a cell of 220 mAh lasts # days",
        "PASS: the budget is 4000 uA",
    )
    assert numbers(shown.splitlines()[1])[0] == pytest.approx(3300, abs=150)
    words = ("--supply", "supply1", "--boot-s", "0.05")
    assert run(home, "sleep_current.py", *words, status=1).endswith("FAIL: the budget is 4000 uA\n")


def test_ocp_trip(home):
    before = home.lager("supply", "supply3", "state").stdout.partition("OCP")[2]
    shown = run(home, "ocp_trip.py")
    assert prints(
        shown,
        "at half the level: # A, tripped: False",
        "looks: #, one in # ms; # V are left",
        "PASS: tripped within # ms",
    )
    assert home.lager("supply", "supply3", "state").stdout.partition("OCP")[2] == before, "cleared, and as it was"


def test_ovp_check(home):
    before = home.lager("supply", "supply1", "state").stdout.partition("OCP")[2]
    shown = run(home, "ovp_check.py").splitlines()
    assert shown[-1] == "PASS: connect the board"
    assert re.fullmatch(r"level 3\.25 V: tripped, -?0\.000 V on the connector", shown[-2])
    assert home.lager("supply", "supply1", "state").stdout.partition("OCP")[2] == before


def test_fuel_gauge_sweep(home):
    words = ("--model", "LI_ION4_2", "--step", "25", "--settle-s", "0.02")
    shown = run(home, "fuel_gauge_sweep.py", *words, options=("--download", "gauge.csv"))
    last = "5 points in gauge.csv; the gauge can tell them apart: True"
    assert prints(shown, *[f"{percent} % open # V gauge # V" for percent in (100, 75, 50, 25, 0)], last)
    assert [float(row["gauge_v"]) for row in table(home, "gauge.csv")] == pytest.approx(
        [4.2, 3.9, 3.6, 3.3, 3], abs=0.02
    )


def test_production_test(home):
    shown = run(home, "production_test.py", "SN0042", options=("--download", "results.csv")).splitlines()
    rows = table(home, "results.csv")
    assert [row["test"] for row in rows] == ["rail", "divider", "current", "clock", "line", "air"]
    assert {(row["serial"], row["verdict"]) for row in rows} == {("SN0042", "PASS")}
    assert "SN0042: PASS" in shown  # before or after the result, which comes on a channel of its own
    done = home.lager(*command("production_test.py", "--most-ma", "30", "SN0043", options=("--json",)))
    assert done.returncode == 1
    (result,) = [one["value"] for one in map(json.loads, done.stdout.splitlines()) if one["event"] == "result"]
    assert (result["serial"], result["good"], result["failed"]) == ("SN0043", False, ["current"])


def test_production_test_without_its_instrument_is_no_failed_board(home):
    assert home.lager("sim", "unplug", "supply1").returncode == 0
    try:
        done = home.lager(*command("production_test.py", "SN0044"))
    finally:
        assert home.lager("sim", "replug", "supply1").returncode == 0
    assert (done.returncode, done.stderr) == (2, ""), done.stdout + done.stderr
    assert re.match(r"SN0044: not tested: (supply1: )?the Keithley_2281S at .* is not there", done.stdout)


def test_soak_goes_on_where_it_was(home):
    log = str(home.folder / "soak.csv")
    quick = ("--on-s", "0.02", "--off-s", "0.02", "--log", log)
    process = home.start(*command("soak.py", "--cycles", "100000", *quick))
    stop_at(process, "cycle 2:")
    done = len(table(home, "soak.csv"))
    assert done >= 2
    assert live(home) == []
    shown = run(home, "soak.py", "--cycles", str(done + 1), *quick)
    cycle = f"cycle {done + 1}: # V, # mA, then # V"
    assert prints(
        shown, f"{done} cycles are done, according to {log}", cycle, f"PASS: {done + 1} cycles", "supply2 is off"
    )
    assert [int(row["cycle"]) for row in table(home, "soak.csv")] == list(range(1, done + 2))


@pytest.mark.parametrize("example", ["trim_rail.py", "first_failure.py", "thermal_watchdog.py", "board_bringup"])
def test_it_does_without_its_pauses(home, example):
    words = {
        "first_failure.py": ["--tries", "1", "--start-s", "0.02"],
        "thermal_watchdog.py": ["--seconds", "0.3"],
        "board_bringup": ["--no-stops"],
    }
    last = {
        "trim_rail.py": ["trimmed: supply1 at # V"],
        "first_failure.py": ["PASS: 1 good starts", "supply2 is off"],
        "thermal_watchdog.py": ["PASS: 0.3 s"],
        "board_bringup": ["the board is up: core # V, I/O # V", "I/O is off", "core is off"],
    }
    shown = run(home, example, *words.get(example, [])).splitlines(keepends=True)
    assert prints("".join(shown[-len(last[example]) :]), *last[example])


def test_board_tests(home):
    shown = run(home, "board_tests", "-k", "not current")
    assert re.match(r"\.\.\.s ", shown), shown
    assert re.search(r"^3 passed, 1 skipped, 1 deselected in ", shown, re.MULTILINE)
