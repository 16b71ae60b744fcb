"""What a checkup asks, and what it finds odd: a lie of every kind is found, and nothing else is."""

import itertools
import math

import msgspec
import pytest

from lager import checkup, errors, roles
from lager.checkup import questions
from lager.roles import units

SUPPLY = roles.SupplyState(
    channel=1,
    enabled=True,
    mode="CV",
    voltage_set=3.3,
    current_set=1.0,
    voltage=3.299,
    current=0.033,
    power=0.1089,
    ovp_limit=5.0,
    ocp_limit=2.0,
    ovp_tripped=False,
    ocp_tripped=False,
)
LIMITS = roles.SupplyLimits(voltage_min=0.0, voltage_max=20.0, current_max=6.1, ovp_max=21.0, ocp_max=6.1)
BATTERY = roles.BatteryState(
    channel=1,
    enabled=True,
    mode="dynamic",
    model="LI_ION4_2",
    soc=50.0,
    voc=3.7,
    terminal_voltage=3.69,
    current=-0.1,
    esr=0.067,
    capacity=2.5,
    current_limit=1.0,
    volt_full=4.2,
    volt_empty=3.0,
    ovp_limit=5.0,
    ocp_limit=2.0,
    ovp_tripped=False,
    ocp_tripped=False,
)
ELOAD = roles.ELoadState(
    channel=1,
    enabled=True,
    mode="CC",
    current_set=0.5,
    voltage_set=3.0,
    resistance_set=100.0,
    power_set=1.0,
    voltage=3.3,
    current=0.5,
    power=1.65,
    regulated=True,
    tripped="",
)
SCOPE = roles.ScopeState(
    channel=1,
    enabled=True,
    status="stopped",
    volts_per_div=1.0,
    volt_offset=0.0,
    coupling="DC",
    probe=10.0,
    bandwidth_limit=0.0,
    time_per_div=1e-3,
    time_offset=0.0,
    trigger_type="edge",
    trigger_sweep="auto",
    sample_rate=1e9,
    memory_depth=1000,
)
MEASURED = {
    "voltage_max": 3.3,
    "voltage_min": 0.0,
    "voltage_average": 1.65,
    "voltage_peak_to_peak": 3.32,
    "frequency": 1000.0,
    "period": 1e-3,
}
TRIGGER = {"type": "edge", "sweep": "auto", "status": "triggered"}
WAVE = roles.Waveform(
    channel=1,
    source="screen",
    start=1,
    total=3,
    codes=b"abc",
    **dict.fromkeys(("x_increment", "x_origin", "x_reference", "y_increment", "y_origin", "y_reference"), 1.0),
    capture=1,
)
ATTRIBUTES = {  # of a state, by the single read that gives the same
    "power-supply": {
        "get_voltage_setpoint": "voltage_set",
        "get_current_setpoint": "current_set",
        "get_ovp_limit": "ovp_limit",
        "get_ocp_limit": "ocp_limit",
        "is_ovp": "ovp_tripped",
        "is_ocp": "ocp_tripped",
        "get_output_mode": "mode",
    },
    "battery": {
        "voltage_full": "volt_full",
        "voltage_empty": "volt_empty",
        "ovp": "ovp_limit",
        "ocp": "ocp_limit",
    },
    "eload": {
        "current": "current_set",
        "voltage": "voltage_set",
        "resistance": "resistance_set",
        "power": "power_set",
        "measured_voltage": "voltage",
        "measured_current": "current",
        "measured_power": "power",
    },
    "scope": {},
}
STATES = {"power-supply": SUPPLY, "battery": BATTERY, "eload": ELOAD, "scope": SCOPE}
OTHERS = {
    "get_channel_limits": LIMITS,
    "list_battery_models": [roles.BatteryModel(0, "LI_ION4_2"), roles.BatteryModel(4)],
    "export_model": roles.BatteryCurve([3.0, 4.2], [0.1, 0.1]),
    "esr_offset": 0.0,
    "cursor_mode": "off",
    "download": WAVE,
    "input": 1,
    "get_voltage": 1.0,
    "read": 23.5,
}


