"""The driver of the DL3000 loads: what is sent, line by line; and what it does to a simulated one across a supply."""

import random

import pytest
from cables import Direct, Script

from lager import errors
from lager_drivers.catalog import find
from lager_drivers.rigol_dl3000.load import DL3000, Input
from lager_drivers.scpi import Measure
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

FIXED = (":SOUR:FUNC:MODE?", "FIX")
NO_ERROR = (":SYST:ERR?", '0,"No error"')
HIGH = (":SOUR:CURR:RANG?", "40")


class Clock:
    def __init__(self):
        self.now = 50.0

    def __call__(self):
        return self.now


class Bench:
    """A DL3021 across the second output of a DP821."""

    def __init__(self, model="Rigol_DL3021", **options):
        self.clock = Clock()
        wires = Wires(outputs={"supply.2": "A"}, loads={"load.1": "A"})
        self.circuit = Circuit(random.Random(3), {"A": Rail()}, {}, wires)
        supply = find("Rigol_DP821")
        self.simulated_supply = self._simulate(supply, "DP8G1", "supply")
        self.supply = supply.connect(Direct(self.simulated_supply)).channel("power-supply", "2")
        entry = find(model)
        self.simulated = self._simulate(entry, "DL3A204800938", "load", **options)
        self.cable = Direct(self.simulated)
        self.device = entry.connect(self.cable)
        self.load = self.device.channel("eload", "1")

    def _simulate(self, entry, serial, name, **options):
        module, _, function = entry.simulator.partition(":")
        make = getattr(__import__(module, fromlist=[function]), function)
        return make(Simulation(entry.name, serial, Wiring(self.circuit, name), self.clock, options))

    def feed(self, volts=5.0, amps=10.0):
        self.supply.set_voltage(volts)
        self.supply.set_current(amps)
        self.supply.enable()

    def settle(self):
        self.clock.now += 1.0


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def fed(bench):
    bench.feed()
    return bench


def near(wanted, by=2e-3):
    return pytest.approx(wanted, abs=by)


def on_script(*turns):
    script = Script(*turns)
    return script, DL3000(script, "DL3021").channel("eload", "1")


def said(script, call, *args):
    found = call(*args)
    assert script.turns == []
    return found


# What is sent ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "args", "turns", "found"),
    [
        ("mode", [], [FIXED, (":SOUR:FUNC?", "CC")], "CC"),
        ("mode", [], [FIXED, (":SOUR:FUNC?", "CURR")], "CC"),
        ("mode", [], [FIXED, (":SOUR:FUNC?", "CP")], "CW"),
        ("mode", [], [FIXED, (":SOUR:FUNC?", "POWer")], "CW"),
        ("mode", [], [FIXED, (":SOUR:FUNC?", "NONE")], "NONE"),
        ("mode", [], [(":SOUR:FUNC:MODE?", "LIST")], "NONE"),
        (
            "mode",
            ["cp"],
            [NO_ERROR, (":SOUR:FUNC POW", None), NO_ERROR, (":SOUR:FUNC:MODE?", "FIX"), (":SOUR:FUNC?", "CP")],
            "CW",
        ),
        (
            "mode",
            ["CV"],
            [NO_ERROR, (":SOUR:FUNC VOLT", None), NO_ERROR, (":SOUR:FUNC:MODE?", "WAV"), (":SOUR:FUNC?", "CV")],
            "CV",
        ),
        ("current", [], [(":SOUR:CURR?", "0.1000")], 0.1),
        ("voltage", [], [(":SOUR:VOLT?", "+3.300000E+00")], 3.3),
        ("resistance", [], [(":SOUR:RES?", "15000.0")], 15000),
        ("power", [], [(":SOUR:POW?", "0.5")], 0.5),
        (
            "current",
            [0.0005],
            [HIGH, NO_ERROR, (":SOUR:CURR 0.0005", None), NO_ERROR, (":SOUR:CURR?", "0.0010")],
            0.001,
        ),
        (
            "voltage",
            [12],
            [
                (":SOUR:VOLT:RANG?", "15"),
                NO_ERROR,
                (":SOUR:VOLT 12", None),
                NO_ERROR,
                (":SOUR:VOLT?", "12.0000"),
            ],
            12,
        ),
        (
            "resistance",
            [1],
            [
                (":SOUR:RES:RANG?", "15000"),
                (":SOUR:INP:STAT?", "0"),
                NO_ERROR,
                (":SOUR:RES 10", None),
                (":SOUR:RES:RANG 15", None),
                (":SOUR:RES 1", None),
                NO_ERROR,
                (":SOUR:RES?", "1.0000"),
            ],
            1,
        ),
        ("power", [30], [NO_ERROR, (":SOUR:POW 30", None), NO_ERROR, (":SOUR:POW?", "30.0000")], 30),
        ("measured_voltage", [], [(":MEAS:VOLT?", "3.300000")], 3.3),
        ("measured_current", [], [(":MEAS:CURR?", "+1.100000E-03")], 1.1e-3),
        ("measured_power", [], [(":MEAS:POW?", "0.0")], 0),
        ("enable", [], [(":SOUR:FUNC:MODE?", "FIX"), NO_ERROR, (":SOUR:INP:STAT ON", None), NO_ERROR], None),
        ("disable", [], [(":SOUR:INP:STAT OFF", None), NO_ERROR], None),
        ("output_is_enabled", [], [(":SOUR:INP:STAT?", "1")], True),
        ("output_is_enabled", [], [(":SOUR:INP:STAT?", "OFF")], False),
    ],
)
def test_every_method_is_this_conversation(call, args, turns, found):
    script, load = on_script(*turns)
    assert said(script, getattr(load, call), *args) == found


