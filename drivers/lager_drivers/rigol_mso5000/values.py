"""How an MSO5000 writes values: numbers, and words that stand for what people say.

A scope takes a number it does not like as the nearest one it does, without an error: so what was set is read back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lager.errors import InstrumentRefused, UsageError
from lager_drivers.scpi import Control, Kind, Node, quantity

T = TypeVar("T")
POINTS = "points"  # the unit of a memory's depth


def _plain(value: float) -> str:
    """Write a number without an exponent, to 1 ps and 1 pV: what every firmware reads."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number(unit: str) -> Kind[float]:
    """Make the kind of a number with a unit."""
    return Kind(unit, lambda reply: quantity(reply, unit), _plain)


def short(word: str) -> str:
    """Give the short form of a word of the manual: `POSitive` is `POS`."""
    return "".join(letter for letter in word if not letter.islower())


def choice(unit: str, words: Mapping[str, str]) -> Kind[str]:
    """Make the kind of a word: for what people say, the manual's word, as `POSitive`. The short form is sent."""
    meant = {form: said for said, word in words.items() for form in (said.upper(), short(word), word.upper())}

    def parse(reply: str) -> str:
        try:
            return meant[reply.strip().upper()]
        except KeyError:
            raise ValueError(f"expected one of {', '.join(words)}") from None

    return Kind(unit, parse, lambda said: short(words[parse(said)]))


def written(kind: Kind[T], name: str, value: Any) -> str:
    """Write a value that somebody gave.

    Raises:
        UsageError: It is no such value.
    """
    try:
        return kind.render(value)
    except (ValueError, TypeError, AttributeError) as exc:
        raise UsageError(f"{name} cannot be {value!r}: {exc}", "choose another value") from exc


def with_unit(said: str, unit: str) -> str:
    """Write a unit behind a number, where it has one."""
    return f"{said} {unit}" if unit else said


def confirm(name: str, unit: str, asked: float, found: float, within: float, loosely: float = 0.01) -> float:
    """Compare what was set with what the scope then has, and give that; `loosely` is the part they may differ by.

    Raises:
        InstrumentRefused: They differ by more than the scope's own steps.
    """
    if not math.isclose(found, asked, rel_tol=loosely, abs_tol=within):
        whole = not loosely or unit == POINTS
        had, has = (with_unit(f"{one:.0f}" if whole else f"{one:g}", unit) for one in (asked, found))
        why = (
            "the channels that are shown share its memory: hide some of them, or choose fewer points"
            if unit == POINTS
            else "it takes what it can do with its other settings; scales go in steps of 1, 2 and 5"
        )
        raise InstrumentRefused(f"the scope was asked for {name} {had}, and has {has} now", why)
    return found


class Rounded(Control[float]):
    """A number that is read back after it was set.

    Args:
        header: The command, without `?`.
        kind: Its kind.
        doc: What it is.
        within: Gives what is accepted; outside nothing is sent.
        step: Gives how far from what was asked it may come to lie.
    """

    def __init__(
        self,
        header: str,
        kind: Kind[float],
        doc: str,
        within: Callable[[Any], tuple[float, float]] | None = None,
        step: Callable[[Any], float] = lambda _: 0.0,
    ) -> None:
        super().__init__(f"{header}?", f"{header} {{value}}", kind, doc, within)
        self._step = step

    def put(self, node: Node, value: float) -> float:
        """Set it, and give what it is then.

        Raises:
            OutOfRange: The scope cannot have it.
            InstrumentRefused: The scope took something else.
        """
        self.check(node, value)
        node.send(self.command, value=self.kind.render(value))
        found = node.ask(self.query, self.kind)
        return confirm(self.name.replace("_", " "), self.kind.unit, value, found, self._step(node))


class Chosen(Control[str]):
    """A word that is read back after it was set: what an option of the scope would add is refused in silence.

    Args:
        header: The command, without `?`.
        kind: Its kind.
        doc: What it is.
    """

    def __init__(self, header: str, kind: Kind[str], doc: str) -> None:
        super().__init__(f"{header}?", f"{header} {{value}}", kind, doc)

    def put(self, node: Node, value: str) -> str:
        """Set it, and give what it is then.

        Raises:
            UsageError: There is no such word.
            InstrumentRefused: The scope kept another.
        """
        sent = written(self.kind, self.name.replace("_", " "), value)
        node.send(self.command, value=sent)
        found = node.ask(self.query, self.kind)
        return taken(self.name.replace("_", " "), self.kind, sent, found)


def taken(name: str, kind: Kind[str], sent: str, found: str) -> str:
    """Compare the word that was sent with the one the scope then has, and give that.

    Raises:
        InstrumentRefused: They differ.
    """
    if kind.render(found) != sent:
        raise InstrumentRefused(
            f"the scope was asked for {name} {sent}, and has {found}",
            "an option of the scope that is not installed may be what it takes; else choose another",
        )
    return found
