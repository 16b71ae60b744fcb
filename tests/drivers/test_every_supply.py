"""One script for every output of every supply there is: the driver against its simulator, on a direct cable."""

import importlib
import math
import random

import pytest
from cables import Direct

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange
from lager_drivers.catalog import CATALOG, find
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring
from lager_drivers.supply_output import OneNumberOutput, SupplyOutput

EVERY_OUTPUT = [
    pytest.param(entry, pin, {}, id=f"{entry.name}-{pin}")
    for entry in CATALOG
    for pin in entry.roles.get("power-supply", ())
]
# Sources disagree on these: the promise holds whichever is true
HABITS = [
    pytest.param(find(name), "2", options, id=f"{name}-{'-'.join(options)}")
    for name, options in (
        ("Rigol_DP832", {"off_mode": "CV", "on_after_trip": "ignored", "apply_label": False}),
        ("KEYSIGHT_E36312A", {"tripped_reads_on": True, "restores": True, "digits": 5}),
        ("KEYSIGHT_E36233A", {"tripped_reads_on": True, "restores": False, "ovp_conflict": True}),
    )
]
pytestmark = pytest.mark.parametrize(("entry", "pin", "options"), EVERY_OUTPUT + HABITS)


class Bench:
    """One output under a resistive load. `volts` is 40 % of what it can be set to, `amps` 20 %: the load takes that."""

    def __init__(self, entry, pin, **options):
        self.now = 50.0
        self.rail = Rail()
        circuit = Circuit(random.Random(3), {"rail": self.rail}, {}, Wires(outputs={f"it.{pin}": "rail"}))
        module, _, function = entry.simulator.partition(":")
        simulation = Simulation(entry.name, "SN1", Wiring(circuit, "it"), lambda: self.now, options)
        self.instrument = getattr(importlib.import_module(module), function)(simulation)
        self.cable = Direct(self.instrument)
        self.device = entry.connect(self.cable)
        self.supply = self.device.channel("power-supply", pin)
        self.limits = self.supply.get_channel_limits()
        furthest = self.limits.voltage_max or self.limits.voltage_min
        self.sign = 1 if furthest > 0 else -1
        self.volts, self.amps = round(0.4 * furthest, 2), round(0.2 * self.limits.current_max, 3)
        self.rail.load = abs(self.volts) / self.amps

    def on(self):
        self.supply.set_current(2 * self.amps)
        self.supply.set_voltage(self.volts)
        self.supply.enable()
        return self.supply


@pytest.fixture
def bench(entry, pin, options):
    return Bench(entry, pin, **options)


def near(value, wanted):
    return value == pytest.approx(wanted, rel=2e-3, abs=2e-3)


def test_it_begins_off_and_with_nothing_tripped(bench):
    state = bench.supply.state()
    assert (state.enabled, state.mode, state.voltage_set) == (False, "OFF", 0)
    assert (state.ovp_tripped, state.ocp_tripped) == (False, False)
    assert near(state.voltage, 0)
    assert near(state.current, 0)
    assert set(bench.cable.changes) <= {":INIT:CONT ON"}


def test_what_is_set_is_read(bench, pin):
    supply = bench.supply
    supply.set_voltage(bench.volts)
    supply.set_current(bench.amps)
    assert near(supply.get_voltage_setpoint(), bench.volts)
    assert near(supply.get_current_setpoint(), bench.amps)
    assert not supply.output_is_enabled()
    assert near(supply.voltage(), 0)


def test_it_delivers_into_a_load(bench, pin):
    supply = bench.on()
    assert supply.output_is_enabled()
    assert supply.get_output_mode() == "CV"
    assert near(supply.voltage(), bench.volts)
    assert near(supply.current(), bench.amps)
    assert supply.power() == pytest.approx(abs(bench.volts) * bench.amps, rel=0.01)
    state = supply.state()
    assert (state.channel, state.enabled, state.mode) == (int(pin), True, "CV")
    assert near(state.voltage, bench.volts)
    assert near(state.current, bench.amps)
    assert state.power == pytest.approx(abs(bench.volts) * bench.amps, rel=0.01)
    assert near(state.voltage_set, bench.volts)
    assert near(state.current_set, 2 * bench.amps)
    assert near(state.ovp_limit, supply.get_ovp_limit())
    assert near(state.ocp_limit, supply.get_ocp_limit())
    supply.disable()
    assert not supply.output_is_enabled()
    assert supply.get_output_mode() == supply.state().mode == "OFF"
    assert near(supply.voltage(), 0)


