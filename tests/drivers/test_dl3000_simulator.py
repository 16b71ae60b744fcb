"""The simulated DL3000: its command tree, its programs, its protections, and the habits its options choose among."""

import random

import pytest
from cables import Direct

from lager_drivers.rigol_dl3000.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Source, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

VF, OC, RS, OP, RUN, UNR, LRV, OV, PS, VON = 1, 2, 4, 8, 128, 1024, 2048, 4096, 8192, 16384


class Clock:
    def __init__(self):
        self.now = 50.0

    def __call__(self):
        return self.now


class Load(Direct):
    """A load across a supply of 12 V and 30 A, on a cable."""

    def __init__(self, model="Rigol_DL3021", **options):
        self.clock = Clock()
        self.rail = Rail(source=Source(emf=12.0, limit=30.0, on=True))
        circuit = Circuit(random.Random(3), {"A": self.rail}, {}, Wires(loads={"load.1": "A"}))
        wiring = Wiring(circuit, "load")
        options = {"settling": 0} | options
        super().__init__(simulate(Simulation(model, "DL3A204800938", wiring, self.clock, options)))

    def after(self, seconds):
        self.clock.now += seconds
        return self

    def do(self, *lines):
        for line in lines:
            self.write(line)
        return self

    def number(self, command):
        return float(self.query(command))

    def bits(self):
        return int(self.query(":STAT:QUES:COND?"))

    def error(self):
        return int(self.query(":SYST:ERR?").split(",")[0])


@pytest.fixture
def load():
    return Load()


def near(wanted, by=2e-3):
    return pytest.approx(wanted, abs=by)


def test_who_it_is(load):
    assert load.query("*IDN?") == "RIGOL TECHNOLOGIES,DL3021,DL3A204800938,00.01.05.00.01"
    assert load.query("*OPT?") == "0,0,0,0,0"
    assert load.query("*TST?;:SYST:VERS?") == "0;1999.0"
    assert load.instrument.strings[2] == "DL3A204800938"


@pytest.mark.parametrize(
    ("word", "shown"), [("CURR", "CC"), ("VOLTage", "CV"), ("resistance", "CR"), ("POW", "CP"), ("POWER", "CP")]
)
def test_regulation_is_set_in_one_word_and_told_in_another(load, word, shown):
    assert load.do(f":SOUR:FUNC {word}").query(":FUNC?") == shown


def test_what_it_tells_is_not_what_it_takes(load):
    load.do(":SOUR:FUNC CV")
    assert load.query(":SYST:ERR?") == '-220,"Parameter error"'
    assert load.query(":FUNC?") == "CC"


def test_an_option_that_does_not_exist():
    with pytest.raises(ValueError, match="stiky"):
        Load(stiky=True)


def test_switches_and_levels_in_all_their_forms(load):
    load.do(":INP 1", ":SOURCE:CURRENT:LEVEL:IMMEDIATE 1.23456", "CURR:VON 2")
    assert load.query(":INP?;:SOUR:CURR?;:SOUR:CURR? MAX;:SOUR:CURR:VON?") == "1;1.2350;40.0000;2.0000"
    load.do(":SOUR:INP:STAT OFF")
    assert load.query(":SOUR:INPut:STATe?") == "0"


@pytest.mark.parametrize(("value", "code"), [("-1", -222), ("41", -222), ("x", -104), ("", -109), ("1,2", -109)])
def test_levels_that_are_none(load, value, code):
    assert load.do(f":CURR {value}").error() == code
    assert load.number(":CURR?") == 0


def test_a_range_change_sets_the_level_to_zero(load):
    load.do(":CURR 3", ":CURR:RANG 4")
    assert load.query(":CURR?;:CURR:RANG?") == "0.0000;4"
    assert load.do(":CURR 5").error() == -222
    load.do(":CURR 2", ":CURR:RANG 3")  # the same range again
    assert load.number(":CURR?") == 2
    assert load.do(":CURR:RANG MAX").query(":CURR:RANG?") == "40"