def state_turns(condition, on):
    return [
        (":STAT:QUES:COND?", str(condition)),
        (":SOUR:INP:STAT?", on),
        FIXED,
        (":SOUR:FUNC?", "CC"),
        (":SOUR:CURR?", "1.0"),
        (":SOUR:VOLT?", "150"),
        (":SOUR:RES?", "15000"),
        (":SOUR:POW?", "0"),
        (":MEAS:VOLT?", "5.0"),
        (":MEAS:CURR?", "1.001"),
        (":MEAS:POW?", "5.005"),
    ]


@pytest.mark.parametrize(
    ("condition", "on", "regulated", "tripped"),
    [
        (0, "1", True, ""),
        (16384, "1", True, ""),
        (1024, "1", False, ""),
        (0, "0", False, ""),
        (8192 + 2, "0", False, "OCP"),
        (8192 + 4096 + 1, "0", False, "OVP"),
        (1, "0", False, "OVP"),
        (8192 + 2048 + 1, "0", False, "reverse"),
        (512, "0", False, "reverse"),
        (8, "0", False, "OPP"),
        (8192 + 16, "0", False, "OTP"),
        (8192, "0", False, "other"),
    ],
)
def test_the_state_is_this_conversation(condition, on, regulated, tripped):
    script, load = on_script(*state_turns(condition, on))
    state = said(script, load.state)
    assert (state.enabled, state.regulated, state.tripped) == (on == "1", regulated, tripped)
    assert (state.channel, state.mode, state.current_set, state.power_set) == (1, "CC", 1, 0)
    assert (state.voltage, state.current, state.power) == (5, 1.001, 5.005)


@pytest.mark.parametrize("reply", ["", "9.91E37", "nan", "1.0,2.0", "****"])
def test_what_is_no_reading_is_an_error(reply):
    _, load = on_script((":MEAS:CURR?", reply))
    with pytest.raises(errors.InstrumentError, match=":MEAS:CURR"):
        load.measured_current()


@pytest.mark.parametrize(
    ("call", "value", "words"),
    [
        ("current", -1, "Current must be non-negative, not -1 A"),
        ("voltage", -0.001, "Voltage must be non-negative"),
        ("resistance", -5, "Resistance must be non-negative"),
        ("power", -1, "Power must be non-negative"),
        ("current", 40.1, r"outside 0\.\.40 A"),
        ("voltage", 151, r"outside 0\.\.150 V"),
        ("resistance", 0.05, r"outside 0\.08\.\.15000 Ohm"),
        ("resistance", 16000, r"outside 0\.08\.\.15000 Ohm"),
        ("power", 201, r"outside 0\.\.200 W"),
    ],
)
def test_values_outside_the_rating_are_refused_and_nothing_is_sent(call, value, words):
    script, load = on_script()
    with pytest.raises(errors.OutOfRange, match=words) as caught:
        said(script, getattr(load, call), value)
    assert isinstance(caught.value, ValueError)  # what released scripts catch


def test_an_unknown_mode_is_refused_and_nothing_is_sent():
    script, load = on_script()
    with pytest.raises(errors.UsageError, match="no mode 'CX'"):
        said(script, load.mode, "CX")


def test_a_value_that_was_not_kept_is_an_error():
    turns = [(":SOUR:RES:RANG?", "15000"), NO_ERROR, (":SOUR:RES 3", None), NO_ERROR, (":SOUR:RES?", "5.0")]
    script, load = on_script(*turns)
    with pytest.raises(errors.InstrumentError, match="set to 3 Ohm, and keeps 5 Ohm"):
        said(script, load.resistance, 3)


def test_off_goes_out_before_the_error_queue_is_looked_at():
    old = (":SYST:ERR?", '-113,"Undefined header"')
    script, load = on_script((":SOUR:INP:STAT OFF", None), old, NO_ERROR, (":SOUR:INP:STAT OFF", None), NO_ERROR)
    said(script, load.disable)


