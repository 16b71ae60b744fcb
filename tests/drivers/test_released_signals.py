"""What scripts of the released Lager call of inputs, outputs, lines, thermocouples and an oscilloscope's channel.

Each call is there, and gives its kind; what no instrument takes is refused, and nothing is sent.
"""

import decimal
import math
from functools import partial

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from scriptdesk import Straight
from t7desk import Desk, near
from test_mso5000_with_simulator import Scope

from lager import errors, proxies, wire

NOTHING = type(None)
NO_NUMBER = [None, "", "3.3", b"3", True, np.bool_(True), [1.0], {}, 3j, object(), decimal.Decimal("sNaN"), 10**400]


class OneScope(Straight):
    """The way to an oscilloscope's channels; the nets are `scope1` and on."""

    def net(self, name, role):
        return record(name, role, name.removeprefix("scope"))


def record(name, role, pin):
    return wire.NetRecord(name, role, "Rigol_MS05204" if role == "scope" else "LabJack_T7", "one", pin)


@pytest.fixture
def desk():
    return Desk()


def net(desk, role, pin):
    """Give what a script gets of a pin of the T7."""
    return proxies.PROXIES[role](record(pin, role, pin), Straight(desk.channel(role, pin)))


@pytest.fixture
def bench():
    return Scope().ready()


@pytest.fixture
def scope(bench):
    return proxies.Scope(record("scope1", "scope", "1"), OneScope(bench.one))


# A board --------------------------------------------------------------------------------------------------------------


def test_every_call_of_a_boards_nets(desk):
    desk.supply(3.3)
    assert near(net(desk, "adc", "AIN0").input(), 3.3, 0.01)
    dac = net(desk, "dac", "DAC0")
    assert dac.output(1.25) is None
    assert near(dac.input(), 1.25)
    assert near(dac.get_voltage(), 1.25)
    assert dac.output(voltage=2) is None
    assert near(net(desk, "adc", "AIN7").input(), 2.0, 0.01)
    thermocouple = net(desk, "thermocouple", "AIN8")
    assert (type(thermocouple.read()), thermocouple.close()) == (float, None)
    line, other = net(desk, "gpio", "FIO0"), net(desk, "gpio", "FIO1")
    assert (line.output(1), other.input(), line.input()) == (None, 1, 1)
    assert type(other.wait_for_level(level=1, timeout=1, scan_rate=1000, scans_per_read=10)) is float


@pytest.mark.parametrize("high", [1, True, 1.0, "1", "high", "HIGH", " High ", "on", "true", "True", np.int64(1)])
@pytest.mark.parametrize("low", [0, False, "0", "low", "off", "False"])
def test_levels_in_every_form(desk, high, low):
    line, other = net(desk, "gpio", "FIO2"), net(desk, "gpio", "FIO3")
    line.output(high)
    assert other.input() == 1
    line.output(low)
    assert other.input() == 0


def test_a_level_that_does_not_come(desk):
    with pytest.raises(TimeoutError, match=r"^GPIO 'FIO1' did not reach level 0 within 0\.01s"):
        net(desk, "gpio", "FIO1").wait_for_level("low", timeout=0.01)  # nothing drives it down


NO_VOLTS = st.one_of(
    st.sampled_from([*NO_NUMBER, math.nan, math.inf, -math.inf]),
    st.floats(max_value=-1e-6, allow_nan=False),
    st.floats(min_value=5.0001, allow_nan=False),
)
BOARD = Desk()


def nothing_sent(use, *args, **kwargs):
    BOARD.cable.take()
    with pytest.raises(errors.UsageError) as refused:
        use(*args, **kwargs)
    assert refused.value.hint
    assert BOARD.cable.take() == []
    return refused.value


@hypothesis.given(NO_VOLTS)
def test_an_output_takes_none_of_it(value):
    nothing_sent(net(BOARD, "dac", "DAC0").output, value)


@hypothesis.given(
    st.one_of(
        st.integers().filter(lambda one: one not in (0, 1)),
        st.floats().filter(lambda one: one not in (0, 1)),
        st.text().filter(
            lambda one: one.strip().lower() not in {"1", "0", "high", "low", "on", "off", "true", "false"}
        ),
        st.sampled_from([None, b"1", [1], {}, object()]),
    )
)
def test_a_line_takes_none_of_it(level):
    line = net(BOARD, "gpio", "FIO0")
    for use in (line.output, partial(line.wait_for_level, timeout=0)):
        assert nothing_sent(use, level).what.startswith("FIO0: ")


