"""What no instrument of a kind takes, refused before anybody is asked: limits and words of released clients.

What the instrument at hand takes is less, as a rule; the box says so.
"""

from __future__ import annotations

from typing import NamedTuple

from lager import errors


class Bound(NamedTuple):
    """The least and the most of a quantity, what is said of a value outside (`{got}`), and what to try."""

    least: float
    most: float
    above: str
    below: str
    hint: str


def _at_most(name: str, unit: str, most: float) -> Bound:
    said = f"{name} {{got}}{unit} exceeds maximum limit of {most}{unit}"
    return Bound(0.0, most, said, said, f"give at most {most:g}{unit}; most supplies take less, and say so")


def _between(name: str, unit: str, least: float, most: float) -> Bound:
    return Bound(
        least,
        most,
        f"{name} must be <= {most:g} {unit}, got {{got:g}}",
        f"{name} must be >= {least:g} {unit}, got {{got:g}}",
        f"choose a value from {least:g} to {most:g} {unit}",
    )


_SOC = "SOC must be between 0 and 100%, got {got}%"
SUPPLY = {
    "voltage": _at_most("Voltage", "V", 100.0),
    "current": _at_most("Current", "A", 30.0),
    "ovp": _at_most("OVP", "V", 110.0),
    "ocp": _at_most("OCP", "A", 33.0),
}
BATTERY = {
    "soc": Bound(0.0, 100.0, _SOC, _SOC, "choose a value from 0 to 100%"),
    "current_limit": _between("Current limit", "A", 0.0, 6.0),
}
ELOAD = {  # released clients stop at 40 A, 10000 ohms and 200 W; a DL3031 takes more
    "cc": _between("Current", "A", 0.0, 60.0),
    "cv": _between("Voltage", "V", 0.0, 150.0),
    "cr": _between("Resistance", "ohms", 0.03, 15000.0),
    "cp": _between("Power", "W", 0.0, 350.0),
}


def check(bounds: dict[str, Bound], name: str, value: float | None) -> None:
    """Refuse a value outside the bound of that name; None, and what has no bound, passes.

    Raises:
        OutOfRange: It is outside.
    """
    bound = bounds.get(name)
    if value is None or bound is None or bound.least <= value <= bound.most:
        return
    said = bound.above if value > bound.most else bound.below
    raise errors.OutOfRange(said.format(got=value), bound.hint)
