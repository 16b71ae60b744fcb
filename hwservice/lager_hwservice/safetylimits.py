"""What safety limits mean: which calls they refuse, and what has to be read first. Pure; asks through `read`.

A limit belongs to a channel, not to a name: it binds every net on the same terminals, whatever its role. It counts for
what a call asks for, and for what the instrument is already set to when it is switched on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from lager import addresses, errors, wire

Read = Callable[..., Any]  # reads from the channel: the name of a method of its role that only reads
VOLTAGE, CURRENT = "voltage", "current"
_UNITS = {VOLTAGE: "V", CURRENT: "A"}
_KEYS = {VOLTAGE: "max_voltage", CURRENT: "max_current"}
_KNOWN = ("max_voltage", "max_current", "allow_destructive")
_OPTIONS = {VOLTAGE: "--max-voltage", CURRENT: "--max-current"}

# Roles whose nets drive something, and the limits that can be kept there.
BOUND = {
    "power-supply": (VOLTAGE, CURRENT),
    "battery": (VOLTAGE, CURRENT),
    "eload": (VOLTAGE, CURRENT),
    "dac": (VOLTAGE,),
}
_TERMINALS = {"power-supply": "source", "battery": "source"}  # of one instrument: the same ones
_PREFIXES = {"dac": "DAC"}

# Which arguments of which calls are bound, by position.
_ASKED: dict[tuple[str, str], tuple[tuple[int, str], ...]] = {
    ("power-supply", "set_voltage"): ((0, VOLTAGE),),
    ("power-supply", "set_current"): ((0, CURRENT),),
    ("battery", "voc"): ((0, VOLTAGE),),
    ("battery", "voltage_full"): ((0, VOLTAGE),),
    ("battery", "voltage_empty"): ((0, VOLTAGE),),
    ("battery", "current_limit"): ((0, CURRENT),),
    ("battery", "create_model"): ((1, VOLTAGE),),
    ("battery", "setup_battery"): ((2, VOLTAGE), (3, VOLTAGE), (4, VOLTAGE), (5, CURRENT)),
    ("eload", "voltage"): ((0, VOLTAGE),),
    ("eload", "current"): ((0, CURRENT),),
    ("dac", "output"): ((0, VOLTAGE),),
}
# What has to be within the limits before a call that would bring it to the terminals.
_HELD: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("power-supply", "enable"): (("get_voltage_setpoint", VOLTAGE), ("get_current_setpoint", CURRENT)),
    ("battery", "enable"): (("voc", VOLTAGE), ("voltage_full", VOLTAGE), ("current_limit", CURRENT)),
    ("battery", "soc"): (("voltage_full", VOLTAGE),),
    ("battery", "mode"): (("voltage_full", VOLTAGE),),
}
_DRAWING = ("enable", "mode", "voltage", "resistance", "power")  # calls of a load that may change what it draws


class Bound(NamedTuple):
    """One limit of a channel: its value in V or A, and the net whose record says it."""

    value: float
    net: str


Bounds = dict[str, Bound]  # by VOLTAGE and CURRENT


def understood(given: Any, strictly: bool = False) -> wire.SafetyLimits | None:
    """Understand what a record, or a request, says; None where it says nothing.

    Args:
        given: What it says.
        strictly: Whether every key must be known; else those of other versions are passed over, but for limits.

    Raises:
        UsageError: It is none, or a limit that this version could not keep.
    """
    if not isinstance(given, dict):
        raise errors.UsageError("safety_limits must be an object", 'give {"max_voltage": 3.6, "max_current": 1}')
    for key in given:
        _check_key(key, strictly)
    allowed = given.get("allow_destructive")
    if not isinstance(allowed, bool | None):
        raise errors.UsageError("allow_destructive must be true or false", "give one of them, or leave it out")
    limits = wire.SafetyLimits(_number(given, "max_voltage"), _number(given, "max_current"), allowed)
    return None if limits == wire.SafetyLimits() else limits


def _check_key(key: str, strictly: bool) -> None:
    if key == "max_power":
        raise errors.UsageError(
            "max_power is not supported: no single call tells what power it leads to",
            "limit the voltage and the current",
        )
    if key not in _KNOWN and (strictly or key.startswith("max_")):
        raise errors.UsageError(f"unknown safety limit {key!r}", f"there are {', '.join(_KNOWN)}")


def _number(given: dict[str, Any], key: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value <= 0:
        raise errors.UsageError(f"{key} must be a positive number, not {value!r}", "choose one above 0, such as 3.6")
    return float(value)


def suits(role: str, limits: wire.SafetyLimits) -> None:
    """See that the limits of a net can be kept.

    Raises:
        UsageError: Nothing could enforce one of them.
    """
    for kind, key in _KEYS.items():
        if getattr(limits, key) is not None and kind not in BOUND.get(role, ()):
            raise errors.UsageError(
                f"{key} of a net of type {role} would bind nothing", "limit what drives it: a supply, a load, a DAC"
            )


def terminals(role: str, pin: str) -> tuple[str, str]:
    """Say which terminals of an instrument a net is on: a supply's and a battery's are the same."""
    bare = pin.strip().upper().removeprefix(_PREFIXES.get(role, "CH"))
    return _TERMINALS.get(role, role), bare or "1"


def place(address: str, role: str, pin: str) -> str:
    """Say which instrument's terminals a net is on, in one word: the same for all nets on them."""
    return " ".join((addresses.canonical(address), *terminals(role, pin)))


