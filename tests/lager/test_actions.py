"""What can be done to nets of each role but supplies, and what is said of it. The nets here are tables."""

import pytest

from lager import actions, errors, roles
from lager.actions.standing import has_probe, standing


def test_the_actions_of_a_supply_and_of_a_battery_are_all_that_released_clients_know():
    supply = "voltage current ocp ovp enable disable state print_state clear_ocp clear_ovp set_mode"
    assert set(actions.of("power-supply")) == set(supply.split())
    released = "set_soc set_voc set_volt_full set_volt_empty set_capacity set_current_limit set_ocp set_ovp set_mode"
    released += " set_model enable_battery disable_battery set_to_battery_mode clear_ocp clear_ovp clear state"
    of_screens = "soc voc batt_full batt_empty capacity current_limit ocp ovp mode model enable disable set print_state"
    assert set(actions.of("battery")) >= {*released.split(), *of_screens.split()}
    assert actions.of("uart") == ()


BATTERY = {
    "channel": 1,
    "enabled": False,
    "mode": "static",
    "model": "",
    "soc": 50.0,
    "terminal_voltage": 3.70004,
    "current": 0.0,
    "ovp_tripped": False,
    "ocp_tripped": True,
}


class Battery:
    """A battery's contract: parameters by name."""

    def __init__(self):
        self.now = {
            **dict.fromkeys(("soc", "voc", "voltage_full", "voltage_empty", "capacity", "ocp", "ovp"), 1.0),
            "current_limit": 1.0,
            "mode": "static",
            "model": "",
            "on": False,
        }

    def call(self, method, *args):
        if method in ("enable", "disable"):
            self.now["on"] = method == "enable"
        elif method == "output_is_enabled":
            return self.now["on"]
        elif method == "state":
            return BATTERY
        elif method == "clear":
            return None
        elif method == "list_battery_models":
            return [{"slot": 0, "name": "NIMH1_2"}, {"slot": 3, "name": ""}]
        elif method == "export_model":
            return {"voc": [3.0] * 101, "resistance": [0.1] * 101}
        elif args:
            self.now[method] = str(args[0]) if method == "model" else args[0]
        return self.now.get(method)


@pytest.mark.parametrize(
    ("names", "params", "said", "read"),
    [
        (("set_soc", "soc"), {"value": 50}, "SOC set to 50%", "SOC: 1.0%"),
        (("set_voc", "voc"), {"value": 3.7}, "VOC set to 3.7V", "VOC: 1.0V"),
        (
            ("set_volt_full", "batt_full"),
            {"value": 4.2},
            "Battery full voltage set to 4.2V",
            "Battery full voltage: 1.0V",
        ),
        (
            ("set_volt_empty", "batt_empty"),
            {"value": 3},
            "Battery empty voltage set to 3V",
            "Battery empty voltage: 1.0V",
        ),
        (("set_capacity", "capacity"), {"value": 2.5}, "Capacity set to 2.5Ah", "Capacity: 1.0Ah"),
        (("set_current_limit", "current_limit"), {"value": 1}, "Current limit set to 1A", "Current limit: 1.0A"),
        (("set_ocp", "ocp"), {"value": 2}, "OCP limit set to 2A", "OCP limit: 1.0A"),
        (("set_ovp", "ovp"), {"value": 4.5}, "OVP limit set to 4.5V", "OVP limit: 1.0V"),
        (("set_mode", "mode"), {"mode_type": "dynamic"}, "Mode set to dynamic", "Mode: static"),
        (("set_model", "model"), {"partnumber": 3}, "Model set to 3", "Model: Custom"),
        (("set_model", "model"), {"partnumber": 3.0}, "Model set to 3", "Model: Custom"),
    ],
)
def test_each_parameter_of_a_battery_is_set_and_read_under_both_its_names(names, params, said, read):
    for name in names:
        assert actions.perform("battery", name, {}, Battery().call).message == read
        assert actions.perform("battery", name, params, Battery().call).message == said


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("enable_battery", "Battery output enabled"),
        ("disable", "Battery output disabled"),
        ("set_to_battery_mode", "Battery simulator mode initialized"),
        ("clear", "Protection trips cleared"),
        ("clear_ocp", "OCP trip cleared"),
        ("clear_ovp", "OVP trip cleared"),
        ("list_models", "Models: NIMH1_2, 3"),
        (
            "print_state",
            "Channel 1: OFF, Mode: static, Model: Custom, SOC: 50.0%, Voltage: 3.7000V, Current: 0.0000A, Tripped: OCP",
        ),
    ],
)
def test_the_other_actions_of_a_battery(action, message):
    assert actions.perform("battery", action, None, Battery().call).message == message


def test_a_model_is_read_by_its_slot():
    done = actions.perform("battery", "export_model", {"slot": "3"}, Battery().call)
    assert (done.message, len(done.value["voc"])) == ("Model in slot 3: 101 points", 101)
    for wrong in ({}, {"slot": "x"}, {"slot": 1.5}):
        with pytest.raises(errors.UsageError):
            actions.perform("battery", "export_model", wrong, Battery().call)