def test_a_queue_that_stays_is_emptied_and_not_blamed_on_the_next():
    old = (":SYST:ERR?", '-220,"Parameter error"')
    script, load = on_script(
        *[old, old, ("*ESR?", "160"), ("*CLS", None), NO_ERROR, (":SOUR:POW 3", None), NO_ERROR, (":SOUR:POW?", "3")]
    )
    assert said(script, load.power, 3) == 3


def test_what_the_emptied_register_told_is_not_lost():
    old = (":SYST:ERR?", '-220,"Parameter error"')
    script = Script(old, old, ("*ESR?", "128"), ("*CLS", None), NO_ERROR, (":SOUR:POW 3", None), NO_ERROR)
    script.turns += [(":SOUR:POW?", "3"), ("*ESR?", "0"), ("*ESR?", "0")]
    device = DL3000(script, "DL3021")
    device.channel("eload", "1").power(3)
    assert device.restarted(0)
    assert not device.restarted(0)


@pytest.mark.parametrize("found", ["RIGOL TECHNOLOGIES,DP821A,DP8G1,1", "RIGOL TECHNOLOGIES,DL3031,DL3D1,1", ""])
def test_another_instrument_is_refused(found):
    with pytest.raises(errors.InstrumentError, match="there should be a Rigol DL3021"):
        find("rigol_dl3000").connect(Script(("*IDN?", found)))


def test_an_a_model_is_one_of_its_kind():
    found = "RIGOL TECHNOLOGIES,DL3021A,DL3B262800287,00.01.05.00.01"
    assert find("Rigol_DL3021").connect(Script(("*IDN?", found)))
    assert find("Rigol_DL3021A").connect(Script(("*IDN?", found)))
    with pytest.raises(errors.UsageError, match="DL9"):
        DL3000(Script(), "DL9")


def test_every_property_says_its_verb_and_unit():
    declared = [one for one in vars(Input).values() if isinstance(one, Measure)]
    assert len(declared) == 14
    for one in declared:
        assert one.__doc__.split()[0] in {"Control", "Measure", "Get", "Set"}
        assert one.__doc__.endswith(f"({one.kind.unit})")


# What it does ---------------------------------------------------------------------------------------------------------


def test_opening_asks_who_it_is_and_nothing_else(bench):
    assert bench.cable.sent == ["*IDN?"]


def test_a_constant_current_loads_the_supply(fed):
    load = fed.load
    assert load.mode("CC") == "CC"
    assert load.current(1.5) == 1.5
    assert load.measured_current() == near(0)
    load.enable()
    assert load.output_is_enabled()
    fed.settle()
    assert load.measured_voltage() == near(5)
    assert load.measured_current() == near(1.5)
    assert load.measured_power() == near(7.5, 0.01)
    assert fed.supply.current() == near(1.5)
    state = load.state()
    assert (state.enabled, state.mode, state.current_set, state.regulated, state.tripped) == (True, "CC", 1.5, True, "")
    load.disable()
    assert fed.supply.current() == near(0)
    assert load.state().regulated is False


def test_the_current_takes_its_time(fed):
    fed.load.current(2)
    fed.load.enable()
    assert fed.load.measured_current() == near(0)
    fed.clock.now += 0.35
    assert fed.load.measured_current() == near(1)
    assert not fed.load.state().regulated
    fed.clock.now += 0.35
    assert fed.load.measured_current() == near(2)
    assert fed.load.state().regulated


def test_a_constant_voltage_holds_a_limited_supply_down():
    bench = Bench(settling=0)
    bench.feed(5, 2)
    bench.load.mode("CV")
    assert bench.load.voltage(3) == 3
    bench.load.enable()
    assert bench.load.measured_voltage() == near(3)
    assert bench.load.measured_current() == near(2)
    assert bench.supply.state().mode == "CC"
    assert bench.load.state().regulated


def test_a_constant_resistance(fed):
    fed.load.mode("CR")
    assert fed.load.resistance(2.5) == 2.5
    fed.load.enable()
    fed.settle()
    assert fed.load.measured_current() == near(2)


def test_a_constant_power(fed):
    fed.load.mode("CW")
    assert fed.load.power(20) == 20
    fed.load.enable()
    fed.settle()
    assert fed.load.measured_power() == near(20, 0.02)
    assert fed.supply.power() == near(20, 0.02)
    assert fed.load.state().mode == "CW"


def test_too_weak_a_source_is_not_regulated(bench):
    bench.feed(5, 1)
    bench.load.current(3)
    bench.load.enable()
    bench.settle()
    state = bench.load.state()
    assert (state.enabled, state.regulated) == (True, False)
    assert state.current == near(1)
    assert state.voltage < 0.2