@pytest.mark.parametrize("volts", [5.1, -1, 5.000001])
def test_the_words_of_the_refusal(desk, volts):
    with pytest.raises(ValueError, match=f"^DAC1: DAC voltage must be between 0 and 5V, got {volts}V"):
        net(desk, "dac", "DAC1").output(volts)


# An oscilloscope ------------------------------------------------------------------------------------------------------

CHANNEL = [
    ("enable", (), NOTHING),
    ("output_is_enabled", (), bool),
    ("start_capture", (), NOTHING),
    ("force_trigger", (), NOTHING),
    ("stop_capture", (), NOTHING),
    ("start_single_capture", (), NOTHING),
    ("autoscale", (), NOTHING),
    ("disable", (), NOTHING),
    ("enable", (), NOTHING),
]
TRACE = [("volts_per_div", (0.5,)), ("time_per_div", (1e-3,))]
TRACE += [(f"{name}_offset", (0.0,)) for name in ("volt", "time")]
SETTINGS = [
    *((f"set_mode_{one}", ()) for one in ("auto", "normal", "single")),
    *((f"set_coupling_{one}", ()) for one in ("AC", "low_freq_reject", "high_freq_reject", "DC")),
    ("set_type", ("edge",)),
]
PARTS = {
    "edge": [("set_source", ("scope2",)), *((f"set_slope_{one}", ()) for one in ("falling", "both", "rising"))],
    "pulse": [
        ("set_source", ("scope1",)),
        ("set_trigger_on_pulse_greater_than_width", (1e-6,)),
        ("set_trigger_on_pulse_less_than_width", (1e-3,)),
        ("set_trigger_on_pulse_less_than_greater_than", (1e-6, 1e-3)),
    ],
    "uart": [
        ("set_source", ("scope1",)),
        ("set_uart_params", ("even", 2, 115200, 7)),
        *((f"set_trigger_on_{one}", ()) for one in ("start", "frame_error", "check_error")),
        ("set_trigger_on_data", (0x55,)),
    ],
    "i2c": [
        ("set_source", ("scope1", "scope2")),
        ("set_scl_trigger_level", (1.5,)),
        ("set_sda_trigger_level", (0.5,)),
        *((f"set_trigger_on_{one}", ()) for one in ("start", "restart", "stop", "nack", "address")),
        ("set_trigger_on_data", (0x55,)),
        ("set_trigger_on_addr_data", (7, "write", 0x50, 0x55)),
    ],
    "spi": [("set_source", ("scope1", "scope2", "D0")), ("set_trigger_data", (8, 0x55)), ("set_clk_edge_negative", ())],
    "can": [("set_source", ("scope1",)), ("set_baud", (500e3,)), ("set_trigger_on", ("start",))],
}


def test_every_call_of_a_channel(scope):
    for name, args, kind in CHANNEL:
        assert type(getattr(scope, name)(*args)) is kind, name
    assert scope.disable(teardown=False) is None
    assert scope.state()["enabled"] is scope.state().enabled is False
    for name, args in TRACE:
        assert getattr(scope.trace_settings, f"set_{name}")(*args) is None
        assert getattr(scope.trace_settings, f"get_{name}")() == args[0]


def test_every_measurement_of_one_channel(bench, scope):
    items = [one for one in dir(scope.measurement) if not one.startswith(("_", "delay", "phase"))]
    assert len(items) == 33
    for item in items:
        assert isinstance(getattr(scope.measurement, item)(), float), item
    bench.cable.sent.clear()
    scope.measurement.voltage_max(display=True, measurement_cursor=True)
    assert bench.cable.changes == [":MEAS:ITEM VMAX,CHAN1", ":CURS:MODE MEAS"]


def test_every_measurement_between_two(scope):
    edges = [f"{a}_{b}_edge" for a in ("rising", "falling") for b in ("rising", "falling")]
    for item in [f"{what}_{edge}" for what in ("delay", "phase") for edge in edges]:
        found = getattr(scope.measurement, item)("scope2")
        assert found is None or isinstance(found, float), item


def test_h19_every_setting_of_the_trigger_reaches_the_instrument(bench, scope):
    settings = scope.trigger_settings
    for name, args in SETTINGS:
        assert getattr(settings, name)(*args) is None, name
    assert (settings.get_mode(), settings.get_coupling(), settings.get_type()) == ("single", "DC", "edge")
    assert settings.get_status() in ("running", "waiting", "triggered", "auto", "stopped")
    for part, calls in PARTS.items():
        for name, args in calls:
            assert getattr(getattr(settings, part), name)(*args) is None, (part, name)
    assert (settings.edge.get_source(), settings.edge.get_slope()) == ("CHAN2", "rising")
    assert settings.pulse.get_limits() == (pytest.approx(1e-6), pytest.approx(1e-3))
    assert settings.i2c.get_when() == "addr_data"
    assert not [one for one in bench.cable.sent if "enum" in one or "{" in one]