class Instrument:
    """Answers as an instrument of a role does; `lies` are the answers by the method, and by how often it was asked."""

    def __init__(self, role, state=None, **lies):
        self.role, self.state, self.lies = role, state or STATES.get(role), lies
        self.asked = []

    def __call__(self, method, args):
        self.asked.append((method, *args))
        if method in self.lies:
            lie = self.lies[method]
            value = lie(self.asked) if callable(lie) else lie
            if isinstance(value, Exception):
                raise value
        else:
            value = self.truth(method, args)
        return msgspec.to_builtins(value)

    def truth(self, method, args):
        if method == "state":
            return self.state
        if method in ("measure", "trigger_get"):
            return (MEASURED | TRIGGER)[args[0]]
        if method == "output_is_enabled":
            return self.state.enabled
        attribute = ATTRIBUTES.get(self.role, {}).get(method, method)
        return getattr(self.state, attribute) if hasattr(self.state, attribute) else OTHERS[method]


def wrong(instrument):
    found = checkup.examine(instrument.role, instrument)
    assert not any(one.error for one in found.readings)
    return {one.rule: one.wrong for one in checkup.checks(instrument.role, found.values) if one.wrong}


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_an_honest_instrument_passes_and_is_only_read(role):
    instrument = Instrument(role)
    assert wrong(instrument) == {}
    for method, *args in instrument.asked:
        assert roles.reads_only(role, method, args)


def changed(state, **facts):
    return msgspec.structs.replace(state, **facts)


OFF = changed(SUPPLY, enabled=False, mode="OFF", voltage=0.0, current=0.0, power=0.0)
IDLE = changed(ELOAD, enabled=False, current=0.0, power=0.0)


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("power-supply", OFF),
        ("power-supply", changed(OFF, voltage=12.0)),  # a battery is connected
        ("power-supply", changed(OFF, ovp_tripped=True)),
        ("power-supply", changed(SUPPLY, mode="CC", voltage=1.0, current=1.001, power=1.0)),
        ("power-supply", changed(SUPPLY, mode="OFF", voltage=1.0, power=0.033)),  # on, and unregulated
        ("eload", IDLE),
        ("eload", changed(IDLE, tripped="OVP")),
        ("battery", changed(BATTERY, soc=0.0, voc=3.0)),
        ("scope", changed(SCOPE, status="running")),
    ],
)
def test_what_an_honest_instrument_may_say(role, state):
    assert wrong(Instrument(role, state)) == {}


@pytest.mark.parametrize(
    ("role", "lie", "rule", "said"),
    [
        ("power-supply", {"mode": "UR"}, "the mode is CV, CC or OFF", "it is 'UR', not one of CV, CC, OFF"),
        (
            "power-supply",
            {"enabled": False},
            "an output that is off regulates nothing",
            "it is off, and the mode is CV",
        ),
        (
            "power-supply",
            {"voltage": 0.0, "power": 0.0},
            "an output that is on holds what it regulates",
            "the voltage is 0 V, outside 3.184..3.416 V",
        ),
        (
            "power-supply",
            {"mode": "CC"},
            "an output that is on holds what it regulates",
            "the current is 0.033 A, outside 0.96..1.04 A",
        ),
        (
            "power-supply",
            {"voltage_set": 33.0, "voltage": 33.0},
            "the setpoints can be set",
            "the voltage setpoint is 33 V, outside 0..20 V",
        ),
        (
            "power-supply",
            {"current_set": 7.0},
            "the setpoints can be set",
            "the current limit is 7 A, outside 0..6.1 A",
        ),
        (
            "power-supply",
            {"voltage": 33.0, "voltage_set": 33.0},
            "it delivers what it is able to",
            "the voltage is 33 V, outside -0.1..21.1 V",
        ),
        ("power-supply", {"power": 10.0}, "power is voltage times current", "the power is 10 W, outside "),
        (
            "power-supply",
            {"ovp_tripped": True, "ocp_tripped": True},
            "a tripped protection has switched the output off",
            "OVP and OCP tripped, and the output is on",
        ),
        ("battery", {"mode": "supply"}, "the method is static or dynamic", "it is 'supply'"),
        ("battery", {"soc": 150.0}, "the state of charge is 0 to 100 %", "it is 150 %, outside 0..100 %"),
        (
            "battery",
            {"voc": 0.0},
            "the open-circuit voltage lies between empty and full",
            "it is 0 V, outside 2.95..4.25 V",
        ),
        ("battery", {"capacity": 0.0}, "it has a capacity, and a resistance that is not negative", "the capacity is 0"),
        (
            "battery",
            {"esr": -0.1},
            "it has a capacity, and a resistance that is not negative",
            "the resistance is -0.1",
        ),
        ("battery", {"ovp_tripped": True}, "a tripped protection has switched the output off", "OVP tripped"),
        ("eload", {"mode": "CP"}, "the mode is CC, CV, CR or CW", "it is 'CP'"),
        ("eload", {"enabled": False}, "a load that is off draws nothing", "the current is 0.5 A, outside"),
        ("eload", {"power": 0.0}, "power is voltage times current", "the power is 0 W"),
        ("eload", {"tripped": "OTP"}, "a tripped protection has switched the input off", "OTP tripped"),
        ("scope", {"volts_per_div": 0.0}, "its scales are above zero", "a scale is 0"),
    ],
)
def test_a_state_that_cannot_be(role, lie, rule, said):
    found = wrong(Instrument(role, changed(STATES[role], **lie)))
    assert said in found[rule]


