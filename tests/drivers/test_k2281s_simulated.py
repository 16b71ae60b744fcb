"""The simulated 2281S as a battery simulator, by its manual and by what was met in the field (firmware 01.08b)."""

import hypothesis
import hypothesis.strategies as st
import pytest
from desk2281s import Desk

from lager.errors import InstrumentSilent, UsageError
from lager_drivers.keithley_2281s.simulated_curve import at, filled, line, ordered, position


@pytest.fixture
def desk():
    return Desk().simulating()


def csv(values):
    return ",".join(f"{one:.6g}" for one in values)


def model(desk, slot, voc, resistance):
    root = f":BATT:MOD{slot}"
    return desk.tell(
        f'{root}:VOC "{csv(voc)}"',
        f'{root}:RES "{csv(resistance)}"',
        f":BATT:MOD:SAVE:INTERNAL {slot}",
    )


UP = [3 + n / 100 for n in range(101)]
DOWN = [0.2 - n / 1000 for n in range(101)]


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "low", "high", "default"),
    [
        (":BATT:SIM:CAP:LIM", 0.001, 99, 0.01),
        (":BATTery1:SIMulator:CURRent:LIMit", 0, 6.1, 0.1),
        (":BATT:SIM:RES:OFFS", -100, 100, 0),
        (":BATT:SIM:TVOL:PROT", 0.5, 21, 21),
        (":BATT:SIM:TVOL:PROT:LEV", 0.5, 21, 21),
        (":BATT:SIM:CURR:PROT", 0.1, 6.1, 6.1),
        (":BATT:SIM:SOC", 0, 100, 100),
        (":BATT:SIM:VOC", 3, 4.2, 4.2),
        (":BATT:SIM:VOC:FULL", 3, 4.2, 4.2),
        (":BATT:SIM:VOC:EMPT", 3, 4.2, 3),
        (":BATT:SIM:LV", 0, 21, 0),
    ],
)
def test_every_setting_has_its_range_and_its_default(desk, header, low, high, default):
    assert [desk.number(f"{header}? {word}") for word in ("MIN", "MAXimum", "DEF")] == [low, high, default]
    assert desk.number(f"{header}?") == default
    assert desk.tell(f"{header} {high + 1}") == [-222]
    assert desk.tell(f"{header} {low - 1}") == [-222]
    assert desk.number(f"{header}?") == default
    assert desk.tell(f"{header} {high}") == []
    assert desk.tell("*RST") == []
    assert desk.number(f"{header}?") == default


@pytest.mark.parametrize(
    "command", [":BATT:SIM:SOC", ":BATT:SIM:SOC x", ":BATT:SIM:METH WILD", ":BATT:OUTP 3", ":BATT:SIM:SOC 1,2"]
)
def test_what_is_no_value_is_refused(desk, command):
    assert desk.tell(command)[0] in (-104, -109, -141)


@pytest.mark.parametrize("word", ["DIS", "DISable", "2"])
def test_a_battery_output_can_be_disabled(desk, word):
    assert desk.tell(f":BATT:OUTP {word}") == []
    assert desk.ask(":BATT:OUTP?") == "2"
    assert desk.tell(":BATT:OUTP OFF") == []
    assert desk.ask(":BATT:OUTP?") == "0"


def test_the_battery_says_charge_while_current_flows_out_of_it():
    desk = Desk().simulating()
    assert desk.ask(":BATT:STAT?") == "DISCHARGE"
    desk.tell(":BATT:OUTP ON")
    assert desk.ask(":BATT:STAT?") == "CHARGE"
    desk.rail.back_emf = 6.0
    assert desk.ask(":BATT:STAT?") == "DISCHARGE"


@pytest.mark.parametrize("command", [":BATT:SIM:METH STAT", ":BATT:SIM:CAP:LIM 1", ":BATT:MOD:RCL NIMH12"])
def test_a_running_battery_is_not_changed(desk, command):
    desk.tell(":BATT:OUTP ON")
    assert desk.tell(command) == [704]
    assert desk.tell(":BATT:SIM:SOC 40", ":BATT:SIM:VOC 3.6") == []
    assert desk.ask(":BATT:SIM:SOC?") == "50"


