"""What scripts of the released Lager call of supplies, batteries and loads: each is there, and gives its kind.

The EA supplies of the released table are no instruments of this catalog; what only they have is not here either.
"""

import math

import pytest
from scriptdesk import OUTPUTS, ScriptDesk

from lager import NetType, errors, roles
from lager.errors import UsageError

NOTHING = type(None)
# Call, arguments, and what it gives. In an order in which each can be done.
SUPPLY = [
    ("set_voltage", (1.5,), NOTHING),
    ("set_current", (0.5,), NOTHING),
    ("set_ovp", (5,), NOTHING),
    ("set_ocp", (0.5,), NOTHING),
    ("get_ovp_limit", (), float),
    ("get_ocp_limit", (), float),
    ("clear_ovp", (), NOTHING),
    ("clear_ocp", (), NOTHING),
    ("enable", (), NOTHING),
    ("voltage", (), float),
    ("current", (), float),
    ("power", (), float),
    ("is_ovp", (), bool),
    ("is_ocp", (), bool),
    ("state", (), roles.SupplyState),
    ("get_full_state", (), roles.SupplyState),
    ("get_monitor_state", (), dict),
    ("get_channel_limits", (), roles.SupplyLimits),
    ("output_is_enabled", (), bool),
    ("get_output_mode", (), str),
    ("set_mode", (), NOTHING),
    ("set_mode", ("CV",), NOTHING),
    ("init_continuous", (), NOTHING),
    ("measure_voltage", (), float),
    ("measure_current", (), float),
    ("measure_power", (), float),
    ("disable_output", (), NOTHING),
    ("enable_output", (), NOTHING),
    ("disable", (), NOTHING),
]
BATTERY = [
    ("set_mode_battery", (), NOTHING),
    ("set_to_battery_mode", (), NOTHING),
    ("setup_battery", (), NOTHING),
    ("set_mode", ("static",), str),
    ("mode", (), str),
    ("mode", ("dynamic",), str),
    ("set_volt_full", (4.2,), float),
    ("voltage_full", (), float),
    ("set_volt_empty", (3.0,), float),
    ("voltage_empty", (), float),
    ("set_soc", (50,), float),
    ("soc", (), float),
    ("set_voc", (3.6,), float),
    ("voc", (), float),
    ("set_capacity", (2,), float),
    ("capacity", (), float),
    ("set_current_limit", (1,), float),
    ("current_limit", (), float),
    ("set_ovp", (5,), float),
    ("ovp", (), float),
    ("set_ocp", (2,), float),
    ("ocp", (), float),
    ("set_model", ("NIMH1_2",), str),
    ("model", (), str),
    ("current_model", (), str),
    ("list_battery_models", (), list),
    ("terminal_voltage", (), float),
    ("current", (), float),
    ("esr", (), float),
    ("enable", (), NOTHING),
    ("disable", (), NOTHING),
    ("enable_battery", (), NOTHING),
    ("disable_battery", (), NOTHING),
    ("enable_sim_output", (), NOTHING),
    ("disable_sim_output", (), NOTHING),
    ("clear", (), NOTHING),
    ("clear_ovp", (), NOTHING),
    ("clear_ocp", (), NOTHING),
    ("print_state", (), NOTHING),
    ("get_monitor_state", (), dict),
    ("output_is_enabled", (), bool),
]
ELOAD = [
    ("mode", (), str),
    ("mode", ("CP",), str),
    ("current", (0.5,), float),
    ("current", (), float),
    ("voltage", (3,), float),
    ("voltage", (), float),
    ("resistance", (20,), float),
    ("resistance", (), float),
    ("power", (1,), float),
    ("power", (), float),
    ("measured_voltage", (), float),
    ("measured_current", (), float),
    ("measured_power", (), float),
    ("enable", (), NOTHING),
    ("disable", (), NOTHING),
    ("print_state", (), NOTHING),
]


@pytest.fixture
def desk():
    return ScriptDesk()


def do_all(net, table):
    for name, args, kind in table:
        found = getattr(net, name)(*args)
        assert type(found) is kind, f"{name}{args} gave {found!r}"


