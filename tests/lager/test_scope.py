"""A script's oscilloscope: what its methods ask of the worker, and what becomes of the answers."""

import copy
import struct
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from lager import errors, proxies, roles, wire
from lager.proxies.scope import Scope
from lager.proxies.scope_measurement import Measurement
from lager_drivers.rigol_mso5000.measurements import BETWEEN, ITEMS
from lager_drivers.rigol_mso5000.triggers import PARAMETERS

NETS = [wire.NetRecord(f"scope{n}", "scope", "Rigol_MS05204", "USB0::1", str(n)) for n in range(1, 5)]
OTHER = wire.NetRecord("far", "scope", "Rigol_MS05204", "USB0::2", "1")


class Answering:
    """The way to a bench whose instruments answer as they are told, by method."""

    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def net(self, name, role):
        found = next((net for net in [*NETS, OTHER] if net.name == name), None)
        if found is None:
            raise errors.NetNotFound(f"Invalid Net: {name}", "look")
        return found

    def ask(self, name, role, method, args=()):
        self.calls.append((method, list(args)))
        answer = self.answers.get(method)
        value = answer(*args) if callable(answer) else answer
        return wire.Answer(1, msgspec.to_builtins(value))


def scope(number=1, **answers):
    bench = Answering(**answers)
    return Scope(NETS[number - 1], bench), bench


def called(use, **answers):
    one, bench = scope(**answers)
    return use(one), bench.calls


@pytest.mark.parametrize(
    ("use", "calls"),
    [
        (lambda one: one.volts_per_div(2), [("volts_per_div", [2.0])]),
        (lambda one: one.volts_per_div(), [("volts_per_div", [])]),
        (lambda one: one.memory_depth(1e6), [("memory_depth", [1_000_000])]),
        (lambda one: one.move_cursor("A", 3.4, None), [("move_cursor", ["A", 3, None])]),
        (lambda one: one.trigger_set("edge.level", np.float32(1.5)), [("trigger_set", ["edge.level", 1.5])]),
        (lambda one: one.trace_settings.set_volts_per_div(0.5), [("volts_per_div", [0.5])]),
        (lambda one: one.trace_settings.get_volts_per_div(), [("volts_per_div", [])]),
        (lambda one: one.trace_settings.set_volt_offset(-1), [("volt_offset", [-1.0])]),
        (lambda one: one.trace_settings.get_volt_offset(), [("volt_offset", [])]),
        (lambda one: one.trace_settings.set_time_per_div(1e-3), [("time_per_div", [1e-3])]),
        (lambda one: one.trace_settings.get_time_per_div(), [("time_per_div", [])]),
        (lambda one: one.trace_settings.set_time_offset(0), [("time_offset", [0.0])]),
        (lambda one: one.trace_settings.get_time_offset(), [("time_offset", [])]),
    ],
)
def test_settings(use, calls):
    numbers = dict.fromkeys(["volts_per_div", "volt_offset", "time_per_div", "time_offset"], 0.5)
    assert called(use, memory_depth=7, **numbers)[1] == calls


@pytest.mark.parametrize("item", [*ITEMS, *BETWEEN])
def test_every_measurement_is_a_method(item):
    given = ("CHAN2",) if item in BETWEEN else ()
    found, calls = called(lambda one: getattr(one.measurement, item)(*given), measure=1.5)
    assert (found, calls) == (1.5, [("measure", [item, *given])])
    shown = [("show_measurement", [item, *given]), ("cursor_mode", ["measure"]), ("measure", [item, *given])]
    assert called(
        lambda one: getattr(one.measurement, item)(*given, display=True, measurement_cursor=True),
        measure=None,
        cursor_mode="measure",
    ) == (None, shown)


def test_there_is_no_measurement_that_no_driver_has():
    own = {name for name in vars(Measurement) if not name.startswith("_")}
    assert own == {*ITEMS, *BETWEEN}


