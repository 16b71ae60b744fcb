import pytest
from cables import Direct, Script

from lager.errors import InstrumentError, InstrumentRefused, InstrumentSilent, OutOfRange, UsageError
from lager_drivers.rigol_dp800.supply import DP800

NO_ERROR = (":SYST:ERR?", '0,"No error"')


def near(value, wanted, by=2e-3):
    return abs(value - wanted) < by


def test_setting_and_arming_the_protection_is_this_conversation():
    script = Script(NO_ERROR, (":OUTP:OVP:VAL CH2,6", None), NO_ERROR, (":OUTP:OVP CH2,ON", None), NO_ERROR)
    DP800(script, "DP821").channel("power-supply", "2").set_ovp(6)
    assert script.turns == []


def test_a_level_that_is_refused_is_not_armed():
    script = Script(NO_ERROR, (":OUTP:OCP:VAL CH1,1", None), (":SYST:ERR?", '-222,"Data out of range"'), NO_ERROR)
    with pytest.raises(InstrumentRefused):
        DP800(script, "DP821").channel("power-supply", "1").set_ocp(1)
    assert script.turns == []


def test_the_state_is_this_conversation():
    script = Script(
        (":MEAS:ALL? CH1", "5.0114,0.0050,0.025"),
        (":OUTP:OVP:QUES? CH1", "NO"),
        (":OUTP:OCP:QUES? CH1", "NO"),
        (":OUTP? CH1", "ON"),
        (":OUTP:MODE? CH1", "CV"),
        (":SOUR1:VOLT?", "5.000"),
        (":SOUR1:CURR?", "1.0000"),
        (":OUTP:OVP:VAL? CH1", "66.000"),
        (":OUTP:OCP:VAL? CH1", "1.1000"),
    )
    state = DP800(script, "DP821").channel("power-supply", "1").state()
    assert script.turns == []
    assert (state.voltage, state.current, state.power, state.mode) == (5.0114, 0.005, 0.025, "CV")
    assert (state.ovp_tripped, state.ocp_tripped) == (False, False)


@pytest.mark.parametrize("reply", ["5.0114,0.0050", "", "a,b,c"])
def test_a_measurement_that_is_none_is_an_error(reply):
    with pytest.raises(InstrumentError, match=":MEAS:ALL"):
        DP800(Script((":MEAS:ALL? CH1", reply)), "DP821").channel("power-supply", "1").state()


def test_a_supply_does_what_it_is_told(bench):
    supply = bench.supply2
    assert near(supply.voltage(), 0)
    supply.set_voltage(12)
    supply.set_current(0.5)
    assert (supply.get_voltage_setpoint(), supply.get_current_setpoint()) == (12, 0.5)
    assert not supply.output_is_enabled()
    supply.enable()
    assert supply.output_is_enabled()
    assert near(supply.voltage(), 12)
    assert near(supply.current(), 0.012)
    assert near(supply.power(), 0.144, 0.01)
    assert near(bench.adc(3), 10.1)  # saturated
    assert near(bench.adc(4), 1.2)
    state = supply.state()
    assert (state.channel, state.enabled, state.mode) == (1, True, "CV")
    assert (state.voltage_set, state.current_set, state.ovp_limit, state.ocp_limit) == (12, 0.5, 66, 1.1)
    supply.disable()
    assert supply.state().mode == "OFF"
    assert near(bench.adc(4), 0)


def test_the_channels_are_apart(bench):
    bench.supply3.set_voltage(5)
    bench.supply3.enable()
    assert near(bench.adc(5), 5)
    assert near(bench.adc(6), 2.5)
    assert bench.supply3.state().channel == 2
    assert not bench.supply2.output_is_enabled()
    assert bench.supply2.get_voltage_setpoint() == 0


def test_a_current_limit_holds_the_voltage_down(bench):
    bench.supply3.set_current(0.1)
    bench.supply3.set_voltage(5)
    bench.supply3.enable()
    assert near(bench.supply3.voltage(), 1)
    assert bench.supply3.state().mode == "CC"