def test_full_is_never_below_empty(desk):
    assert desk.tell(":BATT:SIM:VOC:EMPT 3.5", ":BATT:SIM:VOC:FULL 3.4") == [703]
    assert desk.tell(":BATT:SIM:VOC:FULL 3.6", ":BATT:SIM:VOC:EMPT 3.7") == [703]
    assert (desk.number(":BATT:SIM:VOC:FULL?"), desk.number(":BATT:SIM:VOC:EMPT?")) == (3.6, 3.5)


# Models ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recalled", "error"),
    [("0", -222), ("10", -222), ("DISCHARGE", -102), ("LI-ION4_2", -102), ("5", None)],
)
def test_recalls_that_change_nothing(desk, recalled, error):
    desk.tell(":BATT:MOD:RCL NIMH1_2")
    assert desk.tell(f":BATT:MOD:RCL {recalled}") == ([] if error is None else [error])
    assert desk.ask(":BATT:MOD:RCL?") == "NIMH1_2"


def test_a_hyphen_is_a_syntax_error_as_the_field_has_it(desk):
    desk.cable.write(":BATT:MOD:RCL LI-ION4_2")
    assert desk.ask(":SYST:ERR?") == '-102,"Syntax error;  - :BATT:MOD:RCL LI-"'


def test_a_saved_model_survives_the_power_and_one_that_was_not_does_not(desk):
    assert desk.ask(":BATT:MOD3:VOC:STEP?") == "0"
    assert set(desk.ask(":BATT:MOD3:VOC?").split(",")) == {"+0.000000E+00"}
    assert desk.tell(f':BATT:MOD4:VOC "{csv(UP)}"') == []
    assert desk.ask(":BATT:MOD4:VOC:STEP?") == "101"  # counted, but not yet what a query tells
    assert set(desk.ask(":BATT:MOD4:VOC?").split(",")) == {"+0.000000E+00"}
    assert model(desk, 3, UP, DOWN) == []
    desk.instrument.power_cycle()
    assert desk.ask(":BATT:MOD4:VOC:STEP?") == "0"
    assert [float(one) for one in desk.ask(":BATT:MOD3:VOC?").split(",")] == pytest.approx(UP)
    assert desk.ask(":BATT:MOD3:ROW10?") == "+3.100000E+00,+1.900000E-01"
    assert desk.tell(":ENTR:FUNC SIM", ":BATT:MOD:RCL 3") == []
    assert desk.ask(":BATT:MOD:RCL?") == "3"


def test_a_model_is_put_together_from_pieces_and_rows(desk):
    assert (
        desk.tell(
            f':BATT:MOD1:VOC "{csv(UP[:40])}"',
            f':BATT:MOD1:VOC:APPEND "{csv(UP[40:80])}"',
            f":BATT:MOD1:VOC:APPE '{csv(UP[80:100])}'",
            f':BATT:MOD1:RES:SIMP "{csv(DOWN[::10])}"',
            ':BATT:MOD1:ROW100 "4.5, 0.05"',
            ":BATT:MOD:SAVE:INTE 1",
        )
        == []
    )
    assert [float(one) for one in desk.ask(":BATT:MOD1:VOC?").split(",")] == pytest.approx([*UP[:100], 4.5])
    assert [float(one) for one in desk.ask(":BATT:MOD1:RES?").split(",")] == pytest.approx([*DOWN[:100], 0.05])


@pytest.mark.parametrize(
    ("commands", "error"),
    [
        ([f':BATT:MOD1:VOC "{csv([*UP, 5])}"'], 702),
        ([f':BATT:MOD1:VOC "{csv(UP)}"', ':BATT:MOD1:VOC:APPEND "5"'], 702),
        ([f':BATT:MOD1:VOC:SIMP "{csv(UP[:12])}"'], 702),
        ([f':BATT:MOD1:VOC:SIMP "{csv(UP[:10])}"'], 705),
        ([f':BATT:MOD1:VOC "{csv(UP[:50])}"', ":BATT:MOD:SAVE:INTERNAL 1"], 705),
        ([":BATT:MOD:SAVE:INTERNAL 1"], 705),
        ([':BATT:MOD1:ROW5 "3,0.1"'], 705),
        ([f':BATT:MOD1:VOC "{csv(DOWN)}"'], 710),
        ([f':BATT:MOD1:RES "{csv(UP)}"'], 710),
        ([':BATT:MOD1:VOC:APP "3"'], -113),
        ([":BATT:MOD:SAVE:INT 1"], -113),
        ([":BATT:MOD:CATalog?"], -113),
        ([":BATT:MOD:SAVE:INTERNAL 10"], -222),
        ([':BATT:MOD10:VOC "3"'], -222),
        ([':BATT:MOD1:ROW101 "3,0.1"'], -222),
        ([':BATT:MOD1:ROW0 "3"'], -109),
        ([":BATT:MOD1:VOC 3"], -104),
        ([':BATT:MOD1:VOC "3,x"'], -104),
        ([f':BATT:MOD1:VOC "{"3," * 1030}3"'], -223),
        ([':BATT:MOD:SAVE:USB 2,"mine"'], -200),
        ([':BATT:MOD:LOAD:USB 2,"mine"'], -256),
        ([":BATT:MOD:LOAD:USB 2"], -109),
    ],
)
def test_what_is_wrong_with_a_model_is_told(desk, commands, error):
    for command in commands[:-1]:
        desk.cable.write(command)
    assert desk.instrument.handle(commands[-1]) is None
    assert desk.tell() == [error]
    assert [one for one in range(1, 10) if any(map(float, desk.ask(f":BATT:MOD{one}:VOC?").split(",")))] == []


