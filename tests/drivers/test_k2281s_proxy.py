"""What a script's battery makes of its calls: from the proxy, by the table of calls, to driver and simulator."""

import math
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from desk2281s import Desk

from lager import wire
from lager.errors import InstrumentError, OutOfRange, UsageError
from lager.proxies.battery import Battery
from lager_hwservice import dispatch


class Straight:
    """The way of a call without the processes between: checked, called, and through JSON and back."""

    def __init__(self, channel):
        self.channel = channel
        self.calls = []

    def ask(self, net, role, method, args):
        found = dispatch.find(role, method)
        taken = found.arguments(msgspec.json.decode(msgspec.json.encode(args)), {})
        self.calls.append((method, taken))
        return wire.Answer(1, msgspec.json.decode(msgspec.json.encode(found.call(self.channel, taken))))


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def battery(desk):
    return Battery(wire.NetRecord("battery1", "battery", "Keithley_2281S", "USB0::1", "1"), Straight(desk.battery))


def test_older_scripts_find_their_names(battery):
    assert battery.set_mode_battery() is battery.set_to_battery_mode() is None
    assert [method for method, _ in battery._hardware.calls] == ["output_is_enabled"] * 2
    for name, value in (
        *(("set_soc", 50), ("set_voc", 3.6), ("set_volt_full", 4.1), ("set_volt_empty", 3.1), ("set_capacity", 2)),
        *(("set_current_limit", 1), ("set_ovp", 5), ("set_ocp", 2)),
    ):
        assert getattr(battery, name)(value) == pytest.approx(value), name
    assert battery.set_mode("static") == battery.mode() == "static"
    assert battery.set_model("NIMH1_2") == battery.current_model() == "NIMH1_2"
    for on in ("enable_battery", "enable_sim_output", "enable"):
        getattr(battery, on)()
        assert battery.output_is_enabled()
        getattr(battery, on.replace("enable", "disable"))()
        assert not battery.output_is_enabled()
    battery.clear_ovp()
    battery.clear_ocp()
    assert battery.current_model() == "NIMH1_2"


def test_a_battery_is_set_up_in_one_call_and_zero_is_a_value(battery, desk):
    battery.setup_battery(
        sim_mode="dynamic", soc=0, voltage_full=4.1, voltage_empty=3.1, current_limit=0.5, capacity=2, model="LI-ION4_2"
    )
    state = battery.state()
    assert (state.soc, state.voc, state.volt_full, state.volt_empty) == (0, 3.1, 4.1, 3.1)
    assert (state.mode, state.current_limit, state.capacity, state.enabled) == ("dynamic", 0.5, 2, False)
    sets = [command.split()[0].split(":")[-1] for command in desk.cable.changes if command.startswith(":BATT")]
    assert sets == ["OUTP", "METH", "RCL", "FULL", "EMPT", "LIM", "LIM", "SOC"]


def test_a_setup_out_of_range_sends_nothing(battery, desk):
    with pytest.raises(OutOfRange, match="soc"):
        battery.setup_battery(sim_mode="static", soc=100.5, capacity=1)
    with pytest.raises(UsageError, match="not a number"):
        battery.setup_battery(soc="full")
    assert desk.cable.sent == []


def test_models_go_there_and_back(battery):
    voc, resistance = [3 + n / 10 for n in range(11)], [0.2 - n / 100 for n in range(11)]
    battery.create_model(5, voc, resistance)
    found = battery.list_battery_models()
    assert [one.slot for one in found if not one.name] == [5]
    curve = battery.export_model(5)
    assert curve.voc[::10] == pytest.approx(voc)
    assert battery.model(5) == battery.model() == "5"
    battery.create_model(6, curve.voc, curve.resistance)
    assert battery.export_model(6) == curve
    with pytest.raises(UsageError, match="slot '7' is empty"):
        battery.model("7")


def test_a_model_of_numpy_arrays_and_of_one_voltage(battery):
    battery.create_model(3, np.linspace(3, 4, 101), np.full(101, 0.1))
    assert battery.export_model(3).voc[50] == pytest.approx(3.5)
    battery.create_model(3, [np.int64(3)] * 11, [0.3] * 11)  # level: nothing between equal points is out of order
    assert battery.export_model(3).voc == [3.0] * 101


@pytest.mark.parametrize(
    "values",
    [None, 3.3, True, "3.3", b"33", {3.0: 1}, math.nan, np.float64(3), np.array(3.0), Decimal(3), object(), ["4"] * 11],
)
def test_what_is_no_list_of_numbers_is_refused_and_nothing_is_sent(battery, desk, values):
    level = [1.0] * 11
    with pytest.raises(UsageError, match="battery1"):
        battery.create_model(1, values, level)
    with pytest.raises(UsageError, match="battery1"):
        battery.create_model(1, level, values)
    assert desk.cable.sent == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_point_that_is_not_finite_is_named(battery, desk, bad):
    with pytest.raises(UsageError, match=rf"{bad} in a list of numbers is not finite"):
        battery.create_model(1, [3.0] * 10 + [bad], [1.0] * 11)
    assert desk.cable.sent == []


@pytest.mark.parametrize(
    "setter",
    [
        *("set_soc", "set_voc", "set_volt_full", "set_volt_empty", "set_capacity", "set_current_limit", "set_ovp"),
        *("set_ocp", "set_mode", "set_model"),
    ],
)
def test_a_setter_without_a_value_does_not_pass_for_a_reading(battery, desk, setter):
    with pytest.raises(UsageError, match="None"):
        getattr(battery, setter)(None)
    assert desk.cable.sent == []


def test_the_state_is_printed_in_one_line(battery, desk, capsys):
    battery.setup_battery("static", 50, capacity=2, current_limit=1)
    assert battery.print_state() is None
    assert capsys.readouterr().out.startswith("battery1: off, static, model LI_ION4_2, 50 %, 3.6 V open;")
    battery.ocp(0.1)
    desk.rail.load = 10.0
    with pytest.raises(InstrumentError, match="over-current"):
        battery.enable()
    assert battery.print_state() is None
    assert capsys.readouterr().out.startswith("battery1: off (OCP tripped), static")
