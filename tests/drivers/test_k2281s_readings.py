"""The simulated 2281S as a measuring instrument: readings, buffer, status; and as a battery tester."""

import re

import pytest
from desk2281s import Desk

from lager.errors import InstrumentSilent

NUMBER = r"[+-]\d\.\d{6}E[+-]\d\d"


@pytest.fixture
def desk():
    desk = Desk()
    assert desk.tell(":VOLT 5", ":CURR 1", ":OUTP ON", ":INIT:CONT ON") == []
    return desk


def fields(text):
    return text.split(",")


# Readings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [":MEAS:VOLT?", ":MEAS:CURR?", ":MEAS:CONC:DC?", ":READ?", ":FETC?"])
def test_a_reading_is_current_voltage_and_time_with_their_units(desk, query):
    desk.now += 336982
    found = desk.ask(query)
    assert re.fullmatch(f"{NUMBER}A,{NUMBER}V,{NUMBER}s", found)
    amps, volts, seconds = (float(one[:-1]) for one in fields(found))
    assert (amps, volts, seconds) == (pytest.approx(0.05, abs=1e-4), pytest.approx(5, abs=1e-3), 336982)


def test_the_current_function_does_not_see_what_is_sunk(desk):
    desk.rail.back_emf = 6.0
    assert desk.ask(":MEAS:CURR?").startswith("+0.000000E+00A")
    assert desk.ask(":SENS:FUNC?") == '"CURR"'
    assert desk.ask(":READ?").startswith("+0.000000E+00A")
    assert float(fields(desk.ask(":MEAS:CONC?"))[0][:-1]) == pytest.approx(-0.01, abs=1e-4)
    assert desk.tell(':SENS:FUNC "VOLT:DC"') == []
    assert desk.ask(":SENS:FUNC?") == '"VOLT"'
    assert desk.tell(':SENS:FUNC "OHM"') == [-224]


def test_elements_are_chosen(desk):
    assert desk.ask(":FORM:ELEM?") == '"READ,SOUR,UNIT,REL"'
    assert desk.tell(":FORM:ELEM 'SOURce, MODE, DATE, TIME, RST'") == []
    desk.now = 3600.25
    assert re.fullmatch(f"{NUMBER},CV,07/01/2013,01:00:00.2500,01:00:00.2500", desk.ask(":READ?"))
    assert desk.tell(':FORM:ELEM "SOC"') == [-224]
    assert desk.tell(":FORM:ELEM READ") == [-104]
    assert desk.tell(':FORM:ELEM "READ","SOUR"') == [-109]
    assert desk.tell(":OUTP OFF", ':FORM:ELEM "MODE,TST"') == []
    assert fields(desk.ask(":MEAS:CONC?"))[0] == "OFF" or desk.tell(":INIT:CONT ON") == []


def test_a_range_that_is_too_small_overflows(desk):
    assert (desk.ask(":SENS:CONC:RANG:AUTO?"), desk.number(":SENS:CURR:DC:RANG?")) == ("1", 0.01)
    assert desk.tell(":SENS:CONC:RANG 0.02") == []
    assert (desk.ask(":SENS:CONC:RANG:AUTO?"), desk.number(":SENS:CONC:RANG?")) == ("0", 0.1)
    assert float(fields(desk.ask(":MEAS:CONC?"))[0][:-1]) == pytest.approx(0.05, abs=1e-4)
    assert desk.tell(":SENS:CONC:RANG 0.01") == []
    assert fields(desk.ask(":MEAS:CONC?"))[0].startswith("+9.900000E+37")
    assert int(desk.ask(":STAT:MEAS:INST:ISUM:COND?")) & 1
    assert desk.tell(":SENS:CONC:RANG:AUTO ON") == []
    assert float(fields(desk.ask(":MEAS:CONC?"))[0][:-1]) == pytest.approx(0.05, abs=1e-4)
    assert desk.tell(":SENS:CONC:RANG 11", ":SENS:VOLT:RANG 22") == [-222, -222]
    assert desk.number(":SENS:VOLT:RANG?") == 21


@pytest.mark.parametrize(("line", "most"), [(50, 12), (60, 15)])
def test_power_line_cycles(line, most):
    desk = Desk(line_frequency=line)
    assert desk.number(":SENS:CONC:NPLC? MAX") == most
    assert desk.tell(f":SENS:CONC:NPLC {most}", ":SENS:CURR:DC:NPLC 0.002", ":SENS:VOLT:NPLC 20") == [-222]
    assert (desk.number(":SENS:CONC:NPLC?"), desk.number(":SENS:VOLT:NPLC?")) == (most, 1)


