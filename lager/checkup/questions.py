"""Which calls a checkup makes: those of the contract that only read, and with which arguments. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from lager import roles

AGAIN = "state again"  # the second look at everything, after all the others: what changed in between is no lie


class Question(NamedTuple):
    """A call to make.

    Attributes:
        name: What its answer is called.
        method: The method.
        args: Its arguments.
        unit: The unit of the answer, where the arguments decide that.
    """

    name: str
    method: str
    args: tuple[Any, ...] = ()
    unit: str = ""


def questions(role: str) -> list[str]:
    """List the methods to ask: everything at once, each alone, and everything at once again."""
    asked = [name for name in vars(roles.CONTRACTS[role]) if name in roles.methods(role) and is_asked(role, name)]
    state = [name for name in asked if name == "state"]
    return [*state, *(name for name in asked if name != "state"), *(AGAIN for _ in state)]


def calls(role: str, name: str, read: Mapping[str, Any]) -> list[Question]:
    """Give the calls that ask for it, with harmless arguments; none where there is nothing to ask for.

    Args:
        role: The net's role.
        name: One of its `questions`.
        read: The answers so far.
    """
    if name == AGAIN:
        return [Question(AGAIN, "state")]
    if (role, name) in ARGUMENTS:
        return list(ARGUMENTS[role, name](read))
    return [Question(name, name)]


def is_asked(role: str, method: str) -> bool:
    """Tell whether a checkup makes this call: it reads, and needs no arguments, or harmless ones are known."""
    return (role, method) in ARGUMENTS or (
        roles.reads_only(role, method, []) and not needs_arguments(vars(roles.CONTRACTS[role])[method])
    )


def needs_arguments(method: Any) -> bool:
    """Tell whether a contract's method cannot be called without arguments."""
    taken = list(inspect.signature(method).parameters.values())[1:]
    return any(one.default is inspect.Parameter.empty for one in taken)


# Arguments that do no harm ----------------------------------------------------------------------------------------

_MEASURED = {
    "voltage_max": "V",
    "voltage_min": "V",
    "voltage_average": "V",
    "voltage_peak_to_peak": "V",
    "frequency": "Hz",
    "period": "s",
}
_TRIGGER = ("type", "sweep", "status")


def _saved_model(read: Mapping[str, Any]) -> Iterable[Question]:
    """Choose a slot that has a model."""
    slots = [one.slot for one in read.get("list_battery_models", ()) if one.slot > 0]
    return [Question("export_model", "export_model", (slot,)) for slot in slots[:1]]


def _manual_cursors(read: Mapping[str, Any]) -> Iterable[Question]:
    return [Question("cursors", "cursors")] if read.get("cursor_mode") == "manual" else []


def _measurements(read: Mapping[str, Any]) -> Iterable[Question]:
    if not read.get("output_is_enabled"):
        return []  # a channel that is hidden is not captured
    return [Question(f"measure {item}", "measure", (item,), unit) for item, unit in _MEASURED.items()]


def _trace(read: Mapping[str, Any]) -> Iterable[Question]:
    return [Question("download", "download", ("screen",))] if read.get("output_is_enabled") else []


def _trigger(_: Mapping[str, Any]) -> Iterable[Question]:
    return [Question(f"trigger_get {name}", "trigger_get", (name,)) for name in _TRIGGER]


ARGUMENTS: dict[tuple[str, str], Callable[[Mapping[str, Any]], Iterable[Question]]] = {
    ("battery", "export_model"): _saved_model,
    ("scope", "measure"): _measurements,
    ("scope", "trigger_get"): _trigger,
    ("scope", "cursors"): _manual_cursors,
    ("scope", "download"): _trace,
}
