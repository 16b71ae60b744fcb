import pytest
from cables import Direct, Script

from lager.errors import InstrumentError, InstrumentRefused, InstrumentSilent, OutOfRange, RoleConflict, UsageError
from lager_drivers.keithley_2281s.instrument import K2281S

NO_ERROR = (":SYST:ERR?", '0,"No error"')
POWER = (":ENTR:FUNC?", "POWER")


def near(value, wanted, by=1e-3):
    return abs(value - wanted) < by


def test_setting_a_voltage_is_this_conversation():
    script = Script(POWER, (":SOUR1:VOLT:PROT?", "21"), NO_ERROR, (":SOUR1:VOLT 3.3", None), NO_ERROR)
    K2281S(script).channel("power-supply", "1").set_voltage(3.3)
    assert script.turns == []


@pytest.mark.parametrize("word", ["POWER", "PSS", "POW"])
def test_a_reading_of_a_verbose_reply_is_this_conversation(word):
    script = Script(
        (":ENTR:FUNC?", word),
        (":INIT:CONT?", "0"),
        NO_ERROR,
        (":INIT:CONT ON", None),
        NO_ERROR,
        (":MEAS:CONC:DC?", "-1.500000E-01A,+3.299153E+00V,+3.369820E+05s"),
        (":ENTR:FUNC?", word),
        (":INIT:CONT?", "1"),
        (":MEAS:CONC:DC?", "-1.500000E-01A,+3.299153E+00V,+3.369820E+05s"),
    )
    supply = K2281S(script).channel("power-supply", "1")
    assert supply.voltage() == 3.299153
    assert supply.current() == -0.15
    assert script.turns == []


def test_switching_is_this_conversation():
    waits = []

    def rest(seconds):  # before the instrument is asked anything again
        waits.append((seconds, len(script.turns)))

    script = Script(
        POWER,
        (":OUTP?", "0"),
        NO_ERROR,
        (":ENTR:FUNC SIM", None),
        NO_ERROR,
        (":ENTR:FUNC?", "SIMULATOR"),
        (":INIT:CONT ON", None),
        NO_ERROR,
        (":BATT:SIM:SOC?", "50"),
    )
    assert K2281S(script, rest).channel("battery", "1").soc() == 50
    assert script.turns == []
    assert waits == [(0.1, 5)]


def test_a_function_that_stays_is_an_error():
    script = Script(POWER, (":OUTP?", "0"), NO_ERROR, (":ENTR:FUNC SIM", None), NO_ERROR, POWER)
    with pytest.raises(InstrumentError, match="stayed a power supply"):
        K2281S(script, lambda _: None).channel("battery", "1").soc()


def test_the_supply_does_what_it_is_told(bench):
    supply = bench.supply1
    assert not supply.output_is_enabled()
    assert near(supply.voltage(), 0)
    supply.set_voltage(3.3)
    supply.set_current(1)
    assert supply.get_voltage_setpoint() == 3.3
    assert supply.get_current_setpoint() == 1
    supply.enable()
    assert supply.output_is_enabled()
    assert near(supply.voltage(), 3.3)
    assert near(supply.current(), 0.033)
    assert near(supply.power(), 0.1089)
    assert near(bench.adc(1), 3.3)
    assert near(bench.adc(2), 1.65)
    state = supply.state()
    assert (state.channel, state.enabled, state.mode) == (1, True, "CV")
    assert (state.voltage_set, state.current_set, state.ovp_limit, state.ocp_limit) == (3.3, 1, 21, 6.1)
    assert near(state.power, 0.1089)
    supply.disable()
    assert supply.state().mode == "OFF"
    assert near(bench.adc(1), 0)


def test_readings_have_noise_in_their_last_digits(bench):
    bench.supply1.set_voltage(3.3)
    bench.supply1.enable()
    assert len({bench.supply1.voltage() for _ in range(5)}) > 1
    assert len({bench.adc(1) for _ in range(5)}) > 1


def test_a_current_limit_holds_the_voltage_down(bench):
    bench.supply1.set_voltage(20)
    bench.supply1.enable()  # 0.1 A after power-on, 100 ohm
    assert near(bench.supply1.voltage(), 10)
    assert bench.supply1.state().mode == "CC"