def test_sources_are_given_as_nets():
    one, bench = scope()
    other = Scope(NETS[2], bench)
    assert [one.source_of(net) for net in (other, "scope4", "CHAN2", "D15", "AC")] == [
        "CHAN3",
        "CHAN4",
        "CHAN2",
        "D15",
        "AC",
    ]
    assert one.source_of(one) == "CHAN1"


def test_a_source_on_another_instrument_is_refused():
    one, bench = scope()
    for net in ("far", Scope(OTHER, bench)):
        with pytest.raises(errors.UsageError, match="another instrument"):
            one.source_of(net)
    with pytest.raises(errors.NetNotFound):
        one.source_of("nowhere")
    assert bench.calls == []


class Trigger:
    """Keeps what is set, as the instrument does; knows which parameters there are, and their words."""

    def __init__(self):
        self.kept = {"pulse.lower": 1e-6, "duration.lower": 1e-6}

    def set(self, name, value):
        one = PARAMETERS[name]
        one.kind.render(value)
        assert isinstance(value, str) is one.is_word
        self.kept[name] = self.now[name] = value

    def setup(self, settings):
        for name, value in settings.items():
            self.set(name, value)

    def get(self, name):
        assert name in PARAMETERS
        return self.kept.get(name, 0.0)

    def after(self, use):
        """Tell what a use sets."""
        before, self.now = len(self.kept), {}
        one, _ = scope(trigger_set=self.set, trigger_setup=self.setup, trigger_get=self.get)
        use(one.trigger_settings)
        assert len(self.kept) >= before
        return self.now


