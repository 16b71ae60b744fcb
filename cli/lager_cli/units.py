"""Numbers as people type them: `3.3`, `3300mV`, `0.5A`. Inside, everything is volts, amperes and seconds."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import click

_PREFIXES = {"": 1.0, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "k": 1e3}
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([umkµ]?)([A-Za-z%Ω\u2126]*)\s*")
_NAMES = {"V": "volts", "A": "amps", "s": "seconds", "W": "watts", "ohm": "ohms", "Ah": "amp-hours", "%": "percent"}
_SPELLINGS = {"Ω": "ohm", "\u2126": "ohm", "ohms": "ohm", "Ohm": "ohm", "R": "ohm"}
_NEGATIVE = re.compile(r"--?\s*(?:\.?\d|inf|nan)", re.IGNORECASE)  # no option of ours begins like that


class Unit(click.ParamType[float]):
    """A quantity that is not negative, in one unit.

    Args:
        symbol: The unit, such as `V`.
        example: A number of it, to show how it may be written.

    Attributes:
        forms: How it may be written, for people.
    """

    def __init__(self, symbol: str, example: float) -> None:
        self.name = _NAMES[symbol]
        self._symbol = symbol
        self.forms = f"{example:g}, {example:g}{symbol} or {example * 1000:g}m{symbol}"
        if symbol == "%":
            self.forms = f"{example:g} or {example:g}%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the number in the unit itself."""
        if isinstance(value, float):
            return value
        match = _QUANTITY.fullmatch(str(value))
        if not match or not self._fits(match[2], _SPELLINGS.get(match[3], match[3])):
            self.fail(f"{value!r} is not in {self._symbol}; write {self.forms}.", param, ctx)
        number = float(f"{float(match[1]) * _PREFIXES[match[2]]:.12g}")  # 3300mV is 3.3, not 3.3000000000000003
        if not math.isfinite(number):
            self.fail(f"{value!r} is beyond all measure; write {self.forms}.", param, ctx)
        if number < 0:
            self.fail(f"{value!r} is negative; write a number from 0 on, such as {self.forms}.", param, ctx)
        return number

    def _fits(self, prefix: str, symbol: str) -> bool:
        if not symbol:
            return not prefix or (prefix == "k" and self._symbol == "ohm")  # as on a resistor: 4.7k
        return symbol == self._symbol and not (prefix and symbol == "%")


class Seconds(Unit):
    """A duration; also in minutes and longer: `5m`, `1h30m`."""

    def __init__(self) -> None:
        super().__init__("s", 2.5)
        self.forms = "2.5, 2.5s, 2500ms or 5m"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the number in seconds."""
        from lager_cli import measures

        with contextlib.suppress(ValueError):  # then it is refused, and why is said, as with every quantity
            return value if isinstance(value, float) else measures.seconds(str(value))
        return super().convert(value, param, ctx)


VOLTS = Unit("V", 3.3)
AMPS = Unit("A", 0.5)
WATTS = Unit("W", 2.5)
OHMS = Unit("ohm", 10)
AMP_HOURS = Unit("Ah", 1.5)
PERCENT = Unit("%", 80)
SECONDS = Seconds()


def scaled(value: float, symbol: str, digits: int = 3) -> str:
    """Write a value with the prefix that fits it, down to nano: `12.345 mW`."""
    for prefix, size in (("", 1.0), ("m", 1e-3), ("u", 1e-6)):
        if abs(value) >= size or not value:
            return f"{shown(value / size, digits)} {prefix}{symbol}"
    return f"{shown(value / 1e-9, digits)} n{symbol}"


def shown(value: float, digits: int = 4) -> str:
    """Write a measured value with so many decimals; noise about zero is no negative zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


class NumberCommand(click.Command):
    """A command that takes `-5` for a number, which can then be refused as one, and not for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        ctx.ignore_unknown_options |= any(_NEGATIVE.match(one) for one in args)
        return super().parse_args(ctx, args)
