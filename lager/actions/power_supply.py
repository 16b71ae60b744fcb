"""What can be done to a supply. V and A."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lager import errors
from lager.actions.given import Act, Done, Given, after, echoed, measured, on_off, switched


class _Quantity(NamedTuple):
    """Something that can be set: how it is called, and what is said."""

    setter: str
    getter: str
    unit: str
    was_set: str  # "Voltage set to"
    reads: str  # "Voltage setpoint"
    beyond: str  # "Voltage {}V exceeds hardware limit {}V"
    most: str  # which limit


_VOLTAGE = _Quantity(
    *("set_voltage", "get_voltage_setpoint", "V", "Voltage set to", "Voltage setpoint"),
    *("Voltage {}V exceeds hardware limit {}V", "voltage_max"),
)
_CURRENT = _Quantity(
    *("set_current", "get_current_setpoint", "A", "Current limit set to", "Current setpoint"),
    *("Current {}A exceeds hardware limit {}A", "current_max"),
)
_OVP = _Quantity(
    *("set_ovp", "get_ovp_limit", "V", "OVP limit set to", "OVP limit"),
    *("OVP {}V exceeds hardware voltage limit {}V", "ovp_max"),
)
_OCP = _Quantity(
    *("set_ocp", "get_ocp_limit", "A", "OCP limit set to", "OCP limit"),
    *("OCP {}A exceeds hardware current limit {}A", "ocp_max"),
)
_PROTECTIONS = {"ovp": _OVP, "ocp": _OCP}


class _Step(NamedTuple):
    """One value to set: as it came, and as a number."""

    what: _Quantity
    said: Any
    number: float


def _setpoint(what: _Quantity) -> Act:
    """Make the action of a setpoint: it is set, or read; protections given with it are set, too."""

    def act(given: Given) -> Done:
        steps = _steps(given, what)
        if not steps:
            value: float = given.call(what.getter)
            return Done(f"{what.reads}: {value}{what.unit}", value)
        _check_fits(steps)
        _check_limits(given, steps)
        return _all_done(_set_all(given, _in_order(given, steps)), what)

    return act


def _steps(given: Given, what: _Quantity) -> list[_Step]:
    wanted = {"value": what} | {name: one for name, one in _PROTECTIONS.items() if one is not what}
    numbers = {name: given.number(name) for name in wanted}
    return [_Step(one, given[name], number) for name, one in wanted.items() if (number := numbers[name]) is not None]


def _check_fits(steps: list[_Step]) -> None:
    """Refuse a protection level that comes with a voltage above it, or with anything and is 0; nothing was sent.

    Raises:
        OutOfRange: It is so.
    """
    for one in steps if len(steps) > 1 else ():
        if one.number == 0 and one.what in _PROTECTIONS.values():
            raise errors.OutOfRange(
                f"{one.what.reads} must be more than 0{one.what.unit}",
                "choose the level at which the output is to switch off",
            )
    said = {one.what: one for one in steps}
    volts, level = said.get(_VOLTAGE), said.get(_OVP)
    if volts is not None and level is not None and 0 <= level.number < volts.number:
        raise errors.OutOfRange(
            f"OVP limit ({level.said}V) cannot be less than voltage setpoint ({volts.said}V)",
            "choose a level above the voltage",
        )


def _check_limits(given: Given, steps: list[_Step]) -> None:
    """Refuse what the output cannot take, before the first of the values is sent.

    Raises:
        OutOfRange: It is beyond a limit.
    """
    limits: dict[str, float] = given.call("get_channel_limits")
    for one in steps:
        most = limits.get(one.what.most, 0.0)
        if 0 < most < one.number:  # 0: it is not known, or the output is below ground; the driver judges
            raise errors.OutOfRange(one.what.beyond.format(one.said, most), f"give at most {most:g}{one.what.unit}")


def _in_order(given: Given, steps: list[_Step]) -> list[_Step]:
    """Put protections that have to rise before the setpoint, and those that have to fall after it.

    So the output is never beyond a level it is to have at the end, and no setpoint meets the old level.
    """
    protections = [one for one in steps if one.what in _PROTECTIONS.values()]
    if len(protections) == len(steps):
        return steps
    rising = [one for one in protections if abs(one.number) > abs(given.call(one.what.getter))]
    rest = [one for one in protections if one not in rising]
    return [*rising, *(one for one in steps if one not in protections), *rest]


def _set_all(given: Given, steps: list[_Step]) -> list[tuple[_Step, float]]:
    """Set the values, and read each back when all are set: some supplies have one number for limit and protection."""
    done: list[_Step] = []
    waiting, postponed = list(steps), False
    try:
        while waiting:
            step = waiting.pop(0)
            try:
                given.call(step.what.setter, step.number)
            except errors.OutOfRange:  # nothing was sent
                if step.what not in _PROTECTIONS.values() or not waiting or postponed:
                    raise
                # Some supplies have several ranges, and the setpoint may have to leave one first.
                waiting, postponed = [*waiting, step], True
                continue
            done.append(step)
        return [(step, given.call(step.what.getter)) for step in done]
    except errors.LagerError as exc:
        raise after(exc, _so_far(done)) from exc


def _so_far(done: list[_Step]) -> str:
    return ", ".join(f"{one.what.was_set} {one.said}{one.what.unit}" for one in done)


def _all_done(done: list[tuple[_Step, float]], what: _Quantity) -> Done:
    """Say what was set, the setpoint first; its value is what counts."""
    done = sorted(done, key=lambda one: one[0].what is not what)
    words = [f"{step.what.was_set} {echoed(step.said, now, step.what.unit)}" for step, now in done]
    return Done(", ".join(words), done[0][1])


def _clear(method: str, words: str) -> Act:
    def act(given: Given) -> Done:
        given.call(method)
        return Done(words)

    return act


def _set_mode(given: Given) -> Done:
    """Bring an instrument of several roles into this one, by a call that changes nothing else."""
    given.call("output_is_enabled")
    return Done("Power supply mode set")


def _state(given: Given) -> Done:
    state: dict[str, Any] = given.call("state")
    return Done(state_words(state), state)


def state_words(state: dict[str, Any]) -> str:
    """Say a state (`lager.roles.SupplyState`) in one line."""
    return (
        f"Channel {state['channel']}: {on_off(state['enabled'])}, "
        f"Set: {state['voltage_set']}V/{state['current_set']}A, "
        f"Measured: {measured(state['voltage'])}V/{measured(state['current'])}A, "
        f"OCP: {state['ocp_limit']}A, OVP: {state['ovp_limit']}V{tripped_words(state)}"
    )


def tripped_words(state: dict[str, Any]) -> str:
    """Say which protections have tripped; empty where none has."""
    tripped = [name for name in ("OCP", "OVP") if state[f"{name.lower()}_tripped"]]
    return f", Tripped: {' and '.join(tripped)}" if tripped else ""


def _switch(on: bool, words: str) -> Callable[[Given], Done]:
    return lambda given: switched(given, on, words)


ACTIONS: dict[str, Act] = {
    "voltage": _setpoint(_VOLTAGE),
    "current": _setpoint(_CURRENT),
    "ocp": _setpoint(_OCP),
    "ovp": _setpoint(_OVP),
    "enable": _switch(True, "Supply output enabled"),
    "disable": _switch(False, "Supply output disabled"),
    "set_mode": _set_mode,
    "clear_ocp": _clear("clear_ocp", "OCP trip cleared"),
    "clear_ovp": _clear("clear_ovp", "OVP trip cleared"),
    "state": _state,
    "print_state": _state,
}