def test_over_voltage_trips_once_it_is_armed(bench):
    supply = bench.supply3
    supply.set_voltage(5)
    supply.enable()
    supply.set_ovp(4)
    assert supply.get_ovp_limit() == 4
    assert supply.is_ovp()
    assert not supply.output_is_enabled()
    assert supply.state().ovp_tripped
    supply.clear_ovp()
    assert not supply.is_ovp()
    assert not supply.output_is_enabled()


def test_over_current_trips_once_it_is_armed(bench):
    supply = bench.supply3
    supply.set_voltage(5)
    supply.enable()
    supply.set_ocp(0.3)
    assert supply.get_ocp_limit() == 0.3
    assert supply.is_ocp()
    with pytest.raises(InstrumentRefused) as caught:
        supply.enable()
    assert "clear" in caught.value.hint
    supply.clear_ocp()
    assert not supply.is_ocp()


def test_a_voltage_above_an_armed_level_is_refused(bench):
    bench.supply2.set_ovp(10)
    changes = list(bench.rigol_cable.changes)
    with pytest.raises(OutOfRange, match="above the over-voltage protection level of 10 V"):
        bench.supply2.set_voltage(10.5)
    assert bench.rigol_cable.changes == changes
    bench.supply2.set_voltage(10)


@pytest.mark.parametrize(
    ("call", "value"),
    [("set_voltage", 63.5), ("set_voltage", -5), ("set_current", 1.2), ("set_ovp", 0), ("set_ovp", 67), ("set_ocp", 2)],
)
def test_values_outside_the_rating_are_refused_before_anything_is_set(bench, call, value):
    with pytest.raises(OutOfRange):
        getattr(bench.supply2, call)(value)
    assert bench.rigol_cable.changes == []


def test_the_negative_output_takes_negative_volts():
    script = Script((":OUTP:OVP? CH3", "OFF"), NO_ERROR, (":SOUR3:VOLT -12", None), NO_ERROR)
    supply = DP800(script, "DP831").channel("power-supply", "3")
    supply.set_voltage(-12)
    assert script.turns == []


def test_an_unknown_model_has_no_ratings():
    with pytest.raises(UsageError, match="DP999"):
        DP800(Script(), "DP999")


def test_every_command_names_its_channel(bench):
    bench.rigol.handle(":INST CH2")  # selected at the front panel
    bench.supply2.set_voltage(3)
    assert bench.supply3.get_voltage_setpoint() == 0


def test_the_simulator_speaks_as_the_manual_says(bench):
    cable = Direct(bench.rigol)
    assert cable.query("*IDN?") == "RIGOL TECHNOLOGIES,DP821A,DP8G235000146,00.01.14"
    cable.write(":APPL CH2,5,1")
    assert cable.query(":APPL? CH2") == "CH2:8V/10A,5.000,1.0000"
    assert cable.query(":INST:NSEL?;:VOLT?") == "2;5.000"
    assert cable.query(":source1:voltage:level:immediate:amplitude? max") == "63.000"
    assert cable.query(":OUTP:OVP? CH1;:OUTP:OVP:VAL? CH1") == "OFF;66.000"
    cable.write(":SOUR1:CURR 1e-3")
    assert cable.query(":SYST:ERR?").startswith("-104,")
    cable.write(":OUTP CH9,ON")
    assert cable.query(":SYST:ERR?").startswith("-222,")
    cable.write(":OUTP CH1,PERHAPS")
    assert cable.query(":SYST:ERR?").startswith("-141,")
    with pytest.raises(InstrumentSilent):
        cable.query(":OUTP:OVP:CLE? CH1")
    assert cable.query(":SYST:ERR?").startswith("-113,")
    cable.write("*RST")
    assert cable.query(":SOUR2:VOLT?;:SOUR2:CURR?") == "0.000;10.0000"


def test_the_simulator_forgets_at_a_power_cycle(bench):
    bench.supply2.set_voltage(3)
    bench.supply2.enable()
    bench.rigol.power_cycle()
    assert not bench.supply2.output_is_enabled()
    assert bench.supply2.get_voltage_setpoint() == 0