@pytest.mark.parametrize("at", OUTPUTS)
def test_every_call_of_a_supply(desk, at):
    supply = desk.net("power-supply", at)
    sign = 1 if supply.get_channel_limits().voltage_max > 0 else -1  # an output below ground
    volts = {"set_voltage", "set_ovp"}
    table = [(call, [sign * one for one in args] if call in volts else args, kind) for call, args, kind in SUPPLY]
    do_all(supply, table)
    assert supply.state().voltage_set == sign * 1.5
    assert not supply.output_is_enabled()


def test_every_call_of_a_battery(desk, capsys):
    do_all(desk.net("battery", "keithley.1"), BATTERY)
    assert capsys.readouterr().out.startswith("keithley.1: off, dynamic, model NIMH1_2")


def test_every_call_of_a_load(desk, capsys):
    do_all(desk.net("eload", "load.1"), ELOAD)
    assert capsys.readouterr().out.startswith("load.1: off, CW 1 W; ")


@pytest.mark.parametrize("at", OUTPUTS)
@pytest.mark.parametrize("order", [("set_current", "set_ocp"), ("set_ocp", "set_current")])
def test_a_limit_below_its_protection_is_set_in_any_order_and_may_be_changed_below_it(desk, at, order):
    supply = desk.net("power-supply", at)
    for _ in range(2):  # as a script that is run again
        for call in order:
            getattr(supply, call)({"set_current": 0.5, "set_ocp": 0.8}[call])
        assert supply.get_current_setpoint() == 0.5
        assert supply.get_ocp_limit() == (0.5 if at.startswith("keysight") else 0.8)  # where both are one number
    for amps in (0.1, 0.3, 0.8):
        supply.set_current(amps)
        assert supply.get_current_setpoint() == amps
    for amps in (0.1, 0.3, 0.8):
        supply.set_ocp(amps)
        assert supply.get_ocp_limit() == amps


def test_states_are_dicts_as_well(desk):
    supply = desk.net("power-supply", "rigol.1")
    supply.set_voltage(3.3)
    state = supply.get_full_state()
    assert state["voltage_set"] == state.voltage_set == dict(state)["voltage_set"] == 3.3
    assert ("enabled" in state, state.get("enabled"), state.get("volts"), len(state)) == (True, False, None, 12)
    assert dict(state.items()) == dict(zip(state, state.values(), strict=True))
    with pytest.raises(KeyError, match="volts"):
        state["volts"]
    assert supply.get_channel_limits()["voltage_max"] == 63
    assert desk.net("battery", "keithley.1").list_battery_models()[0]["name"] == "LI_ION4_2"


def test_what_live_screens_show(desk):
    shown = desk.net("power-supply", "rigol.2").get_monitor_state()
    assert (shown["netname"], shown["channel"], shown["voltage_max"], shown["current_max"]) == ("rigol.2", 2, 8.4, 10.5)
    assert {"voltage", "current", "power", "enabled", "mode", "ocp_limit", "ocp_tripped", "ovp_limit"} <= set(shown)
    shown = desk.net("battery", "keithley.1").get_monitor_state()
    assert (shown["netname"], shown["enabled"], shown["mode"]) == ("keithley.1", False, "dynamic")
    assert {"terminal_voltage", "esr", "soc", "voc", "model", "capacity", "volt_full", "volt_empty"} <= set(shown)


def test_keywords_of_released_scripts(desk):
    supply, battery = desk.net("power-supply", "rigol.1"), desk.net("battery", "keithley.1")
    supply.set_voltage(voltage=2)
    supply.set_current(value=0.5)
    assert (supply.get_voltage_setpoint(), supply.get_current_setpoint()) == (2, 0.5)
    assert battery.set_soc(soc=40) == battery.soc() == 40
    assert battery.capacity(value=1.5) == 1.5
    assert battery.mode(mode_type="static") == "static"
    assert desk.net("eload", "load.1").current(value=0.25) == 0.25
    with pytest.raises(TypeError, match="twice"):
        supply.set_voltage(2, voltage=3)
    with pytest.raises(TypeError, match="unexpected keyword"):
        supply.set_voltage(volt=3)


