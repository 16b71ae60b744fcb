"""What can be set on a simulated MSO5000, and how it is answered: numbers, words, switches, and trees of them.

A number out of range is taken as the nearest one in range, without an error; a word that is not in the list is refused
and changes nothing (field reports). Knows no command's meaning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from lager_drivers.simulated.scpi_parser import Command, ScpiError, as_number, as_switch, compile_header

Range = Callable[[], tuple[float, float]]

STEPS = (1.0, 2.0, 5.0)  # of scales


def missing() -> ScpiError:
    """Make the error for a command that lacks something."""
    return ScpiError(-109, "Missing parameter")


def illegal() -> ScpiError:
    """Make the error for a word that is not in the list."""
    return ScpiError(-224, "Illegal parameter value")


def only(arguments: list[str]) -> str:
    """Give the one argument there is."""
    if not arguments:
        raise missing()
    if len(arguments) > 1:
        raise ScpiError(-108, "Parameter not allowed")
    return arguments[0]


def real(value: float) -> str:
    """Write a number as the manual does: `2.000000E-1` (page 2-93)."""
    mantissa, exponent = f"{value:.6E}".split("E")
    return f"{mantissa}E{int(exponent):+d}"


def brief(value: float) -> str:
    """Write a number as field traces have it: `5E-1`."""
    mantissa, exponent = f"{value:.6E}".split("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{int(exponent):+d}"


def nearest_step(value: float) -> float:
    """Give the next of 1, 2 and 5 times a power of ten that is no less."""
    decade = 10.0 ** math.floor(math.log10(value) + 1e-9)
    for step in STEPS:
        if value <= step * decade * (1 + 1e-9):
            return float(f"{step * decade:.6g}")
    return float(f"{10 * decade:.6g}")


class Setting(Protocol):
    """Something that can be set."""

    def ask(self, arguments: list[str]) -> str:
        """Answer what it is."""

    def do(self, arguments: list[str]) -> None:
        """Set it.

        Raises:
            ScpiError: It cannot be that.
        """

    def reset(self) -> None:
        """Make it what it is after *RST."""


class Number:
    """A number.

    Args:
        default: After *RST.
        within: Gives its range now.
        form: Writes it.
        snap: Gives the value that is taken for one that was asked for.
    """

    def __init__(
        self,
        default: float,
        within: Range = lambda: (-math.inf, math.inf),
        form: Callable[[float], str] = real,
        snap: Callable[[float], float] = lambda value: value,
    ) -> None:
        self.default, self.value = default, default
        self._within, self._form, self._snap = within, form, snap

    def ask(self, arguments: list[str]) -> str:
        """Answer it."""
        if arguments:
            raise ScpiError(-108, "Parameter not allowed")
        return self._form(self.value)

    def do(self, arguments: list[str]) -> None:
        """Set it to the nearest value in range."""
        wanted = as_number(only(arguments))
        if math.isnan(wanted):
            raise ScpiError(-104, "Data type error")
        low, high = self._within()
        self.value = self._snap(min(max(wanted, low), high))

    def reset(self) -> None:
        """Make it the default."""
        self.value = self.default


def between(low: float, high: float) -> Range:
    """Make a range that never changes."""
    return lambda: (low, high)


def whole(default: int, low: int, high: int) -> Number:
    """Make a whole number."""
    return Number(default, between(low, high), lambda value: f"{value:.0f}", lambda value: float(round(value)))


def snapped(values: Iterable[float]) -> Callable[[float], float]:
    """Make what takes the nearest of some values."""
    known = sorted(values)
    return lambda wanted: min(known, key=lambda one: abs(one - wanted))


class Word:
    """One of some words, in the manual's notation (`NORMal`); answered in the short form.

    Args:
        words: All, with blanks in between; the first is the default.
        default: Another default.
    """

    def __init__(self, words: str, default: str = "") -> None:
        self._patterns = {_short(word): compile_header(word) for word in words.split()}
        self.default = default or next(iter(self._patterns))
        self.value = self.default

    def ask(self, arguments: list[str]) -> str:
        """Answer it."""
        if arguments:
            raise ScpiError(-108, "Parameter not allowed")
        return self.value

    def do(self, arguments: list[str]) -> None:
        """Set it; any other word changes nothing."""
        self.value = self.read(only(arguments))

    def read(self, text: str) -> str:
        """Understand a word without taking it."""
        for short, pattern in self._patterns.items():
            if pattern.fullmatch(text.upper()):
                return short
        raise illegal()

    def reset(self) -> None:
        """Make it the default."""
        self.value = self.default


def _short(word: str) -> str:
    return "".join(letter for letter in word if not letter.islower())


class Switch:
    """On or off; answered 1 or 0."""

    def __init__(self, default: bool = False) -> None:
        self.default = self.value = default

    def ask(self, arguments: list[str]) -> str:  # noqa: ARG002  # as every setting
        """Answer it."""
        return f"{self.value:d}"

    def do(self, arguments: list[str]) -> None:
        """Set it."""
        self.value = as_switch(only(arguments))

    def reset(self) -> None:
        """Make it the default."""
        self.value = self.default


class Text:
    """Whatever was set is answered."""

    def __init__(self, default: str) -> None:
        self.default = self.value = default

    def ask(self, arguments: list[str]) -> str:  # noqa: ARG002  # as every setting
        """Answer it."""
        return self.value

    def do(self, arguments: list[str]) -> None:
        """Set it."""
        if not arguments:
            raise missing()
        self.value = ",".join(arguments)

    def reset(self) -> None:
        """Make it the default."""
        self.value = self.default


class Levels:
    """A level for each channel: `CHANnel1,1.5`."""

    def __init__(self, form: Callable[[float], str] = real) -> None:
        self._source = Word("CHANnel1 CHANnel2 CHANnel3 CHANnel4")
        self._form = form
        self.value: dict[str, float] = {}

    def ask(self, arguments: list[str]) -> str:
        """Answer the level of a channel."""
        return self._form(self.of(self._source.read(only(arguments))))

    def do(self, arguments: list[str]) -> None:
        """Set the level of a channel."""
        if len(arguments) != 2:
            raise missing()
        self.value[self._source.read(arguments[0])] = as_number(arguments[1])

    def of(self, source: str) -> float:
        """Give the level of a channel, V."""
        return self.value.get(source, 0.0)

    def reset(self) -> None:
        """Make them 0."""
        self.value.clear()


def commands(root: str, settings: Mapping[str, Setting]) -> list[Command]:
    """Make the commands of a tree of settings."""
    return [Command(f"{root}:{tail}", setting.ask, setting.do) for tail, setting in settings.items()]