@pytest.mark.parametrize(
    ("role", "lies", "rule"),
    [
        ("dac", {"input": 1.0, "get_voltage": 2.0}, "both reads give the same voltage"),
        ("gpio", {"input": 2}, "the level is 0 or 1"),
        ("thermocouple", {"read": 9999.0}, "the temperature is one a thermocouple can have"),
        ("scope", {"download": changed(WAVE, codes=b"")}, "the trace has its points"),
        ("scope", {"measure": 5.0}, "frequency and period fit"),
        ("scope", {"measure": 5.0}, "peak to peak is maximum less minimum"),
        ("scope", {"measure": 50.0}, "what is measured is on the screen"),
    ],
)
def test_reads_that_cannot_be(role, lies, rule):
    assert rule in wrong(Instrument(role, **lies))


SINGLES = [
    (role, name) for role in STATES for name in questions.questions(role) if name not in ("state", questions.AGAIN)
]


@pytest.mark.parametrize(("role", "name"), SINGLES)
def test_a_single_read_that_is_not_what_state_says_is_found(role, name):
    """All that a state says as well is compared with it."""
    instrument = Instrument(role)
    attribute = "enabled" if name == "output_is_enabled" else ATTRIBUTES[role].get(name, name)
    if not hasattr(instrument.state, attribute):
        return
    value = getattr(instrument.state, attribute)
    lie = not value if isinstance(value, bool) else "?" if isinstance(value, str) else value + 7
    found = wrong(Instrument(role, **{name: lie}))
    assert f"{name} is what state says" in found


def test_noise_and_what_changes_meanwhile_is_no_lie():
    after = changed(SUPPLY, voltage=3.25, current=0.9, power=2.925, voltage_set=3.25)
    states = itertools.cycle([SUPPLY, after])

    def state(_asked):
        return next(states)

    assert wrong(lying(state)) == {}
    assert "current is what state says" in wrong(lying(state, current=2.0))


def lying(state, **lies):
    """A supply whose state is another one each time, and whose single reads lie between the two."""
    singles = {"current": 0.5, "power": 1.6, "voltage": 3.28, "get_voltage_setpoint": 3.25}
    instrument = Instrument("power-supply", **(singles | lies))
    instrument.lies["state"] = state
    return instrument


def test_a_number_that_is_none():
    assert checkup.checks("adc", {"input": math.nan})[0].wrong == "input is nan"
    assert checkup.checks("battery", {"x": [1.0, math.inf]})[0].wrong == "x is inf"
    assert checkup.checks("adc", {"input": 1.0})[0].wrong == ""


