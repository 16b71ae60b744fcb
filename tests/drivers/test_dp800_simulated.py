"""The simulated DP800 family, as the Programming Guide has it."""

import random

import pytest
from cables import Direct

from lager.errors import InstrumentError
from lager_drivers.catalog import find
from lager_drivers.rigol_dp800.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


class Bench:
    def __init__(self, model, **options):
        self.now = 10.0
        self.rails = {f"{pin}": Rail(load=10.0) for pin in (1, 2, 3)}
        circuit = Circuit(random.Random(4), self.rails, {}, Wires(outputs={f"it.{pin}": pin for pin in self.rails}))
        wiring = Wiring(circuit, "it")
        self.it = simulate(Simulation(f"Rigol_{model}", "DP8C164754059", wiring, lambda: self.now, options))
        self.cable = Direct(self.it)

    def write(self, *lines):
        for line in lines:
            self.cable.write(line)

    def ask(self, line):
        return self.cable.query(line)

    def refused(self, line):
        """Send what is to be refused; give the code."""
        assert self.it.handle(line) is None
        code = int(self.ask(":SYST:ERR?").split(",")[0])
        assert self.ask(":SYST:ERR?") == '0,"No error"'
        return code


@pytest.mark.parametrize(
    ("model", "highest"),
    [
        ("DP811", ["21.000;10.5000;22.000;11.0000"]),
        ("DP821", ["63.000;1.0500;66.000;1.1000", "8.400;10.5000;8.800;11.0000"]),
        ("DP832", ["32.000;3.2000;33.000;3.3000"] * 2 + ["5.300;3.2000;5.500;3.3000"]),
        ("DP831", ["8.400;5.3000;8.800;5.5000", "32.000;2.1000;33.000;2.2000", "0.000;2.1000;0.000;2.2000"]),
    ],
)
def test_each_model_has_its_ranges(model, highest):
    bench = Bench(model)
    for ch, wanted in enumerate(highest, start=1):
        asked = f":SOUR{ch}:VOLT? MAX;:SOUR{ch}:CURR? MAX;:OUTP:OVP:VAL? CH{ch},MAX;:OUTP:OCP:VAL? CH{ch},MAX"
        assert bench.ask(asked) == wanted
    assert bench.refused(f":SOUR{len(highest) + 1}:VOLT 1") == -113
    assert bench.refused(f":OUTP CH{len(highest) + 1},ON") == -222
    find(f"Rigol_{model}").connect(bench.cable)
    assert (bench.it.vendor, bench.it.product) == (0x1AB1, 0x0E31 if model == "DP831" else 0x0E11)


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("DP811", ["0.000;5.0000"]),
        ("DP831", ["0.000;5.0000", "0.000;2.0000", "0.000;2.0000"]),
    ],
)
def test_the_limit_is_the_rating_after_power_on(model, found):
    bench = Bench(model)
    assert [bench.ask(f":SOUR{ch}:VOLT?;:SOUR{ch}:CURR?") for ch in range(1, len(found) + 1)] == found


def test_the_third_output_of_a_dp831_is_below_ground():
    bench = Bench("DP831")
    bench.write(":SOUR3:VOLT -12", ":OUTP CH3,ON")
    volts, amps, watts = map(float, bench.ask(":MEAS:ALL? N30V").split(","))
    assert (volts, amps, watts) == pytest.approx((-12, 1.2, 14.4), abs=0.02)
    assert bench.rails["3"].point().volts == -12
    assert bench.refused(":SOUR3:VOLT 12") == -222
    assert bench.ask(":APPL? CH3") == "CH3:-30V/2A,-12.000,2.0000"
    bench.write(":SOUR3:CURR 0.5")
    assert bench.ask(":OUTP:CVCC? CH3") == "CC"
    bench.write(":OUTP:OVP:VAL CH3,-4", ":OUTP:OVP CH3,ON")
    assert bench.ask(":OUTP:OVP:ALAR? CH3;:OUTP? CH3") == "YES;OFF"


def test_a_dp811_has_two_ranges():
    bench = Bench("DP811")
    assert bench.ask(":OUTP:RANG?") == "P20V"
    assert bench.refused(":VOLT 30") == -222
    bench.write(":CURR 10", ":OUTP:RANG HIGH")
    assert bench.ask(":OUTP:RANG?;:CURR?") == "P40V;5.3000"
    bench.write(":VOLT 30", ":OUTP ON")
    assert bench.refused(":OUTP:RANG P20V") == -221
    assert bench.refused(":OUTP:RANG P30V") == -141
    bench.write("*RST")
    assert bench.ask(":OUTP:RANG?;:VOLT? MAX") == "P20V;21.000"
    assert Bench("DP832").refused(":OUTP:RANG P20V") == -113