def test_a_resistance_range_must_hold_the_level(load):
    assert load.do(":RES 100", ":RES:RANG 15").error() == -221
    assert load.do(":RES 10", ":RES:RANG 15", ":RES 1").query(":RES?;:RES:RANG?") == "1.0000;15"
    assert load.do(":RES:RANG DEF").error() == -221


def test_a_resistance_below_the_range_is_clamped_or_refused(load):
    assert load.do(":RES 0.01").number(":RES?") == 2
    assert load.do(":RES MIN").number(":RES?") == 2
    other = Load(resistance="refused")
    assert other.do(":RES 0.01").error() == -222


def test_the_slew_rate(load):
    assert load.query(":CURR:SLEW?;:CURR:SLEW? MAX;:CURR:SLEW:POS? MAX") == "0.0010;2.5000;0.0000"
    load.do(":CURR:RANG 4", ":CURR:SLEW 0.24")
    assert load.do(":CURR:SLEW:BOTH 0.5").error() == -222
    load.do(":CURR:TRAN:MODE CONT")
    assert load.query(":CURR:SLEW:POS? MIN;:CURR:SLEW:NEG? MAX") == "0.0010;0.3000"


def test_current_goes_to_its_level_at_the_slew_rate():
    load = Load(settling=1e-9)
    load.do(":INP ON").after(1.0).do(":CURR 2")
    assert load.after(0.001).number(":MEAS:CURR?") == near(1)
    assert load.after(0.001).number(":MEAS:CURR?") == near(2)
    assert load.do(":CURR 0.5").after(0.0005).number(":MEAS:CURR?") == near(1.5)


def test_it_sinks_above_von_only(load):
    load.do(":CURR:VON 13", ":CURR 1", ":INP ON")
    assert load.number(":MEAS:CURR?") == near(0)
    load.rail.source.emf = 14.0
    assert load.number(":MEAS:CURR?") == near(1)
    load.rail.source.emf = 12.0  # and stays, once it has begun: the latch is on from the factory
    assert load.number(":MEAS:CURR?") == near(1)
    assert load.bits() == VON
    load.do(":INP OFF", ":INP ON")
    assert load.number(":MEAS:CURR?") == near(0)


def test_readings(load):
    load.do(":CURR 2", ":INP ON")
    assert load.number(":MEAS:VOLT?") == near(12)
    assert load.number(":MEAS:VOLTage:DC?") == near(12)
    assert load.number(":FETC:CURR?") == near(2)
    assert load.number(":MEAS:POW:DC?") == near(24, 0.01)
    assert load.number(":MEAS:RES?") == near(6, 0.01)
    assert load.number(":MEAS:TIME?") == 200
    assert len({load.query(":MEAS:CURR?") for _ in range(5)}) > 1  # noise
    load.do(":CURR 3").query(":CURR?")
    load.rail.source.emf = 10.0
    load.query(":CURR?")
    wanted = {":MEAS:VOLT:MAX?": 12, ":MEAS:VOLT:MIN?": 10, ":MEAS:CURR:MAX?": 3, ":FETC:CURR:MIN?": 0}
    assert {command: load.number(command) for command in wanted} == {key: near(one) for key, one in wanted.items()}


def test_readings_in_their_other_form():
    load = Load(readings="exponent")
    assert load.query(":MEAS:VOLT?").startswith("+1.2") or load.query(":MEAS:VOLT?").startswith("+1.1999")
    assert load.query(":MEAS:VOLT?").endswith("E+01")


def test_a_resistance_that_draws_next_to_nothing_reads_none(load):
    load.do(":FUNC RES", ":RES 15000", ":INP ON")
    assert load.query(":MEAS:CURR?") == "0.000000"


