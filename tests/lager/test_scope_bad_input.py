"""What a script may get wrong with its oscilloscope: one clear error each time, and nothing is asked of the worker."""

import decimal
import math

import numpy as np
import pytest

from lager import errors, proxies, wire

SCOPE = wire.NetRecord("scope1", "scope", "Rigol_MS05204", "USB0::1", "1")
NO_NUMBERS = [None, "abc", "", b"1", [], {}, True, 1j, print, np.array([1.0, 2.0]), decimal.Decimal("sNaN"), 10**400]


class Silent:
    """The way to a bench that must not be used."""

    def net(self, name, role):
        raise errors.NetNotFound(f"Invalid Net: {name}", "look")

    def ask(self, name, role, method, args=()):
        raise AssertionError(f"{method}{args} was sent")


class Clock:
    def now(self):
        return 0.0

    def sleep(self, seconds):
        raise AssertionError(f"slept {seconds}")


@pytest.fixture
def scope():
    found = proxies.Scope(SCOPE, Silent())
    found._clock = Clock()
    return found


def refused(use, *args):
    with pytest.raises(errors.UsageError) as caught:
        use(*args)
    assert len(str(caught.value)) < 500
    return str(caught.value)


@pytest.mark.parametrize("value", [*NO_NUMBERS, math.nan, math.inf, np.float32("nan")], ids=repr)
def test_what_is_no_whole_number(scope, value):
    if value is not None:  # which leaves a setting as it is
        refused(scope.memory_depth, value)
        refused(scope.move_cursor, "A", value)
        refused(scope.move_cursor, "B", None, value)
        refused(scope.cursor.set_a, value)
        refused(scope.cursor.set_b, 1, value)
    refused(scope.cursor.move_a, value)
    refused(scope.cursor.move_b, 0, value)


@pytest.mark.parametrize("value", [*NO_NUMBERS, math.nan, -1], ids=repr)
def test_what_is_no_time_to_wait(scope, value):
    assert "scope1" in refused(scope.wait_for_capture, value)
    assert "scope1" in refused(scope.wait_for_capture, 1.0, value)


@pytest.mark.parametrize("value", [*NO_NUMBERS, math.nan], ids=repr)
def test_what_is_no_limit(scope, value):
    trigger = scope.trigger_settings
    refused(trigger.pulse.set_trigger_on_pulse_less_than_greater_than, value, 1.0)
    refused(trigger.pulse.set_trigger_on_pulse_less_than_greater_than, 1e-6, value)
    refused(trigger.duration.set_trigger_on_outside, value, 1.0)
    refused(trigger.slope.set_levels, 1, value)


@pytest.mark.parametrize("value", [None, "abc", True, 10**400], ids=repr)
def test_nothing_is_half_set_for_a_value_that_is_none(scope, value):
    trigger = scope.trigger_settings
    refused(trigger.pulse.set_trigger_on_pulse_greater_than_width, value)
    refused(trigger.pulse.set_trigger_on_pulse_less_than_width, value)
    refused(trigger.video.set_trigger_on_line, value)
    refused(trigger.window.set_trigger_on_time, value)
    refused(trigger.delay.set_levels, 1.0, value)
    refused(trigger.setup_hold.set_levels, 1.0, value)
    refused(trigger.setup_hold.set_trigger_on_setup, value)
    refused(trigger.setup_hold.set_trigger_on_hold, value)
    refused(trigger.setup_hold.set_trigger_on_setup_or_hold, 1.0, value)


def test_no_source_is_set_where_the_other_is_none(scope):
    refused(scope.trigger_settings.delay.set_sources, "CHAN1", None)
    refused(scope.trigger_settings.setup_hold.set_source, "D0", None)


def test_limits_the_wrong_way_round(scope):
    assert "2 is not below 1" in refused(scope.trigger_settings.slope.set_levels, 2, 1)


@pytest.mark.parametrize("value", [None, 5, b"CHAN1", ["CHAN1"], {}, print], ids=repr)
def test_what_is_no_source(scope, value):
    for use in (scope.source_of, scope.trigger_settings.edge.set_source, scope.trigger_settings.pattern.set_source):
        assert "scope1" in refused(use, value)
    for item in ("delay_rising_rising_edge", "phase_falling_rising_edge"):
        if value is not None:
            refused(getattr(scope.measurement, item), value)


def test_a_net_of_another_role_is_no_source(scope):
    supply = proxies.PowerSupply(wire.NetRecord("supply1", "power-supply", "Keithley_2281S", "USB0::3", "1"), Silent())
    assert "supply1" in refused(scope.trigger_settings.edge.set_source, supply)


@pytest.mark.parametrize(
    "pattern",
    [None, "HHLL", 5, ["high"], {"D0": "up"}, {"D0": ["high"]}, {"D0": None}, {"AC": "high"}, {5: "high"}],
    ids=repr,
)
def test_what_is_no_pattern(scope, pattern):
    assert "scope1" in refused(scope.trigger_settings.pattern.set_pattern, pattern)


@pytest.mark.parametrize("value", [None, "maybe", 2, [], math.nan], ids=repr)
def test_what_is_neither_on_nor_off(scope, value):
    refused(scope.trigger_settings.set_noise_reject, value)


@pytest.mark.parametrize(
    ("value", "word"), [(True, "on"), ("off", "off"), (0, "off"), (np.bool_(True), "on")], ids=repr
)
def test_noise_rejection_goes_by_what_is_meant(value, word):
    sent = []

    class Bench(Silent):
        def ask(self, name, role, method, args=()):
            sent.append((method, list(args)))
            return wire.Answer(1, None)

    proxies.Scope(SCOPE, Bench()).trigger_settings.set_noise_reject(value)
    assert sent == [("trigger_set", ["noise_reject", word])]


def test_an_error_does_not_repeat_a_book(scope):
    assert len(refused(scope.volts_per_div, "x" * 100_000)) < 500
