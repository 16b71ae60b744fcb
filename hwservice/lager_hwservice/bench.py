"""A bench: which nets there are. Finds nets in it; knows no file, no instrument and no process."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from lager import errors
from lager.abilities import shortened
from lager.nettype import NetType
from lager.wire import NetRecord

_LONGEST = 200  # characters of a name that an error repeats


@dataclass(frozen=True)
class Bench:
    """The nets of a bench, in the order of its file; and the records they were made of, with all their keys."""

    nets: tuple[NetRecord, ...]
    records: tuple[dict[str, Any], ...] = ()

    def find(self, name: str, role: str) -> NetRecord:
        """Find a net by name and role.

        Raises:
            NetNotFound: There is none of that name.
            WrongNetType: There is, but it is another kind of net.
        """
        named = [net for net in self.nets if net.name == name]
        for net in named:
            if net.role == role:
                return net
        if named:
            net = named[0]
            raise errors.WrongNetType(f"{name} is {a(net.role)} net, not {a(role)} net", _right_type(net))
        names = list(dict.fromkeys(net.name for net in self.nets))
        said = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."
        raise errors.NetNotFound(f"Invalid Net: {said}", _nearest(name[:_LONGEST], names))


def a(noun: str) -> str:
    """Put the article before a noun."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _right_type(net: NetRecord) -> str:
    try:
        return f"use it as {a(net.role)} net (in a script: NetType.{NetType.from_role(net.role).name})"
    except KeyError:
        return "no type of net has that role; `lager nets` lists the nets"


def _number(name: str) -> str:
    return name[len(name.rstrip("0123456789")) :]


def _nearest(name: str, names: list[str]) -> str:
    if not names:
        return "this bench has no nets at all; look at its bench file"
    number = _number(name)  # another number is another net
    alike = {one.lower(): one for one in names if number in ("", _number(one))}
    near = difflib.get_close_matches(name.lower(), alike, n=1, cutoff=0.7)
    return f"{f'did you mean {alike[near[0]]}? ' if near else ''}this bench has {shortened(names)}"
