"""An action of several calls is one: not mixed with another, and cut short where the settings are lost within it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ownbench import Bench, Process, environment

from lager import errors, hardware, wire
from lager_hwservice import benchreading
from lager_hwservice.netcalls import NetCalls

INSTRUMENTS = {"Rigol_DP821"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """One service for all."""
    folder = tmp_path_factory.mktemp("bench")
    process = Process("lager_drivers.simulated", "--state", folder, env=environment(folder))
    nets = wire.from_json(Path(process.report("ready")["bench"]).read_bytes(), list[wire.NetRecord])
    one = Bench(folder, [net for net in nets if net.instrument in INSTRUMENTS])
    yield one
    one.close()
    process.close()


class Nets:
    """The nets of a bench file."""

    def __init__(self, path):
        self.bench = benchreading.load(path)
        self.find = self.bench.find


class Eventful(hardware.Hardware):
    """A way to the workers on which something happens after a call."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.after = {}

    def answer(self, name, asked, known=None):
        answer = super().answer(name, asked, known)
        if asked.method in self.after:
            self.after.pop(asked.method)()
        return answer


@pytest.fixture
def way(bench):
    one = Eventful(bench.service.locate, "the test", remembers=False, examine=bench.service.examine)
    yield one
    one.close()


@pytest.fixture
def calls(bench, way):
    return NetCalls(Nets(bench.file), way, within=0.2)


def voltage(value, **more):
    return wire.NetAction("power-supply", "voltage", {"value": value} | more, "the test")


def setpoint(bench, net="supply2"):
    return bench.another_caller("another").call(net, "power-supply", "get_voltage_setpoint")


def test_a_power_cycle_before_the_next_write_of_an_action_keeps_it_from_being_sent(bench, way, calls):
    calls.perform("supply2", voltage(5, ovp=6))
    way.after = {"set_ovp": lambda: bench.happens("power-cycle", "supply2")}
    with pytest.raises(errors.InstrumentRestarted, match=r"the Rigol_DP821 .* was switched off and on"):
        calls.perform("supply2", voltage(7, ovp=8))
    assert setpoint(bench) == 0.0


def test_it_is_so_also_where_another_caller_has_been_told_of_it(bench, way, calls):
    calls.perform("supply2", voltage(5))

    def cycled_and_seen():
        bench.happens("power-cycle", "supply2")
        way.ask("supply2", "power-supply", "voltage")  # all callers of this way know it now

    way.after = {"get_channel_limits": cycled_and_seen}
    with pytest.raises(errors.InstrumentRestarted):
        calls.perform("supply2", voltage(7))
    assert setpoint(bench) == 0.0


def test_a_power_cycle_after_the_write_is_no_success(bench, way, calls):
    calls.perform("supply2", voltage(5))
    way.after = {"set_voltage": lambda: bench.happens("power-cycle", "supply2")}
    with pytest.raises(errors.InstrumentRestarted, match="also what was just set"):
        calls.perform("supply2", voltage(7))


def test_two_actions_of_one_channel_do_not_mix_and_those_of_others_go_on(bench, way, calls):
    reached, go_on = threading.Event(), threading.Event()

    def hold():
        reached.set()
        assert go_on.wait(30)

    way.after = {"get_channel_limits": hold}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(calls.perform, "supply2", voltage(3))
        assert reached.wait(30)
        with pytest.raises(errors.InstrumentBusy, match=r"supply2 is in use: the test \(voltage\)"):
            calls.perform("supply2", voltage(4))
        assert calls.perform("supply3", voltage(2)).value == 2.0
        assert calls.perform("supply2", wire.NetAction("power-supply", "state")).value["channel"] == 1
        go_on.set()
        assert first.result().message == "Voltage set to 3V"
    assert calls.perform("supply2", voltage(4)).value == 4.0


def test_what_an_action_is_refused_for_leaves_the_channel_free(calls):
    for wrong in (voltage(1000), wire.NetAction("power-supply", "explode")):
        with pytest.raises(errors.UsageError):
            calls.perform("supply2", wrong)
    assert calls.perform("supply2", voltage(1)).value == 1.0


def test_a_net_that_is_not_there(calls):
    for role in ("power-supply", "watt-meter"):
        with pytest.raises(errors.NetNotFound):
            calls.perform("supply9", wire.NetAction(role, "state"))
    with pytest.raises(errors.WrongNetType):
        calls.perform("supply2", wire.NetAction("battery", "state"))