SET = [
    (lambda t: t.set_mode_auto(), {"sweep": "auto"}),
    (lambda t: t.set_mode_normal(), {"sweep": "normal"}),
    (lambda t: t.set_mode_single(), {"sweep": "single"}),
    (lambda t: t.set_coupling_AC(), {"coupling": "AC"}),
    (lambda t: t.set_coupling_DC(), {"coupling": "DC"}),
    (lambda t: t.set_coupling_low_freq_reject(), {"coupling": "low_freq_reject"}),
    (lambda t: t.set_coupling_high_freq_reject(), {"coupling": "high_freq_reject"}),
    (lambda t: t.set_type("pulse"), {"type": "pulse"}),
    (lambda t: t.set_holdoff(1e-6), {"holdoff": 1e-6}),
    (lambda t: t.set_noise_reject(True), {"noise_reject": "on"}),
    (lambda t: t.edge.set_source("scope2"), {"edge.source": "CHAN2"}),
    (lambda t: t.edge.set_slope_rising(), {"edge.slope": "rising"}),
    (lambda t: t.edge.set_slope_falling(), {"edge.slope": "falling"}),
    (lambda t: t.edge.set_slope_both(), {"edge.slope": "both"}),
    (lambda t: t.edge.set_level(1.65), {"edge.level": 1.65}),
    (lambda t: t.pulse.set_source("D3"), {"pulse.source": "D3"}),
    (lambda t: t.pulse.set_level(1), {"pulse.level": 1.0}),
    (lambda t: t.pulse.set_polarity_negative(), {"pulse.polarity": "negative"}),
    (
        lambda t: t.pulse.set_trigger_on_pulse_greater_than_width(1e-6),
        {"pulse.when": "greater", "pulse.lower": 1e-6},
    ),
    (lambda t: t.pulse.set_trigger_on_pulse_less_than_width(2e-6), {"pulse.when": "less", "pulse.upper": 2e-6}),
    (
        lambda t: t.pulse.set_trigger_on_pulse_less_than_greater_than(1e-6, 2e-6),
        {"pulse.when": "between", "pulse.lower": 1e-6, "pulse.upper": 2e-6},
    ),
    (lambda t: t.slope.set_levels(0.5, 2.5), {"slope.lower_level": 0.5, "slope.upper_level": 2.5}),
    (lambda t: t.slope.set_slope_falling(), {"slope.slope": "falling"}),
    (lambda t: t.slope.set_trigger_on_less_than(1e-6), {"slope.when": "less", "slope.upper": 1e-6}),
    (lambda t: t.video.set_standard("PAL"), {"video.standard": "PAL"}),
    (lambda t: t.video.set_trigger_on_line(7), {"video.mode": "line", "video.line": 7.0}),
    (lambda t: t.video.set_trigger_on_odd_field(), {"video.mode": "odd_field"}),
    (lambda t: t.video.set_trigger_on_even_field(), {"video.mode": "even_field"}),
    (lambda t: t.video.set_trigger_on_all_lines(), {"video.mode": "all_lines"}),
    (
        lambda t: t.pattern.set_pattern({"scope2": "high", "D0": "low", "D15": "rising"}),
        {"pattern.pattern": "XHXXLXXXXXXXXXXXXXXR"},
    ),
    (lambda t: t.pattern.set_level(1.2), {"pattern.level": 1.2}),
    (lambda t: t.duration.set_pattern({"D1": "high"}), {"duration.pattern": "XXXXXHXXXXXXXXXXXXXX"}),
    (
        lambda t: t.duration.set_trigger_on_outside(1e-7, 2e-7),
        {"duration.when": "outside", "duration.lower": 1e-7, "duration.upper": 2e-7},
    ),
    (lambda t: t.timeout.set_time(1e-3), {"timeout.time": 1e-3}),
    (lambda t: t.runt.set_trigger_on_any_width(), {"runt.when": "any"}),
    (lambda t: t.runt.set_polarity_positive(), {"runt.polarity": "positive"}),
    (lambda t: t.window.set_trigger_on_exit(), {"window.position": "exit"}),
    (lambda t: t.window.set_trigger_on_enter(), {"window.position": "enter"}),
    (lambda t: t.window.set_trigger_on_time(1e-6), {"window.position": "time", "window.time": 1e-6}),
    (lambda t: t.delay.set_sources("scope1", "scope2"), {"delay.source_a": "CHAN1", "delay.source_b": "CHAN2"}),
    (lambda t: t.delay.set_slopes("rising", "falling"), {"delay.slope_a": "rising", "delay.slope_b": "falling"}),
    (lambda t: t.delay.set_levels(1, 2), {"delay.level_a": 1.0, "delay.level_b": 2.0}),
    (
        lambda t: t.setup_hold.set_source("scope1", "scope2"),
        {"setup_hold.data_source": "CHAN1", "setup_hold.clock_source": "CHAN2"},
    ),
    (lambda t: t.setup_hold.set_data("high"), {"setup_hold.pattern": "high"}),
    (
        lambda t: t.setup_hold.set_trigger_on_setup_or_hold(1e-8, 2e-8),
        {"setup_hold.violation": "both", "setup_hold.setup_time": 1e-8, "setup_hold.hold_time": 2e-8},
    ),
    (
        lambda t: t.setup_hold.set_trigger_on_hold(1e-8),
        {"setup_hold.violation": "hold", "setup_hold.hold_time": 1e-8},
    ),
    (lambda t: t.nth_edge.set_idle(1e-6), {"nth_edge.idle": 1e-6}),
    (lambda t: t.nth_edge.set_edge(5), {"nth_edge.edge": 5.0}),
]


@pytest.mark.parametrize(("use", "kept"), SET, ids=[next(iter(kept)) for _, kept in SET])
def test_what_is_set_on_the_trigger_is_what_drivers_know(use, kept):
    assert Trigger().after(use) == kept


def test_two_limits_never_cross_on_the_way():
    """The instrument would move one of them: whichever order is needed is taken."""
    trigger = Trigger()
    use = trigger.after(lambda t: t.pulse.set_trigger_on_pulse_less_than_greater_than(1e-3, 2e-3))
    assert list(use) == ["pulse.when", "pulse.upper", "pulse.lower"]
    use = trigger.after(lambda t: t.pulse.set_trigger_on_pulse_less_than_greater_than(1e-6, 2e-6))
    assert list(use) == ["pulse.when", "pulse.lower", "pulse.upper"]
    with pytest.raises(errors.UsageError, match="lower one first"):
        trigger.after(lambda t: t.slope.set_levels(2.0, 1.0))