def test_a_supply_trips_when_it_is_loaded_too_much(fed):
    fed.supply.set_ocp(1)
    fed.load.current(2)
    fed.load.enable()
    fed.settle()
    assert fed.supply.is_ocp()
    assert not fed.supply.output_is_enabled()
    assert fed.load.measured_voltage() == near(0)


def test_the_loads_own_protection_switches_it_off(fed):
    fed.cable.write(":SOUR:RES:ILIM 1")
    fed.load.mode("CR")
    fed.load.resistance(2)
    fed.load.enable()
    fed.settle()
    state = fed.load.state()
    assert (state.enabled, state.tripped, state.regulated) == (False, "OCP", False)
    assert fed.supply.current() == near(0)
    fed.load.resistance(10)
    fed.load.enable()
    fed.settle()
    assert fed.load.state().tripped == ""


def test_the_range_is_chosen_while_the_input_is_off(fed):
    load = fed.load
    load.mode("CR")
    assert load.resistance(1) == 1
    assert load.resistance(100) == 100
    assert load.resistance(0.08) == 0.08
    fed.cable.write(":SOUR:CURR:RANG 4")
    assert load.current(3) == 3
    assert fed.cable.query(":SOUR:CURR:RANG?") == "4"
    assert load.current(5) == 5
    assert fed.cable.query(":SOUR:CURR:RANG?") == "40"


def test_the_range_of_a_live_input_is_left_alone(fed):
    load = fed.load
    load.mode("CR")
    load.resistance(4)
    load.enable()
    before = list(fed.cable.changes)
    with pytest.raises(errors.OutOfRange, match="outside the active range") as caught:
        load.resistance(1)
    assert "disable()" in caught.value.hint
    assert fed.cable.changes == before
    assert load.resistance(20) == 20


@pytest.mark.parametrize("options", [{}, {"function_words": "CURR", "switch_words": "words", "readings": "exponent"}])
def test_it_works_with_either_way_to_answer(options):
    bench = Bench(settling=0, **options)
    bench.feed()
    for mode in ("CV", "CR", "CW", "CC"):
        assert bench.load.mode(mode) == mode
    assert bench.load.current(0.25) == 0.25
    bench.load.enable()
    assert bench.load.output_is_enabled()
    assert bench.load.measured_current() == near(0.25)
    assert bench.load.state().mode == "CC"


def test_a_load_that_runs_a_list_is_not_switched_on(fed):
    fed.cable.write(":SOUR:FUNC:MODE LIST")
    with pytest.raises(errors.InstrumentError, match="its own LIST function"):
        fed.load.enable()
    assert not fed.load.output_is_enabled()
    assert fed.load.mode() == fed.load.state().mode == "NONE"  # not CC, whose setpoint is not what it draws
    fed.load.mode("CC")
    fed.load.enable()
    assert fed.load.state().mode == "CC"


def test_a_load_that_stays_in_its_list_says_so():
    bench = Bench(leaving="power")
    bench.cable.write(":SOUR:FUNC:MODE BATT")
    assert bench.load.mode() == "NONE"
    assert bench.load.state().mode == "NONE"
    with pytest.raises(errors.InstrumentError, match="BATT") as caught:
        bench.load.mode("CC")
    assert "off and on" in caught.value.hint
    bench.simulated.power_cycle()
    assert bench.load.mode("CC") == "CC"


def test_a_sticky_error_queue_stops_nothing():
    bench = Bench(sticky=True)
    bench.cable.write(":SOUR:FUNC CV")  # somebody's mistake, days ago
    assert bench.load.power(3) == 3
    with pytest.raises(errors.InstrumentRefused, match="-222"):
        bench.load._input.send(":SOUR:POW 999")
    assert bench.load.power(4) == 4
    assert bench.device.restarted(0)  # though emptying the queue wiped the register that tells of it
    assert not bench.device.restarted(0)
    bench.load.enable()
    bench.cable.write(":NONSENSE")
    find("Rigol_DL3021").connect(bench.cable).channel("eload", "1").disable()  # a session of its own
    assert bench.cable.query(":INP?") == "0"


def test_off_works_whatever_it_was_doing(fed):
    fed.cable.write(":SOUR:FUNC:MODE LIST")
    fed.cable.write(":SOUR:TRAN ON")
    assert fed.load.output_is_enabled()
    fed.load.disable()
    assert not fed.load.output_is_enabled()


def test_it_tells_of_a_power_cycle(fed):
    assert fed.device.restarted(0)
    assert not fed.device.restarted(0)
    fed.load.current(2)
    fed.simulated.power_cycle()
    assert fed.device.restarted(0)
    assert fed.load.current() == 0
