"""`lager sim` on a private box: each fault is met by a command, told in words, and over when it is cleared."""

import json
import re

import pytest

from lager_drivers.simulated import kernel

STATE = ("supply", "supply1", "state")


@pytest.fixture
def sim(home):
    """Break something; all is well again after the test."""
    assert home.lager("nets").returncode == 0  # so that the line about the start is not in the way

    def do(*words):
        done = home.lager("sim", *words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    yield do
    for net in ("supply1", "supply2", "adc1"):
        do("clear", net)


def works(home, *words):
    done = home.lager(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def cells(line):
    return re.split(r" {3,}", line)


def test_the_list(home, sim):
    works(home, *STATE)
    head, rule, *rows = sim("list").splitlines()
    assert head.split() == ["Instrument", "Place", "State", "Faults", "Nets"]
    assert set(rule) == {"=", " "}
    assert all(len("   ".join(cells(line)[:-1])) < 72 for line in rows), "what can be long stands last"
    assert [cells(line)[-1] for line in rows] == [
        "supply1, battery1",
        "supply2, supply3",
        "supply4..supply6",
        "eload1",
        "scope1..scope4",
        "adc1..adc8, dac1, dac2, thermocouple1..thermocouple4, gpio1..gpio8, gpio16..gpio19",
    ]
    facts = json.loads(sim("list", "--json"))
    assert [one["instrument"] for one in facts] == [
        "Keithley_2281S",
        "Rigol_DP821",
        "KEYSIGHT_E36312A",
        "Rigol_DL3021",
        "Rigol_MS05204",
        "LabJack_T7",
    ]
    assert facts[0]["in_use"]


def test_unplugged_and_plugged_in_again(home, sim):
    works(home, "supply", "supply1", "voltage", "2", "--yes")
    assert sim("unplug", "supply1") == "supply1: the Keithley_2281S is unplugged (supply1, battery1 are gone with it)\n"
    assert "unplugged" in sim("list")
    for net in ("supply", "supply1"), ("battery", "battery1"):
        gone = home.lager(*net, "state")
        assert gone.returncode == 4
        assert "Keithley_2281S" in gone.stderr
        assert "not there" in gone.stderr
    works(home, "supply", "supply2", "state")
    told = sim("replug", "battery1")
    assert told.startswith("battery1: the Keithley_2281S was plugged in again, at usb 1-1 device ")
    assert "Set: 2.0V" in works(home, *STATE)


def test_a_power_cycle_is_told_once_and_loses_settings(home, sim):
    works(home, "supply", "supply1", "voltage", "2", "--yes")
    assert "its settings are its defaults" in sim("power-cycle", "supply1")
    first = home.lager(*STATE)
    assert first.returncode == 0
    assert "Set: 0.0V" in first.stdout
    assert "switched off and on" in first.stderr


def test_another_process_has_it(home, sim):
    works(home, *STATE)
    assert sim("hold", "supply1") == (
        "supply1: another process has the Keithley_2281S, until `lager sim release supply1`\n"
    )
    busy = home.lager(*STATE)
    assert (busy.returncode, busy.stdout) == (4, "")
    assert "in use" in busy.stderr
    assert sim("release", "supply1") == "supply1: the Keithley_2281S is free again\n"
    works(home, *STATE)


def test_no_answer(home, sim):
    works(home, *STATE)
    assert sim("dead", "supply1") == (
        "supply1: the Keithley_2281S answers nothing at all, until `lager sim clear supply1`\n"
    )
    silent = home.lager(*STATE)
    assert silent.returncode == 4
    assert "did not answer" in silent.stderr
    sim("clear", "supply1")
    works(home, *STATE)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (["stall", "supply1"], "supply1: the Keithley_2281S halts its endpoints once\n"),
        (["garble", "supply1"], "supply1: the Keithley_2281S answers nonsense once\n"),
    ],
)
def test_nonsense_is_never_shown_as_a_value(home, sim, fault, told):
    works(home, "supply", "supply1", "voltage", "1.25", "--yes")  # whatever the tests before it have left there
    assert sim(*fault) == told
    done = home.lager(*STATE)
    if done.returncode == 0:  # it was read again
        assert "OFF, Set: 1.25V/0.1A, Measured: " in done.stdout
    else:
        assert (done.returncode, done.stdout) == (4, "")
    works(home, *STATE)


def test_a_slow_instrument_is_waited_for(home, sim):
    assert sim("delay", "supply2", "50ms") == "supply2: the Rigol_DP821 answers 0.05 s later\n"
    works(home, "supply", "supply2", "state")
    assert cells(sim("list").splitlines()[3])[3] == "delay 0.05 s"
    assert sim("clear", "supply3") == "supply3: the Rigol_DP821 has no faults any more\n"


def test_the_labjack(home, sim):
    works(home, "adc", "adc1")
    assert sim("unplug", "adc1") == (
        "adc1: the LabJack_T7 is unplugged (adc1..adc8, dac1, dac2, thermocouple1..thermocouple4, gpio1..gpio8, "
        "gpio16..gpio19 are gone with it)\n"
    )
    assert home.lager("adc", "adc2").returncode == 4
    sim("replug", "gpio1")
    works(home, "adc", "adc2")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["unplug", "supply9"], 3, ["supply9", "supply1"]),
        (["stall", "adc1"], 2, ["not on USB"]),
        (["delay", "supply1", "99999"], 2, ["99999", "3600"]),
        (["list", "--box", "127.0.0.1:1"], 5, ["refused"]),
    ],
)
def test_mistakes(home, sim, words, status, said):
    done = home.lager("sim", *words)
    assert (done.returncode, done.stdout) == (status, "")
    for word in [*said, "Try: "]:
        assert word in done.stderr


def test_a_box_without_a_simulated_bench(fresh_home):
    home = fresh_home
    bench = home.script("[]", "bench.json")
    box = home.terminal("box", "serve", "--bench", bench, "--port", "0", "--hardware-port", "0", "--http-port", "0")
    box.expect("listen")
    for words in (["list"], ["plug"], ["plug", "--off"]):
        done = home.lager("sim", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "this box has no simulated bench" in done.stderr
    box.type("\x03")
    box.wait()


@pytest.mark.skipif(kernel.CONTROLLER.exists(), reason="this kernel has vhci_hcd, and would take the instruments")
def test_a_machine_without_vhci(home, sim):
    done = home.lager("sim", "plug")
    assert (done.returncode, done.stdout) == (1, "")
    assert "vhci_hcd" in done.stderr
    assert "modprobe vhci-hcd" in done.stderr
    assert sim("plug", "--off").count("on the simulated bench's own bus again") == 5
    works(home, *STATE)
