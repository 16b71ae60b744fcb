"""What must hold between the answers of a net, role by role: pure.

A rule is checked where all it needs was read. Two reads are never of the same moment, so a single read must lie between
the two looks at everything that were taken before and after it, but for the instrument's noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from lager import roles
from lager.checkup.questions import AGAIN

Values = Mapping[str, Any]


class Rule(NamedTuple):
    """Something that must hold.

    Attributes:
        words: What.
        needs: The answers it is about.
        wrong: Says, given those, what is wrong; nothing where it holds.
    """

    words: str
    needs: tuple[str, ...]
    wrong: Callable[..., str]


class Check(Struct, frozen=True):
    """A rule that was checked, and what is wrong; empty where it holds."""

    rule: str
    wrong: str = ""


def checks(role: str, values: Values) -> list[Check]:
    """Check everything that what was read allows."""
    rules = [Rule("every number is finite", (), lambda: _not_finite(values)), *RULES.get(role, ())]
    ready = (rule for rule in rules if all(one in values for one in rule.needs))
    return [Check(rule.words, rule.wrong(*(values[one] for one in rule.needs))) for rule in ready]


def _not_finite(values: Values) -> str:
    numbers = ((name, number) for name, value in values.items() for number in _numbers(value))
    return ", ".join(f"{name} is {number}" for name, number in numbers if not math.isfinite(number))


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Struct):
        value = list(asdict(value).values())
    if isinstance(value, float):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _numbers(one)


def agrees(single: str, attribute: str, noise: float = 0.0) -> Rule:
    """Make the rule that a single read is what the state says.

    Args:
        single: The read.
        attribute: What it is in the state.
        noise: Of a measured value, in its unit, to which 2 % of it are added; 0 for what is set, which has none.
    """

    def wrong(alone: Any, before: Any, after: Any) -> str:
        both = getattr(before, attribute), getattr(after, attribute)
        if alone in both or (isinstance(alone, float) and _between(alone, both, noise)):
            return ""
        said = f"{_shown(both[0])}" if both[0] == both[1] else f"{_shown(both[0])}, then {_shown(both[1])}"
        return f"{single} gives {_shown(alone)}, state says {said}"

    return Rule(f"{single} is what state says", (single, "state", AGAIN), wrong)


def _between(value: float, ends: Iterable[float], noise: float) -> bool:
    low, high = min(ends), max(ends)
    room = noise + (0.02 if noise else 1e-6) * max(abs(low), abs(high))
    return low - room <= value <= high + room


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _one_of(value: str, *words: str) -> str:
    return "" if value in words else f"it is {value!r}, not one of {', '.join(words)}"


def _within(what: str, value: float, low: float, high: float, unit: str) -> str:
    return "" if low <= value <= high else f"{what} is {value:.6g} {unit}, outside {low:.6g}..{high:.6g} {unit}"


def _near(what: str, value: float, expected: float, room: float, unit: str) -> str:
    return _within(what, value, expected - room - 0.02 * abs(expected), expected + room + 0.02 * abs(expected), unit)


# Power supplies ---------------------------------------------------------------------------------------------------


def _holds(state: roles.SupplyState) -> str:
    if state.enabled and state.mode == "CV":
        return _near("the voltage", state.voltage, state.voltage_set, 0.05, "V")
    if state.enabled and state.mode == "CC":
        return _near("the current", state.current, state.current_set, 0.02, "A")
    return ""


def _settable(state: roles.SupplyState, limits: roles.SupplyLimits) -> str:
    return _within("the voltage setpoint", state.voltage_set, limits.voltage_min, limits.voltage_max, "V") or _within(
        "the current limit", state.current_set, 0.0, limits.current_max, "A"
    )


def _deliverable(state: roles.SupplyState, limits: roles.SupplyLimits) -> str:
    if not state.enabled:
        return ""  # then it is what others put there
    low, high = min(limits.voltage_min, 0.0), max(limits.voltage_max, 0.0)
    return _within("the voltage", state.voltage, 1.05 * low - 0.1, 1.05 * high + 0.1, "V") or _within(
        "the current", state.current, -0.1 * limits.current_max, 1.05 * limits.current_max, "A"
    )


def _power(state: roles.SupplyState | roles.ELoadState) -> str:
    product = state.voltage * state.current
    return _near("the power", state.power, product, 0.1 + 0.1 * abs(product), "W")


def _tripped_off(state: roles.SupplyState | roles.BatteryState) -> str:
    tripped = [one for one, so in (("OVP", state.ovp_tripped), ("OCP", state.ocp_tripped)) if so]
    return f"{' and '.join(tripped)} tripped, and the output is on" if tripped and state.enabled else ""


SUPPLY = (
    Rule("the mode is CV, CC or OFF", ("state",), lambda state: _one_of(state.mode, "CV", "CC", "OFF")),
    Rule(
        "an output that is off regulates nothing",
        ("state",),
        lambda state: "" if state.enabled or state.mode == "OFF" else f"it is off, and the mode is {state.mode}",
    ),
    Rule("an output that is on holds what it regulates", ("state",), _holds),
    Rule("the setpoints can be set", ("state", "get_channel_limits"), _settable),
    Rule("it delivers what it is able to", ("state", "get_channel_limits"), _deliverable),
    Rule("power is voltage times current", ("state",), _power),
    Rule("a tripped protection has switched the output off", ("state",), _tripped_off),
    agrees("voltage", "voltage", 0.02),
    agrees("current", "current", 0.02),
    agrees("power", "power", 0.05),
    agrees("get_voltage_setpoint", "voltage_set"),
    agrees("get_current_setpoint", "current_set"),
    agrees("get_ovp_limit", "ovp_limit"),
    agrees("get_ocp_limit", "ocp_limit"),
    agrees("is_ovp", "ovp_tripped"),
    agrees("is_ocp", "ocp_tripped"),
    agrees("output_is_enabled", "enabled"),
    agrees("get_output_mode", "mode"),
)

# Battery simulators -----------------------------------------------------------------------------------------------

BATTERY = (
    Rule("the method is static or dynamic", ("state",), lambda state: _one_of(state.mode, "static", "dynamic")),
    Rule("the state of charge is 0 to 100 %", ("state",), lambda state: _within("it", state.soc, 0.0, 100.0, "%")),
    Rule(
        "the open-circuit voltage lies between empty and full",
        ("state",),
        lambda state: _within("it", state.voc, state.volt_empty - 0.05, state.volt_full + 0.05, "V"),
    ),
    Rule(
        "it has a capacity, and a resistance that is not negative",
        ("state",),
        lambda state: (
            _within("the capacity", state.capacity, 1e-6, math.inf, "Ah")
            or _within("the resistance", state.esr, 0.0, math.inf, "ohm")
        ),
    ),
    Rule("a tripped protection has switched the output off", ("state",), _tripped_off),
    agrees("mode", "mode"),
    agrees("model", "model"),
    agrees("soc", "soc", 0.5),
    agrees("voc", "voc", 0.02),
    agrees("esr", "esr", 0.01),
    agrees("capacity", "capacity"),
    agrees("current_limit", "current_limit"),
    agrees("voltage_full", "volt_full"),
    agrees("voltage_empty", "volt_empty"),
    agrees("terminal_voltage", "terminal_voltage", 0.05),
    agrees("current", "current", 0.02),
    agrees("ovp", "ovp_limit"),
    agrees("ocp", "ocp_limit"),
    agrees("output_is_enabled", "enabled"),
)

# Electronic loads -------------------------------------------------------------------------------------------------

ELOAD = (
    Rule("the mode is CC, CV, CR or CW", ("state",), lambda state: _one_of(state.mode, "CC", "CV", "CR", "CW")),
    Rule(
        "a load that is off draws nothing",
        ("state",),
        lambda state: "" if state.enabled else _within("the current", state.current, -0.05, 0.05, "A"),
    ),
    Rule("power is voltage times current", ("state",), _power),
    Rule(
        "a tripped protection has switched the input off",
        ("state",),
        lambda state: f"{state.tripped} tripped, and the input is on" if state.tripped and state.enabled else "",
    ),
    agrees("mode", "mode"),
    agrees("current", "current_set"),
    agrees("voltage", "voltage_set"),
    agrees("resistance", "resistance_set"),
    agrees("power", "power_set"),
    agrees("measured_voltage", "voltage", 0.02),
    agrees("measured_current", "current", 0.02),
    agrees("measured_power", "power", 0.05),
    agrees("output_is_enabled", "enabled"),
)

# Oscilloscopes ----------------------------------------------------------------------------------------------------


def _on_screen(low: float | None, high: float | None, state: roles.ScopeState) -> str:
    reach = 8 * state.volts_per_div  # the screen has 4 divisions above and below its middle, the converter some more
    for value in (low, high):
        if value is not None and abs(value + state.volt_offset) > reach:
            return f"{value:.4g} V is more than 8 divisions of {state.volts_per_div:.4g} V from the middle"
    return ""


def _in_order(low: float | None, mean: float | None, high: float | None, state: roles.ScopeState) -> str:
    if low is None or mean is None or high is None or state.status != "stopped":
        return ""  # while it runs, each is of another capture
    return "" if low <= mean <= high else f"{low:.4g} V, {mean:.4g} V and {high:.4g} V are not in order"


def _spans(low: float | None, high: float | None, span: float | None, state: roles.ScopeState) -> str:
    if low is None or high is None or span is None or state.status != "stopped":
        return ""
    return _near("the peak-to-peak voltage", span, high - low, 0.1 * state.volts_per_div, "V")


def _inverse(frequency: float | None, period: float | None, state: roles.ScopeState) -> str:
    if not frequency or not period or state.status != "stopped":
        return ""
    return _near("their product", frequency * period, 1.0, 0.05, "")


SCOPE = (
    Rule(
        "its scales are above zero",
        ("state",),
        lambda state: _within(
            "a scale", min(state.volts_per_div, state.time_per_div, state.probe), 1e-15, 1e9, "V or s"
        ),
    ),
    Rule("the trace has its points", ("download",), lambda wave: "" if wave.codes else "there are none"),
    Rule("what is measured is on the screen", ("measure voltage_min", "measure voltage_max", "state"), _on_screen),
    Rule(
        "minimum, average and maximum are in order",
        ("measure voltage_min", "measure voltage_average", "measure voltage_max", "state"),
        _in_order,
    ),
    Rule(
        "peak to peak is maximum less minimum",
        ("measure voltage_min", "measure voltage_max", "measure voltage_peak_to_peak", "state"),
        _spans,
    ),
    Rule("frequency and period fit", ("measure frequency", "measure period", "state"), _inverse),
    agrees("output_is_enabled", "enabled"),
    agrees("volts_per_div", "volts_per_div"),
    agrees("volt_offset", "volt_offset"),
    agrees("time_per_div", "time_per_div"),
    agrees("time_offset", "time_offset"),
    agrees("coupling", "coupling"),
    agrees("probe", "probe"),
    agrees("bandwidth_limit", "bandwidth_limit"),
    agrees("memory_depth", "memory_depth"),
    agrees("trigger_get type", "trigger_type"),
    agrees("trigger_get sweep", "trigger_sweep"),
)

# What a LabJack has -----------------------------------------------------------------------------------------------

RULES: dict[str, tuple[Rule, ...]] = {
    "power-supply": SUPPLY,
    "battery": BATTERY,
    "eload": ELOAD,
    "scope": SCOPE,
    "dac": (
        Rule(
            "both reads give the same voltage",
            ("input", "get_voltage"),
            lambda one, other: _near("the second", other, one, 0.02, "V"),
        ),
    ),
    "gpio": (Rule("the level is 0 or 1", ("input",), lambda level: "" if level in (0, 1) else f"it is {level}"),),
    "thermocouple": (
        Rule(
            "the temperature is one a thermocouple can have",
            ("read",),
            lambda celsius: _within("it", celsius, -270.0, 1820.0, "°C"),
        ),
    ),
}