def test_the_limit_holds_the_current(bench):
    supply = bench.on()
    bench.rail.load /= 4
    assert near(supply.current(), 2 * bench.amps)
    assert near(supply.voltage(), bench.volts / 2)
    assert supply.get_output_mode() == supply.state().mode == "CC"
    assert supply.output_is_enabled()


def test_a_new_setpoint_reaches_the_load_at_once(bench):
    supply = bench.on()
    supply.set_voltage(bench.volts / 2)
    assert near(supply.voltage(), bench.volts / 2)
    assert near(supply.current(), bench.amps / 2)
    supply.set_voltage(0)
    assert near(supply.voltage(), 0)


def test_over_voltage_protection_trips_and_is_cleared_with_the_output_off(bench):
    supply = bench.on()
    supply.set_ovp(bench.volts * 0.75)
    assert supply.is_ovp()
    assert not supply.is_ocp()
    assert not supply.output_is_enabled()
    state = supply.state()
    assert (state.enabled, state.mode, state.ovp_tripped, state.ocp_tripped) == (False, "OFF", True, False)
    assert near(bench.rail.point().volts, 0)
    supply.set_voltage(bench.volts / 2)
    assert not bench.rail.source.on
    supply.clear_ovp()
    assert not supply.is_ovp()
    assert not supply.output_is_enabled()
    assert not bench.rail.source.on
    supply.enable()
    assert near(supply.voltage(), bench.volts / 2)


def test_over_current_protection_trips_and_is_cleared_with_the_output_off(bench):
    supply = bench.on()
    supply.set_ocp(bench.amps * 0.75)
    for _ in range(2):  # the time runs from when somebody looks
        supply.is_ocp()
        bench.now += 0.3
    assert supply.is_ocp()
    assert not supply.is_ovp()
    state = supply.state()
    assert (state.enabled, state.mode, state.ovp_tripped, state.ocp_tripped) == (False, "OFF", False, True)
    bench.rail.load *= 2
    supply.clear_ocp()
    assert not supply.is_ocp()
    assert not supply.output_is_enabled()
    assert not bench.rail.source.on
    supply.enable()
    assert near(supply.current(), bench.amps / 2)


def test_clearing_what_has_not_tripped_leaves_the_output_on(bench):
    supply = bench.on()
    supply.clear_ovp()
    supply.clear_ocp()
    assert supply.output_is_enabled()
    assert near(supply.voltage(), bench.volts)


def test_enabling_tells_of_a_protection_that_answers_it(bench):
    supply = bench.supply
    supply.set_voltage(bench.volts)
    supply.set_current(2 * bench.amps)
    supply.set_ovp(bench.volts * 0.75)
    with pytest.raises(InstrumentError, match="over-voltage protection has tripped") as caught:
        supply.enable()
    assert "clear the trip" in caught.value.hint
    assert not bench.rail.source.on
    with pytest.raises(InstrumentError) as caught:  # again, and it has not been cleared
        supply.enable()
    assert "clear" in caught.value.hint
    assert not bench.rail.source.on


def test_switching_off_goes_out_first_whatever_is_in_the_error_queue(bench):
    bench.on()
    bench.instrument.handle(":NONSENSE")
    bench.device._dialog._clean = False  # as after an answer that made no sense
    bench.cable.sent.clear()
    bench.supply.disable()
    assert "OFF" in next(line for line in bench.cable.sent if "FUNC" not in line)
    assert not bench.rail.source.on
    bench.supply.disable()
    assert not bench.rail.source.on


def test_switching_off_is_not_blamed_for_what_somebody_else_sent(bench):
    bench.on()
    bench.instrument.handle(":NONSENSE")  # over another link: this one still takes the queue for empty
    bench.supply.disable()
    assert not bench.rail.source.on