def test_a_sinking_supply_reads_a_negative_current(bench):
    bench.rails["A"].back_emf = 5.0
    bench.supply1.set_voltage(3)
    bench.supply1.enable()
    assert near(bench.supply1.current(), -0.02)
    assert near(bench.supply1.voltage(), 3)


def test_continuous_measuring_is_armed_again_after_enabling(bench):
    bench.supply1.set_voltage(5)
    bench.supply1.enable()
    assert bench.keithley_cable.changes[-2:] == [":OUTP ON", ":INIT:CONT ON"]
    bench.rails["A"].load = 1000.0
    assert near(bench.supply1.current(), 0.005)


@pytest.mark.parametrize(
    "meanwhile",
    [
        (":OUTP OFF", ":OUTP ON"),
        (":ABOR",),
        (":INIT:CONT OFF",),
        (":OUTP OFF", ":ENTR:FUNC SIM", ":ENTR:FUNC POW", ":OUTP ON"),
    ],
)
def test_somebody_at_the_front_panel_makes_no_reading_an_old_one(bench, meanwhile):
    bench.supply1.set_voltage(5)
    bench.supply1.enable()
    assert near(bench.supply1.voltage(), 5)
    panel = Direct(bench.keithley)
    for command in meanwhile:
        panel.write(command)
    panel.write(":VOLT 2")
    assert near(bench.supply1.voltage(), 2)
    assert near(bench.supply1.state().voltage, 2)


def test_without_continuous_measuring_the_simulator_gives_old_readings(bench):
    cable = Direct(bench.keithley)
    cable.write(":VOLT 5")
    cable.write(":OUTP ON")
    assert "+0.0000" not in cable.query(":INIT:CONT?")
    assert abs(float(cable.query(":MEAS:CONC?").split(",")[1].rstrip("V"))) < 0.01
    cable.write(":INIT:CONT ON")
    assert near(float(cable.query(":MEAS:CONC?").split(",")[1].rstrip("V")), 5)


@pytest.mark.parametrize("volts", [-0.1, 20.1, float("nan")])
def test_a_voltage_outside_is_refused_before_anything_is_set(bench, volts):
    with pytest.raises(OutOfRange):
        bench.supply1.set_voltage(volts)
    assert bench.keithley_cable.changes == []


@pytest.mark.parametrize(
    ("net", "call", "value"),
    [
        ("supply1", "set_voltage", 20.1),
        ("supply1", "set_current", 7),
        ("supply1", "set_ovp", 22),
        ("supply1", "set_ocp", 0.05),
        ("battery1", "soc", 101),
        ("battery1", "voc", 21),
        ("battery1", "voltage_full", -1),
        ("battery1", "voltage_empty", 21),
        ("battery1", "capacity", 0),
        ("battery1", "current_limit", 7),
        ("battery1", "ovp", 22),
        ("battery1", "ocp", float("nan")),
    ],
)
def test_what_is_refused_anyway_does_not_change_the_function_before(bench, net, call, value):
    Direct(bench.keithley).write(":ENTR:FUNC TEST")
    with pytest.raises(OutOfRange):
        getattr(getattr(bench, net), call)(value)
    assert bench.keithley_cable.sent == []


@pytest.mark.parametrize(("panel", "net"), [(":OUTP ON", "battery1"), (":BATT:OUTP ON", "supply1")])
def test_who_enables_at_the_front_panel_between_the_look_and_the_change_keeps_the_output(bench, panel, net):
    Direct(bench.keithley).write(":ENTR:FUNC POW" if net == "battery1" else ":ENTR:FUNC SIM")
    cable, write = bench.keithley_cable, bench.keithley_cable.write

    def hurried(command):
        if command.startswith(":ENTR:FUNC"):
            Direct(bench.keithley).write(panel)
        write(command)

    cable.write = hurried
    with pytest.raises(InstrumentRefused, match="700") as caught:
        getattr(bench, net).state()
    assert "front panel" in caught.value.hint
    assert bench.keithley.running()


