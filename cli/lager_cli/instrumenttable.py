"""How instruments look: a table, a line for each role of each; and what else is to be said of them. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from lager import wire
from lager_cli.output import table

_NONE = "—"
_NUMBERED = re.compile(r"([A-Za-z]*)(\d+)")


def words(instruments: Sequence[wire.Instrument]) -> str:
    """Lay out instruments as a table; notes stand below it."""
    rows = [row for one in instruments for row in _rows(one)]
    notes = [f"{_name(one)} [{one.address or one.place}]: {one.note}" for one in instruments if one.note]
    told = table(["Name", "Channels", "VISA Address"], rows)
    return "\n".join([told, *(["", *notes] if notes else [])])


def _rows(one: wire.Instrument) -> Iterator[list[str]]:
    lines = [f"{role}: {pins_words(pins)}" for role, pins in one.channels.items()] or [_NONE]
    yield [_name(one), lines[0], one.address or _NONE]
    for line in lines[1:]:
        yield ["", line, ""]


def _name(one: wire.Instrument) -> str:
    if one.name:
        return one.name
    return f"{_shared(one.could_be)}?" if one.could_be else "unknown"


def _shared(names: Sequence[str]) -> str:
    """Give what names have in common at their beginning: `Rigol_DP8`."""
    same = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same)


def pins_words(pins: Sequence[str]) -> str:
    """List pins; three and more in a row as `AIN0-AIN13`."""
    told: list[str] = []
    for pin in pins:
        if told and _follows(told[-1].rpartition("-")[2], pin):
            told[-1] = f"{told[-1].partition('-')[0]}-{pin}"
        else:
            told.append(pin)
    return ", ".join(_pair(one) for one in told)


def _follows(before: str, after: str) -> bool:
    one, other = _NUMBERED.fullmatch(before), _NUMBERED.fullmatch(after)
    return bool(one and other and one[1] == other[1] and int(other[2]) == int(one[2]) + 1)


def _pair(text: str) -> str:
    """Write two in a row as two."""
    first, dash, last = text.partition("-")
    return f"{first}, {last}" if dash and _follows(first, last) else text