def test_rows_out_of_order_are_found_when_the_model_is_saved(desk):
    assert model(desk, 1, UP, DOWN) == []
    assert desk.tell(':BATT:MOD1:ROW50 "9, 0.1"', ":BATT:MOD:SAVE:INTERNAL 1") == [710]


def test_a_model_travels_on_a_usb_stick(desk):
    assert model(desk, 2, UP, DOWN) == []
    assert desk.tell(':BATT:MOD:SAVE:USB 2,"mine"', ':BATT:MOD:LOAD:USB 8,"mine"') == []
    assert desk.ask(":BATT:MOD8:VOC?") == desk.ask(":BATT:MOD2:VOC?")


def test_resistance_follows_the_state_of_charge(desk):
    model(desk, 1, UP, DOWN)
    desk.tell(":BATT:MOD:RCL 1", ":BATT:SIM:RES:OFFS 0.5")
    for percent in (0, 33.3, 100):
        desk.tell(f":BATT:SIM:SOC {percent}")
        assert desk.number(":BATT:SIM:RES?") == pytest.approx(0.7 - percent / 1000)
    desk.tell(":BATT:SIM:RES:OFFS -5")
    assert desk.number(":BATT:SIM:RES?") == 0


# Charge and discharge -------------------------------------------------------------------------------------------------


def test_a_dynamic_battery_runs_down_to_empty_and_disconnects_itself(desk):
    desk.tell(":BATT:SIM:CAP:LIM 0.1", ":BATT:SIM:SOC 50", ":BATT:OUTP ON")
    assert desk.number(":BATT:SIM:CAP?") == 0.05
    assert desk.number(":BATT:SIM:CURR?") == pytest.approx(3.6 / 100.0785, rel=1e-3)
    desk.now += 1800
    mean = (3.6 + desk.number(":BATT:SIM:VOC?")) / 2 / 100.08
    assert desk.number(":BATT:SIM:SOC?") == pytest.approx(50 - 1800 * mean / 3.6, abs=0.2)
    assert desk.number(":BATT:SIM:CAP?") == pytest.approx(0.1 * desk.number(":BATT:SIM:SOC?") / 100, abs=1e-4)
    desk.now += 7200
    assert (desk.ask(":BATT:SIM:SOC?"), desk.ask(":BATT:OUTP?")) == ("0", "0")
    assert desk.number(":BATT:SIM:TVOL?") == pytest.approx(0, abs=1e-3)


def test_many_small_looks_see_the_same_as_one_large_one():
    far, near = Desk().simulating(), Desk().simulating()
    for desk in (far, near):
        desk.tell(":BATT:SIM:CAP:LIM 0.1", ":BATT:OUTP ON")
    far.now += 3000
    for _ in range(300):
        near.now += 10
        near.instrument.handle("*OPC")
    assert far.number(":BATT:SIM:VOC?") == pytest.approx(near.number(":BATT:SIM:VOC?"), abs=2e-3)


def test_a_static_battery_stays(desk):
    desk.tell(":BATT:SIM:METH STAT", ":BATT:OUTP ON")
    desk.now += 1e6
    assert desk.ask(":BATT:SIM:SOC?") == "100"


