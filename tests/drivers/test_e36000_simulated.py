"""The simulated E36200 and E36300, as the programming guides have them: commands, errors, trips, time."""

import random

import pytest
from cables import Direct

from lager.errors import InstrumentRefused, InstrumentSilent
from lager_drivers.catalog import find
from lager_drivers.keysight_e36000.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


class Bench:
    def __init__(self, model, **options):
        self.now = 10.0
        self.rails = {f"{pin}": Rail(load=10.0) for pin in (1, 2, 3)}
        circuit = Circuit(random.Random(4), self.rails, {}, Wires(outputs={f"it.{pin}": pin for pin in self.rails}))
        wiring = Wiring(circuit, "it")
        self.it = simulate(Simulation(f"KEYSIGHT_{model}", "MY59002391", wiring, lambda: self.now, options))
        self.cable = Direct(self.it)

    def write(self, *lines):
        for line in lines:
            self.cable.write(line)

    def ask(self, line):
        return self.cable.query(line)

    def refused(self, line):
        """Send what is to be refused; give the code."""
        assert self.it.handle(line) is None
        code = int(self.ask("SYST:ERR?").split(",")[0])
        assert self.ask("SYST:ERR?") == '+0,"No error"'
        return code


@pytest.mark.parametrize(
    ("model", "product", "outputs"),
    [("E36233A", 0x3302, 2), ("E36311A", 0x1002, 3), ("E36312A", 0x1102, 3), ("E36313A", 0x1202, 3)],
)
def test_each_model_says_who_it_is(model, product, outputs):
    bench = Bench(model)
    assert (bench.it.vendor, bench.it.product) == (0x2A8D, product)
    assert bench.it.strings[2] == "MY59002391"
    maker, name, serial, firmware = bench.ask("*IDN?").split(",")
    assert (maker, name, serial) == ("Keysight Technologies", model, "MY59002391")
    assert firmware.count("-") == 2
    assert len(bench.it.outputs.all) == outputs
    find(f"KEYSIGHT_{model}").connect(bench.cable)


def test_lists_name_outputs_in_their_order():
    bench = Bench("E36312A")
    bench.write("VOLT 5,(@1)", "VOLT 7, (@2:3)", "SOURCE:CURR:LEV:IMM:AMPL 0.25,(@1,3)")
    assert bench.ask("VOLT? (@3,1)") == "+7.00000000E+00,+5.00000000E+00"
    assert bench.ask("curr? (@1:3)") == "+2.50000000E-01,+1.00000000E+00,+2.50000000E-01"
    assert bench.ask("VOLT? MAX,(@1,2)") == "+6.18000000E+00,+2.57500000E+01"
    bench.write("OUTP ON,(@1,2)")
    assert bench.ask("OUTP? (@1:3)") == "1,1,0"
    assert Bench("E36312A", digits=5).ask("VOLT? (@3)") == "+0.00000E+00"


def test_without_a_list_the_selected_output_is_meant():
    bench = Bench("E36312A")
    bench.write("INST:NSEL 2", "VOLT 9")
    assert bench.ask("VOLT? (@1:3)") == "+0.00000000E+00,+9.00000000E+00,+0.00000000E+00"
    assert bench.ask("INST?;INST:NSEL?") == "CH2;2"
    bench.write("INST P6V", "CURR 2", "OUTP ON")
    assert bench.ask("OUTP? (@1:3);INST:NSEL?") == "1,0,0;1"
    bench.write("APPL CH3,12,0.5")
    assert bench.ask("APPL? CH3") == '"12.000000,0.500000"'
    assert bench.ask("INST:NSEL?") == "3"
    assert Bench("E36311A").ask("INST?") == "P6V"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("VOLT 7,(@1)", -222),
        ("VOLT -1,(@3)", -222),
        ("VOLT:PROT 0.4,(@1)", -222),
        ("CURR 0.0001,(@1)", -222),
        ("VOLT five,(@1)", -104),
        ("VOLT", -109),
        ("VOLT? (@4)", -224),
        ("OUTP ON,(@0)", -224),
        ("VOLT 5,(@)", -170),
        ("INST CH4", -224),
        ("INST:NSEL 4", -224),
        ("MEAS:VOLT?(@2)", -103),
        ("MEAS:POW? (@1)", -113),
        ("CURR:PROT 1,(@1)", -113),
        ("VOLT:PROT:STAT ON,(@1)", -113),
        ("OUTP:REL ON", -113),
        ("VOLTA 5,(@1)", -113),
        ("OUTP MAYBE,(@1)", -141),
        ("OUTP:PAIR TWICE", -224),
        ("OUTP ON,OFF,(@1)", -108),
        ("*RCL 10", -222),
    ],
)
def test_what_it_refuses_and_how_an_e36312a(line, code):
    bench = Bench("E36312A")
    assert bench.refused(line) == code
    assert bench.ask("VOLT? (@1);CURR? (@1)") == "+0.00000000E+00;+5.00000000E+00"