def of_channel(nets: Iterable[wire.NetRecord], role: str, pin: str) -> Bounds:
    """Give the limits of a channel: the lowest of those that nets of one instrument have there."""
    found: Bounds = {}
    here = terminals(role, pin)
    for net in nets:
        if net.safety_limits is None or terminals(net.role, net.pin) != here:
            continue
        for kind, key in _KEYS.items():
            value = getattr(net.safety_limits, key)
            if value is not None and (kind not in found or value < found[kind].value):
                found[kind] = Bound(value, net.name)
    return found


class Excess(NamedTuple):
    """A value beyond a limit, or none at all (NaN): of which kind, and which limit it is."""

    kind: str
    value: float
    bound: Bound


def asked(bounds: Bounds, role: str, method: str, args: Sequence[Any]) -> Excess | None:
    """Find what a call asks for beyond the limits."""
    for position, kind in _ASKED.get((role, method), ()):
        value = args[position] if position < len(args) else None
        bound = bounds.get(kind)
        if value is None or bound is None:
            continue
        most = max(value, key=abs, default=0.0) if isinstance(value, list) else value
        if not abs(most) <= bound.value:
            return Excess(kind, most, bound)
    return None


def refuse_asked(bounds: Bounds, net: str, role: str, method: str, args: Sequence[Any]) -> None:
    """Refuse a call that asks for more than the limits allow; nothing is read.

    Raises:
        SafetyLimit: It does.
    """
    found = asked(bounds, role, method, args)
    if found is not None:
        beyond = "beyond" if found.value < 0 else "more than"
        raise _refusal(net, found, f"{_beside(found)} is {beyond} its safety limit of")


def told(net: str, function: str, excess: Excess | None) -> dict[str, Any]:
    """Say what was refused as clients of other versions expect it."""
    facts = {"reason": "safety_limit_exceeded", "net": net, "function": function}
    if excess is None:
        return facts
    return facts | {"limit_kind": _KEYS[excess.kind], "limit": excess.bound.value, "requested": excess.value}


def looks_first(bounds: Bounds, role: str, method: str, args: Sequence[Any]) -> bool:
    """Decide whether something has to be read before a call (`refuse_held`)."""
    if not bounds or (method != "enable" and not args):
        return False
    if role == "eload":
        return method in _DRAWING
    return (role, method) in _HELD or (role, method) == ("battery", "model")


