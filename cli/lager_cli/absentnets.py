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
_HAVE_COMMANDS = ("power-supply", "battery", "eload", "adc", "dac", "gpio", "thermocouple", "scope")


def absent(name: str, role: str, nets: Sequence[wire.NetRecord], roles: Sequence[str] = ()) -> errors.NetNotFound:
    """Give the error for a net that is not there in that role.

    Args:
        name: As it was typed.
        role: The role it was asked for in.
        nets: All nets of the bench.
        roles: The roles of nets that would do, where these are several.
    """
    others = list(dict.fromkeys(net.role for net in nets if net.name == name))
    what = f"Net {name!r} with role {role!r} not found"
    if others:
        what = f"{what}: it is {_a(' and '.join(others))} net"
    kind = errors.WrongNetType if others else errors.NetNotFound
    fitting = [net.name for net in nets if net.role in (roles or (role,))]
    return kind(what, _hint(name, role, fitting, others[0] if others else ""))


def _hint(name: str, role: str, fitting: list[str], other: str) -> str:
    if not fitting:
        there = f"No {role} nets configured. Create one with: lager nets add NAME {role} CHANNEL ADDRESS"
    else:
        more = f" and {len(fitting) - _MOST} more (see `lager nets`)" if len(fitting) > _MOST else ""
        there = f"Available {role} nets: {', '.join(fitting[:_MOST])}{more}"
    if other in _HAVE_COMMANDS:
        return f"`lager {COMMANDS.get(other, other)} {name}`. {there}"
    return f"{_perhaps(name, fitting)}{there}"


def _perhaps(name: str, fitting: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name.lower(), [one.lower() for one in fitting], n=1, cutoff=0.5)
    meant = next((one for one in fitting if [one.lower()] == near), "")
    return f"did you mean {meant}? " if meant else ""


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