@pytest.mark.parametrize(
    ("lines", "bits"),
    [
        ([":CURR:ILIM 1", ":CURR 2", ":INP ON"], PS | OC),
        ([":CURR:VLIM 10", ":INP ON"], PS | OV | VF),
        ([":CURR 18", ":INP ON"], PS | OP),  # 12 V and 18 A are more than 105 % of 200 W
        ([":FUNC VOLT", ":VOLT:ILIM 5", ":VOLT 8", ":INP ON"], PS | OC),
        ([":FUNC POW", ":POW:ILIM 5", ":POW 120", ":INP ON"], PS | OC),
    ],
)
def test_protections(load, lines, bits):
    load.do(*lines)
    assert load.query(":INP?") == "0"
    assert load.bits() == bits
    assert int(load.query(":STAT:QUES?")) & bits == bits
    load.rail.source.emf = 1.0
    load.do(":CURR 0", ":POW 0", ":VOLT 150", ":INP ON")
    assert load.query(":INP?") == "1"
    assert load.bits() & PS == 0


def test_reverse_voltage(load):
    load.rail.source.emf = -3.0
    assert load.bits() == LRV | VF
    load.do(":INP ON")
    assert load.query(":INP?") == "0"
    assert load.bits() == PS | LRV | VF
    assert load.number(":MEAS:VOLT?") == near(-3)


def test_protection_levels_begin_at_their_highest(load):
    assert load.query(":CURR:VLIM?;:CURR:ILIM?") == "155.0000;44.0000"
    assert Load("Rigol_DL3031A").query(":RES:VLIM?;:RES:ILIM?;*OPT?") == "155.0000;70.0000;1,1,1,1,1"


def test_the_status_registers(load):
    load.do(":SENS ON", ":STAT:QUES:ENAB 4099")
    assert load.query(":SENS?;:STAT:QUES:ENAB?") == "1;4099"
    assert load.bits() == RS
    load.do(":CURR 31", ":CURR:VLIM 100", ":INP ON")
    load.rail.source.emf = 3.0
    assert load.do(":INP ON", ":FUNC VOLT", ":VOLT 5").bits() & UNR
    assert int(load.query(":STAT:QUES:EVEN?")) & UNR
    load.do(":INP OFF", ":SENS OFF").query(":STAT:QUES?")
    assert load.query(":STAT:QUES?") == "0"


def test_leaving_a_list_is_done_by_choosing_a_regulation(load):
    load.do(":FUNC:MODE LIST", ":FUNC:MODE FIX", "*RST")
    assert load.query(":FUNC:MODE?") == "LIST"
    assert load.error() == 0
    assert load.do(":FUNC CURR").query(":FUNC:MODE?") == "FIX"


def test_leaving_a_list_on_other_firmware():
    stuck = Load(leaving="power").do(":FUNC:MODE WAVe", ":FUNC:MODE FIX", ":FUNC CURR", "*RST", "*CLS")
    assert stuck.query(":FUNC:MODE?") == "WAV"
    stuck.instrument.power_cycle()
    assert stuck.query(":FUNC:MODE?") == "FIX"
    assert Load(leaving="fix").do(":FUNC:MODE OPP", ":FUNC:MODE FIXed").query(":FUNC:MODE?") == "FIX"
    assert Load(leaving="fix").do(":FUNC:MODE OCP", "*RST").query(":FUNC:MODE?") == "FIX"


def test_stuck_in_the_waveform_function(load):
    load.do(":CURR 2", ":FUNC:MODE WAV", ":INP ON")
    assert load.number(":MEAS:CURR?") == near(0.01)
    assert Load(wave="loads").do(":CURR 2", ":FUNC:MODE WAV", ":INP ON").number(":MEAS:CURR?") == near(2)
    other = Load(leaving="power").do(":FUNC:MODE WAV", ":FUNC RES", ":RES 10", ":INP ON")
    assert other.number(":MEAS:CURR?") == 0