class Load:
    def __init__(self):
        self.log = []

    def call(self, method, *args):
        if args:
            self.log.append((method, *args))
        return args[0] if args else {"mode": "CW", "power": 2.0}.get(method, 1.0)


def test_a_load_gets_its_setpoint_before_its_mode():
    load = Load()
    assert actions.perform("eload", "cp", {"value": 2}, load.call) == ("Mode: CP, Power: 2.0 W", 2.0)
    assert load.log == [("power", 2.0), ("mode", "CW")]
    assert actions.perform("eload", "cc", {}, load.call) == ("Current: 1.0 A", 1.0)
    assert actions.perform("eload", "mode", {}, load.call) == ("Mode: CP", "CP")
    assert len(load.log) == 2


def test_the_lines():
    level = [0]

    def call(method, *args):
        if method == "output":
            level[0] = args[0]
        return level[0]

    def gpio(action, **params):
        return actions.perform("gpio", action, params, call)

    assert gpio("output", level="high") == ("Set to HIGH", 1)
    assert gpio("input") == ("HIGH (1)", 1)
    assert gpio("toggle") == ("Toggled to LOW", 0)
    assert gpio("output", level="toggle") == ("Toggled to HIGH", 1)
    assert gpio("output_low") == ("Set to LOW", 0)
    for wrong in ({}, {"level": "maybe"}, {"level": 2}):
        with pytest.raises(errors.UsageError):
            gpio("output", **wrong)
    assert actions.perform("adc", "read", {}, lambda _: 1.25) == ("1.250000 V", 1.25)
    assert actions.perform("thermocouple", "read", {}, lambda _: 23.456) == ("Temperature: 23.46˚C", 23.456)
    with pytest.raises(errors.UsageError, match="Missing required value: 'value'"):
        actions.perform("dac", "set", {}, call)


class Clock:
    """Time that goes on only by sleeping, and a little by each look at it."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        self.time += 0.001
        return self.time

    def sleep(self, seconds):
        self.time += seconds


def test_a_level_is_waited_for_and_no_longer_than_said():
    clock = Clock()
    done = actions.perform("gpio", "wait_for_level", {"level": 1, "timeout": 5}, lambda _: int(clock.time > 2), clock)
    assert done.value == pytest.approx(2.0, abs=0.1)
    assert done.message == f"Reached level 1 in {done.value:.4f}s"
    with pytest.raises(errors.LevelNotReached, match="'gpio2' did not reach level 1 within 5s"):
        actions.perform("gpio", "wait_for_level", {"level": 1, "timeout": 5, "netname": "gpio2"}, lambda _: 0, clock)
    with pytest.raises(errors.UsageError):
        actions.perform("gpio", "wait_for_level", {"level": 1, "timeout": 1e9}, lambda _: 0, clock)


def meter(role, action, clock, **params):
    served = actions.served_by(role, "battery")
    values = {"terminal_voltage": lambda: 2.0, "current": lambda: clock.time}  # 1 A more each second
    return actions.perform(role, action, params, served(lambda method: values[method]()), clock)


def test_power_and_energy_come_from_any_net_that_measures_both():
    clock = Clock()
    done = meter("energy-analyzer", "read_energy", clock, duration=10)
    assert done.value["duration_s"] == pytest.approx(10, abs=0.1)
    assert done.value["charge_c"] == pytest.approx(50, rel=0.02)
    assert done.value["energy_j"] == pytest.approx(2 * done.value["charge_c"])
    assert done.value["energy_wh"] == pytest.approx(done.value["energy_j"] / 3600)
    clock = Clock()
    stats = meter("energy-analyzer", "read_stats", clock, duration=1).value
    assert stats["voltage"] == {"mean": 2.0, "min": 2.0, "max": 2.0, "std": 0.0}
    assert stats["current"]["min"] < stats["current"]["mean"] < stats["current"]["max"]
    assert meter("watt-meter", "voltage", Clock()) == ("2 V", 2.0)
    assert set(meter("watt-meter", "all", Clock()).value) == {"power", "voltage", "current"}
    assert actions.served_by("watt-meter", "adc") is None


def test_a_measurement_lasts_120_s_at_most():
    clock = Clock()
    meter("energy-analyzer", "read_energy", clock, duration=1e6)
    assert clock.time == pytest.approx(120, abs=1)


def test_what_only_reads_is_known():
    assert actions.only_reads("power-supply", "state")
    assert actions.only_reads("watt-meter", "power")
    assert not actions.only_reads("power-supply", "voltage")
    assert not actions.only_reads("gpio", "toggle")


def test_how_a_net_is_in_a_few_words():
    supply = {"enabled": True, "voltage": 3.29998, "current": -0.00001, "ovp_tripped": False, "ocp_tripped": False}
    assert standing("power-supply", lambda _: supply) == "ON, 3.3000V, 0.0000A"
    assert standing("battery", lambda _: BATTERY) == "OFF, SOC 50.0%, 3.7000V, 0.0000A, Tripped: OCP"
    assert standing("gpio", lambda _: 1) == "HIGH (1)"
    assert standing("thermocouple", lambda _: 23.456) == "23.46 °C"
    assert all(has_probe(role) for role in roles.CONTRACTS)
    assert not has_probe("uart")
