"""The driver of the MSO5000 against its simulator: what is wired to the probes is what a script gets."""

import array
import itertools
import math
import random

import pytest
from cables import Direct

from lager.errors import InstrumentRefused, OutOfRange, UsageError
from lager_drivers.catalog import find
from lager_drivers.rigol_mso5000.instrument import MSO5000
from lager_drivers.rigol_mso5000.measurements import BETWEEN, ITEMS
from lager_drivers.rigol_mso5000.simulator import simulate
from lager_drivers.rigol_mso5000.triggers import PARAMETERS
from lager_drivers.simulated.circuit import Circuit, Probe, Wires
from lager_drivers.simulated.signals import signal
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

CLOCK = {"shape": "square", "frequency": 1e3, "low": 0.0, "high": 3.3}
SINE = {"shape": "sine", "frequency": 500.0, "low": -1.0, "high": 1.0}


class Clock:
    """Time that only goes on when somebody waits, and a little at each look, as on a real bench."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        self.now += 1e-3
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Scope:
    def __init__(self, **options):
        self.clock = Clock()
        signals = {"clock": signal(CLOCK), "sine": signal(SINE)}
        wires = Wires(probes={"scope.1": Probe("clock"), "scope.2": Probe("sine")})
        wiring = Wiring(Circuit(random.Random(3), {}, signals, wires), "scope")
        simulation = Simulation("Rigol_MS05204", "MS5A1", wiring, self.clock, {"noise": 0, **options})
        self.cable = Direct(simulate(simulation))
        self.device = MSO5000(self.cable, "MSO5204", self.clock, self.clock.sleep)
        self.device.identify()
        self.one, self.two, self.three = (self.device.channel("scope", pin) for pin in "123")

    def ready(self):
        """Show both signals: the clock four periods on ten divisions."""
        for channel, scale in ((self.one, 1.0), (self.two, 0.5)):
            channel.enable()
            channel.volts_per_div(scale)
            channel.volt_offset(0.0)
        self.one.time_per_div(500e-6)
        self.one.time_offset(0.0)
        self.one.trigger_set("edge.source", "CHAN1")
        self.one.trigger_set("edge.slope", "rising")
        self.one.trigger_set("edge.level", 1.65)
        return self


@pytest.fixture
def scope():
    return Scope().ready()


def volts(waveform):
    zero = waveform.y_origin + waveform.y_reference
    return array.array("d", ((code - zero) * waveform.y_increment for code in waveform.codes))


def test_opening_asks_who_it_is_and_nothing_else():
    scope = Scope()
    scope.cable.sent.clear()
    find("rigol_mso5000").connect(scope.cable)
    assert scope.cable.sent == ["*IDN?"]


def test_the_screen_shows_the_clock(scope):
    found = scope.one.download("screen")
    trace = volts(found)
    assert found.x_increment == pytest.approx(5e-6)  # a hundredth of a division
    assert len(trace) == 1000
    assert max(trace) == pytest.approx(3.3, abs=0.04)
    assert min(trace) == pytest.approx(0.0, abs=0.04)
    rising = [n for n in range(1, 1000) if trace[n - 1] < 1.65 <= trace[n]]
    assert [b - a for a, b in itertools.pairwise(rising)] == pytest.approx([200] * (len(rising) - 1), abs=1)
    at = min(rising, key=lambda n: abs(found.x_origin + n * found.x_increment))
    assert found.x_origin + at * found.x_increment == pytest.approx(0.0, abs=2 * found.x_increment)


def test_each_channel_has_its_own_trace(scope):
    first, second = scope.one.download("screen"), scope.two.download("screen")
    assert max(volts(second)) == pytest.approx(1.0, abs=0.03)
    assert min(volts(second)) == pytest.approx(-1.0, abs=0.03)
    assert scope.one.download("screen").y_increment == first.y_increment != second.y_increment


@pytest.mark.parametrize("volt_offset", [-2.0, 1.0])
def test_an_offset_moves_the_trace_and_not_its_volts(scope, volt_offset):
    scope.one.volt_offset(volt_offset)
    found = scope.one.download("screen")
    assert found.y_origin != 0
    assert max(volts(found)) == pytest.approx(3.3, abs=0.05)


def test_the_memory_has_what_the_screen_has_only_finer(scope):
    scope.one.memory_depth(100_000)
    scope.one.start_single_capture()
    scope.clock.sleep(1)
    assert scope.one.trigger_get("status") == "stopped"
    whole = scope.one.download("memory")
    assert (whole.total, len(whole.codes)) == (100_000, 100_000)
    assert whole.x_increment * whole.total == pytest.approx(10 * 500e-6)
    part = scope.one.download("memory", 40_001, 41_000)
    assert part.codes == whole.codes[40_000:41_000]
    assert (part.start, part.capture) == (40_001, whole.capture)
    assert len(scope.one.download("screen").codes) == 1000  # after a piece of the memory, too
    scope.one.start_capture()
    with pytest.raises(UsageError, match="only while the scope is stopped"):
        scope.one.download("memory")


def test_a_hidden_channel_has_no_trace(scope):
    scope.three.disable()
    with pytest.raises(UsageError, match="hidden"):
        scope.three.download("screen")


MEASURED = {
    "voltage_max": (3.3, 1.0),
    "voltage_min": (0.0, -1.0),
    "voltage_peak_to_peak": (3.3, 2.0),
    "voltage_average": (1.65, 0.0),
    "voltage_rms": (3.3 / math.sqrt(2), 1 / math.sqrt(2)),
    "frequency": (1e3, 500.0),
    "period": (1e-3, 2e-3),
    "pulse_width_positive": (0.5e-3, 1e-3),
    "pulse_width_negative": (0.5e-3, 1e-3),
    "duty_cycle_positive": (0.5, 0.5),
}


@pytest.mark.parametrize("item", MEASURED)
def test_what_is_measured_is_what_is_wired(scope, item):
    for channel, expected in zip((scope.one, scope.two), MEASURED[item], strict=True):
        assert channel.measure(item) == pytest.approx(expected, rel=0.02, abs=0.05)


@pytest.mark.parametrize("item", ITEMS)
def test_every_measurement_is_known(scope, item):
    found = scope.one.measure(item)
    assert found is None or math.isfinite(found)
    scope.one.show_measurement(item)
    scope.one.clear_measurements()


@pytest.mark.parametrize("item", BETWEEN)
def test_every_measurement_between_two_is_known(scope, item):
    found = scope.one.measure(item, "CHAN2")
    assert found is None or math.isfinite(found)


def test_what_cannot_be_measured_is_none(scope):
    scope.three.enable()
    assert scope.three.measure("frequency") is None
    scope.three.disable()
    assert scope.three.measure("voltage_max") is None


@pytest.mark.parametrize("options", [{}, {"numbers": "brief"}, {"depth_in_words": True}], ids=str)
def test_either_way_of_writing_numbers_is_read(options):
    scope = Scope(**options).ready()
    state = scope.one.state()
    assert (state.volts_per_div, state.time_per_div, state.trigger_type) == (1.0, 5e-4, "edge")
    assert (state.channel, state.enabled, state.coupling, state.bandwidth_limit) == (1, True, "DC", 0.0)
    assert state.memory_depth == round(state.sample_rate * state.time_per_div * 10)


def test_what_it_takes_otherwise_is_told(scope):
    with pytest.raises(InstrumentRefused, match=r"has 0\.5 V now"):
        scope.one.volts_per_div(0.3)
    with pytest.raises(OutOfRange):
        scope.one.trigger_set("edge.level", 50.0)
    assert scope.one.trigger_get("edge.level") == pytest.approx(1.65, abs=0.05)


@pytest.mark.parametrize("opc", ["done", "poll"])
def test_autoscale_shows_what_there_is(opc):
    scope = Scope(opc=opc)
    scope.one.autoscale()
    assert scope.one.output_is_enabled()
    assert scope.two.output_is_enabled()
    assert not scope.three.output_is_enabled()
    assert scope.one.measure("frequency") == pytest.approx(1e3, rel=0.01)


def test_a_licence_that_is_missing_is_told():
    scope = Scope(licences=())
    with pytest.raises(InstrumentRefused):
        scope.one.trigger_set("type", "uart")
    assert scope.one.trigger_get("type") == "edge"


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "status"])
def test_every_parameter_of_the_trigger_can_be_set_to_what_it_is(scope, name):
    value = scope.one.trigger_get(name)
    scope.one.trigger_set(name, value)
    assert scope.one.trigger_get(name) == value


def test_cursors(scope):
    scope.one.move_cursor("A", 300, 240)
    scope.one.move_cursor("B", 500, 300)
    found = scope.one.cursors()
    assert (found.a_x, found.a_y, found.b_x, found.b_y) == (300, 240, 500, 300)
    assert found.b_seconds - found.a_seconds == pytest.approx(2 * 500e-6, rel=0.01)
    assert found.b_volts - found.a_volts == pytest.approx(1.0, rel=0.02)  # 60 pixels a division, upwards
    scope.one.cursor_mode("off")
    assert scope.one.cursor_mode() == "off"


def test_single_capture_waits_for_its_trigger(scope):
    scope.one.trigger_set("edge.source", "CHAN3")
    scope.three.enable()
    scope.one.start_single_capture()
    scope.clock.sleep(5)
    assert scope.one.trigger_get("status") == "waiting"
    scope.one.force_trigger()
    scope.clock.sleep(1)
    assert scope.one.trigger_get("status") == "stopped"


@pytest.mark.parametrize("options", [{}, {"depth_in_words": True}], ids=repr)
@pytest.mark.parametrize("zoom", [1e-5, 1e-7, 5e-3])
def test_a_memory_is_not_cut_short_by_a_timebase_set_after_the_capture(options, zoom):
    """The scope tells the depth its present timebase would have: a part of the capture would pass for all of it."""
    scope = Scope(**options).ready()
    scope.one.stop_capture()
    whole = scope.one.download("memory")
    scope.one.time_per_div(zoom)
    with pytest.raises(UsageError, match="changed since the capture"):
        scope.one.download("memory")
    scope.one.time_per_div(500e-6)
    assert scope.one.download("memory").total == whole.total


def test_settings_of_channels(scope):
    assert scope.three.probe(1) == 1.0
    assert scope.three.probe() == 1.0
    assert scope.three.coupling("AC") == "AC"
    assert scope.three.bandwidth_limit(20e6) == 20e6
    assert scope.three.bandwidth_limit() == 20e6
    assert scope.one.time_offset(1e-3) == pytest.approx(1e-3)


def test_a_power_cycle_is_noticed(scope):
    scope.device.restarted(0.0)
    assert not scope.device.restarted(0.0)
    scope.cable.instrument.power_cycle()
    assert scope.device.restarted(0.0)