def test_arming_a_transient_turns_the_input_on_at_level_b(load):
    load.do(":CURR:TRAN:MODE TOGG", ":SOUR:TRAN ON")
    assert load.query(":INP?;:SOUR:TRAN?") == "1;1"
    assert load.number(":MEAS:CURR?") == near(1)
    assert load.do("*TRG").number(":MEAS:CURR?") == near(1)  # not what triggers it
    load.do(":TRIG:SOUR BUS")
    assert load.query(":SOUR:TRAN?;:TRIG:SOUR?") == "0;BUS"  # that has disarmed it
    assert load.do(":TRAN ON", ":TRIG").number(":MEAS:CURR?") == near(4)
    assert load.do(":TRIG:IMM").number(":MEAS:CURR?") == near(1)


def test_a_pulse(load):
    load.do(":TRIG:SOUR BUS", ":CURR:TRAN:MODE PULS", ":CURR:TRAN:AWID 200", ":CURR:TRAN:ALEV 3", ":TRAN ON", ":TRIG")
    assert load.number(":MEAS:CURR?") == near(3)
    assert load.after(0.25).number(":MEAS:CURR?") == near(1)


def test_a_continuous_transient(load):
    load.do(":CURR:TRAN:MODE CONT", ":CURR:TRAN:PER 1000", ":CURR:TRAN:ADUT 25", ":TRAN ON")
    assert load.query(":CURR:TRAN:FREQ?;:CURR:TRAN:PER?") == "1.000;1000.000"
    found = [round(load.after(0.2499 if n else 0.1).number(":MEAS:CURR?")) for n in range(5)]
    assert found == [4, 1, 1, 1, 4]
    assert Load(frequency_unit="kHz").do(":CURR:TRAN:FREQ 2").query(":CURR:TRAN:PER?") == "0.500"


def test_a_list(load):
    load.do(":LIST:MODE CC", ":LIST:STEP 3", ":LIST:COUN 2", ":LIST:END LAST", ":TRIG:SOUR BUS")
    load.do(":LIST:LEV 0,1", ":LIST:LEV 1,2", ":LIST:LEV 2,3", ":LIST:WID 1,0.5", ":LIST:SLEW 0,0.01")
    assert load.query(":LIST:LEV? 1;:LIST:WID? 1;:LIST:WID? 2;:LIST:SLEW? 0") == "2.000000;0.500000;1.000000;0.010000"
    load.do(":FUNC:MODE LIST", ":INP ON")
    assert load.number(":MEAS:CURR?") == near(0)
    load.do(":TRIG")
    assert load.bits() & RUN
    found = [round(load.after(0.5).number(":MEAS:CURR?")) for _ in range(10)]
    assert found == [1, 2, 3, 3, 1, 1, 2, 3, 3, 3]
    assert not load.bits() & RUN


def test_a_list_ends_with_the_input_off_and_four_steps_play_nothing(load):
    load.do(":TRIG:SOUR BUS", ":FUNC:MODE LIST", ":INP ON", ":TRIG").after(1.5)
    assert load.number(":MEAS:CURR?") == near(2)  # two steps of 2 A, 1 s each, after *RST
    assert load.after(1.0).query(":INP?") == "0"
    load.do(":LIST:STEP 4", ":INP ON", ":TRIG")
    assert load.number(":MEAS:CURR?") == near(0)
    assert not load.bits() & RUN


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (":LIST:LEV 512,1", -222),
        (":LIST:LEV 1", -109),
        (":LIST:WID 1,0", -222),
        (":LIST:LEV 1,-1", -222),
        (":LIST:MODE CURR", -220),
        (":LIST:STEP 1", -222),
        (":FUNC:MODE FAST", -220),
        (":SYST:KEY 100", -222),
        (":TRIG:SOUR", -220),
        (":INP:SHOR ON", -113),
        (":CURR:PROT 5", -113),
        (":INP", -109),
        (":INP PERHAPS", -141),
    ],
)
def test_what_it_refuses(load, line, code):
    assert load.do(line).error() == code
    assert load.error() == 0


def test_a_list_is_kept_without_power(load):
    load.do(":LIST:STEP 7", ":LIST:LEV 6,5", ":CURR 3", ":INP ON")
    load.instrument.power_cycle()
    assert load.query(":LIST:STEP?;:LIST:LEV? 6;:CURR?;:INP?;:SYST:ERR?") == '7;5.000000;0.0000;0;0,"No error"'
    assert load.do("*RST").query(":LIST:STEP?;:LIST:LEV? 6") == "2;2.000000"


