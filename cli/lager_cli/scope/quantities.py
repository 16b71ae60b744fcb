"""Quantities of an oscilloscope as people type and read them: `500mV`, `2us`, `-1.5`, `20M`, `10x`."""

from __future__ import annotations

import math
import re
from typing import Any

import click

_PREFIXES = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*")
_STEPS = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"))
_BEHIND = re.compile(r"([A-Za-zµ]*)(?:/[A-Za-z]+)?")


class Quantity(click.ParamType[float]):
    """A number in one unit, with or without it, and with any prefix.

    Args:
        symbol: The unit; empty for a plain number.
        forms: How it may be written, for whoever wrote it in another way.
        signed: Whether it may be negative.
    """

    def __init__(self, symbol: str, forms: str, signed: bool = False) -> None:
        self.name = {"V": "volts", "s": "seconds", "Hz": "hertz"}.get(symbol, "number")
        self._symbol, self._forms, self._signed = symbol, forms, signed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the number in the unit itself."""
        if isinstance(value, float):
            return value
        match = _NUMBER.fullmatch(str(value))
        factor = self._factor(match[2]) if match else None
        if match is None or factor is None:
            self.fail(f"{value!r} is no {self.what}; write {self._forms}.", param, ctx)
        number = float(f"{float(match[1]) * factor:.12g}")
        if not math.isfinite(number):
            self.fail(f"{value!r} is beyond all measure; write {self._forms}.", param, ctx)
        if number < 0 and not self._signed:
            self.fail(f"{value!r} is negative; write {self._forms}.", param, ctx)
        return number

    @property
    def what(self) -> str:
        """Name what is expected."""
        return f"number of {self.name}" if self._symbol else "number"

    def _factor(self, behind: str) -> float | None:
        """Give what the letters behind a number mean; None where they mean nothing here."""
        match = _BEHIND.fullmatch(behind)
        word = match[1] if match else "?"
        if self._symbol and word.endswith(self._symbol):
            word = word[: -len(self._symbol)]
        elif self._symbol and word and not self._bare_prefix(word):
            return None
        return _PREFIXES.get(word)

    def _bare_prefix(self, word: str) -> bool:
        """Tell whether a prefix may stand without the unit: `20M` of Hz, but not `5m` of s, which is minutes."""
        return self._symbol == "Hz" and word in _PREFIXES


class Probe(Quantity):
    """The attenuation of a probe: `10`, `10x`, `10X`."""

    def __init__(self) -> None:
        super().__init__("", "1, 10, 10x, 100 or 1000")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the ratio."""
        text = str(value).strip()
        return super().convert(text[:-1] if text[-1:] in ("x", "X") else value, param, ctx)


class Named(Quantity):
    """A quantity, or a word that stands for 0: `off`, `auto`."""

    def __init__(self, symbol: str, forms: str, word: str) -> None:
        super().__init__(symbol, forms)
        self._word = word

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the number."""
        return 0.0 if str(value).strip().lower() == self._word else super().convert(value, param, ctx)


class Bits(click.ParamType[int]):
    """A whole number, as engineers write it: `80`, `0x50`, `0b1010000`."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number."""
        try:
            number = int(str(value).strip(), 0)
        except ValueError:
            number = -1
        if number < 0:
            self.fail(f"{value!r} is no whole number from 0 on; write 80, 0x50 or 0b1010000.", param, ctx)
        return number


VOLTS = Quantity("V", "1.65, 1.65V, 500mV or -200mV", signed=True)
VOLTS_PER_DIV = Quantity("V", "0.5, 0.5V or 500mV")
SECONDS = Quantity("s", "0.001, 1ms, 20us or 50ns")
SIGNED_SECONDS = Quantity("s", "0.001, 1ms, 20us or -50ns", signed=True)
PROBE = Probe()
BANDWIDTH = Named("Hz", "off, 20M, 100M or 200M", "off")
POINTS = Named("", "auto, 10k, 100k or 1M", "auto")
BITS = Bits()


def clean(value: float) -> float:
    """Give a computed value without noise in its last digits."""
    return float(f"{value:.10g}")


def plain(value: float) -> str:
    """Write a number without noise in its last digits: `0.5`, `1e-06`."""
    return f"{value + 0.0:.10g}"


def scaled(value: float, unit: str, digits: int = 4) -> str:
    """Write a value with the prefix that fits it: `3.3 V`, `500 mV`, `1 kHz`; so many digits that count."""
    rounded = float(f"{value:.{digits}g}")
    if not rounded or not math.isfinite(rounded):
        return f"{rounded + 0.0:g} {unit}"
    size, prefix = next(((size, prefix) for size, prefix in _STEPS if abs(rounded) >= size), _STEPS[-1])
    return f"{rounded / size:.{digits}g} {prefix}{unit}"
