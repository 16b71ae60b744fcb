"""What can be done to a supply: what it does, in which order, and what it says. The supply here is a table."""

import pytest

from lager import actions, errors

SUPPLY = {
    "channel": 1,
    "enabled": True,
    "mode": "CV",
    "voltage_set": 3.3,
    "current_set": 0.5,
    "voltage": 3.29998,
    "current": -0.00001,
    "power": 0.0,
    "ovp_limit": 21.0,
    "ocp_limit": 6.1,
    "ovp_tripped": False,
    "ocp_tripped": False,
}
LIMITS = {"voltage_min": 0.0, "voltage_max": 20.0, "current_max": 6.0, "ovp_max": 21.0, "ocp_max": 6.1}


class Supply:
    """A supply's contract: what is set can be read, to the millivolt."""

    def __init__(self, **now):
        self.now = {"voltage": 0.0, "current": 0.1, "ovp": 10.0, "ocp": 2.0, "on": False} | now
        self.limits = LIMITS
        self.refuses = {}
        self.log = []

    def call(self, method, *args):
        if method in self.refuses:
            raise self.refuses[method]
        if method.startswith("set_"):
            self.log.append((method, *args))
            self.now[method[4:]] = round(args[0], 3)
        elif method in ("enable", "disable"):
            self.log.append((method,))
            self.now["on"] = self.now.get("sticks", method == "enable")
        elif method in ("clear_ovp", "clear_ocp"):
            self.log.append((method,))
        else:
            return self._read(method)
        return None

    def _read(self, method):
        return {
            "get_voltage_setpoint": self.now["voltage"],
            "get_current_setpoint": self.now["current"],
            "get_ovp_limit": self.now["ovp"],
            "get_ocp_limit": self.now["ocp"],
            "output_is_enabled": self.now["on"],
            "get_channel_limits": self.limits,
            "state": SUPPLY | {"enabled": self.now["on"]},
        }[method]

    def do(self, action, **params):
        return actions.perform("power-supply", action, params, self.call)


@pytest.mark.parametrize(
    ("action", "params", "message", "value"),
    [
        ("voltage", {"value": 3.3}, "Voltage set to 3.3V", 3.3),
        ("voltage", {"value": 3}, "Voltage set to 3V", 3.0),
        ("voltage", {}, "Voltage setpoint: 0.0V", 0.0),
        ("voltage", {"value": None, "ocp": None}, "Voltage setpoint: 0.0V", 0.0),
        ("voltage", {"value": 3.12345}, "Voltage set to 3.12345V (the instrument has 3.123V)", 3.123),
        ("current", {"value": 0.5}, "Current limit set to 0.5A", 0.5),
        ("current", {}, "Current setpoint: 0.1A", 0.1),
        ("ocp", {"value": 1}, "OCP limit set to 1A", 1.0),
        ("ocp", {}, "OCP limit: 2.0A", 2.0),
        ("ovp", {"value": 5.5}, "OVP limit set to 5.5V", 5.5),
        ("ovp", {}, "OVP limit: 10.0V", 10.0),
        ("enable", {}, "Supply output enabled", True),
        ("disable", {}, "Supply output disabled", False),
        ("clear_ocp", {}, "OCP trip cleared", None),
        ("clear_ovp", {}, "OVP trip cleared", None),
        ("set_mode", {}, "Power supply mode set", None),
        (
            "state",
            {},
            "Channel 1: OFF, Set: 3.3V/0.5A, Measured: 3.3000V/0.0000A, OCP: 6.1A, OVP: 21.0V",
            SUPPLY | {"enabled": False},
        ),
        (
            "voltage",
            {"value": 3.3, "ovp": 5, "ocp": 1.5},
            "Voltage set to 3.3V, OVP limit set to 5V, OCP limit set to 1.5A",
            3.3,
        ),
        ("voltage", {"ovp": 5}, "OVP limit set to 5V", 5.0),
    ],
)
def test_each_action_of_a_supply_says_what_it_did(action, params, message, value):
    assert Supply().do(action, **params) == (message, value)


@pytest.mark.parametrize(
    ("before", "params", "order"),
    [
        ({"ovp": 4.0}, {"value": 5, "ovp": 6}, ["set_ovp", "set_voltage"]),
        ({"ovp": 10.0}, {"value": 3, "ovp": 4}, ["set_voltage", "set_ovp"]),
        ({"ovp": 4.0, "ocp": 2.0}, {"value": 5, "ovp": 6, "ocp": 1}, ["set_ovp", "set_voltage", "set_ocp"]),
        ({"ovp": 4.0, "ocp": 0.5}, {"value": 5, "ovp": 6, "ocp": 1}, ["set_ovp", "set_ocp", "set_voltage"]),
    ],
)
def test_a_protection_that_has_to_rise_does_so_first_and_one_that_has_to_fall_last(before, params, order):
    supply = Supply(**before)
    supply.do("voltage", **params)
    assert [name for name, _ in supply.log] == order