@pytest.mark.parametrize(("role", "at"), [("power-supply", "rigol.1"), ("battery", "keithley.1"), ("eload", "load.1")])
def test_teardown_is_nothing_here(desk, role, at):
    net = desk.net(role, at)
    assert net.disable(teardown=False) is net.disable(True) is net.disable() is None


def test_calls_of_released_drivers_take_the_channel_that_is_theirs(desk):
    supply = desk.net("power-supply", "rigol.2")
    supply.enable_output("CH2")
    assert supply.measure_voltage(2) == pytest.approx(supply.voltage(), abs=0.01)
    before = len(desk.sent)
    for call in (supply.measure_current, supply.measure_power, supply.enable_output, supply.disable_output):
        with pytest.raises(UsageError, match=r"rigol\.2 is channel 2 of its instrument, not 1"):
            call(1)
    assert len(desk.sent) == before


def test_a_battery_that_is_still_a_supply_is_told_at_the_line_that_asks_for_it(desk):
    supply, battery = desk.net("power-supply", "keithley.1"), desk.net("battery", "keithley.1")
    supply.set_voltage(3.3)
    supply.enable()
    with pytest.raises(errors.RoleConflict, match="in use as a power supply and its output is on"):
        battery.set_mode_battery()
    assert supply.output_is_enabled()
    supply.disable()
    battery.set_mode_battery()
    assert desk.cables["keithley"].query(":ENTR:FUNC?") == "SIMULATOR"
    assert not [one for one in desk.cables["keithley"].changes if one.startswith(":BATT")]


@pytest.mark.parametrize("call", ["set_mode_battery", "set_to_battery_mode"])
def test_a_battery_that_an_earlier_script_left_connected_can_be_set_up_again(desk, call):
    battery = desk.net("battery", "keithley.1")
    battery.enable()
    getattr(battery, call)()
    assert not battery.output_is_enabled()
    assert battery.capacity(2) == 2


QUERIES = [
    (":BATT:SIM:SOC?", "60"),
    ("batt:sim:voc?", "3.7"),
    (":BATT:SIM:VOC:FULL?", "4.2"),
    (":BATT:SIM:VOC:EMPT?", "3"),
    (":BATT:SIM:CAP:LIM?", "2.5"),
    (":BATT:SIM:CURR:LIM?", "0.75"),
    (":BATT:SIM:TVOL:PROT?", "5"),
    (":BATT:SIM:CURR:PROT?", "2"),
    (":BATT:SIM:METH?", "STAT"),
    (":BATT:SIM:RES:OFFS?", "0"),
    (":BATT:OUTP?", "0"),
    (":BATT:MOD:RCL?", "LI_ION4_2"),
    (":OUTP:PROT:TRIP?", "NONE"),
]


def test_the_one_way_a_released_script_had_to_read_a_battery(desk):
    battery = desk.net("battery", "keithley.1")
    battery.setup_battery("static", voltage_full=4.2, voltage_empty=3.0, current_limit=0.75, capacity=2.5)
    battery.ovp(5), battery.ocp(2), battery.voc(3.7)
    soc = battery.soc()
    for query, said in QUERIES:
        expected = f"{soc:.6g}" if "SOC" in query else said
        assert battery._safe_query(query, "0") == expected, query
    for query in (":BATT:SIM:TVOL?", ":BATT:SIM:CURR?", ":BATT:SIM:RES?"):
        assert float(battery._safe_query(query)) == pytest.approx(0, abs=5), query


@pytest.mark.parametrize("query", [":BATT:SIM:SOC 50", "*RST", "", None, "*IDN?", ":BATT:SIM:SOC?;*RST", 5])
def test_no_command_goes_to_the_instrument_that_way(desk, query):
    with pytest.raises(UsageError, match="no query of something that can be read"):
        desk.net("battery", "keithley.1")._safe_query(query, "0")
    assert desk.sent == []


def test_a_query_that_fails_gives_no_default(desk):
    battery = desk.net("battery", "keithley.1")
    desk.cables["keithley"].instrument.handle = lambda _: None
    with pytest.raises(errors.InstrumentSilent):
        battery._safe_query(":BATT:SIM:SOC?", "0")