def test_five_hundred_changes_of_role(bench):
    for n in range(250):
        bench.supply1.set_voltage(n % 20)
        assert bench.battery1.soc(n % 100) == n % 100
        assert bench.supply1.get_voltage_setpoint() == n % 20
    assert near(bench.supply1.voltage(), 0)


def test_opening_sends_queries_only(bench):
    before = len(bench.keithley_cable.sent)
    for device in (bench.k2281s, bench.dp821):
        device.identify()
        device.restarted(0.0)
    assert bench.keithley_cable.sent[before:] == ["*IDN?", "*ESR?"]
    assert bench.rigol_cable.changes == []


def test_a_voltage_above_the_protection_is_refused_and_the_protection_is_not_moved(bench):
    bench.supply1.set_ovp(5)
    sent = list(bench.keithley_cable.changes)
    for volts in (5, 5.5):
        with pytest.raises(OutOfRange, match="level of 5 V"):
            bench.supply1.set_voltage(volts)
    assert bench.keithley_cable.changes == sent
    assert bench.supply1.get_ovp_limit() == 5


def test_over_voltage_trips_and_is_cleared_with_the_output_off(bench):
    supply = bench.supply1
    supply.set_voltage(5)
    supply.enable()
    supply.set_ovp(4)
    assert supply.is_ovp()
    assert not supply.is_ocp()
    assert supply.state().ovp_tripped
    assert not supply.output_is_enabled()
    with pytest.raises(InstrumentRefused) as caught:
        supply.enable()
    assert "clear" in caught.value.hint
    supply.clear_ovp()
    assert not supply.is_ovp()
    assert not supply.output_is_enabled()


def test_over_current_trips(bench):
    supply = bench.supply1
    supply.set_current(6)
    supply.set_voltage(19)
    supply.enable()
    supply.set_ocp(0.1)
    assert supply.get_ocp_limit() == 0.1
    assert supply.is_ocp()
    assert supply.state().ocp_tripped
    supply.clear_ocp()
    assert not supply.is_ocp()


def test_the_battery_does_what_it_is_told(bench):
    battery = bench.battery1
    assert battery.mode() == "dynamic"
    assert battery.mode("static") == "static"
    assert battery.capacity(2) == 2
    assert battery.current_limit(1) == 1
    assert battery.ovp(4.5) == 4.5
    assert battery.ocp(2) == 2
    assert battery.voltage_full(4.1) == 4.1
    assert battery.voltage_empty(3.1) == 3.1
    assert battery.soc(50) == 50
    assert near(battery.voc(), 3.6)
    assert near(battery.voc(4.1), 4.1)
    assert battery.soc() == 100
    battery.enable()
    assert near(battery.terminal_voltage(), 4.1, 0.01)
    assert near(battery.current(), 0.041)
    assert near(battery.esr(), 0.069)  # not quite the full model: 4.1 V of 4.2
    assert near(bench.adc(1), 4.1, 0.01)
    state = battery.state()
    assert (state.channel, state.enabled, state.mode, state.model) == (1, True, "static", "LI_ION4_2")
    assert (state.soc, state.capacity, state.current_limit) == (100, 2, 1)
    assert (state.volt_full, state.volt_empty, state.ovp_limit, state.ocp_limit) == (4.1, 3.1, 4.5, 2)
    assert (state.ovp_tripped, state.ocp_tripped) == (False, False)
    battery.disable()
    assert not battery.state().enabled
    assert near(bench.adc(1), 0)


def test_a_dynamic_battery_runs_down(bench):
    bench.battery1.soc(80)
    bench.battery1.enable()
    bench.clock.now += 60
    assert 70 < bench.battery1.soc() < 80


def test_a_connected_battery_refuses_settings_and_stays_connected(bench):
    bench.battery1.enable()
    assert bench.battery1.soc(40) == pytest.approx(40)
    with pytest.raises(InstrumentRefused, match='704,"Not permitted while battery model is running"') as caught:
        bench.battery1.capacity(1)
    assert "disable()" in caught.value.hint
    assert bench.battery1.state().enabled


