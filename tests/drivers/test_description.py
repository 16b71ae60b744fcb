"""The description of a simulated bench: what each mistake in it is told as, and what comes of a good one."""

import math
import os
import random
import subprocess
import sys

import pytest

from lager.errors import UsageError
from lager_drivers.entry import Entry
from lager_drivers.simulated import description, instruments
from lager_drivers.simulated.tables import parse

BENCH = """
[instruments]
psu = { model = "Rigol_DP832", serial = "DP8C1" }
load = { model = "Rigol_DL3021", serial = "DL3A1" }
scope = { model = "Rigol_MS05204", serial = "MS5A1" }
daq = { model = "labjack", serial = "470010001" }
other = { model = "LabJack_T7", serial = "470010002" }
[nets]
vcc = { role = "power-supply", at = "psu.1" }
[rails]
vcc = { source = "psu.1", eloads = ["load.1"] }
[inputs]
"daq.AIN0" = { from = "vcc" }
[signals]
clock = { shape = "square", frequency = 1e3, high = 3.3 }
[ties]
"daq.FIO0" = "daq.FIO1"
[temperatures]
"daq.AIN8" = 23.5
"""


def understood(text):
    return description.understood(parse(text, "mine.toml"))


def changed(old, new):
    assert BENCH.count(old) == 1
    return BENCH.replace(old, new)


def added(section, line):
    return changed(f"[{section}]\n", f"[{section}]\n{line}\n")