def test_a_setpoint_beyond_a_level_that_acts_is_refused_and_the_level_stays(bench):
    supply = bench.supply
    supply.set_ovp(bench.volts)
    changes = bench.cable.changes
    with pytest.raises(OutOfRange, match="over-voltage protection level"):
        supply.set_voltage(bench.volts * 1.1)
    assert bench.cable.changes == changes
    assert near(supply.get_ovp_limit(), bench.volts)
    supply.set_voltage(bench.volts * 0.9)
    assert near(supply.get_ovp_limit(), bench.volts)


def test_no_other_call_moves_a_protection(bench):
    supply = bench.supply
    supply.set_current(2 * bench.amps)
    supply.set_ovp(bench.volts * 1.5)
    supply.set_ocp(bench.amps * 1.5)
    supply.set_voltage(bench.volts)
    supply.set_current(1.2 * bench.amps)
    supply.enable()
    supply.clear_ovp()
    supply.clear_ocp()
    supply.disable()
    assert near(supply.get_ovp_limit(), bench.volts * 1.5)
    assert supply.get_ocp_limit() <= bench.amps * 1.5 * 1.001


def ends(limits):
    low, high = limits.voltage_min, limits.voltage_max
    sign = 1 if high > 0 else -1
    return [
        ("set_voltage", low - 0.1),
        ("set_voltage", high + 0.1),
        ("set_voltage", float("nan")),
        ("set_current", -0.1),
        ("set_current", limits.current_max + 0.1),
        ("set_ovp", limits.ovp_max + sign * 0.1),
        ("set_ovp", -sign),
        ("set_ocp", 0.0),
        ("set_ocp", limits.ocp_max + 0.1),
    ]


def test_out_of_range_is_refused_before_anything_is_sent_and_says_the_limit(bench):
    sent = list(bench.cable.sent)
    for call, value in ends(bench.limits):
        with pytest.raises(OutOfRange, match=r"is outside .*\.\.") as caught:
            getattr(bench.supply, call)(value)
        assert caught.value.hint
    assert bench.cable.sent == sent


def test_the_instrument_takes_all_that_the_limits_say(entry, pin, options):
    for call, limit in (
        ("set_voltage", "voltage_min"),
        ("set_voltage", "voltage_max"),
        ("set_current", "current_max"),
        ("set_ovp", "ovp_max"),
        ("set_ocp", "ocp_max"),
    ):
        bench = Bench(entry, pin, **options)
        if call == "set_ocp":
            bench.supply.set_current(bench.limits.current_max)  # some have one number for both
        getattr(bench.supply, call)(getattr(bench.limits, limit))
        assert bench.instrument.handle(":SYST:ERR?").lstrip("+").startswith("0,")


def test_the_instrument_refuses_what_is_beyond_the_limits(bench, monkeypatch):
    own = type(bench.supply._output)
    for name in ("voltage", "current", "ovp", "ocp"):
        monkeypatch.setattr(getattr(own, name), "within", None)
        monkeypatch.setattr(own, "admit", lambda *_: None)
    if issubclass(own, OneNumberOutput):  # sends no level above the limit
        monkeypatch.setattr(own, "protect", SupplyOutput.protect)
    supply = bench.supply
    too_low = ("set_ocp", 0.0), ("set_ovp", -bench.sign)  # the driver's own: some instruments take 0, and trip on noise
    for call, value in ends(bench.limits):
        if not math.isnan(value) and (call, value) not in too_low:
            with pytest.raises(InstrumentRefused, match="-222"):
                getattr(supply, call)(value)
    assert supply.get_voltage_setpoint() == 0


def test_it_forgets_at_a_power_cycle_and_tells_of_it(bench):
    supply = bench.on()
    bench.device.restarted(0.0)
    assert not bench.device.restarted(0.0)
    bench.instrument.power_cycle()
    assert bench.device.restarted(0.0)
    assert supply.get_voltage_setpoint() == 0
    assert not supply.output_is_enabled()
    assert not bench.rail.source.on


def test_reading_changes_nothing(bench):
    supply = bench.on()
    supply.voltage()
    changes = bench.cable.changes
    for name in (
        *("voltage", "current", "power", "get_voltage_setpoint", "get_current_setpoint", "get_ovp_limit"),
        *("get_ocp_limit", "is_ovp", "is_ocp", "output_is_enabled", "state", "get_output_mode", "get_channel_limits"),
    ):
        getattr(supply, name)()
    assert bench.cable.changes == changes