@pytest.mark.parametrize("command", [":OUTP OFF;:OUTP ON", ":ABOR", ":INIT:CONT OFF"])
def test_what_ends_continuous_measuring_leaves_old_readings(desk, command):
    desk.tell(command, ":VOLT 2")
    assert float(fields(desk.ask(":MEAS:CONC?"))[1][:-1]) == pytest.approx(5, abs=1e-3)
    desk.tell(":INIT")
    assert float(fields(desk.ask(":FETC?"))[1][:-1]) == pytest.approx(2, abs=1e-3)


# The buffer -----------------------------------------------------------------------------------------------------------


def test_reading_the_buffer_is_destructive_until_it_has_been_filled(desk):
    desk.tell(":TRAC:POIN 10", ":INIT:CONT ON")
    desk.now += 0.061 * 4.5
    first = fields(desk.ask(':DATA:DATA? "READ,SOUR,REL"'))
    assert len(first) == 3 * 5
    assert [float(one) for one in first[2::3]] == pytest.approx([0.061 * n for n in range(5)], abs=1e-6)
    assert desk.ask(':DATA:DATA? "READ"') == ""
    desk.now += 0.061 * 2
    assert len(fields(desk.ask(':TRAC:DATA? "RNUM,READ"'))) == 2 * 2
    desk.now += 0.061 * 5
    assert len(fields(desk.ask(':DATA:DATA? "SOUR"'))) == 10
    assert len(fields(desk.ask(':DATA:DATA:SEL? 2,4,"RNUM"'))) == 3
    assert desk.ask(':DATA:DATA:SEL? 2,4,"RNUM"') == "0002,0003,0004"
    assert desk.ask(":TRAC:POIN:ACT?") == "10"
    desk.tell(":TRAC:CLE")
    assert desk.ask(":DATA:DATA?") == ""


def test_the_buffer_holds_what_was_measured_last(desk):
    desk.now += 10 * 86400
    assert desk.ask(":TRAC:POIN:ACT?") == "2500"
    times = [float(one) for one in fields(desk.ask(':DATA:DATA? "REL"'))]
    assert len(times) == 2500
    assert times[-1] == pytest.approx(864000, abs=0.07)
    assert times[-1] - times[-2] == pytest.approx(0.061, abs=1.1)  # seven digits


def test_what_a_buffer_can_be(desk):
    assert (desk.ask(":TRAC:POIN?"), desk.ask(":TRAC:POIN? MIN")) == ("2500", "2")
    assert desk.tell(":TRAC:POIN 1", ":TRAC:POIN 2501") == [-222, -222]
    assert desk.tell(":TRAC:FEED SENSE", ":TRAC:FEED:CONT NEV", ":TRAC:FEED CALC", ":TRAC:FEED:CONT X") == [-141, -141]
    desk.tell(":TRAC:CLE")
    desk.now += 5
    assert (desk.ask(":TRAC:POIN:ACT?"), desk.ask(":TRAC:FEED?"), desk.ask(":TRAC:FEED:CONT?")) == ("0", "SENS", "NEV")
    assert desk.tell(":TRAC:FEED:CONT ALW") == []


@pytest.mark.parametrize("query", [":DATA:DATA:SEL? 0,4", ":DATA:DATA:SEL? 5,4", ":DATA:DATA:SEL? 1,2501"])
def test_points_there_cannot_be(desk, query):
    with pytest.raises(InstrumentSilent):
        desk.ask(query)
    assert desk.tell() == [-222]


def test_a_battery_fills_the_buffer_while_it_is_connected():
    desk = Desk().simulating()
    desk.tell(":BATT:SIM:CAP:LIM 0.001", ":BATT:SIM:SOC 80", ":BATT:OUTP ON")
    desk.now += 20
    assert re.match(f"{NUMBER}V,{NUMBER}A,{NUMBER}s", desk.ask(":BATT:DATA:DATA?"))
    desk.now += 5
    found = [float(one) for one in fields(desk.ask(':BATT:TRAC:DATA? "VOLT, CURR, SOC, RES,REL"'))]
    assert sorted(found[2::5], reverse=True) == found[2::5]  # the charge, point by point
    assert found[2] > found[-3]
    assert desk.tell(":BATT:DATA:CLE") == []
    assert desk.ask(':BATT:DATA:DATA:SEL? 1,5,"SOC"') == ""


@pytest.mark.parametrize(("function", "element"), [("SIM", "AH"), ("TEST", "SOC")])
def test_elements_of_the_other_battery_function(function, element):
    desk = Desk()
    desk.tell(f":ENTR:FUNC {function}")
    with pytest.raises(InstrumentSilent):
        desk.ask(f':BATT:DATA:DATA? "VOLT,{element}"')
    assert desk.ask(":SYST:ERR?") == '709,"buffer elements not supported in this mode"'