def test_h19_every_call_of_the_cursors_reaches_the_instrument(bench, scope):
    cursor = scope.cursor
    assert cursor.set_a(x=100, y=240) is None
    assert cursor.set_b(600, 300) is None
    assert cursor.move_a(x_del=10, y_del=-5) is None
    assert cursor.move_b(-100, 20) is None
    assert (cursor.get_a(), cursor.get_b()) == ((110, 235), (500, 320))
    for name in ("x_delta", "y_delta", "frequency", "a_x", "a_y", "b_x", "b_y"):
        assert type(getattr(cursor, name)()) is float, name
    assert cursor.frequency() == pytest.approx(1 / cursor.x_delta())
    assert cursor.hide() is None
    assert bench.one.cursor_mode() == "off"


ONE = Scope().ready()
SET = ("volts_per_div", "volt_offset", "time_per_div", "time_offset", "probe", "bandwidth_limit", "memory_depth")


@hypothesis.given(
    st.sampled_from(SET),
    st.sampled_from([*NO_NUMBER[1:], math.nan, math.inf, -math.inf, 1e300, -1e300, np.array([1, 2])]),
)
def test_a_channel_takes_none_of_it(name, value):
    one = proxies.Scope(record("scope1", "scope", "1"), OneScope(ONE.one))
    ONE.cable.sent.clear()
    with pytest.raises(errors.UsageError) as refused:
        getattr(one, name)(value)
    assert refused.value.hint
    assert ONE.cable.changes == []


@pytest.mark.parametrize(
    "settings", [None, "edge.level", [1], {"edge.level": None}, {"edge.slope": "rising", "x": 1}, {"edge.slope": 1}]
)
def test_what_is_no_setup_of_a_trigger(bench, scope, settings):
    bench.cable.sent.clear()
    with pytest.raises(errors.UsageError, match=r"^scope1: "):
        scope.trigger_setup(settings)
    assert bench.cable.changes == []


@pytest.mark.parametrize("word", [None, 1, b"edge"])
def test_a_type_of_trigger_is_a_word(bench, scope, word):
    bench.cable.sent.clear()
    with pytest.raises(errors.UsageError, match=r"^scope1: .* is no type of trigger") as refused:
        scope.trigger_settings.set_type(word)
    assert refused.value.hint == "give a word, such as 'edge'"
    assert bench.cable.changes == []


@pytest.mark.parametrize(
    "use",
    [
        lambda t: t.set_type("egde"),
        lambda t: t.edge.set_level(1e6),
        lambda t: t.edge.set_level(math.nan),
        lambda t: t.edge.set_source("scope9x"),
        lambda t: t.uart.set_trigger_on_data(256),
        lambda t: t.uart.set_trigger_on_data(-1),
        lambda t: t.uart.set_uart_params(bits=9),
        lambda t: t.i2c.set_trigger_on_data(1e6),
        lambda t: t.can.set_trigger_on("lunch"),
        lambda t: t.pulse.set_trigger_on_pulse_greater_than_width(-1),
        lambda t: t.pulse.set_trigger_on_pulse_less_than_width(math.inf),
        lambda t: t.pulse.set_trigger_on_pulse_less_than_greater_than(2e-3, 1e-3),
        lambda t: t.pulse.set_trigger_on_pulse_less_than_greater_than(1e-3, 100),
        lambda t: t.slope.set_levels(-1, 1e3),
        lambda t: t.window.set_trigger_on_time(-1),
        lambda t: t.delay.set_slopes("rising", "up"),
        lambda t: t.video.set_trigger_on_line(5000),
        lambda t: t.i2c.set_trigger_on_address(bits=7, direction="write", address=5000),
        lambda t: t.i2c.set_trigger_on_addr_data(bits=9),
        lambda t: t.i2c.set_source("scope1", "nothing"),
        lambda t: t.spi.set_trigger_data(64, 0),
        lambda t: t.spi.set_trigger_on_timeout(-1),
    ],
)
def test_a_trigger_takes_none_of_it(bench, scope, use):
    bench.cable.sent.clear()
    with pytest.raises((errors.UsageError, errors.NetNotFound)):
        use(scope.trigger_settings)
    assert bench.cable.changes == []
