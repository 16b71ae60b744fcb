"""The simulated scope's settings, acquisition and measurements."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_scope import CLOCK, SINE, Scope

from lager_drivers.rigol_mso5000 import INSTRUMENTS


@pytest.fixture
def scope():
    """A clock on CHAN1, a sine on CHAN2, a supply on CHAN3, nothing on CHAN4."""
    found = Scope(CLOCK, SINE, "A")
    found.send(":CHAN1:SCAL 1;OFFS -1.5", ":CHAN2:DISP 1;SCAL 0.5", ":CHAN3:DISP 1", ":TIM:SCAL 2E-4")
    found.send(":TRIG:EDGE:LEV 1.65")
    return found


# Who it is, and how it answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", INSTRUMENTS, ids=lambda entry: entry.name)
def test_every_model_of_the_catalog_can_be_simulated(entry):
    scope = Scope(model=entry.name)
    maker, model, serial, version = scope.ask("*IDN?").split(",")
    assert (maker, serial) == ("RIGOL TECHNOLOGIES", "MS5A24")
    assert model == entry.name.removeprefix("Rigol_").replace("MS0", "MSO")
    assert len(version.split(".")) == 5
    assert int(scope.ask(":SYST:RAM?")) == len(entry.roles["scope"])
    assert (scope.instrument.vendor, scope.instrument.product, scope.instrument.strings[2]) == (0x1AB1, 0x515, "MS5A24")


def test_long_and_short_forms_in_any_case_with_or_without_a_colon(scope):
    assert scope.ask(":channel1:scale?") == scope.ask("CHAN1:SCAL?") == "1.000000E+0"
    assert scope.ask(":TIMebase:MAIN:SCALe?") == scope.ask("TIM:SCAL?") == "2.000000E-4"


def test_numbers_as_field_traces_have_them():
    scope = Scope(CLOCK, numbers="brief")
    scope.send(":CHAN1:SCAL 0.5")
    assert scope.ask(":CHAN1:SCAL?") == "5E-1"
    assert scope.ask(":ACQ:MDEP?").count("E+0") == 1


def test_a_query_that_does_not_exist_has_no_answer_only_an_error(scope):
    assert scope.refused(":MEAS:VPP?") == -113
    assert scope.refused(":NONSENSE?") == -113
    assert scope.ask(":SYST:ERR?") == '0,"No error"'


def test_some_firmware_answers_measurements_by_name():
    scope = Scope(CLOCK, bare_measure=True)
    scope.send(":TIM:SCAL 2E-4", ":MEAS:SOUR CHAN1")
    assert float(scope.ask(":MEASure:FREQuency?")) == pytest.approx(1e3, rel=1e-3)


def test_a_wrong_word_changes_nothing_and_is_an_error(scope):
    assert scope.refused(":CHAN1:COUP XY") == -224
    assert scope.ask(":CHAN1:COUP?") == "DC"


@pytest.mark.parametrize(
    ("sent", "asked", "taken"),
    [
        (":CHAN1:SCAL 1000", ":CHAN1:SCAL?", 100.0),
        (":CHAN1:SCAL 0.3", ":CHAN1:SCAL?", 0.5),
        (":CHAN1:OFFS 1E6", ":CHAN1:OFFS?", 300.0),
        (":TIM:SCAL 1E-12", ":TIM:SCAL?", 5e-9),
        (":TIM:SCAL 1E9", ":TIM:SCAL?", 1000.0),
        (":TRIG:EDGE:LEV 99", ":TRIG:EDGE:LEV?", 6.5),
        (":ACQ:AVER 5", ":ACQ:AVER?", 4),
        (":TRIG:HOLD 100", ":TRIG:HOLD?", 10.0),
    ],
)
def test_a_number_out_of_range_becomes_the_nearest_one(scope, sent, asked, taken):
    scope.send(sent)
    assert float(scope.ask(asked)) == pytest.approx(taken)
    assert scope.ask(":SYST:ERR?") == '0,"No error"'


def test_a_probe_takes_scale_and_offset_with_it(scope):
    scope.send(":CHAN1:PROB 1")
    assert [float(scope.ask(f":CHAN1:{what}?")) for what in ("PROB", "SCAL", "OFFS")] == [1.0, 0.1, -0.15]


def test_reset_makes_everything_the_default(scope):
    scope.send(":ACQ:MDEP 1M", ":TRIG:MODE PULS", ":WAV:MODE RAW", ":STOP", "*RST")
    asked = (":CHAN1:DISP?", ":CHAN2:DISP?", ":CHAN1:PROB?", ":TIM:SCAL?", ":TRIG:MODE?", ":TRIG:SWE?", ":WAV:MODE?")
    expected = ["1", "0", "1.000000E+1", "1.000000E-6", "EDGE", "AUTO", "NORM"]
    assert [scope.ask(one) for one in asked] == expected
    assert scope.status() == "AUTO"


def test_a_power_cycle_tells_of_itself(scope):
    assert int(scope.ask("*ESR?")) == 128
    assert int(scope.ask("*ESR?")) == 0
    scope.instrument.power_cycle()
    assert int(scope.ask("*ESR?")) == 128
    assert scope.ask(":CHAN2:DISP?") == "0"


def test_whether_it_is_done_can_be_a_poll_as_the_guide_says():
    scope = Scope(CLOCK, opc="poll")
    assert scope.ask("*OPC?") == "1"
    scope.send(":AUT")
    assert scope.ask("*OPC?") == "0"
    scope.now += 2.0
    assert scope.ask("*OPC?") == "1"


def test_a_decoder_without_its_licence_cannot_be_chosen_and_nothing_tells():
    scope = Scope(licences=["EMBD"])
    scope.send(":TRIG:MODE RS232")
    assert scope.ask(":TRIG:MODE?") == "EDGE"
    scope.send(":TRIG:MODE IIC")
    assert scope.ask(":TRIG:MODE?") == "IIC"
    assert (scope.ask(":SYST:OPT:STAT? EMBD"), scope.ask(":SYST:OPT:STAT? COMP")) == ("1", "0")


# Measurements ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected", "tolerance"),
    [
        ("VMAX", 3.3, 0.1),
        ("VMIN", 0.0, 0.1),
        ("VPP", 3.3, 0.15),
        ("VTOP", 3.3, 0.03),
        ("VBASe", 0.0, 0.03),
        ("VAMP", 3.3, 0.03),
        ("VAVG", 1.65, 0.03),
        ("VRMS", 3.3 / math.sqrt(2), 0.03),
        ("VUPPer", 2.97, 0.03),
        ("VMID", 1.65, 0.03),
        ("VLOWer", 0.33, 0.03),
        ("VARiance", 1.65**2, 0.03),
        ("PVRMs", 3.3 / math.sqrt(2), 0.03),
        ("MARea", 3.3e-3, 5e-5),
        ("MPARea", 1.65e-3, 5e-5),
        ("OVERshoot", 0.0, 0.04),
        ("PREShoot", 0.0, 0.04),
        ("PERiod", 1e-3, 1e-6),
        ("FREQuency", 1e3, 1.0),
        ("PWIDth", 0.5e-3, 1e-6),
        ("NWIDth", 0.5e-3, 1e-6),
        ("PDUTy", 0.5, 2e-3),
        ("NDUTy", 0.5, 2e-3),
        ("RTIMe", 0.0, 1e-6),
        ("FTIMe", 0.0, 1e-6),
        ("PPULses", 1, 0),
        ("NPULses", 2, 0),
        ("PEDGes", 2, 0),
        ("NEDGes", 2, 0),
    ],
)
def test_what_a_clock_of_one_kilohertz_measures(scope, item, expected, tolerance):
    scope.send(":TIM:OFFS 1E-4")  # no edge at the rim of the screen
    assert scope.measure(item) == pytest.approx(expected, abs=tolerance)


def test_rise_time_needs_a_time_base_that_shows_it():
    scope = Scope(CLOCK | {"rise_time": 10e-6, "fall_time": 20e-6})
    scope.send(":CHAN1:OFFS -1.5", ":TIM:SCAL 1E-5", ":TRIG:EDGE:LEV 1.65")
    assert scope.measure("RTIMe") == pytest.approx(8e-6, rel=0.05)
    assert scope.measure("PSLewrate") == pytest.approx(3.3 / 10e-6, rel=0.05)
    assert scope.ask(":MEAS:ITEM? FTIMe,CHAN1") == "9.9E37"
    scope.send(":TRIG:EDGE:SLOP NEG")
    assert scope.measure("FTIMe") == pytest.approx(16e-6, rel=0.05)
    assert scope.measure("NSLewrate") == pytest.approx(-3.3 / 20e-6, rel=0.05)


def test_the_scope_itself_is_not_faster_than_its_bandwidth():
    scope = Scope({"shape": "square", "frequency": 1e6, "high": 3.3, "rise_time": 1e-10})
    scope.send(":CHAN1:OFFS -1.5", ":TIM:SCAL 1E-8", ":TRIG:EDGE:LEV 1.65")
    assert scope.measure("RTIMe") == pytest.approx(0.35 / 70e6, rel=0.1)
    scope.send(":CHAN1:BWL 20M")
    assert scope.measure("RTIMe") == pytest.approx(0.35 / 20e6, rel=0.1)


def test_what_a_sine_measures(scope):
    assert scope.measure("VRMS", "CHAN2") == pytest.approx(1 / math.sqrt(2), rel=0.01)
    assert scope.measure("VPP", "CHAN2") == pytest.approx(2.0, abs=0.08)
    assert scope.measure("VAMP", "CHAN2") == pytest.approx(2.0, abs=0.08)
    assert scope.measure("FREQ", "CHAN2") == pytest.approx(1e3, rel=0.01)
    assert scope.measure("RTIMe", "CHAN2") == pytest.approx(2 * math.asin(0.8) / (2 * math.pi * 1e3), rel=0.05)


@given(frequency=st.floats(10, 1e6), duty=st.floats(0.1, 0.9), high=st.floats(0.5, 10))
@settings(max_examples=25, deadline=None)
def test_any_clock_measures_what_it_is_after_an_automatic_setup(frequency, duty, high):
    scope = Scope(CLOCK | {"frequency": frequency, "duty": duty, "high": high})
    scope.send(":AUT")
    assert scope.status() == "TD"
    assert scope.measure("FREQ") == pytest.approx(frequency, rel=2e-3)
    assert scope.measure("PDUT") == pytest.approx(duty, abs=5e-3)
    assert scope.measure("VAMP") == pytest.approx(high, rel=0.03)


def test_overshoot_and_duty_are_parts_of_one_or_in_percent():
    parts, percent = (Scope(CLOCK | {"overshoot": 0.2, "duty": 0.25}, percent=option) for option in (False, True))
    for scope in (parts, percent):
        scope.send(":AUT")
    assert parts.measure("OVER") == pytest.approx(0.2, abs=0.05)
    assert percent.measure("OVER") == pytest.approx(20, abs=5)
    assert percent.measure("PDUT") == pytest.approx(25, abs=0.5)


def test_delay_and_phase_between_two_channels():
    scope = Scope(CLOCK, CLOCK | {"delay": 0.1e-3})
    scope.send(":CHAN2:DISP 1", ":TIM:SCAL 2E-4", ":CHAN1:OFFS -1.5", ":CHAN2:OFFS -1.5", ":TRIG:EDGE:LEV 1.65")
    assert scope.measure("RRDelay", "CHAN1", "CHAN2") == pytest.approx(0.1e-3, abs=1e-6)
    assert scope.measure("RRDelay", "CHAN2", "CHAN1") == pytest.approx(-0.1e-3, abs=1e-6)
    assert scope.measure("RRPHase", "CHAN1", "CHAN2") == pytest.approx(36, abs=0.5)
    assert scope.measure("FFDelay", "CHAN1", "CHAN2") == pytest.approx(0.1e-3, abs=1e-6)
    assert scope.measure("RFDelay", "CHAN1", "CHAN2") == pytest.approx(-0.4e-3, abs=1e-6)
    scope.send(":MEAS:SET:DSA CHAN2", ":MEAS:SET:DSB CHAN1")
    assert float(scope.ask(":MEAS:ITEM? RRDelay")) == pytest.approx(-0.1e-3, abs=1e-6)


def test_what_cannot_be_measured_says_so(scope):
    for asked in ("FREQ,CHAN3", "RTIM,CHAN3", "VPP,CHAN4", "VPP,D0", "VPP,MATH1", "RRD,CHAN1,CHAN4"):
        assert scope.ask(f":MEAS:ITEM? {asked}") == "9.9E37"


def test_statistics_count_what_was_asked(scope):
    values = [float(scope.ask(":MEAS:STAT:ITEM? CURR,VPP,CHAN1")) for _ in range(5)]
    assert float(scope.ask(":MEAS:STAT:ITEM? CNT,VPP,CHAN1")) == 6
    assert float(scope.ask(":MEAS:STAT:ITEM? MAX,VPP,CHAN1")) >= max(values)
    assert float(scope.ask(":MEAS:STAT:ITEM? MIN,VPP,CHAN1")) <= min(values)
    assert float(scope.ask(":MEAS:STAT:ITEM? AVER,VPP,CHAN1")) == pytest.approx(3.35, abs=0.1)
    assert float(scope.ask(":MEAS:STAT:ITEM? DEV,VPP,CHAN1")) < 0.1
    scope.send(":MEAS:STAT:RES")
    assert float(scope.ask(":MEAS:STAT:ITEM? CNT,VPP,CHAN1")) == 1


def test_thresholds_can_be_set():
    scope = Scope(CLOCK | {"rise_time": 10e-6})
    scope.send(":CHAN1:OFFS -1.5", ":TIM:SCAL 1E-5", ":TRIG:EDGE:LEV 1.65", ":MEAS:SET:MAX 80", ":MEAS:SET:MIN 20")
    assert scope.measure("RTIMe") == pytest.approx(6e-6, rel=0.05)
    scope.send(":MEAS:THR:DEF")
    assert scope.measure("RTIMe") == pytest.approx(8e-6, rel=0.05)


# What a channel sees --------------------------------------------------------------------------------------------------


def test_a_supply_is_a_steady_voltage_and_an_open_input_is_none(scope):
    assert scope.measure("VAVG", "CHAN3") == pytest.approx(0.0, abs=0.01)
    scope.switch(3.3)
    scope.now += 10e-3
    assert scope.measure("VAVG", "CHAN3") == pytest.approx(3.3, abs=0.03)
    scope.send(":CHAN4:DISP 1")
    assert scope.measure("VAVG", "CHAN4") == pytest.approx(0.0, abs=0.01)


def test_a_signal_that_is_a_part_of_a_rail_is_dead_while_the_rail_is():
    scope = Scope(CLOCK | {"high": 1.0, "of": "A"})
    scope.send(":TIM:SCAL 2E-4", ":TRIG:EDGE:LEV 1")
    assert (scope.measure("VMAX") < 0.2, scope.status()) == (True, "AUTO")
    scope.switch(2.5)
    scope.now += 10e-3
    assert scope.measure("VTOP") == pytest.approx(2.5, abs=0.05)
    assert scope.status() == "TD"


def test_ac_coupling_takes_the_mean_away_and_ground_everything(scope):
    scope.send(":CHAN1:OFFS 0;COUP AC")
    assert scope.measure("VAVG") == pytest.approx(0.0, abs=0.03)
    assert scope.measure("VTOP") == pytest.approx(1.65, abs=0.04)
    scope.send(":CHAN1:COUP GND")
    assert scope.measure("VPP") < 0.15


def test_inverted_is_upside_down(scope):
    scope.send(":CHAN1:OFFS 1.5;INV ON")
    assert scope.measure("VBAS") == pytest.approx(-3.3, abs=0.04)


def test_what_leaves_the_adc_is_clipped(scope):
    scope.send(":CHAN1:SCAL 0.2", ":CHAN1:OFFS 0")
    assert scope.measure("VMAX") == pytest.approx(127 / 25 * 0.2)
    scope.send(":CHAN1:OFFS -3")
    assert scope.measure("VMAX") == pytest.approx(3.3, abs=0.05)
    assert scope.measure("VMIN") == pytest.approx(3 - 128 / 25 * 0.2)


def test_a_wrong_probe_ratio_shows_where_the_probe_is_a_real_one():
    scope = Scope(CLOCK, probe=10)
    scope.send(":TIM:SCAL 2E-4")
    assert scope.measure("VTOP") == pytest.approx(3.3, abs=0.05)
    scope.send(":CHAN1:PROB 1")
    assert scope.measure("VTOP") == pytest.approx(0.33, abs=0.01)


def test_averages_and_high_resolution_are_quieter():
    noisy, averaged, fine = (Scope("A", noise=20.0) for _ in range(3))
    averaged.send(":ACQ:TYPE AVER;AVER 64")
    fine.send(":ACQ:TYPE HRES")
    spread = [math.sqrt(scope.measure("VAR")) for scope in (noisy, averaged, fine)]
    assert spread[1] == pytest.approx(spread[0] / 8, rel=0.2)
    assert spread[2] == pytest.approx(spread[0] / 4, rel=0.2)


def test_memory_and_sample_rate_make_the_time_base(scope):
    assert float(scope.ask(":ACQ:MDEP?")) == pytest.approx(4e6)
    assert float(scope.ask(":ACQ:SRAT?")) == pytest.approx(2e9)
    scope.send(":TIM:SCAL 2E-2")
    assert float(scope.ask(":ACQ:SRAT?")) * 0.2 == pytest.approx(float(scope.ask(":ACQ:MDEP?")))
    scope.send(":ACQ:MDEP 10k")
    assert scope.ask(":ACQ:MDEP?") == "1.0000E+04"
    assert float(scope.ask(":ACQ:SRAT?")) == pytest.approx(1e4 / 0.2)
    scope.send(":STOP", ":ACQ:MDEP 1M")
    assert scope.ask(":ACQ:MDEP?") == "1.0000E+04"
    assert scope.refused(":ACQ:MDEP many") == -224


@pytest.mark.parametrize(("on", "rate"), [(1, 8e9), (2, 4e9), (3, 2e9), (4, 2e9)])
def test_channels_share_the_samples(on, rate):
    scope = Scope()
    for number in range(2, on + 1):
        scope.send(f":CHAN{number}:DISP 1")
    assert float(scope.ask(":ACQ:SRAT?")) == rate


def test_memory_depth_in_words():
    scope = Scope(depth_in_words=True)
    assert scope.ask(":ACQ:MDEP?") == "AUTO"
    scope.send(":ACQ:MDEP 10000")
    assert scope.ask(":ACQ:MDEP?") == "10k"


# Running and stopping -------------------------------------------------------------------------------------------------


def test_triggered_the_level_is_crossed_at_time_zero(scope):
    before, after = scope.at_trigger()
    assert (before < 1.0, after > 2.5, scope.status()) == (True, True, "TD")
    scope.send(":TRIG:EDGE:SLOP NEG")
    before, after = scope.at_trigger()
    assert (before > 2.5, after < 1.0) == (True, True)


@given(level=st.floats(-0.9, 0.9), start=st.floats(0, 1e6), rising=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_sine_is_at_the_level_at_time_zero_whenever_one_looks(level, start, rising):
    scope = Scope(SINE, start=start, noise=0.0)
    scope.send(":CHAN1:SCAL 0.5", ":TIM:SCAL 1E-4", f":TRIG:EDGE:LEV {level}")
    scope.send(f":TRIG:EDGE:SLOP {'POS' if rising else 'NEG'}")
    times, volts = scope.trace()
    middle = min(range(len(times)), key=lambda n: abs(times[n]))
    assert volts[middle] == pytest.approx(level, abs=0.025)
    assert (volts[middle + 20] > volts[middle - 20]) == rising


def test_without_a_trigger_auto_shows_something_and_normal_waits(scope):
    scope.send(":TRIG:EDGE:LEV 5")
    assert scope.status() == "AUTO"
    shown = scope.measure("VPP")
    assert shown == pytest.approx(3.3, abs=0.15)
    scope.send(":TRIG:SWE NORM")
    assert scope.status() == "WAIT"
    scope.send(":TFOR", ":STOP")
    assert scope.status() == "STOP"
    assert scope.measure("VPP") == pytest.approx(3.3, abs=0.15)


def test_normal_that_never_triggered_has_nothing_to_measure():
    scope = Scope("A")
    scope.send(":TRIG:SWE NORM", ":CLE")
    assert scope.ask(":MEAS:ITEM? VAVG,CHAN1") == "9.9E37"
    assert scope.block() == b""


def test_a_single_acquisition_waits_triggers_and_stops(scope):
    scope.now = 23456.0002  # 0.2 ms after a rising edge
    scope.send(":SING")
    assert scope.ask(":TRIG:SWE?") == "SING"
    assert scope.status() == "RUN"  # what comes before the trigger is not there yet
    scope.now += 1.5e-3
    assert scope.status() == "WAIT"
    scope.now += 0.5e-3
    assert scope.status() == "TD"
    scope.now += 1e-3
    assert scope.status() == "STOP"
    before, after = scope.at_trigger()
    assert before < 1.0 < 2.5 < after
    scope.send(":RUN")
    assert (scope.ask(":TRIG:SWE?"), scope.status()) == ("AUTO", "TD")


def test_a_single_acquisition_catches_a_supply_being_switched_on():
    scope = Scope("A")
    scope.send(":TIM:SCAL 1E-3", ":TRIG:EDGE:LEV 1.5", ":SING")
    scope.now += 3.0
    assert scope.status() == "WAIT"
    scope.switch(3.3)
    scope.now += 1e-3
    assert scope.status() == "TD"
    scope.switch(0.0)
    scope.now += 1.0
    assert scope.status() == "STOP"
    times, volts = scope.trace()
    shown = {round(volts[n]) for n, at in enumerate(times) if 0 < at < 0.9e-3}, volts[0], volts[-1]
    assert shown[0] == {3}
    assert shown[1:] == pytest.approx((0.0, 0.0), abs=0.1)


def test_a_forced_trigger_ends_the_wait():
    scope = Scope("A")
    scope.send(":TIM:SCAL 1E-3", ":SING")
    scope.now += 1.0
    assert scope.status() == "WAIT"
    scope.send(":TFOR")
    assert scope.status() == "TD"
    scope.now += 1.0
    assert scope.status() == "STOP"


def test_a_stopped_scope_keeps_its_record(scope):
    scope.switch(2.0)
    scope.now += 1.0
    scope.send(":STOP", ":WAV:SOUR CHAN3")
    kept = scope.block(), scope.measure("VAVG", "CHAN3")
    scope.switch(0.0)
    scope.now += 100.0
    assert (scope.block(), scope.measure("VAVG", "CHAN3")) == kept
    scope.send(":RUN")
    assert scope.measure("VAVG", "CHAN3") == pytest.approx(0.0, abs=0.01)


def test_a_running_scope_shows_another_acquisition_each_time(scope):
    assert scope.block() != scope.block()


def test_acquisitions_can_take_their_time_while_it_runs():
    scope = Scope(CLOCK, timed=True)
    scope.send(":TIM:SCAL 1E-3", ":TRIG:EDGE:LEV 1.65")
    assert scope.ask(":MEAS:ITEM? FREQ,CHAN1") == "9.9E37"
    scope.now += 6e-3
    assert scope.status() == "RUN"
    scope.now += 6e-3
    assert scope.status() == "TD"
    assert scope.measure("FREQ") == pytest.approx(1e3, rel=1e-3)


def test_automatic_setup_finds_what_there_is(scope):
    scope.switch(5.0)
    scope.now += 10e-3
    scope.send(":CHAN4:DISP 1", ":AUT")
    assert [scope.ask(f":CHAN{n}:DISP?") for n in range(1, 5)] == ["1", "1", "1", "0"]
    assert scope.status() == "TD"
    assert scope.measure("VAMP") == pytest.approx(3.3, abs=0.05)
    assert scope.measure("VAVG", "CHAN3") == pytest.approx(5.0, abs=0.1)
    assert 2e-3 <= 10 * float(scope.ask(":TIM:SCAL?")) <= 1e-2


def test_automatic_setup_can_be_forbidden(scope):
    scope.send(":SYST:AUT 0")
    assert scope.refused(":AUT") == -200


# Cursors and picture --------------------------------------------------------------------------------------------------


def test_cursors_give_the_time_and_voltage_of_their_pixel(scope):
    scope.send(":CURS:MODE MAN", ":CURS:MAN:SOUR CHAN1", ":CURS:MAN:CAX 500", ":CURS:MAN:CBX 600")
    scope.send(":CURS:MAN:CAY 240", ":CURS:MAN:CBY 180")
    values = [float(scope.ask(f":CURS:MAN:{what}?")) for what in ("AXV", "BXV", "XDEL", "IXDEL", "AYV", "BYV", "YDEL")]
    assert values == pytest.approx([0.0, 2e-4, 2e-4, 5e3, 1.5, 2.5, 1.0], abs=1e-9)


def test_the_picture_is_a_bitmap_with_the_channels_that_are_on(scope):
    picture = scope.block(":DISP:DATA?")
    assert len(picture) == 1_843_254
    assert picture[:2] == b"BM"
    assert picture.count(bytes((0, 255, 255))) > 1000
    assert bytes((255, 128, 0)) not in picture