def test_a_battery_trip_is_seen_and_cleared(bench):
    bench.battery1.ovp(3)
    with pytest.raises(InstrumentError, match="over-voltage protection has tripped"):
        bench.battery1.enable()
    assert bench.battery1.state().ovp_tripped
    assert not bench.battery1.state().enabled
    bench.battery1.clear()
    assert not bench.battery1.state().ovp_tripped
    assert not bench.battery1.state().enabled


@pytest.mark.parametrize(
    ("name", "value"),
    [("soc", 101), ("soc", -1), ("capacity", 0), ("current_limit", 7), ("ovp", 22), ("ocp", 0.05), ("voc", 21)],
)
def test_battery_values_outside_are_refused(bench, name, value):
    with pytest.raises(OutOfRange):
        getattr(bench.battery1, name)(value)


def test_what_the_model_does_not_allow_is_refused_by_the_instrument(bench):
    with pytest.raises(InstrumentRefused, match="-222"):
        bench.battery1.voc(9)
    bench.battery1.voltage_empty(3.5)
    with pytest.raises(InstrumentRefused, match="703"):
        bench.battery1.voltage_full(3.2)
    with pytest.raises(UsageError, match="no mode"):
        bench.battery1.mode("wild")


def test_roles_change_while_the_output_is_off(bench):
    assert bench.battery1.soc() == 100
    assert near(bench.supply1.voltage(), 0)
    assert bench.keithley_cable.changes.count(":ENTR:FUNC SIM") == 1
    assert bench.keithley_cable.changes.count(":ENTR:FUNC POW") == 1
    assert bench.clock.now == pytest.approx(1000.2)


@pytest.mark.parametrize("call", ["voltage", "state", "enable", "disable", "output_is_enabled"])
def test_a_live_battery_is_not_taken_away_by_the_supply(bench, call):
    bench.battery1.enable()
    sent = list(bench.keithley_cable.changes)
    with pytest.raises(RoleConflict, match="in use as a battery simulator and its output is on") as caught:
        getattr(bench.supply1, call)()
    assert "disable the battery simulator" in caught.value.hint
    assert bench.keithley_cable.changes == sent
    assert bench.battery1.state().enabled


@pytest.mark.parametrize("call", ["soc", "state", "enable", "clear"])
def test_a_live_supply_is_not_taken_away_by_the_battery(bench, call):
    bench.supply1.enable()
    sent = list(bench.keithley_cable.changes)
    with pytest.raises(RoleConflict, match="power supply"):
        getattr(bench.battery1, call)()
    assert bench.keithley_cable.changes == sent
    assert bench.supply1.output_is_enabled()


def test_the_function_is_asked_and_never_remembered(bench):
    bench.supply1.set_voltage(2)
    Direct(bench.keithley).write(":ENTR:FUNC TEST")  # somebody at the front panel
    assert bench.supply1.get_voltage_setpoint() == 2


def test_other_words_for_the_function_are_understood(bench):
    bench.keithley.function_words["POWER"] = "PSS"
    assert bench.supply1.get_voltage_setpoint() == 0


def test_the_simulator_refuses_what_the_live_function_has_not(bench):
    cable = Direct(bench.keithley)
    with pytest.raises(InstrumentSilent):
        cable.query(":BATT:SIM:SOC?")
    assert cable.query("syst:error?") == '700,"Command not permitted in this mode"'
    assert cable.query(":SYST:ERR?") == '0,"No error"'


def test_the_simulator_does_a_compound_message_up_to_the_bad_command(bench):
    cable = Direct(bench.keithley)
    cable.write(":SOUR1:VOLT 1;:NONSENSE 1;:SOUR1:VOLT 2")
    assert cable.query(":SOURCE:VOLTAGE:LEVEL?;:SYST:ERR?") == '1;-113,"Undefined header"'
    cable.write(":VOLTA 3")  # between short and full form
    assert cable.query(":VOLT?;CURR?;:SYST:ERR?").startswith("1;0.1;-113")
    cable.write(":VOLT 50")
    assert cable.query("volt? max;:SYST:ERR?") == '20;-222,"Data out of range"'


def test_the_simulator_forgets_at_a_power_cycle(bench):
    bench.battery1.enable()
    bench.keithley.power_cycle()
    assert bench.supply1.state().enabled is False
    assert near(bench.adc(1), 0)