def test_the_queue_has_twenty_places_and_outlives_a_reset():
    bench = Bench("E36312A")
    for _ in range(25):
        bench.write("VOLT 99,(@1)")
    bench.write("*RST")
    found = [bench.ask("SYST:ERR?").split(",")[0] for _ in range(21)]
    assert found == ["-222"] * 19 + ["-350", "+0"]
    bench.write("NONSENSE")
    assert bench.ask("*STB?") == "4"
    bench.write("*CLS")
    assert bench.ask("SYST:ERR?") == '+0,"No error"'


def test_the_e36200_has_what_the_e36300_has_not():
    bench = Bench("E36233A")
    bench.write("VOLT 10,(@1)", "CURR 5,(@1)", "OUTP ON,(@1)", "CURR:PROT 22,(@1)", "VOLT:PROT:STAT 0,(@1)")
    assert float(bench.ask("MEAS:POW? (@1)")) == pytest.approx(10, abs=0.01)
    assert bench.ask("CURR:PROT? (@1);VOLT:PROT:STAT? (@1,2)") == "+2.20000000E+01;0,1"
    assert bench.refused("OUTP:TRAC ON") == -113
    assert bench.refused("VOLT 1,(@3)") == -224
    bench.write("OUTP:PAIR SERIES")
    assert bench.ask("OUTP:PAIR?;OUTP? (@1,2);VOLT? MAX,(@1)") == "SER;0,0;+6.18000000E+01"
    bench.write("OUTP:PAIR OFF")
    assert bench.ask("VOLT? MAX,(@1)") == "+3.09000000E+01"


def test_more_power_than_it_has_is_not_delivered():
    bench = Bench("E36233A")
    bench.rails["1"].load = 2.0
    bench.write("VOLT 30,(@1)", "CURR 20,(@1)", "OUTP ON,(@1)")
    assert float(bench.ask("MEAS:VOLT? (@1)")) == pytest.approx(20, abs=0.01)
    assert float(bench.ask("MEAS:CURR? (@1)")) == pytest.approx(10, abs=0.01)
    assert bench.ask("STAT:QUES:INST:ISUM1:COND?") == "1"


def test_a_pair_obeys_its_first_and_changing_it_switches_off():
    bench = Bench("E36312A")
    bench.write("VOLT 20,(@2)", "OUTP ON,(@2,3)", "OUTP:PAIR SER")
    assert bench.ask("OUTP? (@2,3)") == "0,0"
    bench.write("VOLT 45,(@3)", "OUTP ON,(@3)")
    assert bench.ask("VOLT? (@2);OUTP? (@2,3)") == "+4.50000000E+01;1,0"
    bench.write("CURR 1,(@2)", "OUTP:PAIR PAR")
    assert bench.ask("OUTP:PAIR?;VOLT? (@2);CURR? MAX,(@2)") == "PAR;+2.57500000E+01;+2.06000000E+00"
    bench.write("*RST")
    assert bench.ask("OUTP:PAIR?;CURR? MAX,(@2)") == "OFF;+1.03000000E+00"


@pytest.mark.parametrize(("model", "other"), [("E36312A", 8), ("E36311A", -8)])
def test_outputs_that_track_have_one_voltage(model, other):
    bench = Bench(model)
    bench.write("OUTP:TRAC ON", "VOLT 8,(@2)")
    assert float(bench.ask("VOLT? (@3)")) == other
    bench.write(f"VOLT {other / 2},(@3)")
    assert float(bench.ask("VOLT? (@2)")) == 4
    assert bench.ask("OUTP:TRAC?;VOLT? (@1)") == "1;+0.00000000E+00"
    assert bench.refused("OUTP:PAIR SER") == -221


