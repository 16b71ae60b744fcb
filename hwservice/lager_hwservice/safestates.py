"""What the safe state of a net is: which calls bring it about, and which reading proves it. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

import msgspec

from lager import errors, wire
from lager.netowners import Owned
from lager_hwservice import safetylimits

_VOLTS_OFF = 0.05  # V that an analog output may read beside what it was set to
_FORMS = {
    "power-supply": '{"output": "off"}',
    "battery": '{"output": "off"}',
    "eload": '{"input": "off"}',
    "gpio": '{"level": 0}',
    "dac": '{"voltage": 0}',
}
_KEYS = {"power-supply": "output", "battery": "output", "eload": "input", "gpio": "level", "dac": "voltage"}


class Plan(NamedTuple):
    """How a net gets into its safe state.

    Attributes:
        calls: What is called, in this order: a method of the role, and its arguments.
        proof: What is read then.
        proves: Whether what was read is the safe state.
        words: The safe state, for people.
    """

    calls: tuple[tuple[str, tuple[Any, ...]], ...]
    proof: str
    proves: Callable[[Any], bool]
    words: str


class _Given(wire.SafeState, frozen=True, forbid_unknown_fields=True):
    """A safe state in which every word is understood."""


def understood(role: str, given: Any) -> wire.SafeState | None:
    """Understand what a record, or a request, says is the safe state of a net of a role; None where it says nothing.

    Raises:
        UsageError: It is no state that such a net could be brought into.
    """
    if given in (None, {}):
        return None
    form = _FORMS.get(role)
    if form is None:
        raise errors.UsageError(
            f"a net of type {role} has no safe state: it drives nothing", "give one to what drives it: a supply, a load"
        )
    hint = f"give {form}, and perhaps an order"
    try:
        taken = msgspec.convert(given, _Given)
    except msgspec.ValidationError as exc:
        raise errors.UsageError(f"the safe state {given!r} is none: {str(exc).lower()}", hint) from exc
    key = _KEYS[role]
    if set(given) - {"order"} != {key} or not _is_fit(key, getattr(taken, key)):
        raise errors.UsageError(f"{given!r} is no safe state of a net of type {role}", hint)
    if taken.order is not None and not math.isfinite(taken.order):
        raise errors.UsageError("the order of a safe state must be a finite number", hint)
    return wire.SafeState(taken.output, taken.input, taken.level, taken.voltage, taken.order)


def _is_fit(key: str, value: Any) -> bool:
    if key in ("output", "input"):
        return bool(value == "off")
    if key == "level":
        return value in (0, 1)
    return value is not None and math.isfinite(value)


def none_of(net: wire.NetRecord) -> errors.UsageError:
    """Give the error for a net that was to be made safe, and has no safe state."""
    key = _KEYS.get(net.role)
    value = "off" if key in ("output", "input") else "0"
    hint = f"give it one: lager nets set-safe {net.name} --{key} {value}"
    return errors.UsageError(
        f"{net.name} has no safe state, and nothing was changed",
        hint if key else f"leave it out: a net of type {net.role} drives nothing",
    )


def plan(net: wire.NetRecord) -> Plan | None:
    """Say how a net gets into its safe state; None where it has none."""
    safe = net.safe
    if safe is None:
        return None
    if net.role == "gpio":
        level = safe.level
        return Plan((("output", (level,)),), "input", lambda read: read == level, f"level {level}")
    if net.role == "dac":
        volts = float(safe.voltage or 0.0)
        close = lambda read: abs(read - volts) <= _VOLTS_OFF  # noqa: E731  # as short as the others
        return Plan((("output", (volts,)),), "get_voltage", close, f"voltage {volts:g} V")
    return switched_off(net.role)


def switched_off(role: str) -> Plan:
    """Say how what can be switched off is switched off."""
    side = "input" if role == "eload" else "output"
    return Plan((("disable", ()),), "output_is_enabled", lambda read: read is False, f"{side} off")


def in_order(nets: Iterable[wire.NetRecord]) -> list[list[wire.NetRecord]]:
    """Sort nets into those that are made safe first, those after them, and so on; as the bench has them within each."""
    groups: dict[float, list[wire.NetRecord]] = {}
    for net in nets:
        order = math.inf if net.safe is None or net.safe.order is None else net.safe.order
        groups.setdefault(order, []).append(net)
    return [groups[order] for order in sorted(groups)]


def touched(nets: Iterable[wire.NetRecord], changed: Collection[Owned]) -> list[str]:
    """Name the nets with a safe state that are on terminals which have been changed, by whatever name.

    Args:
        nets: The nets of the bench.
        changed: What was changed. A net that is somewhere else now, as one of another port, is known by its name.
    """
    every = list(nets)
    there = {place(net) for net in every}
    places = {one.place for one in changed if one.place in there}
    names = {one.net for one in changed if one.place not in there}
    places |= {place(net) for net in every if net.name in names}
    return [net.name for net in every if net.safe is not None and place(net) in places]


def place(net: wire.NetRecord) -> str:
    """Say on which terminals a net is."""
    return safetylimits.place(net.address, net.role, net.pin)


def siblings(nets: Iterable[wire.NetRecord], net: wire.NetRecord) -> list[wire.NetRecord]:
    """Give the nets of other roles on the same terminals."""
    return [one for one in nets if one.role != net.role and place(one) == place(net)]