DP832 = 'model = "Rigol_DP832", serial = "DP8C1"'
VCC = 'vcc = { role = "power-supply", at = "psu.1" }'
RAIL = 'vcc = { source = "psu.1", eloads = ["load.1"] }'
AIN0 = '"daq.AIN0" = { from = "vcc" }'
CLOCK = 'clock = { shape = "square", frequency = 1e3, high = 3.3 }'
TIE = '"daq.FIO0" = "daq.FIO1"'
WARM = '"daq.AIN8" = 23.5'
WRONG = {
    "no TOML": ("[nets]\na =\n", "this is no TOML: Invalid value (at line 2, column 4)", "toml.io"),
    "no end": ('[nets]\na = "', "line 2, the end", "toml.io"),
    "twice": (f"[nets]\n{VCC}\n{VCC}\n", "(at line 3,", "toml.io"),
    "too deep": ("a = " + "[" * 20000, "nested too deeply", ""),
    "section": (BENCH + "[rail]\n", "rail: nothing is called so here", "did you mean rails?"),
    "nothing": ("", "instruments: a bench has at least one", "lager sim describe"),
    "no table": ("instruments = 1", "instruments: this is a table, not 1", "{ key = 1.5 }"),
    "no table in it": (added("nets", "x = 1"), "nets.x: this is a table, not 1", ""),
    "instrument's name": (added("instruments", '"a.b" = {}'), 'instruments."a.b": this is no name', "letters"),
    "model": (changed("DP832", "DP833"), "psu.model: no driver for an instrument called 'Rigol_DP833'", "DP832"),
    "no model": (changed('model = "Rigol_DP832", ', ""), "instruments.psu: it has no model", "model, serial"),
    "no serial": (changed(DP832, 'model = "Rigol_DP832"'), "instruments.psu: it has no serial", "model, serial"),
    "serial": (changed('"DP8C1"', "81"), "instruments.psu.serial: 81 cannot be used", "in quotes"),
    "serial's letters": (changed("DP8C1", "DP::1"), 'psu.serial: "DP::1" cannot be used', "letters and digits"),
    "serial twice": (changed("DL3A1", "DP8C1"), "load.serial: psu has the serial number 'DP8C1', too", "its own"),
    "key": (changed(DP832, f"{DP832}, modle = 1"), "psu.modle: nothing is called so", "did you mean model?"),
    "lan": (changed(DP832, f'{DP832}, lan = "yes"'), 'psu.lan: "yes" cannot be used', "true or false"),
    "lan of a T7": (changed('"470010001"', '"470010001", lan = true'), "daq.lan: a LabJack_T7 is on the net", "leave"),
    "options": (changed(DP832, f"{DP832}, options = 1"), "psu.options: 1 cannot be used", "a table"),
    "net's name": (added("nets", '" x" = { role = "adc", at = "daq.AIN1" }'), 'nets." x": this is no name', "word"),
    "net's key": (changed(VCC, 'vcc = { rolle = "adc", at = "psu.1" }'), "nets.vcc.rolle: nothing", "mean role?"),
    "net without role": (changed(VCC, 'vcc = { at = "psu.1" }'), "nets.vcc: it has no role", "role, at"),
    "role": (
        changed('"power-supply"', '"power-suply"'),
        "nets.vcc.role: a Rigol_DP832 has no power-suply",
        "power-supply",
    ),
    "role of another": (
        changed('"power-supply"', '"eload"'),
        "nets.vcc.role: a Rigol_DP832 has no eload",
        "power-supply",
    ),
    "terminal": (changed('at = "psu.1"', 'at = "psu1"'), "nets.vcc.at: 'psu1' is no terminal", "psu.1"),
    "no pin": (changed('at = "psu.1"', 'at = "psu."'), "nets.vcc.at: 'psu.' is no terminal", "INSTRUMENT.PIN"),
    "instrument": (changed('at = "psu.1"', 'at = "psi.1"'), "nets.vcc.at: there is no instrument 'psi'", "mean psu?"),
    "pin": (changed('at = "psu.1"', 'at = "psu.4"'), "nets.vcc.at: psu has no power-supply pin '4'", "1, 2, 3"),
    "rail's name": (added("rails", '"a b" = {}'), 'rails."a b": this is no name', "letters"),
    "rail's key": (changed(RAIL, "vcc = { laod = 1 }"), "rails.vcc.laod: nothing is called so", "did you mean load?"),
    "source": (changed(RAIL, 'vcc = { source = "psu.9" }'), "rails.vcc.source: psu has no output '9'", "psu.1, psu.2"),
    "no source": (changed(RAIL, 'vcc = { source = "daq.AIN0" }'), "vcc.source: a LabJack_T7 has no output", "psu"),
    "two sources": (
        changed('source = "psu.1"', 'source = ["psu.1", "psu.2"]'),
        "rails.vcc.source: [",
        "one terminal",
    ),
    "source's kind": (changed('source = "psu.1"', "source = 1"), "vcc.source: 1 cannot be used", 'such as "psu.1"'),
    "terminal's kind": (changed('at = "psu.1"', "at = 1"), "nets.vcc.at: 1 cannot be used", 'such as "psu.1"'),
    "input without quotes": (
        changed(AIN0, 'daq.AIN0 = { from = "vcc" }'),
        "inputs.daq: 'daq' is no terminal",
        '"daq.AIN0" in quotes',
    ),
    "tie without quotes": (changed(TIE, 'daq.FIO0 = "daq.FIO1"'), "ties.daq: 'daq' is no", '"daq.FIO0" in quotes'),
    "warm without quotes": (changed(WARM, "daq.AIN8 = 20"), "temperatures.daq: 'daq' is no", '"daq.AIN8" in quotes'),
    "source twice": (added("rails", 'b = { source = "psu.1" }'), "rails.vcc.source: psu.1 drives rail b", "one rail"),
    "no load": (changed('["load.1"]', '["psu.1"]'), "rails.vcc.eloads: a Rigol_DP832 has no electronic load", "load"),
    "load's list": (changed('["load.1"]', '"load.1"'), 'rails.vcc.eloads: "load.1" cannot be used', '["load.1"]'),
    "load twice": (added("rails", 'b = { eloads = ["load.1"] }'), "rails.vcc.eloads: load.1 is across rail b", "one"),
    "ohms": (changed(RAIL, "vcc = { load = 0 }"), "rails.vcc.load: 0 cannot be used", "greater than 0"),
    "no number": (changed(RAIL, "vcc = { load = nan }"), "rails.vcc.load: NaN cannot be used", "number of ohms"),
    "a text": (changed(RAIL, 'vcc = { load = "100" }'), 'rails.vcc.load: "100" cannot be used', "number of ohms"),
    "a truth": (changed(RAIL, "vcc = { load = true }"), "rails.vcc.load: true cannot be used", "number of ohms"),
    "volts": (changed(RAIL, "vcc = { back_emf = inf }"), "rails.vcc.back_emf: Infinity cannot", "number of volts"),
    "amps": (changed(RAIL, "vcc = { sink = -1 }"), "rails.vcc.sink: -1 cannot be used", "from 0 on"),
    "input": (changed("daq.AIN0", "daq.AIN99"), "inputs.\"daq.AIN99\": daq has no analog input 'AIN99'", "daq.AIN0"),
    "no input": (changed("daq.AIN0", "psu.1"), 'inputs."psu.1": a Rigol_DP832 has no analog input', "scope, daq"),
    "input of nobody": (changed("daq.AIN0", "dac.AIN0"), "there is no instrument 'dac'", "did you mean daq?"),
    "input's key": (changed('{ from = "vcc" }', "{}"), 'inputs."daq.AIN0": it has no from', "it needs from"),
    "no rail": (changed('from = "vcc"', 'from = "vc"'), '"daq.AIN0".from: there is no rail or signal', "mean vcc?"),
    "no output": (
        changed('from = "vcc"', 'from = "psu.1"'),
        "from: a Rigol_DP832 has no analog output",
        "daq, other",
    ),
    "no DAC": (changed('from = "vcc"', 'from = "daq.DAC2"'), "from: daq has no analog output", "daq.DAC0, daq.DAC1"),
    "part": (changed('from = "vcc"', 'from = "vcc", part = 0'), '"daq.AIN0".part: 0 cannot be used', "such as 0.5"),
    "two at an input": (
        changed("daq.AIN0", "daq.AIN8"),
        'inputs."daq.AIN8": there is a thermocouple, too',
        "one of them",
    ),
    "signal's name": (added("signals", '"a.b" = { shape = "dc", volts = 1 }'), 'signals."a.b": this is no', "letters"),
    "shape": (changed('"square"', '"sqare"'), "signals.clock: a signal's shape is one of dc, sine", "lager sim desc"),
    "signal's key": (changed("high = 3.3", "hihg = 3.3"), "signals.clock: ", ""),
    "rail and signal": (changed("clock =", "vcc ="), "signals.vcc: a rail is called so, too", "of its own"),
    "signal of": (changed("high = 3.3", 'high = 1, of = "x"'), "signals.clock.of: there is no rail 'x'", "rails: vcc"),
    "tie": (changed(TIE, '"daq.FIO0" = 1'), 'ties."daq.FIO0": 1 cannot be used', "in quotes"),
    "tied to itself": (changed(TIE, '"daq.FIO0" = "daq.FIO0"'), "it cannot be tied to daq.FIO0", "one instrument"),
    "tied to another": (changed(TIE, '"daq.FIO0" = "other.FIO0"'), "cannot be tied to other.FIO0", "one instrument"),
    "no line": (changed(TIE, '"daq.FIO0" = "daq.AIN1"'), "ties.\"daq.FIO0\": daq has no digital line 'AIN1'", "FIO0"),
    "tied twice": (added("ties", '"daq.FIO1" = "daq.FIO2"'), "daq.FIO1 is tied to daq.FIO2 already", "to one other"),
    "no thermocouple": (
        changed(WARM, '"psu.1" = 20'),
        'temperatures."psu.1": a Rigol_DP832 has no thermo',
        "daq, other",
    ),
    "temperature": (changed(WARM, '"daq.AIN8" = "warm"'), 'temperatures."daq.AIN8": "warm" cannot', "such as 23.5"),
    "too cold": (changed(WARM, '"daq.AIN8" = -300'), 'temperatures."daq.AIN8": -300 cannot be used', "°C"),
}