@pytest.mark.parametrize(
    ("action", "params", "what"),
    [
        ("voltage", {"value": 120}, "Voltage 120V exceeds hardware limit 20.0V"),
        ("current", {"value": 7.5}, "Current 7.5A exceeds hardware limit 6.0A"),
        ("ocp", {"value": 9}, "OCP 9A exceeds hardware current limit 6.1A"),
        ("ovp", {"value": 99}, "OVP 99V exceeds hardware voltage limit 21.0V"),
        ("voltage", {"value": 3, "ocp": 9}, "OCP 9A exceeds hardware current limit 6.1A"),
        ("voltage", {"value": 9, "ovp": 4}, "OVP limit (4V) cannot be less than voltage setpoint (9V)"),
        ("voltage", {"value": 3, "ocp": 0}, "OCP limit must be more than 0A"),
        ("voltage", {"value": "abc"}, "value 'abc' is not a valid number"),
        ("voltage", {"value": True}, "value True is not a valid number"),
        ("voltage", {"value": float("nan")}, "value nan is not a valid number"),
        ("voltage", {"value": [3]}, "value [3] is not a valid number"),
        ("voltage", {"value": 3, "ovp": "x"}, "ovp 'x' is not a valid number"),
        ("explode", {}, "Unknown action: explode"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(action, params, what):
    supply = Supply()
    with pytest.raises(errors.UsageError) as caught:
        supply.do(action, **params)
    assert caught.value.what == what
    assert caught.value.hint
    assert supply.log == []


def test_a_limit_that_is_not_known_is_left_to_the_instrument():
    supply = Supply()
    supply.limits = LIMITS | {"voltage_max": 0}
    assert supply.do("voltage", value=120).value == 120.0


def test_an_error_in_the_middle_says_what_was_done_before():
    supply = Supply(ovp=4.0)
    supply.refuses = {"set_voltage": errors.InstrumentRefused("no", "look").because(16, "EBUSY")}
    with pytest.raises(errors.InstrumentRefused) as caught:
        supply.do("voltage", value=5, ovp=6)
    assert (caught.value.what, caught.value.hint) == ("no; before that: OVP limit set to 6V", "look")
    assert (caught.value.number, caught.value.raw) == (16, "EBUSY")


def test_a_protection_that_fits_only_after_the_setpoint_goes_last():
    supply = Supply(current=0.1, ocp=0.1)

    def call(method, *args):
        if method == "set_ocp" and args[0] > supply.now["current"]:
            raise errors.OutOfRange("above the limit", "raise the current limit first")
        return supply.call(method, *args)

    done = actions.perform("power-supply", "current", {"value": 0.5, "ocp": 0.5}, call)
    assert done == ("Current limit set to 0.5A, OCP limit set to 0.5A", 0.5)
    assert [name for name, _ in supply.log] == ["set_current", "set_ocp"]
    with pytest.raises(errors.OutOfRange, match="above the limit; before that: Current limit set to 1A"):
        actions.perform("power-supply", "current", {"value": 1, "ocp": 2}, call)


def test_where_limit_and_protection_are_one_number_it_says_what_is_there_in_the_end():
    supply = Supply(current=0.1, ocp=0.1)

    def call(method, *args):
        if method == "set_ocp":
            return None  # the limit is lower, and stays
        done = supply.call(method, *args)
        supply.now["ocp"] = supply.now["current"]
        return done

    done = actions.perform("power-supply", "current", {"value": 0.5, "ocp": 0.8}, call)
    assert done.message == "Current limit set to 0.5A, OCP limit set to 0.8A (the instrument has 0.5A)"


def test_what_is_refused_after_something_was_set_does_not_say_that_nothing_was_changed():
    supply = Supply(ovp=4.0)
    supply.refuses = {"set_voltage": errors.SafetyLimit("too much; nothing was changed", "less")}
    with pytest.raises(errors.SafetyLimit) as caught:
        supply.do("voltage", value=5, ovp=6)
    assert caught.value.what == "too much; before that: OVP limit set to 6V"


def test_what_was_set_and_could_not_be_read_back_is_no_success():
    supply = Supply()
    supply.refuses = {"get_voltage_setpoint": errors.InstrumentGone("it is gone", "look")}
    with pytest.raises(errors.InstrumentGone, match="it is gone; before that: Voltage set to 3V"):
        supply.do("voltage", value=3)


@pytest.mark.parametrize(("action", "sticks"), [("enable", False), ("disable", True)])
def test_a_switch_that_did_not_work_is_an_error(action, sticks):
    with pytest.raises(errors.InstrumentError):
        Supply(sticks=sticks).do(action)


def test_a_state_that_cannot_be_read_is_an_error_and_no_zeros():
    supply = Supply()
    supply.refuses = {"state": errors.InstrumentSilent("nothing came", "look")}
    with pytest.raises(errors.InstrumentSilent):
        supply.do("state")


def test_what_has_tripped_is_said():
    state = SUPPLY | {"enabled": False, "ocp_tripped": True, "ovp_tripped": True}
    done = actions.perform("power-supply", "state", {}, lambda _: state)
    assert done.message.endswith(", OVP: 21.0V, Tripped: OCP and OVP")