# Functions and status -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "query"),
    [
        ("POW", ":BATT:SIM:SOC?"),
        ("POW", ":BATT:OUTP?"),
        ("POW", ":BATT:TEST:VOLT?"),
        ("POW", ":BATTERY1:DATA:DATA?"),
        ("SIM", ":OUTP?"),
        ("SIM", ":VOLT?"),
        ("SIM", ":MEAS:CONC?"),
        ("SIM", ":DATA:DATA?"),
        ("SIM", ":BATT1:TEST:VOLT?"),
        ("TEST", ":BATTERY:SIMULATOR:SOC?"),
        ("TEST", ":OUTP:PROT:TRIP?"),
    ],
)
def test_a_function_that_is_not_live_does_not_answer(live, query):
    desk = Desk()
    desk.tell(f":ENTR:FUNC {live}")
    with pytest.raises(InstrumentSilent):
        desk.ask(query)
    assert desk.ask(":SYST:ERR?") == '700,"Command not permitted in this mode"'


@pytest.mark.parametrize("live", ["POW", "SIM", "TEST"])
@pytest.mark.parametrize("query", [":BATT:MOD1:VOC:STEP?", ":BATT:MOD:RCL?", ":TRAC:POIN?", ":SYST:LFR?", "*TST?"])
def test_what_answers_always(live, query):
    desk = Desk()
    assert desk.tell(f":ENTR:FUNC {live}") == []
    assert desk.ask(query)


@pytest.mark.parametrize("word", ["BATT", '"SIM"', "POWE", ""])
def test_words_that_are_no_function(word):
    assert Desk().tell(f":ENTR:FUNC {word}") == [-104]


def test_a_condition_shows_in_the_status_byte_where_it_is_let_through(desk):
    assert int(desk.ask(":STAT:QUES:INST:ISUM:COND?")) == 2 | 64
    assert (desk.ask(":STAT:QUES:COND?"), desk.ask("*STB?")) == ("0", "0")
    assert desk.tell(":STAT:QUES:INST:ISUM:ENAB #H08", ":STAT:QUES:INST:ENAB #B10", ":STAT:QUES:ENAB 8192") == []
    assert desk.tell("*SRE 72") == []
    assert desk.ask("*SRE?") == "8"
    desk.tell(":VOLT:PROT 4")
    assert int(desk.ask("*STB?")) == 8 | 64
    assert int(desk.ask(":STAT:QUES?")) == 8192
    assert int(desk.ask(":STAT:QUES:INST?")) == 2
    assert int(desk.ask(":STAT:QUES:INST:ISUM?")) & 8
    assert desk.ask(":STAT:QUES:INST:ISUM?") == "0"  # it clears as it is read
    assert desk.ask("*STB?") == "0"
    desk.instrument.power_cycle()
    assert desk.ask(":STAT:QUES:ENAB?") == "0"
    assert desk.tell(":STAT:OPER:ENAB 1", ":STAT:PRES", "*SRE 300", "*SRE") == [-222, -109]
    assert desk.ask(":STAT:OPER:ENAB?") == "0"


def test_operation_and_measurement_conditions(desk):
    desk.tell(":TRAC:POIN 8", ":INIT:CONT ON")
    assert int(desk.ask(":STAT:OPER:INST:ISUM:COND?")) == 16 | 256
    seen = {int(desk.ask(":STAT:MEAS:INST:ISUM:COND?"))}
    for _ in range(8):
        desk.now += 0.061
        seen.add(int(desk.ask(":STAT:MEAS:INST:ISUM:COND?")))
    assert {64, 64 | 1024, 64 | 1024 | 128, 64 | 1024 | 128 | 512, 64 | 1024 | 128 | 512 | 256} <= seen
    desk.tell(":ABOR")
    assert int(desk.ask(":STAT:OPER:INST:ISUM:COND?")) == 1024 | 256


def test_cls_forgets_events(desk):
    desk.tell(":STAT:QUES:INST:ISUM:ENAB 64")
    desk.cable.write("*CLS")
    assert desk.ask(":STAT:QUES:INST:ISUM?") == "0"


def test_the_display_takes_24_characters(desk):
    assert desk.tell(":DISP:USER:TEXT 'Measurement, and done;;!'") == []
    assert desk.tell(f':DISP:USER:TEXT "{"x" * 25}"', ":DISP:USER:TEXT x", "*WAI") == [-223, -104]


def test_a_limit_pulls_the_voltage_down(desk):
    assert desk.tell(":VOLT:LIM 4") == []
    assert desk.number(":VOLT?") == 4
    assert desk.tell(":VOLT 4.5") == [-222]
    assert desk.tell("*RST") == []
    assert (desk.number(":VOLT:LIM?"), desk.number(":VOLT?")) == (20, 0)