@pytest.mark.parametrize(("text", "what", "right"), WRONG.values(), ids=WRONG)
def test_each_mistake_is_told_with_its_place_and_what_is_right(text, what, right):
    with pytest.raises(UsageError) as caught:
        understood(text)
    assert type(caught.value) is UsageError
    assert caught.value.what.startswith("mine.toml: ")
    assert what in caught.value.what
    assert right in caught.value.hint
    assert "`$" not in str(caught.value), "no path of msgspec's"


def test_a_file_that_cannot_be_read(tmp_path):
    latin, large, pipe = (tmp_path / f"{name}.toml" for name in ("latin", "large", "pipe"))
    latin.write_bytes(b'a = "\xe4"')
    large.write_bytes(b"#" + "\xe4".encode() * (description.LARGEST // 2 + 1))  # cut in a letter
    os.mkfifo(pipe)  # nobody writes into it: reading would wait for ever
    cases = [
        (tmp_path, "directory"),
        (tmp_path / "none", "No such file"),
        (latin, "no UTF-8"),
        (large, "larger than"),
        (pipe, "it is no file but a pipe"),
    ]
    for path, said in cases:
        with pytest.raises(UsageError, match=said) as caught:
            description.load(path)
        assert caught.value.what.startswith(f"{path}: ")


def test_a_file_as_editors_of_windows_write_it(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + BENCH.lstrip().replace("\n", "\r\n").encode())
    found, plain = description.load(file), understood(BENCH)
    assert (list(found.instruments), found.nets, found.wires) == (list(plain.instruments), plain.nets, plain.wires)


def test_what_is_described_is_understood():
    found = understood(BENCH)
    assert [(one.name, one.entry.name, one.way) for one in found.instruments.values()] == [
        ("psu", "Rigol_DP832", "usb"),
        ("load", "Rigol_DL3021", "usb"),
        ("scope", "Rigol_MS05204", "usb"),
        ("daq", "LabJack_T7", "modbus"),
        ("other", "LabJack_T7", "modbus"),
    ]
    assert found.nets == (description.Net("vcc", "power-supply", "psu", "1"),)
    assert found.rails["vcc"].rail().load == math.inf
    assert found.wires.outputs == {"psu.1": "vcc"}
    assert found.wires.loads == {"load.1": "vcc"}
    assert found.wires.probes == {"daq.AIN0": ("vcc", 1.0)}
    assert found.wires.ties == {"daq.FIO0": "daq.FIO1", "daq.FIO1": "daq.FIO0"}
    assert found.wires.temperatures == {"daq.AIN8": 23.5}
    assert found.signals["clock"].period == 1e-3


def test_more_of_it():
    more = changed(RAIL, "vcc = { load = 10, back_emf = -1.5, sink = 0 }")
    more = more.replace(AIN0, '"scope.1" = { from = "clock", part = 0.5 }\n"daq.AIN0" = { from = "other.DAC1" }')
    more = more.replace(VCC, 'trace = { role = "analog", at = "scope.1", description = "of the clock" }')
    found = understood(more.replace(DP832, f"{DP832}, lan = true"))
    assert found.instruments["psu"].way == "scpi"
    assert found.nets == (description.Net("trace", "scope", "scope", "1", "of the clock"),)
    rail = found.rails["vcc"].rail()
    assert (rail.load, rail.back_emf, rail.sink) == (10.0, -1.5, 0.0)
    assert found.wires.probes == {"scope.1": ("clock", 0.5), "daq.AIN0": ("other.DAC1", 1.0)}


def test_an_instrument_that_nothing_simulates(monkeypatch):
    real = Entry("Real_1", "visa", {}, lambda transport: transport)
    monkeypatch.setattr(description.catalog, "find", lambda _: real)
    with pytest.raises(UsageError, match=r"instruments\.psu\.model: nothing simulates a Real_1") as caught:
        understood(BENCH)
    assert "LabJack_T7" in caught.value.hint


# Building -------------------------------------------------------------------------------------------------------------


def test_what_is_built_shares_the_circuit():
    built = instruments.build(understood(BENCH), random.Random(1))
    for line in (":SOUR1:VOLT 5", ":SOUR1:CURR 1", ":OUTP CH1,ON"):
        built["psu"].handle(line)
    assert built.circuit.rails["vcc"].point().volts == pytest.approx(5)
    assert built["load"].handle("*IDN?").split(",")[2] == "DL3A1"
    assert [(one.name, one.model, one.way) for one in built.every][-2:] == [
        ("daq", "LabJack_T7", "modbus"),
        ("other", "LabJack_T7", "modbus"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (DP832, f"{DP832}, options = {{ bent = 1 }}", "instruments.psu.options.bent: nothing is called so here"),
        ('"DL3A1"', '"DL3A1", options = { bent = 1 }', "instruments.load: no Rigol_DL3021 can be simulated so"),
        ('"470010001"', '"T7"', "instruments.daq: no LabJack_T7 can be simulated so: a LabJack T7's serial number is"),
        ('"470010001"', f'"{1 << 32}"', "instruments.daq: no LabJack_T7 can be simulated so: a LabJack T7's serial"),
    ],
)
def test_what_cannot_be_simulated_is_told_with_its_place(old, new, what):
    with pytest.raises(UsageError) as caught:
        instruments.build(understood(changed(old, new)))
    assert caught.value.what.startswith(f"mine.toml: {what}")
    assert caught.value.hint


@pytest.mark.parametrize("simulator", ["no_such_package.simulator:simulate", "lager_drivers.entry:nothing", "nonsense"])
def test_a_simulator_that_cannot_be_loaded(monkeypatch, simulator):
    broken = Entry("Broken_1", "visa", {"power-supply": ("1",)}, lambda transport: transport, simulator)
    monkeypatch.setattr(description.catalog, "find", lambda _: broken)
    described = understood('[instruments]\nit = { model = "Broken_1", serial = "1" }\n')
    with pytest.raises(UsageError, match=r"instruments\.it\.model: the simulator of the Broken_1") as caught:
        instruments.build(described)
    assert simulator in caught.value.what


def test_a_simulator_of_another_package(monkeypatch, tmp_path):
    (tmp_path / "their_meter.py").write_text("def simulate(simulation):\n    return simulation.options['digits']\n")
    monkeypatch.syspath_prepend(tmp_path)
    theirs = Entry("Their_Meter", "visa", {"adc": ("1",)}, lambda transport: transport, "their_meter:simulate")
    monkeypatch.setattr(description.catalog, "find", lambda _: theirs)
    text = '[instruments]\nit = { model = "Their_Meter", serial = "1", lan = true, options = { digits = 6 } }\n'
    assert instruments.build(understood(text))["it"] == 6
    with pytest.raises(UsageError, match=r"options\.digit: nothing is called so here"):
        instruments.build(understood(text.replace("digits = 6", "digits = 6, digit = 5")))


# The default bench ----------------------------------------------------------------------------------------------------


def test_the_default_bench_has_every_net_people_know():
    found = {(net.role, net.name): f"{net.instrument}.{net.pin}" for net in description.load().nets}
    rows = {"adc": 8, "dac": 2, "power-supply": 6, "battery": 1, "eload": 1, "scope": 4, "thermocouple": 4}
    words = {"power-supply": "supply"}
    expected = {(role, f"{words.get(role, role)}{n}") for role, count in rows.items() for n in range(1, count + 1)}
    expected |= {("gpio", f"gpio{n}") for n in (*range(1, 9), *range(16, 20))}
    assert set(found) == expected
    assert found["power-supply", "supply1"] == found["battery", "battery1"] == "keithley.1"
    assert found["adc", "adc8"] == "labjack.AIN7"


def test_the_default_bench_is_built_without_numpy_and_other_large_libraries():
    """Its process is a child of every private box; numpy alone takes as long to import as all of it."""
    program = """
import sys
from lager_drivers.simulated import bench, description, instruments
instruments.build(description.load())
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"numpy", "pyvisa", "uvicorn", "matplotlib"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "\n"
