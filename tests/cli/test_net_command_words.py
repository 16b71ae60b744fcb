"""What commands of nets say without an instrument: of nets that are not there, and of values nothing takes."""

import signal
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import errors, wire
from lager_cli import batterycurves, bounds
from lager_cli.absentnets import absent
from lager_cli.units import AMP_HOURS, OHMS, PERCENT, WATTS, scaled

MANY = [wire.NetRecord(f"adc{number}", "adc", "LabJack_T7") for number in range(1, 16)]
NETS = [wire.NetRecord("Vcc", "power-supply", "Rigol_DP821"), wire.NetRecord("cam", "webcam", "?"), *MANY]


def box_at(port):
    ports = dict.fromkeys(("runner", "http", "hardware"), port)
    return wire.BoxInfo(host="127.0.0.1", bench="sim", version="", pid=1, embedded=False, started=0.0, **ports)


@pytest.mark.parametrize(
    ("name", "role", "kind", "what", "hint"),
    [
        (
            "VCC",
            "power-supply",
            errors.NetNotFound,
            "Net 'VCC' with role 'power-supply' not found",
            "did you mean Vcc? Available power-supply nets: Vcc",
        ),
        (
            "cam",
            "power-supply",
            errors.WrongNetType,
            "Net 'cam' with role 'power-supply' not found: it is a webcam net",
            "Available power-supply nets: Vcc",
        ),
        (
            "zzz",
            "adc",
            errors.NetNotFound,
            "Net 'zzz' with role 'adc' not found",
            f"Available adc nets: {', '.join(f'adc{number}' for number in range(1, 13))} and 3 more (see `lager nets`)",
        ),
        (
            "Vcc",
            "eload",
            errors.WrongNetType,
            "Net 'Vcc' with role 'eload' not found: it is a power-supply net",
            "`lager supply Vcc`. No eload nets configured. Create one with: lager nets add NAME eload CHANNEL ADDRESS",
        ),
        (
            "adc1",
            "watt-meter",
            errors.WrongNetType,
            "Net 'adc1' with role 'watt-meter' not found: it is an adc net",
            "`lager adc adc1`. Available watt-meter nets: Vcc",
        ),
    ],
)
def test_a_net_that_is_not_there(name, role, kind, what, hint):
    error = absent(name, role, NETS)
    assert (type(error), error.what, error.hint) == (kind, what, hint)