def test_the_driver_selects_the_range_of_a_dp811():
    bench = Bench("DP811")
    supply = find("Rigol_DP811").connect(bench.cable).channel("power-supply", "1")
    supply.set_voltage(30)
    assert bench.ask(":OUTP:RANG?;:VOLT?") == "P40V;30.000"
    supply.set_voltage(12)
    supply.set_current(10)
    assert bench.ask(":OUTP:RANG?;:VOLT?;:CURR?") == "P20V;12.000;10.0000"
    supply.set_current(4)
    supply.set_ovp(40)
    assert bench.ask(":OUTP:RANG?;:OUTP:OVP:VAL? CH1") == "P40V;40.000"


def test_only_some_outputs_sense_and_track():
    bench = Bench("DP821")
    bench.write(":OUTP:SENS CH2,ON")
    assert bench.ask(":OUTP:SENS? CH2;:OUTP:SENS? CH1;:OUTP:TRAC? CH1") == "ON;NONE;NONE"
    assert bench.refused(":OUTP:SENS CH1,ON") == -200
    assert Bench("DP811").ask(":OUTP:SENS? CH1") == "OFF"


def test_outputs_that_track_have_one_voltage():
    bench = Bench("DP832")
    bench.write(":OUTP:TRAC CH1,ON", ":SOUR1:VOLT 7", ":SOUR3:VOLT 2")
    assert bench.ask(":SOUR2:VOLT?;:SOUR3:VOLT?;:OUTP:TRAC? CH1;:OUTP:TRAC? CH3") == "7.000;2.000;ON;NONE"
    bench.write(":SYST:TRACKM INDE", ":SOUR1:VOLT 8")
    assert bench.ask(":SOUR2:VOLT?;:SYST:TRACKM?") == "7.000;INDE"
    assert bench.refused(":SYST:TRACKM BOTH") == -141
    bench = Bench("DP831")
    bench.write(":OUTP:TRAC CH2,ON", ":SOUR2:VOLT 9")
    assert bench.ask(":SOUR3:VOLT?") == "-9.000"


def test_clearing_by_the_other_route_switches_on_again():
    for clearing, state in ((":OUTP:OVP:CLEAR CH1", "OFF"), (":SOUR1:VOLT:PROT:CLE", "ON")):
        bench = Bench("DP832")
        bench.write(":SOUR1:VOLT 5", ":OUTP CH1,ON", ":SOUR1:VOLT:PROT 4", ":VOLT:PROT:STAT ON")
        assert bench.ask(":OUTP? CH1;:VOLT:PROT:TRIP?;:OUTP:OVP:QUES? CH1") == "OFF;YES;YES"
        assert bench.refused(":OUTP CH1,ON") == -200
        bench.write(":SOUR1:VOLT 3", clearing)
        assert bench.ask(":OUTP? CH1;:OUTP:OVP:QUES? CH1") == f"{state};NO"


def test_a_trip_stops_its_own_output_or_all_where_they_go_together():
    for together, others in (("OFF", "ON"), ("ON", "OFF")):
        bench = Bench("DP832")
        bench.write(f":SYST:ONOFFS {together}")
        bench.write(":SOUR1:VOLT 5", ":OUTP CH1,ON", ":OUTP CH2,ON", ":OUTP:OCP:VAL CH1,0.1", ":OUTP:OCP CH1,ON")
        assert bench.ask(":OUTP? CH1;:OUTP? CH2;:OUTP:OCP:QUES? CH1") == f"OFF;{others};YES"


def test_the_status_tells_mode_and_trips():
    bench = Bench("DP832")
    bench.write(":STAT:QUES:INST:ISUM1:ENAB 8", ":STAT:QUES:INST:ENAB 2", ":SOUR1:VOLT 5", ":OUTP ON")
    assert bench.ask(":STAT:QUES:INST:ISUM1:COND?") == "2"
    bench.write(":SOUR1:CURR 0.2")
    assert bench.ask(":STAT:QUES:INST:ISUM1:COND?") == "1"
    bench.write(":OUTP:OCP:VAL CH1,0.1", ":OUTP:OCP CH1,ON")
    assert bench.ask(":STAT:QUES:INST:ISUM1:COND?;:STAT:QUES?;:STAT:QUES:INST?") == "8;8192;2"
    assert bench.ask(":STAT:QUES:INST:ISUM1?;:STAT:QUES:INST:ISUM1?") == "11;0"
    bench.write("*CLS")
    bench.it.power_cycle()
    assert bench.ask(":STAT:QUES:INST:ISUM1:ENAB?") == "0"