def refuse_held(bounds: Bounds, net: str, role: str, method: str, args: Sequence[Any], read: Read) -> None:
    """Refuse a call that would bring to the terminals what the instrument is set to, beyond the limits.

    Args:
        bounds: The limits.
        net: The net's name.
        role: Its role.
        method: What is called.
        args: With what.
        read: Reads from the channel.

    Raises:
        SafetyLimit: It would, or that cannot be told.
    """
    if role == "eload":
        _refuse_drawn(bounds, net, method, args, read)
    elif method == "model" and read("output_is_enabled"):
        raise _unknown(net, next(iter(bounds.values())), "the voltage of another model is not known before")
    for getter, kind in _HELD.get((role, method), ()):
        bound = bounds.get(kind)
        if bound is not None and not abs(value := read(getter)) <= bound.value:
            raise _set_beyond(net, Excess(kind, value, bound))


def _refuse_drawn(bounds: Bounds, net: str, method: str, args: Sequence[Any], read: Read) -> None:
    """Refuse to draw more than a load may: what it draws follows from its mode and from the source."""
    if method != "enable" and not read("output_is_enabled"):
        return
    mode = str(args[0]).upper() if method == "mode" else str(read("mode"))
    mode = {"CP": "CW"}.get(mode, mode)
    changes = {"voltage": "CV", "resistance": "CR", "power": "CW"}.get(method)
    if changes is not None and changes != mode:
        return  # a setpoint of a mode that is not the one it is in
    given = args[0] if changes else None
    voltage = bounds.get(VOLTAGE)
    if mode == "CV" and voltage and not (held := read("voltage") if given is None else given) <= voltage.value:
        raise _set_beyond(net, Excess(VOLTAGE, held, voltage))
    current = bounds.get(CURRENT)
    if current is None:
        return
    drawn = _drawn(mode, given, read)
    if drawn is None:
        raise _unknown(net, current, f"in {mode} a load draws whatever its source gives")
    if not drawn <= current.value:
        raise _set_beyond(net, Excess(CURRENT, drawn, current))


def _drawn(mode: str, given: float | None, read: Read) -> float | None:
    """Give what the load would draw, A; None where that cannot be told."""
    if mode == "CC":
        return float(read("current"))
    if mode not in ("CR", "CW"):
        return None
    volts = abs(read("measured_voltage"))
    if mode == "CR":
        ohms = given if given is not None else read("resistance")
        return volts / ohms if ohms else math.inf
    watts = given if given is not None else read("power")
    return watts / volts if volts else (0.0 if not watts else math.inf)


def _set_beyond(net: str, found: Excess) -> errors.SafetyLimit:
    value = f"with a {found.kind} of {_beside(found)}"
    if math.isinf(found.value):
        value = "with no source"
    elif math.isnan(found.value):
        value = f"with a {found.kind} that the instrument gives no number for"
    return _refusal(net, found, f"it would go on {value}, which is more than its safety limit of")


def _refusal(net: str, found: Excess, words: str) -> errors.SafetyLimit:
    bound, unit = found.bound, _UNITS[found.kind]
    limit = _number_of(bound.value, unit)
    where = "" if bound.net == net else f" (of {bound.net}, which has the same terminals)"
    return errors.SafetyLimit(
        f"{net}: {words} {limit}{where}; nothing was changed",
        f"set {limit} or less, or change the limit: lager nets set-limits {bound.net} {_OPTIONS[found.kind]} VALUE",
    )


def _unknown(net: str, bound: Bound, why: str) -> errors.SafetyLimit:
    return errors.SafetyLimit(
        f"{net}: {why}, so its safety limit could not be kept; nothing was changed",
        f"switch it off first, or in another mode, or change the limit: lager nets set-limits {bound.net}",
    )


def _beside(found: Excess) -> str:
    """Write what is too much so that it does not look the same as its limit."""
    unit = _UNITS[found.kind]
    short = _number_of(found.value, unit)
    return short if short != _number_of(found.bound.value, unit) else f"{found.value!r} {unit}"


def _number_of(value: float, unit: str) -> str:
    return f"{value:.6g} {unit}"