@pytest.mark.parametrize("words", [["--box", "127.0.0.1:1", "--json"], ["--json", "--box=127.0.0.1:1"]])
def test_options_may_stand_between_a_net_and_its_command(cli, words):
    done = cli("supply", "psu", *words, "voltage", "3.3")
    assert (done.status, done.out) == (5, "")  # it asked that box, which is not there
    assert "there is no box 'voltage'" in cli("supply", "psu", "--box", "voltage").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["supply", "psu", "enable"], "\nNote: it may have been done all the same; look at psu.\n\nAborted!\n"),
        (["supply", "psu", "voltage", "3"], "\nNote: it may have been done all the same; look at psu.\n\nAborted!\n"),
        (["supply", "psu", "voltage"], "\nAborted!\n"),
        (["watt", "psu", "power", "--duration", "3"], "\nAborted!\n"),
    ],
)
def test_ctrl_c_while_the_box_is_at_it(cli, words, said):
    def answer(verb, path, body):
        if path == "/nets/psu/act":
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            raise errors.InstrumentSilent("nobody waits for this any more")
        return box_at(port)

    with answering(answer) as port:
        done = cli(*words, "--box", f"127.0.0.1:{port}")
    assert (done.status, done.out, done.err) == (130, "", said)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["supply", "s", "3.3"], "'3.3'. Did you mean 'voltage 3.3'?"),
        (["supply", "s", "on"], "'on'. Did you mean 'enable'?"),
        (["battery", "b", "OFF"], "'OFF'. Did you mean 'disable'?"),
        (["eload", "l", "status"], "'status'. Did you mean 'state'?"),
        (["battery", "b", "3.3"], "'3.3'."),
    ],
)
def test_what_people_type_in_place_of_a_command(cli, words, meant):
    done = cli(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"Error: No such command {meant}"


@pytest.mark.parametrize(
    ("table", "name", "value", "what"),
    [
        (bounds.SUPPLY, "voltage", 100.5, "Voltage 100.5V exceeds maximum limit of 100.0V"),
        (bounds.SUPPLY, "current", 31.0, "Current 31.0A exceeds maximum limit of 30.0A"),
        (bounds.SUPPLY, "ovp", 111.0, "OVP 111.0V exceeds maximum limit of 110.0V"),
        (bounds.SUPPLY, "ocp", 34.0, "OCP 34.0A exceeds maximum limit of 33.0A"),
        (bounds.BATTERY, "soc", 100.1, "SOC must be between 0 and 100%, got 100.1%"),
        (bounds.BATTERY, "current_limit", 6.5, "Current limit must be <= 6 A, got 6.5"),
        (bounds.ELOAD, "cc", 61.0, "Current must be <= 60 A, got 61"),
        (bounds.ELOAD, "cv", 151.0, "Voltage must be <= 150 V, got 151"),
        (bounds.ELOAD, "cr", 0.0, "Resistance must be >= 0.03 ohms, got 0"),
        (bounds.ELOAD, "cp", 351.0, "Power must be <= 350 W, got 351"),
    ],
)
def test_values_beyond_what_any_instrument_takes(table, name, value, what):
    with pytest.raises(errors.OutOfRange) as caught:
        bounds.check(table, name, value)
    assert caught.value.what == what
    assert caught.value.hint
    bounds.check(table, name, table[name].least)
    bounds.check(table, name, table[name].most)
    bounds.check(table, name, None)
    bounds.check(table, "capacity", 1e9)


@pytest.mark.parametrize(
    ("unit", "text", "number"),
    [
        (PERCENT, "80", 80.0),
        (PERCENT, "80 %", 80.0),
        (OHMS, "10ohm", 10.0),
        (OHMS, "4.7kohms", 4700.0),
        (OHMS, "4.7k", 4700.0),
        (OHMS, "10R", 10.0),
        (OHMS, "1kΩ", 1000.0),
        (OHMS, "1k\u2126", 1000.0),
        (WATTS, "250mW", 0.25),
        (AMP_HOURS, "2500mAh", 2.5),
    ],
)
def test_quantities_as_people_write_them(unit, text, number):
    assert unit.convert(text, None, None) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000 W"),
        (1.5, "1.500 W"),
        (-0.0123456, "-12.346 mW"),
        (4.2e-5, "42.000 uW"),
        (1.5e-7, "150.000 nW"),
        (1e-13, "0.000 nW"),
    ],
)
def test_small_numbers_have_their_prefix(value, text):
    assert scaled(value, "W") == text


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.csv", "", "m.csv begins with ''"),
        ("m.csv", "a,b\n1,2\n", "m.csv begins with 'a,b'"),
        ("m.csv", "voc,resistance\n1,x\n", "line 2 of m.csv is '1,x', which is no point"),
        ("m.csv", "voc,resistance\n1,2,3\n", "line 2 of m.csv is '1,2,3', which is no point"),
        ("m.csv", "voc,resistance\n", "m.csv has 0 voltages and 0 resistances"),
        ("m.json", '{"voc": [1], "resistance": []}', "m.json has 1 voltages and 0 resistances"),
        ("m.json", '{"voc": [1]}', "m.json holds no battery model: 'resistance'"),
        ("m.json", "[1]", "m.json holds no battery model: Expected `object`, got `array`"),
    ],
)
def test_files_that_hold_no_battery_model(cli, name, text, said):
    with open(name, "w", encoding="utf-8") as out:
        out.write(text)
    done = cli("battery", "b", "model-create", "3", name, "--box", "127.0.0.1:1")
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[0] == f"Error: {said}."


def test_a_file_of_a_battery_model_that_cannot_be_used(cli, tmp_path):
    away = str(tmp_path / "away" / "m.csv")
    done = cli("battery", "b", "model-create", "3", away, "--box", "127.0.0.1:1")
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[0] == f"Error: {away} cannot be read: No such file or directory."
    with pytest.raises(errors.UsageError, match=r"m\.csv cannot be written: No such file or directory"):
        batterycurves.write(away, {"voc": [3.0], "resistance": [0.3]})


def test_both_files_of_a_battery_model_say_the_same(tmp_path):
    curve = {"voc": [3.0, 3.5, 4.2], "resistance": [0.3, 0.2, 0.1]}
    for name in ("m.csv", "M.JSON"):
        batterycurves.write(str(tmp_path / name), curve)
        assert batterycurves.read(str(tmp_path / name)) == curve


def test_what_was_set_stands_where_it_cannot_be_measured_after_it(cli):
    def answer(verb, path, body):
        if path == "/box":
            return box_at(port)
        if path.endswith("/act"):
            return wire.NetDone("Voltage set to 3.3V", 3.3)
        raise errors.InstrumentGone("it was unplugged", "plug it in")

    with answering(answer) as port:
        done = cli("supply", "s", "voltage", "3.3", "--json", "--box", f"127.0.0.1:{port}")
    assert done.status == 0
    assert done.out == '{"net": "s", "setpoint": 3.3, "measured": null}\n'
    assert done.err == "Note: voltage of s is n/a: it was unplugged.\n"