def test_a_charger_fills_it_and_stops_at_full():
    desk = Desk(load=10.0, back_emf=5.0).simulating()
    desk.tell(":BATT:SIM:SOC 20", ":BATT:OUTP ON")
    assert desk.number(":BATT:SIM:CURR?") == pytest.approx(-(5 - 3.24) / 10.0854, rel=1e-3)
    desk.now += 1e5
    assert (desk.ask(":BATT:SIM:SOC?"), desk.ask(":BATT:OUTP?")) == ("100", "1")


def test_the_current_limit_holds_the_current(desk):
    desk.rail.load = 1.0
    desk.tell(":BATT:SIM:METH STAT", ":BATT:SIM:CURR:LIM 0.5", ":BATT:OUTP ON")
    assert desk.number(":BATT:SIM:CURR?") == pytest.approx(0.5, abs=1e-4)
    assert desk.number(":BATT:SIM:TVOL?") == pytest.approx(0.5, abs=1e-3)
    assert int(desk.ask(":STAT:QUES:INST:ISUM:COND?")) & 1  # CC


@pytest.mark.parametrize(
    ("setting", "word", "bit"), [(":BATT:SIM:TVOL:PROT 4", "OVP", 8), (":BATT:SIM:CURR:PROT 0.1", "OCP", 4)]
)
def test_a_protection_opens_the_terminals_and_stays_until_it_is_cleared(desk, setting, word, bit):
    desk.rail.load = 20.0
    desk.tell(":BATT:SIM:CURR:LIM 1", setting, ":BATT:OUTP ON")
    assert (desk.ask(":BATT:OUTP?"), desk.ask(":BATT:OUTP:PROT:TRIP?")) == ("0", word)
    assert int(desk.ask(":STAT:QUES:INST:ISUM:COND?")) == bit
    assert desk.tell(":BATT:OUTP ON") == [-200]
    assert desk.tell(":BATT:OUTP:PROT:CLE") == []
    assert (desk.ask(":BATT:OUTP?"), desk.ask(":BATT:OUTP:PROT:TRIP?")) == ("0", "NONE")


# Eleven points, of which any stretch may be flat; the instrument draws straight lines between them.
rising = st.lists(st.integers(0, 500), min_size=10, max_size=10).filter(any)


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(steps=rising, percent=st.integers(0, 1000), ends=st.tuples(st.integers(0, 100), st.integers(0, 100)))
def test_state_of_charge_and_voltage_are_one_curve(steps, percent, ends):
    voc = filled([1 + sum(steps[:n]) / 1000 for n in range(11)])
    low, high = (voc[one] for one in sorted(ends))
    desk = Desk().simulating()
    assert model(desk, 1, voc, DOWN) == []
    assert desk.tell(":BATT:MOD:RCL 1", f":BATT:SIM:VOC:FULL {high:.6f}", f":BATT:SIM:VOC:EMPT {low:.6f}") == []
    assert desk.tell(f":BATT:SIM:SOC {percent / 10}") == []
    volts = desk.number(":BATT:SIM:VOC?")
    assert low - 1e-5 <= volts <= high + 1e-5
    assert desk.tell(f":BATT:SIM:VOC {volts}") in ([], [-222])  # rounded beyond the model's end
    assert desk.number(":BATT:SIM:VOC?") == pytest.approx(volts, abs=1e-4)
    soc = desk.number(":BATT:SIM:SOC?")
    assert desk.tell(f":BATT:SIM:SOC {min(soc + 0.1, 100):.1f}") == []
    assert desk.number(":BATT:SIM:VOC?") >= volts - 0.06  # 0.1 % of a curve that rises by 50 mV a percent at most


@hypothesis.settings(max_examples=30, deadline=None)
@hypothesis.given(
    waits=st.lists(st.floats(0.01, 2000), min_size=1, max_size=8),
    capacity=st.floats(0.001, 1),
    load=st.floats(1, 1000),
    start=st.floats(0, 100),
)
def test_a_discharge_only_goes_down_and_spends_what_flows(waits, capacity, load, start):
    desk = Desk(load=load).simulating()
    desk.tell(
        f":BATT:SIM:CAP:LIM {capacity:.6f}", ":BATT:SIM:CURR:LIM 6", f":BATT:SIM:SOC {start:.1f}", ":BATT:OUTP ON"
    )
    before = desk.number(":BATT:SIM:CAP?")
    for seconds in waits:
        amps = desk.rail.point().amps
        desk.now += seconds
        after = desk.number(":BATT:SIM:CAP?")
        assert 0 <= after <= before
        assert before - after <= amps * seconds / 3600 * 1.001 + 1e-6  # the current falls on the way
        if desk.ask(":BATT:OUTP?") == "1":
            assert before - after >= desk.rail.point().amps * seconds / 3600 * 0.999 - 1e-6
        before = after
    assert desk.ask(":BATT:OUTP?") == ("0" if desk.ask(":BATT:SIM:SOC?") == "0" and before == 0 else "1")