def test_a_battery_test(load):
    load.do(":BATTary:RANG 40", ":BATT:LEV 2", ":BATT:VST 3", ":BATT:CST 1000", ":BATT:TIM 100", ":BATT:VON 1")
    load.do(":BATT:CENab 1")
    assert load.error() == -113
    load.do(":BATT:CENabstop 1", ":FUNC:MODE BATTERY", ":INP ON")
    assert load.query(":FUNC?;:FUNC:MODE?;:BATT:CENabstop?;:BATT:VENabstop?") == "NONE;BATT;1;0"
    load.after(15).query(":FUNC?")
    assert load.number(":MEAS:CAP?") == near(2 * 15 / 3600, 1e-5)
    assert load.number(":MEAS:WATT?") == near(24 * 15 / 3600, 1e-3)
    assert load.query(":FETC:DISC?") == "0:0:15"
    assert load.query(":INP?") == "1"
    load.after(2000)
    assert load.query(":INP?") == "0"
    seconds = Load(discharge_time="seconds").do(":INP ON").after(75)
    assert seconds.number(":MEAS:DISC?") == 75


def test_what_it_counted_is_lost_without_power(load):
    load.do(":SOUR:CURR 2", ":INP ON").after(3600)
    assert load.number(":MEAS:CAP?") > 1
    load.instrument.power_cycle()
    assert [load.number(f":MEAS:{one}?") for one in ("CAP", "WATT")] == [0, 0]
    assert load.number(":MEAS:CURR:MAX?") == near(0)
    assert load.query(":MEAS:DISC?") == "0:0:0"


def test_a_battery_test_ends_at_its_voltage(load):
    load.do(":BATT:LEV 2", ":BATT:VST 3", ":BATT:VENabstop 1", ":FUNC:MODE BATT", ":INP ON")
    assert load.query(":INP?") == "1"
    load.rail.source.emf = 2.9
    assert load.query(":INP?") == "0"


def test_the_tests_of_protections_are_settings_only(load):
    assert load.query(":OCP:IMAX?;:OCP:VON?;:OPP:TOPP?") == "10;0.01;500"
    load.do(":SOUR:OCP:IMAX 12", ":FUNC:MODE OCP", ":INP ON")
    assert load.query(":OCP:IMAX?") == "12"
    assert load.number(":MEAS:CURR?") == near(0)


def test_keys(load):
    load.do(":CURR 1", ":DEB:KEY 1", ":SYST:KEY 32")
    assert load.query(":INP?") == "1"
    load.do(":SYST:KEY 33")
    assert load.number(":MEAS:CURR?") == near(30)  # all there is
    load.do(":SYST:KEY 33", ":SYST:KEY 32", ":SYST:KEY 8")
    assert load.query(":INP?") == "0"


def test_the_error_queue(load):
    load.do(":CURR 99", ":NO")
    assert [load.error() for _ in range(3)] == [-222, -113, 0]
    sticky = Load(sticky=True).do(":CURR 99", ":NO")
    assert [sticky.error() for _ in range(6)] == [-222] * 6
    assert sticky.do("*CLS").error() == 0


def test_reset(load):
    load.do(":CURR:RANG 4", ":CURR 2", ":FUNC VOLT", ":SENS ON", ":CURR:TRAN:ALEV 9", ":TRIG:SOUR BUS", ":INP ON")
    load.do(":OCP:IMAX 3", ":BATT:LEV 2", "*RST", "*WAI")
    wanted = ":FUNC?;:CURR:RANG?;:CURR?;:INP?;:SENS?;:CURR:TRAN:ALEV?;:TRIG:SOUR?;:OCP:IMAX?;:BATT:LEV?;:CURR:SLEW?"
    assert load.query(wanted) == "CC;40;0.0000;0;0;4.0000;MANU;10;0.0000;0.0010"
