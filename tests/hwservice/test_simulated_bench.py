"""Scripts' nets on the simulated bench: real drivers, real pyvisa-py, real workers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lager import errors, hardware
from lager.proxies import PROXIES


def net(bench, name, role):
    return PROXIES[role](bench.hardware.net(name, role), bench.hardware)


def test_a_supply_is_seen_by_the_inputs_wired_to_it(simulated):
    supply = net(simulated, "supply1", "power-supply")
    assert supply.output_is_enabled() is False
    supply.set_voltage(3.3)
    supply.set_current(0.5)
    supply.enable()
    assert supply.get_voltage_setpoint() == pytest.approx(3.3)
    assert net(simulated, "adc1", "adc").input() == pytest.approx(3.3, abs=0.02)
    assert net(simulated, "adc2", "adc").input() == pytest.approx(1.65, abs=0.02)
    state = supply.state()
    assert (state.channel, state.enabled, state.voltage) == (1, True, pytest.approx(3.3, abs=0.02))
    supply.disable()
    net(simulated, "dac1", "dac").output(2.5)
    assert net(simulated, "adc8", "adc").input() == pytest.approx(2.5, abs=0.02)
    net(simulated, "gpio1", "gpio").output("high")
    assert net(simulated, "gpio2", "gpio").input() == 1


def test_a_load_and_all_of_the_labjack_are_wired_as_the_description_says(simulated):
    supply, load = net(simulated, "supply4", "power-supply"), net(simulated, "eload1", "eload")
    supply.set_voltage(5.0)
    supply.set_current(2.0)
    supply.enable()
    load.mode("cc")
    load.current(1.0)
    load.enable()
    until = time.monotonic() + 60
    while supply.current() < 0.99:  # it settles, as the real one does
        assert time.monotonic() < until
    assert load.measured_voltage() == pytest.approx(5.0, abs=0.1)
    load.disable()
    supply.disable()
    assert net(simulated, "thermocouple3", "thermocouple").read() == pytest.approx(100.0, abs=1.0)
    for number in (1, 3, 5, 7, 16, 18):
        for level in (0, 1):
            net(simulated, f"gpio{number}", "gpio").output(level)
            assert net(simulated, f"gpio{number + 1}", "gpio").input() == level


def test_callers_of_two_roles_and_of_two_channels_get_their_own_values(simulated):
    supply, battery = net(simulated, "supply1", "power-supply"), net(simulated, "battery1", "battery")
    two, three = net(simulated, "supply2", "power-supply"), net(simulated, "supply3", "power-supply")
    supply.set_voltage(7.0)
    two.set_voltage(31.0)
    three.set_voltage(5.0)
    at_once = threading.Barrier(8)
    cases = [
        (supply.get_voltage_setpoint, pytest.approx(7.0)),
        (battery.voc, pytest.approx(battery.voc())),
        (two.get_voltage_setpoint, pytest.approx(31.0)),
        (three.get_voltage_setpoint, pytest.approx(5.0)),
    ] * 2

    def ask(case):
        read, expected = case
        at_once.wait(30)
        return [value for value in (read() for _ in range(10)) if value != expected]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, cases)) == [[]] * 8


def test_a_role_whose_instrument_is_live_in_the_other_is_refused(simulated):
    supply, battery = net(simulated, "supply1", "power-supply"), net(simulated, "battery1", "battery")
    supply.set_voltage(3.0)
    supply.enable()
    with pytest.raises(errors.RoleConflict, match="power supply"):
        battery.terminal_voltage()
    assert supply.output_is_enabled()
    supply.disable()
    assert battery.state().enabled is False


def test_what_is_out_of_range_is_said_and_harms_nothing(simulated):
    supply = net(simulated, "supply2", "power-supply")
    with pytest.raises(errors.OutOfRange, match="99"):
        supply.set_voltage(99)
    with pytest.raises(errors.OutOfRange):
        supply.set_voltage(-5)
    assert supply.voltage() == pytest.approx(0, abs=0.1)


def test_a_script_finds_its_bench_by_the_environment(simulated, monkeypatch):
    from lager import Net, NetType

    monkeypatch.setenv(hardware.SOCKET, simulated.ready["socket"])
    assert Net.get("adc7", type=NetType.ADC).input() == pytest.approx(0, abs=0.02)
    hardware.of_this_run()[1].close()
    hardware._of.cache_clear()


def test_a_protection_that_keeps_an_output_off_leaves_nobody_in_doubt(simulated):
    supply = net(simulated, "supply4", "power-supply")
    supply.set_voltage(3.0)
    supply.enable()
    supply.set_ovp(2.0)  # below what is there: it trips
    assert supply.output_is_enabled() is False
    with pytest.raises(errors.InstrumentRefused, match="over-voltage protection has tripped") as caught:
        supply.enable()
    assert "not known" not in str(caught.value)  # it was sent, and what came of it was read
    assert supply.output_is_enabled() is False
