"""Which net is to be diagnosed: one record of those the box has, with an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lager import errors, wire
from lager.nettype import NetType
from lager_cli.absentnets import COMMANDS
from lager_cli.likeness import near

AUTO = "auto"
TYPES = (AUTO, *(one.role for one in NetType), "analog")  # as released clients have them
_MOST_NAMES = 10
_WITH_STATE = ("power-supply", "battery", "eload", "scope")
_READ_AT_ONCE = ("adc", "dac", "gpio", "thermocouple")


class Chosen(NamedTuple):
    """The net that is meant.

    Attributes:
        net: Its record.
        others: The addresses of the box's other nets.
        typed: What to type for the box in the commands that are named; empty where that is not needed.
        role: One of `TYPES`, as it was asked for.
    """

    net: wire.NetRecord
    others: tuple[str, ...] = ()
    typed: str = ""
    role: str = AUTO


def chosen(nets: Sequence[wire.NetRecord], name: str, role: str, typed: str) -> Chosen:
    """Find the net that is meant.

    Args:
        nets: Those the box has.
        name: As it was typed.
        role: One of `TYPES`.
        typed: What to type for the box.

    Raises:
        NetNotFound: There is none of that name, or none of that role (`WrongNetType`).
        UsageError: It has no address; or several have that name, and different addresses.
    """
    named = [one for one in nets if one.name == name]
    if not named:
        raise _absent(name, nets, typed)
    wanted = "" if role == AUTO else NetType.from_role(role).role
    fitting = [one for one in named if wanted in ("", one.role)]
    there = " and ".join(one.role for one in named)
    if not fitting:
        raise errors.WrongNetType(f"{name} is no {role} net", f"it is {there}: {_each(name, named, typed)}")
    addressed = [one for one in fitting if one.address.strip()]
    if len({one.address for one in addressed}) > 1:
        raise errors.UsageError(f"{name} is {there}, at different addresses", _each(name, addressed, typed))
    if not addressed:
        raise errors.UsageError(
            f"net {name!r} ({there}) has no address. Cannot diagnose without a VISA address",
            f"see its record with {command('nets', 'show', name, box=typed)}; "
            f"{command('instruments', box=typed)} lists the addresses there are",
        )
    net = addressed[0]
    return Chosen(net, tuple(one.address for one in nets if one.address and one.address != net.address), typed, role)


def command(*words: str, box: str) -> str:
    """Give a command of `lager` for a box, as one types it."""
    import shlex

    return f"`{shlex.join(['lager', *words, *(['--box', box] if box else [])])}`"


def _each(name: str, nets: Sequence[wire.NetRecord], typed: str) -> str:
    roles = [("--type", one.role) for one in nets] if len(nets) > 1 else [()]
    return " or ".join(command("diagnose", name, *role, box=typed) for role in roles)


def _absent(name: str, nets: Sequence[wire.NetRecord], typed: str) -> errors.NetNotFound:
    names = list(dict.fromkeys(one.name for one in nets))
    if not names:
        adding = command("nets", "add-all", box=typed)
        return errors.NetNotFound(f"Net {name!r} not found on box. It has no nets", f"add one: {adding}")
    more = ", ..." if len(names) > _MOST_NAMES else ""
    available = f"{', '.join(names[:_MOST_NAMES])}{more}"
    hint = f"see {command('nets', box=typed)} for those the box has.{near(name, names)}"
    return errors.NetNotFound(f"Net {name!r} not found on box. Available: {available}", hint)


def reading(net: wire.NetRecord) -> str:
    """Give what reads a net, without `lager`; nothing where no command does."""
    import shlex

    word = COMMANDS.get(net.role, net.role)
    if net.role in _WITH_STATE:
        return f"{word} {shlex.quote(net.name)} state"
    return f"{word} {shlex.quote(net.name)}" if net.role in _READ_AT_ONCE else ""
