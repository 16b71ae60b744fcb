"""Quantities as they are typed."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager_cli.units import AMPS, SECONDS, VOLTS, shown


@pytest.mark.parametrize(
    ("unit", "text", "number"),
    [
        (VOLTS, "3.3", 3.3),
        (VOLTS, "3.3V", 3.3),
        (VOLTS, "3300mV", 3.3),
        (VOLTS, "3.3 V", 3.3),
        (VOLTS, ".5", 0.5),
        (VOLTS, "5.", 5.0),
        (VOLTS, "1e-3", 0.001),
        (VOLTS, "0", 0.0),
        (VOLTS, "10uV", 1e-5),
        (AMPS, "500mA", 0.5),
        (SECONDS, "10", 10.0),
        (SECONDS, "100ms", 0.1),
        (SECONDS, "5m", 300.0),
        (SECONDS, "1h30m", 5400.0),
    ],
)
def test_what_is_understood(unit, text, number):
    assert unit.convert(text, None, None) == number


@pytest.mark.parametrize(
    ("unit", "text", "said"),
    [
        (VOLTS, "abc", "'abc' is not in V; write 3.3, 3.3V or 3300mV."),
        (VOLTS, "3A", "'3A' is not in V; write 3.3, 3.3V or 3300mV."),
        (VOLTS, "3300m", "'3300m' is not in V; write 3.3, 3.3V or 3300mV."),
        (VOLTS, "", "'' is not in V; write 3.3, 3.3V or 3300mV."),
        (VOLTS, "nan", "'nan' is not in V; write 3.3, 3.3V or 3300mV."),
        (VOLTS, "inf", "'inf' is not in V; write 3.3, 3.3V or 3300mV."),
        (VOLTS, "1e999", "'1e999' is beyond all measure; write 3.3, 3.3V or 3300mV."),
        (AMPS, "-5", "'-5' is negative; write a number from 0 on, such as 0.5, 0.5A or 500mA."),
    ],
)
def test_what_is_refused_in_a_sentence(unit, text, said):
    with pytest.raises(click.BadParameter) as caught:
        unit.convert(text, None, None)
    assert caught.value.message == said


@given(st.integers(0, 60_000))
def test_millivolts_are_exact(millivolts):
    assert VOLTS.convert(f"{millivolts}mV", None, None) == millivolts / 1000


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-0.00001, 4, "0.0000"), (-0.0, 6, "0.000000"), (-0.0001, 4, "-0.0001"), (3.29996, 4, "3.3000")],
)
def test_noise_about_zero_is_shown_without_a_sign(value, digits, text):
    assert shown(value, digits) == text
