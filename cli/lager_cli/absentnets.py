"""A net that is not there: says so in the words released clients have, with the nets there are, and the one meant."""

from __future__ import annotations

from collections.abc import Sequence

from lager import errors, wire

_MOST = 12  # names in a hint; `lager nets` has them all
# The command of each role, where it is not the role itself.
COMMANDS = {
    "power-supply": "supply",
    "gpio": "gpi",
    "watt-meter": "watt",
    "energy-analyzer": "energy",
}
METERS = ("watt-meter", "energy-analyzer")  # roles that other nets serve, too
_HAVE_COMMANDS = ("power-supply", "battery", "eload", "adc", "dac", "gpio", "thermocouple", "scope")


def fitting(role: str, nets: Sequence[wire.NetRecord]) -> list[wire.NetRecord]:
    """Give the nets of a role; for a meter's, all that measure power."""
    if role not in METERS:
        return [net for net in nets if net.role == role]
    from lager.actions import served_by

    return [net for net in nets if served_by(role, net.role) is not None]


def absent(name: str, role: str, nets: Sequence[wire.NetRecord]) -> errors.NetNotFound:
    """Give the error for a net that is not there in that role.

    Args:
        name: As it was typed.
        role: The role it was asked for in.
        nets: All nets of the bench.
    """
    others = list(dict.fromkeys(net.role for net in nets if net.name == name))
    what = f"Net {name!r} with role {role!r} not found"
    if others:
        what = f"{what}: it is {_a(' and '.join(others))} net"
    kind = errors.WrongNetType if others else errors.NetNotFound
    known = [net.name for net in fitting(role, nets)]
    return kind(what, _hint(name, role, known, others[0] if others else ""))


def _hint(name: str, role: str, known: list[str], other: str) -> str:
    if not known:
        there = f"No {role} nets configured. Create one with: lager nets add NAME {role} CHANNEL ADDRESS"
    else:
        more = f" and {len(known) - _MOST} more (see `lager nets`)" if len(known) > _MOST else ""
        there = f"Available {role} nets: {', '.join(known[:_MOST])}{more}"
    if other in _HAVE_COMMANDS:
        return f"`lager {COMMANDS.get(other, other)} {name}`. {there}"
    return f"{_perhaps(name, known)}{there}"


def _perhaps(name: str, known: list[str]) -> str:
    import difflib

    number = _number(name)  # another number is another net
    alike = {one.lower(): one for one in known if number in ("", _number(one))}
    near = difflib.get_close_matches(name.lower(), alike, n=1, cutoff=0.5)
    return f"did you mean {alike[near[0]]}? " if near else ""


def _number(name: str) -> str:
    return name[len(name.rstrip("0123456789")) :]


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
