"""Finds the unit in what a docstring says: `Measure the voltage at the terminals, V.` Pure."""

from __future__ import annotations

import re

# As the contracts write them; a longer one comes before what it begins with.
UNITS = (
    *("V/div", "s/div", "V/s", "Sa/s", "V·s", "V²", "Vpp", "Ah", "V", "A", "W", "s", "Hz", "ohm", "°C", "°", "%", "dB"),
    *("1/s", "points", "Points", "codes", "Codes"),
)
_UNIT = re.compile(rf"(?:^|[,(]\s*)({'|'.join(map(re.escape, UNITS))})(?=[\s,.;:)]|$)")
_ATTRIBUTE = re.compile(r"^    (\w+): (.*)$")


def unit_of(docstring: str) -> str:
    """Give the unit that a docstring's first sentence names; empty where it names none."""
    found = _UNIT.search(" ".join(docstring.strip().split("\n\n")[0].split()))
    return found[1] if found else ""


def attributes(docstring: str) -> dict[str, str]:
    """Give what a (cleaned) docstring says of each attribute, in its section `Attributes:`."""
    told: dict[str, str] = {}
    name = ""
    for line in docstring.partition("Attributes:")[2].splitlines():
        if (begun := _ATTRIBUTE.match(line)) is not None:
            name, told[begun[1]] = begun[1], begun[2]
        elif name:
            told[name] = f"{told[name]} {line.strip()}".strip()
    return told


def units_of(kind: type) -> dict[str, str]:
    """Give the units of a structure's attributes, where its docstring names them."""
    import inspect

    return {name: unit for name, text in attributes(inspect.getdoc(kind) or "").items() if (unit := unit_of(text))}