def test_a_pattern_of_what_is_no_line():
    for pattern in ({"AC": "high"}, {"D0": "up"}):
        with pytest.raises(errors.UsageError, match="no pattern has"):
            Trigger().after(lambda t, pattern=pattern: t.pattern.set_pattern(pattern))


def test_every_getter_of_the_trigger_asks_what_drivers_know():
    words = {name: "x" if one.is_word else 0.5 for name, one in PARAMETERS.items()}
    one, bench = scope(trigger_get=words.__getitem__)
    settings = one.trigger_settings
    parts = [settings, *(part for name, part in vars(settings).items() if not name.startswith("_"))]
    for part in parts:
        for name in dir(part):
            if name.startswith("get_"):
                getattr(part, name)()
    assert len(bench.calls) > 40
    assert settings.get_type() == "x"
    assert settings.edge.get_level() == 0.5
    assert settings.runt.get_levels() == (0.5, 0.5)


CURSORS = roles.ScopeCursors(
    a_x=400, a_y=240, b_x=600, b_y=300, a_seconds=-1e-6, a_volts=0.5, b_seconds=1e-6, b_volts=1.5
)


@pytest.mark.parametrize(
    ("use", "calls"),
    [
        (lambda c: c.hide(), [("cursor_mode", ["off"])]),
        (lambda c: c.set_a(10, 20), [("move_cursor", ["A", 10, 20])]),
        (lambda c: c.set_a(y=20), [("move_cursor", ["A", None, 20])]),
        (lambda c: c.set_b(x=10), [("move_cursor", ["B", 10, None])]),
        (lambda c: c.move_a(x_del=-5), [("cursors", []), ("move_cursor", ["A", 395, 240])]),
        (lambda c: c.move_b(y_del=5), [("cursors", []), ("move_cursor", ["B", 600, 305])]),
    ],
)
def test_cursors_are_moved(use, calls):
    assert called(lambda one: use(one.cursor), cursors=CURSORS, cursor_mode="off")[1] == calls


def test_cursors_are_read():
    cursor = scope(cursors=CURSORS)[0].cursor
    assert (cursor.get_a(), cursor.get_b()) == ((400, 240), (600, 300))
    assert (cursor.a_x(), cursor.a_y(), cursor.b_x(), cursor.b_y()) == (-1e-6, 0.5, 1e-6, 1.5)
    assert (cursor.x_delta(), cursor.y_delta(), cursor.frequency()) == (2e-6, 1.0, pytest.approx(5e5))
    same = msgspec.structs.replace(CURSORS, b_seconds=-1e-6)
    with pytest.raises(errors.UsageError, match="same time"):
        scope(cursors=same)[0].cursor.frequency()


def piece(codes, start=1, total=None, **changed):
    fields = {
        "channel": 1,
        "source": "memory",
        "start": start,
        "total": total or len(codes),
        "codes": codes,
        "x_increment": 2e-4,
        "x_origin": -0.1,
        "x_reference": 0.0,
        "y_increment": 1.9963e-2,
        "y_origin": -50.0,
        "y_reference": 128.0,
        "capture": 3,
    }
    return roles.Waveform(**fields | changed)


def test_the_field_trace_as_arrays():
    """`0,2,1000,1,2.000000E-4,-1.000000E-1,0.000000,1.9963E-02,-50,128`, at 0.5 V/div and an offset of -1 V."""
    one, bench = scope(download=piece(bytes([78, 128, 0, 255]) * 250))
    trace = one.waveform("memory")
    assert bench.calls == [("download", ["memory", None, None])]
    assert len(trace) == len(trace.time) == len(trace.volts) == 1000
    assert trace.volts.dtype == trace.time.dtype == np.float64
    assert trace.volts[:4] == pytest.approx([0.0, 50 * 0.019963, -78 * 0.019963, 177 * 0.019963])
    assert (trace.time[0], trace.time[500], trace.time[-1]) == pytest.approx((-0.1, 0.0, 0.0998))
    assert trace.sample_rate == pytest.approx(5000.0)
    assert repr(trace) == "<Trace of scope1: 1000 points, 5000 per second>"


