"""What can be done to a battery simulator. V, A, Ah and %."""

from __future__ import annotations

from typing import Any

from lager import errors
from lager.actions.given import Act, Done, Given, echoed, measured, on_off, switched
from lager.actions.power_supply import tripped_words


def _parameter(method: str, name: str, unit: str) -> Act:
    """Make the action of a parameter: it is set and read back, or read."""

    def act(given: Given) -> Done:
        wanted = given.number()
        now: float = given.call(method) if wanted is None else given.call(method, wanted)
        if wanted is None:
            return Done(f"{name}: {now}{unit}", now)
        return Done(f"{name} set to {echoed(given['value'], now, unit)}", now)

    return act


def _mode(given: Given) -> Done:
    wanted = given["mode_type"] if given["mode_type"] is not None else given["value"]
    if wanted is None:
        now: str = given.call("mode")
        return Done(f"Mode: {now}", now)
    if not isinstance(wanted, str):
        raise errors.UsageError(f"a battery simulator has no mode {wanted!r}", "use static or dynamic")
    now = given.call("mode", wanted)
    return Done(f"Mode set to {now}", now)


def _model(given: Given) -> Done:
    wanted = given["partnumber"] if given["partnumber"] is not None else given["value"]
    if wanted is None:
        now: str = given.call("model")
        return Done(f"Model: {now or 'Custom'}", now)
    if isinstance(wanted, float) and wanted.is_integer():
        wanted = int(wanted)
    now = given.call("model", wanted)
    said = f"Model set to {wanted}"
    return Done(said if now == str(wanted) else f"{said} (the instrument has {now or 'Custom'})", now)


def _clear(words: str) -> Act:
    def act(given: Given) -> Done:
        given.call("clear")
        return Done(words)

    return act


def _set(given: Given) -> Done:
    """Bring the instrument into this role, by a call that changes nothing else."""
    given.call("output_is_enabled")
    return Done("Battery simulator mode initialized")


def _state(given: Given) -> Done:
    state: dict[str, Any] = given.call("state")
    return Done(state_words(state), state)


def state_words(state: dict[str, Any]) -> str:
    """Say a state (`lager.roles.BatteryState`) in one line."""
    return (
        f"Channel {state['channel']}: {on_off(state['enabled'])}, Mode: {state['mode']}, "
        f"Model: {state['model'] or 'Custom'}, SOC: {state['soc']}%, "
        f"Voltage: {measured(state['terminal_voltage'])}V, Current: {measured(state['current'])}A{tripped_words(state)}"
    )


def _list_models(given: Given) -> Done:
    models: list[dict[str, Any]] = given.call("list_battery_models")
    names = [one["name"] or str(one["slot"]) for one in models]
    return Done(f"Models: {', '.join(names)}" if names else "No models", models)


def _slot(given: Given) -> int:
    slot = given["slot"] if given["slot"] is not None else given.required("value")
    try:
        return int(str(slot))
    except ValueError as exc:
        raise errors.UsageError(f"{slot!r} is no slot of a battery model", "give its number") from exc


def _export_model(given: Given) -> Done:
    slot = _slot(given)
    curve: dict[str, Any] = given.call("export_model", slot)
    return Done(f"Model in slot {slot}: {len(curve['voc'])} points", curve)


def _create_model(given: Given) -> Done:
    slot, voc, resistance = _slot(given), given.required("voc"), given.required("resistance")
    given.call("create_model", slot, voc, resistance)
    return Done(f"Model saved in slot {slot}", given.call("export_model", slot))


_PARAMETERS: dict[tuple[str, str], Act] = {
    ("set_soc", "soc"): _parameter("soc", "SOC", "%"),
    ("set_voc", "voc"): _parameter("voc", "VOC", "V"),
    ("set_volt_full", "batt_full"): _parameter("voltage_full", "Battery full voltage", "V"),
    ("set_volt_empty", "batt_empty"): _parameter("voltage_empty", "Battery empty voltage", "V"),
    ("set_capacity", "capacity"): _parameter("capacity", "Capacity", "Ah"),
    ("set_current_limit", "current_limit"): _parameter("current_limit", "Current limit", "A"),
    ("set_ocp", "ocp"): _parameter("ocp", "OCP limit", "A"),
    ("set_ovp", "ovp"): _parameter("ovp", "OVP limit", "V"),
    ("set_mode", "mode"): _mode,
    ("set_model", "model"): _model,
    ("enable_battery", "enable"): lambda given: switched(given, True, "Battery output enabled"),
    ("disable_battery", "disable"): lambda given: switched(given, False, "Battery output disabled"),
    ("set_to_battery_mode", "set"): _set,
    ("state", "print_state"): _state,
}
ACTIONS: dict[str, Act] = {name: act for names, act in _PARAMETERS.items() for name in names} | {
    "clear": _clear("Protection trips cleared"),
    "clear_ocp": _clear("OCP trip cleared"),
    "clear_ovp": _clear("OVP trip cleared"),
    "list_models": _list_models,
    "export_model": _export_model,
    "create_model": _create_model,
}