def test_the_third_output_of_an_e36311a_is_below_ground():
    bench = Bench("E36311A")
    bench.write("VOLT -5,(@3)", "OUTP ON,(@3)")
    assert float(bench.ask("MEAS:VOLT? (@3)")) == pytest.approx(-5, abs=0.01)
    assert float(bench.ask("MEAS:CURR? N25V")) == pytest.approx(0.5, abs=0.01)
    assert bench.rails["3"].point().volts == -5
    assert bench.refused("VOLT 5,(@3)") == -222
    assert bench.ask("VOLT? MIN,(@3);VOLT:PROT? MAX,(@3)") == "-2.57500000E+01;+2.75000000E+01"


def test_over_voltage_trips_at_once_and_clearing_gives_the_output_back():
    bench = Bench("E36312A")
    bench.write("VOLT 5,(@1)", "OUTP ON,(@1)", "VOLT:PROT 4,(@1)")
    assert bench.ask("OUTP? (@1);VOLT:PROT:TRIP? (@1);CURR:PROT:TRIP? (@1)") == "0;1;0"
    assert bench.ask("STAT:QUES:INST:ISUM1:COND?") == "4"
    bench.write("OUTP ON,(@1)")
    assert bench.ask("OUTP? (@1)") == "0"
    bench.write("OUTP:PROT:CLE (@1)")  # the cause is still there
    assert bench.ask("OUTP? (@1);VOLT:PROT:TRIP? (@1)") == "0;1"
    bench.write("VOLT 3,(@1)", "VOLT:PROT:CLE (@1)")
    assert bench.ask("OUTP? (@1);VOLT:PROT:TRIP? (@1)") == "1;0"


def test_over_current_trips_after_its_delay():
    bench = Bench("E36312A")
    bench.write("VOLT 5,(@1)", "CURR 0.2,(@1)", "OUTP ON,(@1)", "CURR:PROT:STAT ON,(@1)")
    assert bench.ask("CURR:PROT:TRIP? (@1);CURR:PROT:DEL? (@1)") == "0;+5.00000000E-02"
    bench.now += 0.049
    assert bench.ask("CURR:PROT:TRIP? (@1)") == "0"
    bench.rails["1"].load = 100.0  # in time
    assert bench.ask("CURR:PROT:TRIP? (@1)") == "0"
    bench.now += 1
    bench.rails["1"].load = 10.0
    assert bench.ask("CURR:PROT:TRIP? (@1)") == "0"
    bench.now += 0.051
    assert bench.ask("CURR:PROT:TRIP? (@1);OUTP? (@1)") == "1;0"
    assert bench.ask("STAT:QUES:INST:ISUM1:COND?") == "8"


def test_an_e36200_trips_above_its_level_and_not_at_its_limit():
    bench = Bench("E36233A")
    bench.write("VOLT 5,(@1)", "CURR 0.2,(@1)", "OUTP ON,(@1)", "CURR:PROT 0.3,(@1)", "CURR:PROT:STAT ON,(@1)")
    bench.now += 1
    assert bench.ask("CURR:PROT:TRIP? (@1)") == "0"
    bench.write("CURR 0.4,(@1)")
    bench.now += 1
    assert bench.ask("CURR:PROT:TRIP? (@1)") == "1"


def test_habits_that_sources_disagree_on_are_options():
    tripped = ("VOLT 5,(@1)", "OUTP ON,(@1)", "VOLT:PROT 4,(@1)")
    bench = Bench("E36312A", tripped_reads_on=True, restores=False)
    bench.write(*tripped)
    assert bench.ask("OUTP? (@1)") == "1"
    supply = find("KEYSIGHT_E36312A").connect(bench.cable).channel("power-supply", "1")
    assert not supply.output_is_enabled()
    assert not supply.state().enabled
    bench.write("VOLT 3,(@1)", "OUTP:PROT:CLE (@1)")
    assert bench.ask("OUTP? (@1)") == "0"
    bench = Bench("E36312A", ovp_conflict=True, ovp_low=1.5, ovp_switch=True)
    bench.write("VOLT:PROT 4,(@1)")
    assert bench.refused("VOLT 5,(@1)") == -221
    assert bench.refused("VOLT:PROT 1,(@1)") == -222
    bench.write("VOLT:PROT:STAT OFF,(@1)")
    supply = find("KEYSIGHT_E36312A").connect(bench.cable).channel("power-supply", "1")
    with pytest.raises(InstrumentRefused):
        supply.set_ovp(1)


