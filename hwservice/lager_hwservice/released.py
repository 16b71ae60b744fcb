"""What clients of the released lager say on :8080, and how they are answered: tables and shapes, nothing that acts.

Only names stand here that mean exactly one call of a contract; every name of a contract itself is understood as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lager import addresses, errors, wire
from lager_drivers import catalog
from lager_hwservice import dispatch


class Spelling(NamedTuple):
    """What a released name means.

    Attributes:
        method: The contract's method.
        values: How many values it takes, where the contract's method takes fewer, too, and reads then; its answer is
            then null, as these clients expect of what sets something.
    """

    method: str
    values: int | None = None


_SUPPLY = {
    "measure_voltage": Spelling("voltage"),
    "measure_current": Spelling("current"),
    "measure_power": Spelling("power"),
    "enable_output": Spelling("enable"),
    "disable_output": Spelling("disable"),
    "get_full_state": Spelling("state"),
    "get_monitor_state": Spelling("state"),
}
_BATTERY = {
    "set_soc": Spelling("soc", 1),
    "set_voc": Spelling("voc", 1),
    "set_volt_full": Spelling("voltage_full", 1),
    "set_volt_empty": Spelling("voltage_empty", 1),
    "set_capacity": Spelling("capacity", 1),
    "set_current_limit": Spelling("current_limit", 1),
    "set_ovp": Spelling("ovp", 1),
    "set_ocp": Spelling("ocp", 1),
    "set_mode": Spelling("mode", 1),
    "set_model": Spelling("model", 1),
    "set_esr_offset": Spelling("esr_offset", 1),
    "current_model": Spelling("model"),
    "set_mode_battery": Spelling("output_is_enabled", 0),
    "set_to_battery_mode": Spelling("output_is_enabled", 0),
    "enable_battery": Spelling("enable"),
    "enable_sim_output": Spelling("enable"),
    "disable_battery": Spelling("disable"),
    "disable_sim_output": Spelling("disable"),
    "clear_ovp": Spelling("clear"),
    "clear_ocp": Spelling("clear"),
    "print_state": Spelling("state"),
    "get_monitor_state": Spelling("state"),
}
_ELOAD = {"print_state": Spelling("state")}
SPELLINGS: dict[str, dict[str, Spelling]] = {"power-supply": _SUPPLY, "battery": _BATTERY, "eload": _ELOAD}


def spelled(role: str, function: str) -> tuple[dispatch.Method, Spelling]:
    """Find the call that a name means for nets of a role.

    Raises:
        UsageError: None.
    """
    if function in dispatch.calls_of(role):
        return dispatch.find(role, function), Spelling(function)
    names = SPELLINGS.get(role, {})
    if function not in names:
        known = ", ".join([*dispatch.calls_of(role), *names])
        raise errors.UsageError(f"nets of type {role} have no call {function}", f"it has {known}")
    return dispatch.find(role, names[function].method), names[function]


def plain(value: Any) -> Any:
    """Take the values out of enums, as these clients send them: `{"__enum__": {"type": ..., "value": ...}}`."""
    if isinstance(value, dict):
        match value:
            case {"__enum__": {"value": inner}} if len(value) == 1:
                return plain(inner)
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def device_name(instrument: str, role: str) -> str:
    """Give what these clients call an instrument in a role."""
    try:
        devices = catalog.find(instrument).devices
    except errors.UsageError:
        return instrument
    return next((name for name, roles in devices.items() if role in roles), instrument)


def cleared(answers: Iterable[wire.Cleared], unanswered: list[str], sessions: bool) -> dict[str, Any]:
    """Answer `/cache/clear` and `/cache/clear_all`."""
    all_of_them = list(answers)
    closed = sum(one.closed for one in all_of_them)
    shared = {"shared_closed": closed} if sessions else {"shared_retained": sum(one.retained for one in all_of_them)}
    return {
        "status": "success",
        "cleared": sum(one.cleared for one in all_of_them),
        "closed": closed,
        "errors": sum(one.errors for one in all_of_them),
        **shared,
        **_unanswered(unanswered),
    }


def stats(states: Mapping[tuple[str, str], wire.WorkerState], unanswered: list[str]) -> dict[str, Any]:
    """Answer `/cache/stats`; the states are by address and instrument."""
    devices = [
        {
            "name": device_name(instrument, driver["role"]),
            "net_info": {
                "address": address,
                "instrument": instrument,
                "channel": driver["pin"],
                "role": driver["role"],
            },
        }
        for (address, instrument), state in states.items()
        for driver in state.drivers
    ]
    return {"cached_devices": len(devices), "devices": devices, **_unanswered(unanswered)}


def dispatcher(
    address: str, states: Mapping[tuple[str, str], wire.WorkerState], unanswered: list[str]
) -> dict[str, Any]:
    """Answer `/diagnose/dispatcher`; of a worker that did not answer, nothing is known: what it would add is null."""
    place = addresses.canonical(address)
    here = {instrument: state for (at, instrument), state in states.items() if at == place}
    drivers = [
        {"device_name": device_name(instrument, driver["role"]), "driver_class": driver["driver"]}
        for instrument, state in here.items()
        for driver in state.drivers
    ]
    return {
        "address": address,
        "cached_session": None if place in unanswered else any(state.session for state in here.values()),
        "cached_drivers": None if place in unanswered else drivers,
        "shared_pool_size": None if unanswered else sum(state.session for state in states.values()),
        **_unanswered(unanswered),
    }


def _unanswered(addresses: list[str]) -> dict[str, Any]:
    return {"unanswered": addresses} if addresses else {}
