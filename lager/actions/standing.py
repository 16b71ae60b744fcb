"""How a net is, in a few words: for lists of all the nets of a bench. One call each, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lager.actions.eload import setpoint_words
from lager.actions.given import Call, measured, on_off
from lager.actions.power_supply import tripped_words


def _supply(state: dict[str, Any]) -> str:
    volts, amps = measured(state["voltage"]), measured(state["current"])
    return f"{on_off(state['enabled'])}, {volts}V, {amps}A{tripped_words(state)}"


def _battery(state: dict[str, Any]) -> str:
    volts, amps = measured(state["terminal_voltage"]), measured(state["current"])
    return f"{on_off(state['enabled'])}, SOC {state['soc']}%, {volts}V, {amps}A{tripped_words(state)}"


def _load(state: dict[str, Any]) -> str:
    tripped = f", Tripped: {state['tripped']}" if state["tripped"] else ""
    volts, amps = measured(state["voltage"]), measured(state["current"])
    return f"{on_off(state['enabled'])}, {setpoint_words(state)}, {volts}V, {amps}A{tripped}"


def _level(level: int) -> str:
    return f"{'HIGH' if level else 'LOW'} ({level})"


def _scope(state: dict[str, Any]) -> str:
    return (
        f"{on_off(state['enabled'])}, {state['status']}, {state['volts_per_div']} V/div, {state['time_per_div']} s/div"
    )


_PROBES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "power-supply": ("state", _supply),
    "battery": ("state", _battery),
    "eload": ("state", _load),
    "adc": ("input", lambda volts: f"{volts:.6f} V"),
    "dac": ("input", lambda volts: f"{volts:.6f} V"),
    "gpio": ("input", _level),
    "thermocouple": ("read", lambda celsius: f"{celsius:.2f} °C"),
    "scope": ("state", _scope),
}


def has_probe(role: str) -> bool:
    """Tell whether the state of nets of a role can be said."""
    return role in _PROBES


def standing(role: str, call: Call) -> str:
    """Say how a net is, by one call of its contract; KeyError where its role has no probe."""
    method, words = _PROBES[role]
    return words(call(method))