LOADS = [
    ("set_current_load", "current", 0.5, "CC"),
    ("set_voltage_load", "voltage", 3.0, "CV"),
    ("set_resistance_load", "resistance", 20.0, "CR"),
    ("set_power_load", "power", 1.5, "CW"),
]


@pytest.mark.parametrize(("call", "name", "value", "mode"), LOADS)
def test_a_load_is_set_by_one_call(desk, call, name, value, mode):
    load = desk.net("eload", "load.1")
    assert getattr(load, call)(**{name: value}) == value
    assert (load.mode(), getattr(load, name)()) == (mode, value)
    changes = [one for one in desk.cables["load"].changes if ":SOUR" in one]
    assert changes[-1].startswith(":SOUR:FUNC ")  # the level first: an input that is on draws no older one


@pytest.mark.parametrize(("call", "name", "value", "mode"), LOADS)
@pytest.mark.parametrize("limit", ["max_voltage", "max_current", "slew_rate"])
def test_a_limit_nobody_would_keep_is_refused(desk, call, name, value, mode, limit):
    with pytest.raises(UsageError, match=f"{limit} cannot be set") as refused:
        getattr(desk.net("eload", "load.1"), call)(**{name: value, limit: 5})
    assert "lager nets set-limits" in refused.value.hint
    assert desk.sent == []


def test_the_words_of_a_negative_setpoint(desk):
    with pytest.raises(ValueError, match="Current must be non-negative"):
        desk.net("eload", "load.1").current(-1)


NAMED = [
    ("power-supply", "rigol.2", lambda net: net.set_voltage(-1), "rigol.2: voltage -1 V is outside 0..8.4 V"),
    ("power-supply", "rigol.2", lambda net: net.set_voltage(math.nan), "rigol.2: nan is not a number to set anything"),
    ("battery", "keithley.1", lambda net: net.model("wood"), "keithley.1: Unknown battery model 'wood'"),
    ("eload", "load.1", lambda net: net.mode("XX"), "load.1: there is no mode 'XX'"),
]


@pytest.mark.parametrize(("role", "at", "call", "said"), NAMED, ids=[one[-1] for one in NAMED])
def test_an_error_says_once_of_which_net_it_is(desk, role, at, call, said):
    with pytest.raises(UsageError) as refused:
        call(desk.net(role, at))
    assert str(refused.value).startswith(said)
    assert refused.value.args == (refused.value.what, refused.value.hint)
    assert refused.value.what.count(at) == 1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("it is off", "my net: it is off"),
        ("my net is off", "my net is off"),
        ("GPIO 'my net' is off", "GPIO 'my net' is off"),
        ("it is not my net.", "it is not my net."),
        ("my network is off", "my net: my network is off"),
    ],
)
def test_a_name_is_said_once_whatever_it_is(what, said):
    error = errors.InstrumentError(what, "look")
    error.concerning("my net")
    assert (error.what, error.args) == (said, (said, "look"))


@pytest.mark.parametrize(("value", "said"), [("3.3", True), (None, False)])
def test_who_gives_an_argument_of_the_command_line_is_told_how_to_make_a_number_of_it(desk, value, said):
    with pytest.raises(UsageError) as refused:
        desk.net("power-supply", "rigol.2").set_voltage(value)
    assert ("float()" in refused.value.hint) is said


def test_what_an_instrument_refuses_names_its_net_too(desk):
    battery = desk.net("battery", "keithley.1")
    battery.enable()
    with pytest.raises(errors.InstrumentRefused, match=r"^keithley\.1: the instrument refused :BATT:SIM:CAP:LIM 3"):
        battery.capacity(3)


def test_device_types():
    assert {kind.name: kind.device_type for kind in NetType if kind.device_type} == {
        "Analog": "rigol_mso5000",
        "Logic": "rigol_mso5000",
        "Waveform": "rigol_mso5000",
        "Battery": "keithley",
        "ELoad": "rigol_dl3000",
        "PowerSupply": "rigol_dp800",
        "Debug": "jlink",
    }