# Battery test ---------------------------------------------------------------------------------------------------------


class Cell:
    """A battery under test: it follows what the instrument does to it."""

    def __init__(self, desk, amp_hours, volts):
        self.desk, self.amp_hours, self.volts, self.charge = desk, amp_hours, volts, 0.5
        self.seen = desk.now
        desk.circuit.follow(self.follow)
        self.follow()

    def follow(self):
        seconds, self.seen = self.desk.now - self.seen, self.desk.now
        amps = self.desk.rail.point().amps if self.desk.rail.source.on else 0.0
        self.charge = min(max(self.charge + amps * seconds / 3600 / self.amp_hours, 0.0), 1.0)
        low, high = self.volts
        self.desk.rail.back_emf = low + (high - low) * self.charge


@pytest.fixture
def tester():
    desk = Desk(load=0.1)
    Cell(desk, 0.1, (3.0, 4.2))
    assert desk.tell(":ENTR:FUNC TEST") == []
    return desk


def wait(desk, seconds):
    for _ in range(seconds // 5):
        desk.now += 5
        desk.circuit.settle()


def test_a_battery_is_discharged_charged_and_made_a_model_of(tester):
    assert [float(one) for one in fields(tester.ask(":BATT:TEST:MEAS:EVOC?"))] == pytest.approx([0.1, 3.6])
    tester.tell(":BATT:TEST:VOLT 3.05", ":BATT:TEST:CURR:END 0.01", ":BATT:OUTP ON")
    assert tester.rail.point().amps == -1  # whatever is asked for: the sink is fixed
    wait(tester, 600)
    assert tester.ask(":BATT:OUTP?") == "0"
    assert tester.rail.back_emf == pytest.approx(3.05, abs=0.01)
    tester.tell(":BATT:TEST:SENS:AH:VFUL 4.15", ":BATT:TEST:SENS:AH:ILIM 0.5", ":BATT:TEST:SENS:AH:EXEC STAR")
    assert int(tester.ask(":STAT:OPER:INST:ISUM:COND?")) & 16
    wait(tester, 100)
    assert tester.tell(":BATT:TEST:SENS:AH:EXEC PAUSE") == []
    assert tester.ask(":BATT:OUTP?") == "0"
    assert tester.tell(":BATT:TEST:SENS:AH:EXEC CONT") == []
    wait(tester, 1500)
    assert tester.ask(":BATT:OUTP?") == "0"
    assert float(fields(tester.ask(':BATT:DATA:DATA? "AH"'))[-1]) == pytest.approx(0.0917, abs=0.002)
    tester.tell(":BATT:TEST:SENS:AH:GMOD:RANG 3.1, 4.1", ":BATT:TEST:SENS:AH:GMOD:SAVE:INTE 6")
    assert tester.ask(":BATT:TEST:SENS:AH:GMOD:RANG?") == "3.1, 4.1"
    volts = [float(one) for one in fields(tester.ask(":BATT:MOD6:VOC?"))]
    assert (volts[0], volts[50], volts[100]) == pytest.approx((3.1, 3.6, 4.1), abs=0.02)
    assert tester.tell(":ENTR:FUNC SIM", ":BATT:MOD:RCL 6") == []
    assert tester.number(":BATT:SIM:RES?") == pytest.approx(0.1)


def test_what_a_test_refuses(tester):
    assert tester.tell(":BATT:TEST:SENS:AH:GMOD:RANG 4,3", ":BATT:TEST:SENS:AH:GMOD:RANG 4") == [708, -109]
    assert tester.tell(":BATT:TEST:SENS:AH:GMOD:SAVE:INTE 1", ":BATT:TEST:SENS:AH:GMOD:SAVE:INTE 0") == [-200, -222]
    assert tester.tell(":BATT:TEST:SENS:AH:EXEC NOW", ":BATT:TEST:CURR:END 0.2") == [-141, -222]
    assert tester.tell(":BATT:TEST:VOLT 5", ":BATT:TEST:VOLT:LIM 4") == []
    assert tester.number(":BATT:TEST:VOLT?") == 4
    assert tester.tell(":BATT:TEST:SENS:AH:EXEC STOP") == []


def test_a_test_trips(tester):
    tester.tell(":BATT:TEST:VOLT:PROT 4", ":BATT:TEST:VOLT 4.1", ":BATT:OUTP ON")
    assert tester.ask(":BATT:OUTP:PROT:TRIP?") == "OVP"
    assert tester.tell(":BATT:TEST:SENS:AH:EXEC START") == [-200]