def test_an_output_takes_its_time_where_it_is_asked_to():
    bench = Bench("E36312A", settling=0.08)
    bench.write("VOLT 5,(@1)", "OUTP ON,(@1)")

    def volts():
        return float(bench.ask("MEAS:VOLT? (@1)"))

    assert volts() == pytest.approx(0, abs=0.01)
    bench.now += 0.02
    assert 2 < volts() < 4.5
    bench.now += 0.06
    assert volts() == pytest.approx(4.95, abs=0.01)
    bench.now += 1
    assert volts() == pytest.approx(5, abs=0.002)
    bench.write("VOLT 1,(@1)")
    assert volts() == pytest.approx(5, abs=0.01)
    bench.now += 1
    assert volts() == pytest.approx(1, abs=0.002)


def test_the_status_sums_up_what_is_enabled():
    bench = Bench("E36312A")
    bench.write("STAT:QUES:INST:ISUM2:ENAB 4", "STAT:QUES:INST:ENAB 4")
    assert bench.ask("STAT:QUES?;STAT:QUES:INST?;STAT:QUES:INST:ISUM2?") == "0;0;0"
    bench.write("VOLT 5,(@2)", "OUTP ON,(@2)", "VOLT:PROT 2,(@2)")
    assert bench.ask("STAT:QUES:COND?;STAT:QUES:INST:ISUM2:ENAB?") == "8192;4"
    assert bench.ask("STAT:QUES?;STAT:QUES:INST?;STAT:QUES:INST:ISUM2?") == "8192;4;6"
    assert bench.ask("STAT:QUES?;STAT:QUES:INST?;STAT:QUES:INST:ISUM2?") == "0;0;0"
    bench.write("STAT:PRES")
    assert bench.ask("STAT:QUES:INST:ISUM2:ENAB?") == "0"
    assert bench.refused("STAT:QUES:ENAB 70000") == -222
    assert bench.refused("STAT:QUES:ENAB") == -109


def test_steps_memories_and_sense():
    bench = Bench("E36312A")
    bench.write("VOLT:STEP 0.5,(@2)", "VOLT 3,(@2)", "VOLT UP,(@2)", "VOLT UP,(@2)", "VOLT DOWN,(@2)")
    assert bench.ask("VOLT? (@2)") == "+3.50000000E+00"
    bench.write("*SAV 1", "*RST")
    assert bench.ask("VOLT? (@2)") == "+0.00000000E+00"
    bench.write("*RCL 1", "VOLT:SENS EXT,(@2)")
    assert bench.ask("VOLT? (@2);VOLT:SENS? (@1:3)") == "+3.50000000E+00;INT,EXT,INT"
    bench.write("SYST:REM", "SYST:BEEP", "*WAI")
    assert bench.ask("*TST?;*OPC?;SYST:VERS?") == "0;1;1999.0"
    assert bench.refused("VOLT:SENS UP,(@2)") == -224
    assert bench.refused("APPL") == -109
    with pytest.raises(InstrumentSilent):
        bench.ask("OUTP:DEL:LONG? (@1)")


def test_a_setting_that_is_half_refused_is_not_half_done():
    bench = Bench("E36312A")
    bench.write("APPL CH1,3,99")
    assert bench.ask("SYST:ERR?").startswith("-222")
    assert bench.ask("APPL? CH1") == '"0.000000,5.000000"'


def test_the_status_byte_sums_up_all_and_asks_for_service():
    bench = Bench("E36312A")
    assert bench.ask("*SRE?;*STB?") == "0;0"
    bench.write("*SRE 8", "STAT:QUES:ENAB 8192", "STAT:QUES:INST:ENAB 2", "STAT:QUES:INST:ISUM1:ENAB 4")
    bench.write("VOLT 5", "VOLT:PROT 2", "OUTP ON")
    assert bench.ask("*STB?") == str(8 + 64)
    assert bench.ask("STAT:QUES?;*STB?") == "8192;0"
    assert bench.refused("*TRG") == -211
    assert bench.refused("*SRE 256") == -222
    bench.write("*SRE 36", "*ESE 16")
    assert bench.it.handle("*TRG") is None
    assert bench.ask("*STB?") == str(4 + 32 + 64)


def test_status_enables_do_not_outlive_power():
    bench = Bench("E36312A")
    bench.write("*SRE 8", "*ESE 16", "STAT:QUES:ENAB 8192")
    bench.it.power_cycle()
    assert bench.ask("*SRE?;*ESE?;STAT:QUES:ENAB?") == "0;0;0"