def test_only_a_dp811_tells_a_condition_without_a_channel():
    """Guide 2-98: it is that of the one output: 0 off, 1 CC, 2 CV. With several outputs it is a question of each."""
    assert Bench("DP832").refused(":STAT:QUES:COND?") == -113
    bench = Bench("DP811")
    assert bench.ask(":STAT:QUES:COND?;:STAT:QUES?") == "0;0"
    bench.write(":VOLT 5", ":OUTP CH1,ON")
    assert bench.ask(":STAT:QUES:COND?") == "2"
    bench.write(":CURR 0.2")
    assert bench.ask(":STAT:QUES:COND?;:STAT:QUES?;:STAT:QUES?") == "1;3;0"


def test_words_have_a_long_and_a_short_form_and_nothing_between():
    bench = Bench("DP832")
    bench.write(":SOURce1:VOLTage:LEVel:IMMediate:AMPLitude 4", ":output:state ch1,on")
    for asked in (":MEAS? CH1", ":MEASURE:VOLTAGE:DC? CH1", ":meas:volt? ch1", ":MEAS:VOLT?"):
        assert float(bench.ask(asked)) == pytest.approx(4, abs=0.01)
    assert float(bench.ask(":MEASure:POWEr? CH1")) == pytest.approx(1.6, abs=0.01)
    assert bench.refused(":MEAS:POW? CH1") == -113  # POWEr: its short form has four letters
    assert bench.refused(":MEASU:VOLT? CH1") == -113
    assert bench.refused(":OUTP:OVP:CLE CH1") == -113  # CLEAR has no short form
    assert bench.ask(":APPL? CH1,VOLT;:APPL? CH1,CURR") == "4.000;3.0000"
    assert Bench("DP832", apply_label=False).ask(":APPL? CH1") == "CH1,0.000,3.0000"


def test_steps_memories_and_switches():
    bench = Bench("DP832")
    bench.write(":SOUR2:VOLT:STEP 0.5", ":SOUR2:VOLT UP", ":SOUR2:VOLT UP", ":SOUR2:VOLT DOWN")
    assert bench.ask(":SOUR2:VOLT?;:SOUR2:VOLT:STEP?") == "0.500;0.500"
    bench.write("*SAV 3", ":SOUR2:VOLT 9", "*RCL 3")
    assert bench.ask(":SOUR2:VOLT?") == "0.500"
    assert bench.refused("*RCL 4") == -200
    assert bench.refused("*SAV 11") == -222
    bench.write(":SYST:OTP OFF", ":SYST:BEEP OFF", ":SYST:RWL", ":SYST:LOC", ":INST P5V")
    assert bench.ask(":SYST:OTP?;:SYST:BEEP?;:INST?;:INST:NSEL?") == "OFF;OFF;CH3;3"
    bench.write(":INST:NSEL 2")
    assert bench.ask(":VOLT?") == "0.500"
    assert bench.refused(":INST:NSEL 4") == -222
    assert bench.refused(":INST CHX") == -141
    assert bench.refused(":OUTP CH0,ON") == -222


def test_habits_that_sources_disagree_on_are_options():
    assert Bench("DP832").ask(":OUTP:MODE? CH1") == "UR"
    bench = Bench("DP832", off_mode="CV", on_after_trip="ignored")
    assert bench.ask(":OUTP:MODE? CH1") == "CV"
    supply = find("Rigol_DP832").connect(bench.cable).channel("power-supply", "1")
    assert supply.get_output_mode() == supply.state().mode == "OFF"
    supply.set_voltage(5)
    supply.set_ovp(4)
    for _ in range(2):
        with pytest.raises(InstrumentError, match="over-voltage protection has tripped"):
            supply.enable()
    assert not supply.output_is_enabled()


def test_an_output_takes_its_time_where_it_is_asked_to():
    bench = Bench("DP832", settling=0.1)
    bench.write(":SOUR1:VOLT 10", ":OUTP CH1,ON")
    assert float(bench.ask(":MEAS? CH1")) == pytest.approx(0, abs=0.01)
    bench.now += 0.1
    assert float(bench.ask(":MEAS? CH1")) == pytest.approx(9.9, abs=0.01)


def test_the_queue_says_that_there_were_more_errors_than_it_has_places():
    bench = Bench("DP832")
    for _ in range(25):
        bench.write(":NONSENSE")
    found = [bench.ask(":SYST:ERR?") for _ in range(21)]
    assert found == ['-113,"Undefined header"'] * 19 + ['-350,"Queue overflow"', '0,"No error"']
