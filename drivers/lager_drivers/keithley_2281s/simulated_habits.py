"""What the firmware of a simulated 2281S does where the sources disagree, or are silent.

The first word of each is the default. A bench's description sets them: `options = { function_words = "PSS" }`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lager.errors import UsageError

_CHOICES: dict[str, tuple[Any, ...]] = {
    "function_words": ("POWER", "PSS"),
    "method_words": ("short", "full"),
    "switch_while_on": ("refuse", "force"),
    "method_while_on": ("refuse", "take"),
    "at_empty": ("off", "stay"),
    "at_current_limit": ("hold", "off"),
    "short_model": (705, 701),
    "three_letters": (False, True),
    "realtime_words": ("plain", "unit"),
    "deaf_after_refusal": (False, True),
    "line_frequency": (50, 60),
    "low_voltage": (0, 21),
    "firmware": ("01.08b",),
}


@dataclass(frozen=True)
class Habits:
    """How it behaves.

    Attributes:
        function_words: What `:ENTR:FUNC?` calls the power supply.
        method_words: Whether `:BATT:SIM:METH?` answers `DYN` or `DYNAMIC`.
        switch_while_on: Whether a change of function with a live output is refused (700), or switches it off.
        method_while_on: Whether the method can be changed while the battery is connected.
        at_empty: Whether an empty dynamic battery disconnects itself.
        at_current_limit: Whether a battery at its current limit holds that current, or disconnects itself.
        short_model: Which error a model with too few points gets; the manual has both.
        three_letters: Whether `:APP` and `:INT` are understood, as the manual's capitals say; firmware 01.08b does not.
        realtime_words: Whether the battery's live readings are bare numbers, or have their unit.
        deaf_after_refusal: Whether the first query after a refused command gets no answer, as was met once.
        line_frequency: Hz.
        low_voltage: What `:BATT:SIM:LV` is at power-on, V: the manual's table says 0, its text 21.
        firmware: As `*IDN?` has it.
    """

    function_words: str = "POWER"
    method_words: str = "short"
    switch_while_on: str = "refuse"
    method_while_on: str = "refuse"
    at_empty: str = "off"
    at_current_limit: str = "hold"
    short_model: int = 705
    three_letters: bool = False
    realtime_words: str = "plain"
    deaf_after_refusal: bool = False
    line_frequency: int = 50
    low_voltage: float = 0
    firmware: str = "01.08b"


def chosen(options: Mapping[str, Any]) -> Habits:
    """Read a bench's options.

    Raises:
        UsageError: There is no such option, or it has no such value.
    """
    known = [one.name for one in fields(Habits)]
    for name, value in options.items():
        if name not in known:
            raise UsageError(f"a simulated 2281S has no option {name!r}", f"it has {', '.join(known)}")
        if name != "firmware" and value not in _CHOICES[name]:
            choices = " or ".join(repr(one) for one in _CHOICES[name])
            raise UsageError(f"option {name} of a simulated 2281S cannot be {value!r}", f"say {choices}")
    return Habits(**options)
