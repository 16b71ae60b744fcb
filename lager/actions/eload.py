"""What can be done to an electronic load. V, A, ohm and W."""

from __future__ import annotations

from typing import Any, NamedTuple

from lager import errors
from lager.actions.given import Act, Done, Given, after, echoed, measured, on_off, switched


class _Constant(NamedTuple):
    """What a load can keep constant."""

    mode: str  # as the contract calls it
    shown: str
    method: str
    name: str
    unit: str


_CONSTANTS = (
    _Constant("CC", "CC", "current", "Current", "A"),
    _Constant("CV", "CV", "voltage", "Voltage", "V"),
    _Constant("CR", "CR", "resistance", "Resistance", "ohms"),
    _Constant("CW", "CP", "power", "Power", "W"),
)


def _keep(what: _Constant) -> Act:
    """Make the action of a mode: its setpoint is set and the mode chosen, or the setpoint is read."""

    def act(given: Given) -> Done:
        wanted = given.number()
        if wanted is None:
            setpoint: float = given.call(what.method)
            return Done(f"{what.name}: {setpoint} {what.unit}", setpoint)
        # The setpoint first: chosen before, the mode would have an input that is on take what its setpoint was.
        now: float = given.call(what.method, wanted)
        try:
            given.call("mode", what.mode)
        except errors.LagerError as exc:
            raise after(exc, f"{what.name} set to {given['value']} {what.unit}") from exc
        return Done(f"Mode: {what.shown}, {what.name}: {echoed(wanted, now, f' {what.unit}')}", now)

    return act


def _mode(given: Given) -> Done:
    wanted = given["mode_type"] if given["mode_type"] is not None else given["value"]
    if wanted is not None and not isinstance(wanted, str):
        raise errors.UsageError(f"a load has no mode {wanted!r}", "use CC, CV, CR or CP")
    now: str = given.call("mode") if wanted is None else given.call("mode", wanted.upper())
    return Done(f"Mode: {_shown(now)}" if wanted is None else f"Mode set to {_shown(now)}", _shown(now))


def _shown(mode: str) -> str:
    return "CP" if mode == "CW" else mode


def _state(given: Given) -> Done:
    state: dict[str, Any] = given.call("state")
    return Done(state_words(state), state)


def state_words(state: dict[str, Any]) -> str:
    """Say a state (`lager.roles.ELoadState`) in one line."""
    loose = ", Not regulated" if state["enabled"] and not state["regulated"] else ""
    tripped = f", Tripped: {state['tripped']}" if state["tripped"] else ""
    kept = next((one for one in _CONSTANTS if one.mode == state["mode"]), None)
    setpoint = f", Set: {state[f'{kept.method}_set']} {kept.unit}" if kept else ""
    return (
        f"Channel {state['channel']}: {on_off(state['enabled'])}, Mode: {_shown(state['mode'])}{setpoint}, Measured: "
        f"{measured(state['voltage'])}V/{measured(state['current'])}A/{measured(state['power'])}W{loose}{tripped}"
    )


def setpoint_words(state: dict[str, Any]) -> str:
    """Say what a load keeps constant: `CC 0.5 A`."""
    kept = next((one for one in _CONSTANTS if one.mode == state["mode"]), None)
    return f"{kept.shown} {state[f'{kept.method}_set']} {kept.unit}" if kept else str(state["mode"])


ACTIONS: dict[str, Act] = {one.shown.lower(): _keep(one) for one in _CONSTANTS} | {
    "mode": _mode,
    "enable": lambda given: switched(given, True, "Load input enabled"),
    "disable": lambda given: switched(given, False, "Load input disabled"),
    "state": _state,
}
