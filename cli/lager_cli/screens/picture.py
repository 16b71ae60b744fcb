"""How the readings of a net are laid out: words and styles, made of what was read. Knows no terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from lager_cli.screens.figures import ABSENT, big, limit, plain, reading
from lager_cli.screens.vocabulary import Vocabulary

GOOD, BAD, TRIPPED = "bold green", "bold red", "bold white on red"
_GAP = 4  # columns between two readings
_APART = "   "  # between two facts of a line
_PROTECTIONS = (("OVP", "ovp", "V"), ("OCP", "ocp", "A"))

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Plotted:
    """A reading: its key, what it is called, its unit, and how many digits it has."""

    key: str
    name: str
    unit: str
    form: str = "06.3f"


@dataclass(frozen=True)
class Setting:
    """A fact of one or more values.

    Attributes:
        name: What it is called.
        values: Keys and units.
        maximum: Whether it says what can be set at most: 0 is `unknown` there.
    """

    name: str
    values: tuple[tuple[str, str], ...]
    maximum: bool = False

    def words(self, facts: Facts) -> str:
        """Write it."""
        write = limit if self.maximum else plain
        return f"{self.name} " + " / ".join(write(facts.get(key), unit) for key, unit in self.values)


@dataclass(frozen=True)
class Kind:
    """A kind of net that has a screen.

    Attributes:
        title: What its screen is called.
        role: Of the net.
        words: What may be typed.
        big: The large readings.
        plotted: What is drawn over time.
        settings: Facts, line by line.
    """

    title: str
    role: str
    words: Vocabulary
    big: Sequence[Plotted]
    plotted: Sequence[Plotted]
    settings: Sequence[Sequence[Setting]]


def readings(kind: Kind, state: Facts) -> Text:
    """Lay out the badge and the large readings; without a state each is `n/a`."""
    blocks = [big(reading(state.get(one.key), one.form), one.unit) for one in kind.big]
    width = max(max(len(block[0]) for block in blocks), 18) + _GAP
    caption = "".join(f"{one.name:<{width}}" for one in kind.big).rstrip()
    rows = ["".join(f"{block[row]:<{width}}" for block in blocks).rstrip() for row in range(len(blocks[0]))]
    text = badge(state)
    text.no_wrap, text.overflow = True, "crop"
    text.append(f"\n{caption}\n", "dim")
    return text.append("\n".join(rows), "bold")


def badge(state: Facts) -> Text:
    """Say which channel it is, whether it is on, and in which mode."""
    channel, enabled, mode = (state.get(key) for key in ("channel", "enabled", "mode"))
    text = Text(f"Channel {ABSENT if channel is None else channel}  ")
    if isinstance(enabled, bool):
        text.append(" ON " if enabled else " OFF ", f"{GOOD if enabled else BAD} reverse")
    else:
        text.append(f"Output {ABSENT}")
    return text.append(f"  {mode}") if isinstance(mode, str) and mode != "OFF" else text


def settings(kind: Kind, state: Facts, limits: Facts) -> Text:
    """Lay out what is set, what can be set, and what protects.

    Args:
        kind: Of the net.
        state: Its readings, and what else the box said of it.
        limits: Its safety limits, `max_voltage` and `max_current`, where it has some.
    """
    lines = [Text(_APART.join(one.words(state) for one in line)) for line in kind.settings]
    guards = Text(_APART).join(_guard(name, key, unit, state) for name, key, unit in _PROTECTIONS)
    if limits:
        guards.append(_APART).append(f"Safe up to {safety(limits)}", "bold")
    return Text("\n").join([*lines, guards])


def safety(limits: Facts) -> str:
    """Write the safety limits of a net."""
    given = ((limits.get("max_voltage"), "V"), (limits.get("max_current"), "A"))
    return " / ".join(plain(value, unit) for value, unit in given if value is not None)


def _guard(name: str, key: str, unit: str, state: Facts) -> Text:
    level, tripped = plain(state.get(f"{key}_limit"), unit), state.get(f"{key}_tripped")
    text = Text(f"{name} {level}")
    if isinstance(tripped, bool):
        return text.append(" ").append(*((f"TRIPPED: clear-{key}", TRIPPED) if tripped else ("ok", GOOD)))
    return text if level == ABSENT else text.append(f" trip {ABSENT}")