@hypothesis.given(values=st.lists(st.floats(-5, 5), min_size=2, max_size=9).map(sorted), part=st.floats(0, 1))
def test_a_place_on_a_curve_and_its_value_belong_together(values, part):
    value = at(values, part * (len(values) - 1))
    assert at(values, position(values, value)) == pytest.approx(value)
    assert position(values, values[-1] + 1) == len(values) - 1


@hypothesis.given(st.lists(st.floats(0.0, 20.0), min_size=11, max_size=11))
def test_points_between_those_given_are_in_order_as_they_are(coarse):
    assert ordered("VOC", filled(sorted(coarse)))
    assert ordered("RES", filled(sorted(coarse, reverse=True)))


def test_lines_between_points():
    assert filled([0, 1, 3], 5) == [0, 0.5, 1, 2, 3]
    assert line((1, 2), (3, 1)).voc[50] == 1.5
    assert ordered("RES", line((1, 2), (3, 1)).resistance)


# Habits ---------------------------------------------------------------------------------------------------------------


def test_words_for_the_functions_and_the_method():
    assert Desk().ask(":ENTR:FUNC?") == "POWER"
    assert Desk(function_words="PSS").ask(":ENTR:FUNC?") == "PSS"
    assert Desk().simulating().ask(":BATT:SIM:METH?") == "DYN"
    assert Desk(method_words="full").simulating().ask(":BATT:SIM:METH?") == "DYNAMIC"


def test_a_change_of_function_with_a_live_output():
    refusing, forcing = Desk(), Desk(switch_while_on="force")
    for desk in (refusing, forcing):
        desk.tell(":VOLT 5", ":OUTP ON")
    assert refusing.tell(":ENTR:FUNC SIM") == [700]
    assert (refusing.ask(":ENTR:FUNC?"), refusing.ask(":OUTP?")) == ("POWER", "1")
    assert forcing.tell(":ENTR:FUNC SIM") == []
    assert (forcing.ask(":ENTR:FUNC?"), forcing.ask(":BATT:OUTP?")) == ("SIMULATOR", "0")


def test_what_an_empty_or_overloaded_battery_may_do():
    staying = Desk(at_empty="stay", method_while_on="take").simulating()
    staying.tell(":BATT:OUTP ON")
    staying.now += 1e6
    assert (staying.ask(":BATT:SIM:SOC?"), staying.ask(":BATT:OUTP?")) == ("0", "1")
    assert staying.tell(":BATT:SIM:METH STAT") == []
    opening = Desk(load=1.0, at_current_limit="off").simulating()
    opening.tell(":BATT:OUTP ON")
    opening.now += 1
    assert opening.ask(":BATT:OUTP?") == "0"


def test_other_habits():
    desk = Desk(three_letters=True, short_model=701, low_voltage=21, realtime_words="unit", line_frequency=60)
    desk.simulating()
    assert desk.tell(':BATT:MOD1:VOC:APP "3"', ":BATT:MOD:SAVE:INT 1") == [701]
    assert desk.ask(":BATT:SIM:TVOL?").endswith(" V")
    assert (desk.ask(":BATT:SIM:LV?"), desk.ask(":SYST:LFR?")) == ("21", "60")
    assert Desk(firmware="01.09").ask("*IDN?").endswith(",01.09")


def test_a_refused_command_may_leave_it_deaf_once():
    desk = Desk(deaf_after_refusal=True)
    desk.cable.write(":NONSENSE")
    with pytest.raises(InstrumentSilent):
        desk.ask("*IDN?")
    assert desk.ask(":SYST:ERR?") == '-113,"Undefined header"'


@pytest.mark.parametrize("options", [{"colour": "red"}, {"function_words": "POWR"}, {"short_model": 700}])
def test_options_there_are_none_of(options):
    with pytest.raises(UsageError, match="simulated 2281S"):
        Desk(**options)
