"""The commands of a screen: what may be typed, what it means, and what it completes to. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from lager import errors
from lager_cli.app import near

HELP, CLEAR, QUIT = "help", "clear", "quit"
_OWN = {
    HELP: "show these commands",
    CLEAR: "empty this log",
    QUIT: "leave; so do q, exit and Ctrl-C",
}
_SHORT = {"q": QUIT, "exit": QUIT, "?": HELP}


@dataclass(frozen=True)
class Value:
    """What a command may be given.

    Attributes:
        ask: What the help calls it: `VOLTS`.
        unit: Of a number; None for a word.
        key: Its name on the wire.
        choices: Words it is one of; empty for any.
    """

    ask: str
    unit: click.ParamType[float] | None = None
    key: str = "value"
    choices: Sequence[str] = ()

    def read(self, given: Sequence[str]) -> float | str:
        """Give what is meant by what stands behind a command.

        Raises:
            UsageError: It is nothing of that kind.
        """
        if self.unit is None:
            return self._word(" ".join(given))
        rest = given[1:]
        if len(rest) > 1 or (rest and not rest[0].isalpha() and rest[0] != "%"):
            raise errors.UsageError(f"one number is wanted, and {' '.join(given)!r} was given")
        try:
            return self.unit.convert("".join(given), None, None)  # `3.3 V` is 3.3V
        except click.BadParameter as exc:
            raise errors.UsageError(exc.message) from exc

    def _word(self, text: str) -> str:
        if self.choices and text not in self.choices:
            raise errors.UsageError(f"{text!r} is none of {', '.join(self.choices)}")
        return text


@dataclass(frozen=True)
class Word:
    """A command of a net.

    Attributes:
        action: Its name on the wire.
        told: What the help says of it.
        value: What it may be given; None for nothing. Without it, it shows what is set.
    """

    action: str
    told: str
    value: Value | None = None


@dataclass(frozen=True)
class Meant:
    """What a line means.

    Attributes:
        own: `help`, `clear` or `quit`; empty for a command of the net.
        action: What the net is to do.
        params: With what.
    """

    own: str = ""
    action: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Vocabulary:
    """The commands of one kind of net."""

    def __init__(self, words: Mapping[str, Word], also: Mapping[str, str] | None = None) -> None:
        self._words = words
        self._also = also or {}  # other names that released screens knew

    def read(self, line: str) -> Meant:
        """Give what a line means.

        Raises:
            UsageError: Nothing; it says what is wrong, and what may have been meant.
        """
        name, *given = line.split()
        name = self._also.get(name.lower(), name.lower())
        own = _SHORT.get(name, name)
        if own in _OWN:
            return Meant(own=own)
        word = self._words.get(name)
        if word is None:
            known = [*self._words, *_OWN]
            raise errors.UsageError(f"There is no command {name!r}.{near(name, known)}", "help lists the commands")
        return Meant(action=word.action, params=self._params(name, word, given))

    def _params(self, name: str, word: Word, given: Sequence[str]) -> dict[str, Any]:
        if not given:
            return {}
        if word.value is None:
            raise errors.UsageError(f"{name} takes nothing, and {' '.join(given)!r} was given.")
        return {word.value.key: word.value.read(given)}

    def complete(self, line: str) -> list[str]:
        """Give the whole lines that a beginning may become."""
        name, blank, rest = line.lstrip().partition(" ")
        if not blank:
            return sorted(f"{one} " if self._takes(one) else one for one in self.names if one.startswith(name.lower()))
        word = self._words.get(name.lower())
        choices = word.value.choices if word and word.value else ()
        return [f"{name} {one}" for one in choices if one.startswith(rest.lstrip())]

    def help(self) -> Iterable[str]:
        """Give the lines of the help."""
        called = {name: f"{name} [{word.value.ask}]" if word.value else name for name, word in self._words.items()}
        width = max(map(len, called.values()))
        for name, word in self._words.items():
            yield f"{called[name]:<{width}}  {word.told}"
        for name, told in _OWN.items():
            yield f"{name:<{width}}  {told}"

    @property
    def names(self) -> list[str]:
        """Get the names of all commands."""
        return [*self._words, *_OWN]

    def _takes(self, name: str) -> bool:
        word = self._words.get(name)
        return word is not None and word.value is not None


def common(lines: Sequence[str]) -> str:
    """Give what all lines begin with."""
    first, last = min(lines, default=""), max(lines, default="")
    same = next((at for at, one in enumerate(first) if last[at : at + 1] != one), len(first))
    return first[:same]
