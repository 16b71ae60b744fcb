"""Waiting for a line's level, with a clock of the test's own."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager import errors, wire
from lager.proxies.gpio import GPIO
from lager.proxies.waiting import SystemClock, Wait, wait
from lager.roles.gpio import as_level


class Time:
    """A clock that moves when somebody sleeps or looks; the line is high from `rises` on (s)."""

    def __init__(self, rises=math.inf, look_takes=0.0):
        self.at = 0.0
        self.looks = []
        self.rises, self.look_takes = rises, look_takes

    def now(self):
        return 50.0 + self.at

    def sleep(self, seconds):
        assert seconds >= 0
        self.at += seconds

    def look(self):
        self.looks.append(self.at)
        level = int(self.at >= self.rises)
        self.at += self.look_takes
        return level

    def wait(self, level=1, within=None, every=0.01):
        return wait(self.look, Wait("gpio1", level, within, every), self)


def test_a_level_that_is_there_takes_no_time():
    assert Time(rises=0).wait(within=0) == 0
    assert Time().wait(level=0) == 0


def test_it_looks_at_the_interval_until_the_level_is_there():
    time = Time(rises=0.5)
    assert time.wait(every=0.2) == pytest.approx(0.6)
    assert time.looks == pytest.approx([0, 0.2, 0.4, 0.6])


def test_the_last_look_is_when_the_time_is_over():
    time = Time(rises=1.0)
    assert time.wait(within=1.0, every=0.4) == pytest.approx(1.0)
    assert time.looks == pytest.approx([0, 0.4, 0.8, 1.0])


@pytest.mark.parametrize(("level", "within", "words"), [(1, 0.5, "level 1 within 0.5s"), (1, 0, "level 1 within 0s")])
def test_a_level_that_is_not_reached(level, within, words):
    with pytest.raises(TimeoutError) as caught:
        Time().wait(level, within)
    assert isinstance(caught.value, errors.InstrumentError)
    assert caught.value.what == f"GPIO 'gpio1' did not reach {words}"
    assert caught.value.hint
    assert caught.value.exit_code == 4


def test_the_error_arrives_as_what_it_was():
    error = errors.LevelNotReached("it did not", "wait")
    again = wire.ErrorBody.of(error).as_error()
    assert (type(again), again.what, again.hint, str(again)) == (
        errors.LevelNotReached,
        "it did not",
        "wait",
        str(error),
    )


@given(st.floats(0, 10) | st.none(), st.floats(1e-3, 10) | st.just(math.inf), st.floats(0, 10), st.floats(1e-3, 0.3))
def test_it_is_found_if_it_is_there_in_time_and_never_reported_too_late(within, every, rises, look_takes):
    time = Time(rises, look_takes)
    if within is None:
        every = min(every, 1.0)
    try:
        elapsed = time.wait(within=within, every=every)
    except errors.LevelNotReached:
        assert within is not None
        assert rises > within - look_takes
    else:
        assert elapsed >= rises
        assert within is None or elapsed <= within + look_takes + 1e-9
    assert all(later > sooner for sooner, later in zip(time.looks, time.looks[1:], strict=False))


def test_ctrl_c_ends_it():
    class Interrupted(Time):
        def sleep(self, seconds):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Interrupted().wait()


def test_this_machines_clock():
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0)
    assert clock.now() >= before


class Line:
    """A bench whose line is low, and which keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def ask(self, net, role, method, args):
        self.asked.append((net, role, method, *args))
        return wire.Answer(1, 0)


@pytest.fixture
def gpio():
    return GPIO(wire.NetRecord("gpio1", "gpio", "LabJack_T7", "a", "FIO0"), Line())


@pytest.mark.parametrize("level", [0, False, "low", "OFF", "0", "false"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"scan_rate": 1000, "scans_per_read": 10},
        {"scan_rate": None, "scans_per_read": None},
        {"poll_interval": 0},
        {"timeout": 0},
    ],
)
def test_a_script_waits(gpio, level, more):
    assert 0 <= gpio.wait_for_level(level, **more) < 10
    assert gpio._hardware.asked == [("gpio1", "gpio", "input")]


def test_a_keyword_that_the_released_method_took_and_left_alone_is_taken_and_named(gpio):
    with pytest.warns(UserWarning, match=r"gpio1\.wait_for_level does not know timout, debounce") as told:
        assert 0 <= gpio.wait_for_level(0, timout=5, debounce=None) < 10
    assert [one.filename for one in told] == [__file__]
    assert gpio._hardware.asked == [("gpio1", "gpio", "input")]


def test_a_script_waits_in_vain(gpio):
    with pytest.raises(TimeoutError, match="GPIO 'gpio1' did not reach level 1 within 0s"):
        gpio.wait_for_level("high", 0)
    with pytest.raises(TimeoutError):
        gpio.wait_for_level(1, 0.02, scan_rate=200)
    assert 3 <= len(gpio._hardware.asked) <= 1 + 6


@pytest.mark.parametrize(
    ("args", "more"),
    [
        ([2], {}),
        (["up"], {}),
        ([1, -1], {}),
        ([1, "soon"], {}),
        ([1, float("nan")], {}),
        ([1, 1, -0.1], {}),
        ([1, 1, float("nan")], {}),
        ([1], {"scan_rate": 0}),
        ([1], {"scan_rate": float("nan")}),
        ([1], {"scans_per_read": 0}),
        ([1], {"scan_rate": "fast"}),
    ],
)
def test_a_wait_that_makes_no_sense_asks_nothing(gpio, args, more):
    with pytest.raises(errors.UsageError):
        gpio.wait_for_level(*args, **more)
    assert gpio._hardware.asked == []


@pytest.mark.parametrize("level", [1.0, True, "High", " on ", "TRUE", "1"])
def test_words_for_high(level):
    assert as_level(level) == 1


@pytest.mark.parametrize("level", [None, 0.5, -1, "", "h", [1], b"1", 10**400, float("nan")])
def test_what_is_no_level(level):
    with pytest.raises(errors.UsageError, match="is no level"):
        as_level(level)
