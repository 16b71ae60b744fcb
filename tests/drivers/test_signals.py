import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager_drivers.simulated.signals import signal

PERIODIC = {
    "sine": {},
    "triangle": {"symmetry": 0.3},
    "ramp": {},
    "square": {"duty": 0.25, "overshoot": 0.1},
    "pulse": {"width": 1e-4, "count": 3},
    "exponential": {"tau": 1e-4},
}


def made(shape, **others):
    return signal({"shape": shape, "frequency": 1e3, "low": -1.0, "high": 3.0} | PERIODIC[shape] | others)


def test_a_square_is_high_for_its_duty_and_low_for_the_rest():
    square = signal({"shape": "square", "frequency": 1e3, "high": 3.3, "duty": 0.25})
    assert [square.volts(at) for at in (0.1e-3, 0.24e-3, 0.26e-3, 0.9e-3, 1.1e-3)] == [3.3, 3.3, 0.0, 0.0, 3.3]
    assert square.mean == pytest.approx(3.3 / 4, rel=1e-3)


def test_edges_take_their_time():
    square = signal({"shape": "square", "period": 1.0, "high": 2.0, "rise_time": 0.1, "fall_time": 0.2})
    assert square.volts(0.05) == pytest.approx(1.0)
    assert square.volts(0.6) == pytest.approx(1.0)


def test_overshoot_goes_beyond_the_level_by_that_part_and_rings_down():
    square = signal({"shape": "square", "period": 1.0, "high": 2.0, "overshoot": 0.1, "ringing": 50.0})
    assert max(square.levels) == pytest.approx(2.2, rel=0.02)
    assert min(square.levels) == pytest.approx(-0.2, abs=0.03)
    assert square.volts(0.4) == pytest.approx(2.0, abs=1e-3)


@given(st.floats(0, 1e-3))
def test_a_sine_is_one(seconds):
    expected = 1.0 + 2.0 * math.sin(2 * math.pi * seconds * 1e3)
    assert made("sine").volts(seconds) == pytest.approx(expected, abs=2e-5)


def test_a_capacitor_charges_with_its_time_constant():
    charge = signal({"shape": "exponential", "period": 2.0, "tau": 0.1, "high": 5.0})
    assert charge.volts(0.1) == pytest.approx(5 * (1 - math.exp(-1)), rel=1e-3)
    assert charge.volts(1.1) == pytest.approx(5 * math.exp(-1), rel=1e-3)


def test_pulses_come_in_trains():
    train = signal({"shape": "pulse", "period": 1.0, "width": 0.01, "count": 3, "spacing": 0.05, "high": 5.0})
    assert [train.volts(at) for at in (0.005, 0.02, 0.055, 0.105, 0.2)] == [5.0, 0.0, 5.0, 5.0, 0.0]


def test_a_uart_sends_its_text_lowest_bit_first():
    line = signal({"shape": "uart", "baud": 1000, "text": "A", "high": 3.3})
    bits = [line.volts((n + 0.5) / 1000) > 1 for n in range(12)]
    assert bits == [False, *(bool(ord("A") >> n & 1) for n in range(8)), True, True, True]
    assert line.period == pytest.approx(20e-3)


def test_dc_does_not_change():
    assert {signal({"shape": "dc", "volts": 1.5}).volts(at) for at in (0, 0.3, 17)} == {1.5}


@pytest.mark.parametrize("shape", PERIODIC)
@given(seconds=st.floats(0, 1e6), turns=st.integers(1, 5))
def test_every_signal_repeats_and_stays_within_its_knots(shape, seconds, turns):
    one = made(shape)
    assert min(one.levels) <= one.volts(seconds) <= max(one.levels)
    assert one.level(one.phase(seconds) + turns * one.period) == pytest.approx(one.volts(seconds), abs=1e-5)


@pytest.mark.parametrize("shape", PERIODIC)
@given(level=st.floats(-0.9, 2.9))
def test_crossings_are_where_the_level_is_and_go_up_as_often_as_down(shape, level):
    one = made(shape)
    found = one.crossings(level)
    assert sum(crossing.rising for crossing in found) * 2 == len(found)
    for crossing in found:
        assert one.level(crossing.phase) == pytest.approx(level, abs=1e-6)


def test_a_delay_comes_later():
    assert made("square", delay=0.2e-3).volts(0.21e-3) == made("square").volts(0.01e-3)


@pytest.mark.parametrize(
    ("description", "says"),
    [
        ({}, "shape is one of dc, sine"),
        ({"shape": "cube"}, "not 'cube'"),
        ({"shape": "sine", "frequency": 1.0}, "needs a high"),
        ({"shape": "sine", "high": 1.0}, "needs a frequency"),
        ({"shape": "sine", "high": 1.0, "frequency": 1.0, "period": 1.0}, "not both"),
        ({"shape": "sine", "high": 1.0, "frequency": -1.0}, "frequency of a sine signal is more than 0, not -1.0"),
        ({"shape": "sine", "high": "1 V", "frequency": 1.0}, "high of a sine signal is a number, not '1 V'"),
        ({"shape": "sine", "high": True, "frequency": 1.0}, "is a number, not True"),
        ({"shape": "square", "high": 1.0, "frequency": 1.0, "duty": 1.5}, "duty of a square signal is more than 0 and"),
        ({"shape": "square", "high": 1.0, "frequency": 1.0, "dutty": 0.5}, "has no 'dutty'; it has delay, duty"),
        ({"shape": "square", "high": 1.0, "frequency": 1.0, "rise_time": 0.6}, "rise_time"),
        ({"shape": "square", "high": 1.0, "frequency": 1.0, "overshoot": -1}, "overshoot"),
        ({"shape": "pulse", "high": 1.0, "period": 1.0, "width": 0.3, "count": 3}, "longer than its period"),
        ({"shape": "pulse", "high": 1.0, "period": 1.0, "width": 0.1, "count": 1.5}, "whole number"),
        ({"shape": "uart", "high": 1.0, "baud": 9600, "text": ""}, "1 to 1000 bytes"),
        ({"shape": "uart", "high": 1.0, "baud": 9600, "text": 5}, "is a text, not 5"),
        ({"shape": "dc", "volts": float("nan")}, "is a number"),
    ],
)
def test_what_describes_no_signal_says_what_is_wrong(description, says):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # what it says is looked at below
        signal(description)
    assert says in str(caught.value)