def test_the_reference_of_time_is_a_point():
    trace = scope(download=piece(bytes(10), x_reference=5.0, x_origin=0.0))[0].waveform()
    assert trace.time[5] == pytest.approx(0.0)


def test_a_memory_is_put_together_of_pieces():
    codes = bytes(n % 251 for n in range(600_000))

    def download(source, start, stop):
        first = start or 1
        return piece(codes[first - 1 : first + 249_999], first, len(codes), x_origin=-0.1 + first)

    one, bench = scope(download=download)
    trace = one.waveform("memory")
    assert [args[1] for _, args in bench.calls] == [None, 250_001, 500_001]
    assert trace.codes.tobytes() == codes
    assert trace.time[0] == pytest.approx(0.9)  # the first piece says where the trace begins


@pytest.mark.parametrize(
    "second",
    [
        {"capture": 4},
        {"x_increment": 1e-4},
        {"y_increment": 1e-2},
        {"y_origin": 0.0},
        {"total": 30},
        {"codes": b""},
        {"codes": bytes(11)},
    ],
)
def test_pieces_of_different_captures_are_never_one_trace(second):
    def download(source, start, stop):
        return piece(**{"codes": bytes(10), "start": start or 1, "total": 20} | (second if start else {}))

    with pytest.raises(errors.InstrumentError, match="became another one"):
        scope(download=download)[0].waveform("memory")


def test_a_trace_is_saved(tmp_path):
    trace = scope(download=piece(bytes([78, 128, 203])))[0].waveform()
    trace.save(tmp_path / "one.npy")
    assert np.array_equal(np.load(tmp_path / "one.npy"), np.column_stack((trace.time, trace.volts)))
    trace.save(str(tmp_path / "one.CSV"))
    lines = (tmp_path / "one.CSV").read_text().splitlines()
    assert lines[0] == "time_s,volts_V"
    assert lines[1:] == ["-0.1,0", "-0.0998,0.99815", "-0.0996,2.495375"]
    with pytest.raises(errors.UsageError, match="csv or"):
        trace.save(tmp_path / "one.txt")


class Clock:
    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


def test_a_wait_for_a_capture_ends_with_it_or_in_time():
    states = ["waiting", "triggered", "stopped"]
    one, bench = scope(trigger_get=lambda _: states.pop(0))
    one._clock = Clock()
    one.wait_for_capture()
    assert len(bench.calls) == 3
    assert one._clock.time == pytest.approx(0.1)
    waiting, bench = scope(trigger_get="waiting")
    waiting._clock = Clock()
    with pytest.raises(errors.InstrumentSilent, match="nothing was captured within 2 s, the scope is waiting"):
        waiting.wait_for_capture(timeout=2, poll_interval=0.5)
    assert len(bench.calls) == 5


def test_what_a_script_holds_looks_like_it_and_asks_nothing():
    one, bench = scope()
    parts = [one, one.measurement, one.trace_settings, one.trigger_settings, one.cursor, one.trigger_settings.edge]
    assert [repr(part) for part in parts] == [
        "<Scope scope1>",
        "<Measurement scope1>",
        "<TraceSettings scope1>",
        "<TriggerSettings scope1>",
        "<Cursor scope1>",
        "<EdgeTrigger scope1>",
    ]
    assert bench.calls == []
    assert not any(isinstance(value, property) for part in parts for value in vars(type(part)).values())


def test_codes_survive_json():
    codes = struct.pack("256B", *range(256))
    message = wire.from_json(wire.to_json(wire.Answer(1, piece(codes))), wire.Answer)
    assert msgspec.convert(message.value, roles.Waveform).codes == codes


def test_numpy_and_the_scopes_parts_are_not_imported_before_they_are_used():
    code = "import sys, lager; print(*sorted(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in found if name == "numpy" or name.startswith("lager.proxies.scope_")]


def test_a_part_is_copied_with_its_scope():
    assert proxies.PROXIES["scope"] is Scope
    one, _ = scope()
    shallow = copy.copy(one.measurement)
    assert shallow._scope is one