def test_what_failed_is_kept_with_its_time_and_the_others_are_asked():
    clock = itertools.count().__next__
    instrument = Instrument("dac", input=errors.InstrumentSilent("no answer", "look"))
    found = checkup.examine("dac", instrument, clock)
    assert [(one.name, one.value, one.seconds, bool(one.error)) for one in found.readings] == [
        ("input", None, 1, True),
        ("get_voltage", 1.0, 1, False),
    ]
    assert found.readings[0].error.code == "instrument-silent"
    assert [one.rule for one in checkup.checks("dac", found.values)] == ["every number is finite"]


@pytest.mark.parametrize("value", [None, "3.3", [3.3], {"a": 1}])
def test_an_answer_of_another_kind_is_no_answer(value):
    found = checkup.examine("adc", Instrument("adc", input=value))
    assert found.readings[0].error.code == "instrument"
    assert "is none: expected `float`" in found.readings[0].error.what


def test_after_three_failures_in_a_row_nothing_more_is_asked():
    silent = errors.InstrumentSilent("no answer", "look")
    names = [name for name in questions.questions("power-supply") if name not in ("state", "voltage")]
    instrument = Instrument("power-supply", **dict.fromkeys(names, silent))
    found = checkup.examine("power-supply", instrument)
    assert [one.name for one in found.readings] == ["state", "voltage", "current", "power", "get_voltage_setpoint"]
    assert found.unasked[0] == "get_current_setpoint"
    assert found.unasked[-1] == questions.AGAIN


@pytest.mark.parametrize(
    "kind", [errors.InstrumentGone, errors.InstrumentBusy, errors.RoleConflict, errors.ServiceUnreachable]
)
def test_what_nothing_can_be_read_of_is_said_at_once(kind):
    with pytest.raises(kind):
        checkup.examine("adc", Instrument("adc", input=kind("it is", "look")))


def test_a_hidden_channel_has_no_trace_and_cursors_that_are_off_are_nowhere():
    instrument = Instrument("scope", changed(SCOPE, enabled=False))
    found = checkup.examine("scope", instrument)
    assert {"measure", "download", "cursors"} <= set(found.unasked)
    assert not {"measure", "download", "cursors"} & {method for method, *_ in instrument.asked}


def test_only_a_model_that_is_there_is_exported():
    assert ("export_model", 4) in asked_of_battery([roles.BatteryModel(0, "x"), roles.BatteryModel(4)])
    assert not [one for one in asked_of_battery([roles.BatteryModel(0, "x")]) if one[0] == "export_model"]


def test_what_a_running_scope_measures_is_of_several_captures():
    odd = (0.0, 3.3, 7.0, 0.0, None, None)  # maximum, minimum, average, peak to peak, frequency, period
    readings = iter(odd)
    assert wrong(Instrument("scope", changed(SCOPE, status="running"), measure=lambda _: next(readings))) == {}
    readings = iter(odd)
    assert "minimum, average and maximum are in order" in wrong(Instrument("scope", measure=lambda _: next(readings)))


def asked_of_battery(models):
    instrument = Instrument("battery", list_battery_models=models)
    checkup.examine("battery", instrument)
    return instrument.asked


def test_units():
    found = checkup.examine("power-supply", Instrument("power-supply"))
    by_name = {one.name: one.units for one in found.readings}
    assert by_name["voltage"] == {"": "V"}
    assert by_name["is_ovp"] == by_name["get_output_mode"] == {}
    assert by_name["state"]["current_set"] == "A"
    assert "mode" not in by_name["state"]
    scope = {one.name: one.units for one in checkup.examine("scope", Instrument("scope")).readings}
    assert (scope["measure frequency"], scope["measure period"], scope["trigger_get type"]) == (
        {"": "Hz"},
        {"": "s"},
        {},
    )


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("Measure the voltage at the terminals, V.", "V"),
        ("Get the state of charge, %, after setting it if one is given.", "%"),
        ("Measure the temperature, °C.\n\nRaises:\n    InstrumentError: it is open, V.", "°C"),
        ("Ah.", "Ah"),
        ("V; negative for an output below ground.", "V"),
        ("Get a list, a Very long one.", ""),
        ("Voltage", ""),
        ("", ""),
    ],
)
def test_the_unit_a_sentence_names(said, unit):
    assert units.unit_of(said) == unit
