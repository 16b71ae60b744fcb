"""Values no instrument takes, in every call a script has: each is refused, and nothing is sent to any of them.

Negative, more than any of them can do, not finite, and what is no number at all.
"""

import decimal
import math

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from scriptdesk import OUTPUTS, ScriptDesk

from lager import errors

MOST = 1e4  # V, A, ohm, W, %, Ah: beyond all of them; the DL3021's 15 kohm is said below
NOT_FINITE = st.sampled_from([math.nan, math.inf, -math.inf, np.float64("nan"), decimal.Decimal("-Infinity"), 10**400])
NO_NUMBER = st.one_of(
    st.text(max_size=20),
    st.booleans(),
    st.binary(max_size=4),
    st.lists(st.floats(), max_size=2),
    st.sampled_from([np.bool_(True), np.array([1.0, 2.0]), np.str_("3"), 3j, object(), {}, "3.3", b"3.3"]),
)
NEGATIVE = st.floats(max_value=-1e-3, allow_nan=False, allow_infinity=False)
ABSURD = st.floats(min_value=MOST, allow_nan=False, allow_infinity=False)
BAD = st.one_of(NOT_FINITE, NO_NUMBER, NEGATIVE, ABSURD)

SUPPLY = ("set_voltage", "set_current", "set_ovp", "set_ocp")
BATTERY = (
    *("soc", "voc", "voltage_full", "voltage_empty", "capacity", "current_limit", "ovp", "ocp"),
    *(
        "set_soc",
        "set_voc",
        "set_volt_full",
        "set_volt_empty",
        "set_capacity",
        "set_current_limit",
        "set_ovp",
        "set_ocp",
    ),
)
LOAD = ("current", "voltage", "resistance", "power")
LOADS = {"set_current_load": "current", "set_voltage_load": "voltage", "set_resistance_load": "resistance"}
LOADS |= {"set_power_load": "power"}
SETUP = ("soc", "voc", "voltage_full", "voltage_empty", "current_limit", "capacity")

DESK = ScriptDesk()


def refused(call, *args, **kwargs):
    """Nothing is sent, and the error is one of ours, that says something and what to try."""
    before = len(DESK.sent)
    with pytest.raises(errors.UsageError) as told:
        call(*args, **kwargs)
    assert told.value.what
    assert told.value.hint
    assert len(str(told.value)) < 600
    assert DESK.sent[before:] == []


def below_ground(supply, call):
    return supply.get_channel_limits().voltage_max <= 0 and call in ("set_voltage", "set_ovp")


@hypothesis.given(st.sampled_from(OUTPUTS), st.sampled_from(SUPPLY), BAD)
def test_a_supply_takes_none_of_it(at, call, value):
    supply = DESK.net("power-supply", at)
    if below_ground(supply, call) and isinstance(value, float) and math.isfinite(value):
        value = abs(value)  # what is absurd there
    refused(getattr(supply, call), value)


@hypothesis.given(st.sampled_from(BATTERY), BAD)
def test_a_battery_takes_none_of_it(call, value):
    refused(getattr(DESK.net("battery", "keithley.1"), call), value)


@hypothesis.given(st.sampled_from(SETUP), BAD, st.sampled_from(["static", None]))
def test_a_battery_is_not_half_set_up(name, value, mode):
    refused(DESK.net("battery", "keithley.1").setup_battery, mode, model="liion", **{name: value})


@hypothesis.given(
    st.sampled_from(LOAD), st.one_of(NOT_FINITE, NO_NUMBER, NEGATIVE, ABSURD.filter(lambda ohms: ohms > 2e4))
)
def test_a_load_takes_none_of_it(call, value):
    refused(getattr(DESK.net("eload", "load.1"), call), value)


@hypothesis.given(st.sampled_from(list(LOADS)), st.one_of(NOT_FINITE, NO_NUMBER, NEGATIVE, st.none()))
def test_a_load_is_not_half_set_up(call, value):
    refused(getattr(DESK.net("eload", "load.1"), call), **{LOADS[call]: value})


@pytest.mark.parametrize("value", [10**400, np.array([1.0, 2.0])])
def test_who_gives_none_sees_no_lines_but_his_own(value):
    """A chain of errors is shown in full, with ours: it all stands in the last one."""
    for call in (DESK.net("power-supply", "rigol.1").set_voltage, DESK.net("battery", "keithley.1").export_model):
        with pytest.raises(errors.UsageError) as told:
            call(value)
        assert told.value.__cause__ is None
        assert told.value.__context__ is None or told.value.__suppress_context__


WORDS = st.one_of(st.text(max_size=30), st.integers(), st.booleans(), st.floats(), st.lists(st.text(), max_size=2))


@hypothesis.given(WORDS)
def test_no_such_mode(word):
    hypothesis.assume(not isinstance(word, str) or word.lower() not in ("static", "dynamic"))
    refused(DESK.net("battery", "keithley.1").set_mode, word)
    hypothesis.assume(not isinstance(word, str) or word.upper() not in ("CC", "CV", "CR", "CW", "CP"))
    refused(DESK.net("eload", "load.1").mode, word)


@hypothesis.given(
    st.one_of(
        st.text(alphabet="xyz :;*?\n", max_size=20),
        st.booleans(),
        st.floats(),
        st.integers(10),
        st.integers(max_value=0),
    )
)
def test_no_such_model(model):
    refused(DESK.net("battery", "keithley.1").set_model, model)
    refused(DESK.net("battery", "keithley.1").setup_battery, model=model)


def test_what_was_tried_above_can_be_refused_by_what_is_really_there():
    """The desk answers, and its log sees what is sent: or none of this would say anything."""
    before = len(DESK.sent)
    DESK.net("power-supply", "rigol.1").set_voltage(1)
    DESK.net("battery", "keithley.1").soc(50)
    DESK.net("eload", "load.1").current(0.5)
    assert {":SOUR:CURR 0.5"} <= set(DESK.sent[before:])
    assert len(DESK.sent[before:]) > 6
