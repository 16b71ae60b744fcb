"""What can be done to a net from outside a script, and what is said of it: `supply NET voltage 3.3`, whoever asks.

Commands, live screens and the released endpoints all come here, so that they do the same and say the same. Pure: an
action reaches its net by the `call` it is given, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lager.actions import battery, eload, lines, measuring, power_supply, scope
from lager.actions.given import Act, Call, Done, Given
from lager.actions.measuring import served_by
from lager.errors import UnknownAction
from lager.proxies.waiting import Clock

__all__ = ["METERS", "Done", "UnknownAction", "of", "only_reads", "perform", "roles", "served_by", "takes_time"]

_ACTIONS: dict[str, dict[str, Act]] = {
    "power-supply": power_supply.ACTIONS,
    "battery": battery.ACTIONS,
    "eload": eload.ACTIONS,
    "adc": lines.ADC,
    "dac": lines.DAC,
    "gpio": lines.GPIO,
    "thermocouple": lines.THERMOCOUPLE,
    "watt-meter": measuring.WATT_METER,
    "energy-analyzer": measuring.ENERGY_ANALYZER,
    "scope": scope.ACTIONS,
}
METERS = ("watt-meter", "energy-analyzer")
_READS = frozenset(
    ("state", "print_state", "read", "input", "wait_for_level", "measure", "list_models", "export_model")
)


def of(role: str) -> tuple[str, ...]:
    """Name the actions of a role; none where nets of that role have no actions."""
    return tuple(_ACTIONS.get(role, ()))


def roles() -> tuple[str, ...]:
    """Name the roles that have actions."""
    return tuple(_ACTIONS)


def perform(role: str, action: str, params: Mapping[str, Any] | None, call: Call, clock: Clock | None = None) -> Done:
    """Do one action.

    Args:
        role: The role that is meant: that of the net, or `watt-meter` or `energy-analyzer` of any that measures power.
        action: Its name, as on the wire.
        params: Its parameters, as on the wire: `value`, and others; `netname` is the net's name, for people.
        call: Calls a method of the contract of the net's role (for those two: `voltage`, `current` and `power`, see
            `served_by`), and gives what it returns as plain JSON data.
        clock: Time, for what takes some.

    Raises:
        UnknownAction: That role has no such action.
        UsageError: A parameter is missing or wrong; nothing was sent.
        LagerError: As the call raises. What an action of several steps had done by then is in its text.
    """
    actions = _ACTIONS.get(role, {})
    if action not in actions:
        known = f"it has {', '.join(actions)}" if actions else "nets of that role have no actions in this version"
        raise UnknownAction(f"Unknown action: {action}", known)
    return actions[action](Given(params or {}, call, clock))


def takes_time(role: str, action: str) -> bool:
    """Tell whether an action lasts as long as its parameters say."""
    return role in METERS or action == "wait_for_level"


def only_reads(role: str, action: str) -> bool:
    """Tell whether an action changes nothing, whatever its parameters: several of them may be under way at once."""
    return role in METERS or action in _READS or action.startswith("measure_")
