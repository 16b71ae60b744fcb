"""What types of trigger of a script's oscilloscope have in common: levels, slopes, times, patterns; each a class."""

from __future__ import annotations

import reprlib
from collections.abc import ItemsView, Mapping
from typing import TYPE_CHECKING

from lager import errors
from lager.proxies import numbers

if TYPE_CHECKING:
    from lager.proxies.scope import Scope

_LINES = [*(f"CHAN{n}" for n in range(1, 5)), *(f"D{n}" for n in range(16))]
_LETTERS = {"high": "H", "low": "L", "any": "X", "rising": "R", "falling": "F"}


class TriggerType:
    """One type: its parameters are `TYPE.PARAMETER` in the contract."""

    name = ""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._scope.name}>"

    def _set(self, parameter: str, value: float | str) -> None:
        self._scope.trigger_set(f"{self.name}.{parameter}", value)

    def _setup(self, **settings: float | str) -> None:
        """Set several, in that order; none where one of them cannot be so."""
        self._scope.trigger_setup({f"{self.name}.{parameter}": value for parameter, value in settings.items()})

    def _amount(self, value: float) -> float:
        """Take a number: where a parameter may be a word as well, text would go to the instrument's worker."""
        return numbers.number(self._scope.name, value)

    def _word(self, parameter: str) -> str:
        return str(self._scope.trigger_get(f"{self.name}.{parameter}"))

    def _number(self, parameter: str) -> float:
        return float(self._scope.trigger_get(f"{self.name}.{parameter}"))

    def _set_source(self, parameter: str, net: Scope | str) -> None:
        self._set(parameter, self._scope.source_of(net))

    def _set_sources(self, **nets: Scope | str | None) -> None:
        """Set where several lines are; a line that is None stays where it is."""
        self._setup(**{name: self._scope.source_of(net) for name, net in nets.items() if net is not None})

    def _two(self, names: tuple[str, str], lower: float, upper: float) -> dict[str, float]:
        """Order two limits so that the lower one is never above the upper: the instrument would move one of them."""
        low, high = self._amount(lower), self._amount(upper)
        if not low < high:
            raise errors.UsageError(f"{self._scope.name}: {low:g} is not below {high:g}", "give the lower one first")
        first, second = {names[0]: low}, {names[1]: high}
        return first | second if high < self._number(names[0]) else second | first


class OneLevel(TriggerType):
    """A type with one source and one level."""

    def set_source(self, net: Scope | str) -> None:
        """Set what it looks at: a scope net of this instrument, its name, or a line such as `D0`."""
        self._set_source("source", net)

    def get_source(self) -> str:
        """Get what it looks at: `CHAN1`, `D0`, `AC`."""
        return self._word("source")

    def set_level(self, volts: float) -> None:
        """Set the level, V: not beyond 5 divisions from the middle of the source's screen."""
        self._set("level", volts)

    def get_level(self) -> float:
        """Get the level, V."""
        return self._number("level")


class TwoLevels(TriggerType):
    """A type with one source and two levels."""

    def set_source(self, net: Scope | str) -> None:
        """Set what it looks at: a scope net of this instrument, or its name."""
        self._set_source("source", net)

    def get_source(self) -> str:
        """Get what it looks at: `CHAN1`."""
        return self._word("source")

    def set_levels(self, lower: float, upper: float) -> None:
        """Set both levels, V."""
        self._setup(**self._two(("lower_level", "upper_level"), lower, upper))

    def get_levels(self) -> tuple[float, float]:
        """Get both levels, the lower one first, V."""
        return self._number("lower_level"), self._number("upper_level")


class Slopes(TriggerType):
    """A type that looks at rising or falling edges, or at both."""

    def set_slope_rising(self) -> None:
        """Look at rising edges."""
        self._set("slope", "rising")

    def set_slope_falling(self) -> None:
        """Look at falling edges."""
        self._set("slope", "falling")

    def get_slope(self) -> str:
        """Get `rising`, `falling` or, where that can be, `both`."""
        return self._word("slope")


class AnySlope(Slopes):
    """A type that can look at both edges."""

    def set_slope_both(self) -> None:
        """Look at all edges."""
        self._set("slope", "both")


class Timed(TriggerType):
    """A type that compares a time with limits."""

    def get_when(self) -> str:
        """Get how the time must be: `greater`, `less`, `between`, or `outside` or `any` where that can be."""
        return self._word("when")

    def get_limits(self) -> tuple[float, float]:
        """Get the limits, the lower one first, s."""
        return self._number("lower"), self._number("upper")

    def _greater(self, seconds: float) -> None:
        self._setup(when="greater", lower=self._amount(seconds))

    def _less(self, seconds: float) -> None:
        self._setup(when="less", upper=self._amount(seconds))

    def _range(self, when: str, lower: float, upper: float) -> None:
        self._setup(when=when, **self._two(("lower", "upper"), lower, upper))


class Times(Timed):
    """The same, with a name for each way to compare."""

    def set_trigger_on_greater_than(self, seconds: float) -> None:
        """Trigger when it takes longer, s."""
        self._greater(seconds)

    def set_trigger_on_less_than(self, seconds: float) -> None:
        """Trigger when it takes less, s."""
        self._less(seconds)

    def set_trigger_on_between(self, lower: float, upper: float) -> None:
        """Trigger when it takes a time between two limits, s."""
        self._range("between", lower, upper)


class Polarity(TriggerType):
    """A type that looks at pulses upwards or downwards."""

    def set_polarity_positive(self) -> None:
        """Look at what goes up."""
        self._set("polarity", "positive")

    def set_polarity_negative(self) -> None:
        """Look at what goes down."""
        self._set("polarity", "negative")

    def get_polarity(self) -> str:
        """Get `positive` or `negative`."""
        return self._word("polarity")


class Lines(TriggerType):
    """A type that looks at a pattern over CHAN1..CHAN4 and D0..D15."""

    def set_source(self, net: Scope | str) -> None:
        """Set which line the instrument's own knobs are for."""
        self._set_source("source", net)

    def get_source(self) -> str:
        """Get which line the instrument's own knobs are for."""
        return self._word("source")

    def set_pattern(self, pattern: Mapping[str, str]) -> None:
        """Set what each line must be: `{"scope1": "high", "D0": "low"}`; lines that are not named do not matter.

        Args:
            pattern: By net name or line: `high`, `low`, `any`; for one line of the type `pattern` also `rising` or
                `falling`.
        """
        letters = ["X"] * len(_LINES)
        for net, level in self._listed(pattern):
            source = self._scope.source_of(net)
            letter = _LETTERS.get(level) if isinstance(level, str) else None
            if source not in _LINES or letter is None:
                raise errors.UsageError(
                    f"{self._scope.name}: no pattern has {net} {reprlib.repr(level)}",
                    f"give lines one of {', '.join(_LETTERS)}",
                )
            letters[_LINES.index(source)] = letter
        self._set("pattern", "".join(letters))

    def _listed(self, pattern: Mapping[str, str]) -> ItemsView[str, str]:
        if not isinstance(pattern, Mapping):
            raise errors.UsageError(
                f"{self._scope.name}: {reprlib.repr(pattern)} is no pattern",
                'give a level for each line that matters, such as {"scope1": "high", "D0": "low"}',
            )
        return pattern.items()

    def get_pattern(self) -> str:
        """Get a letter for each line, CHAN1..CHAN4, then D0..D15: H high, L low, X any, R rising, F falling."""
        return self._word("pattern")

    def set_level(self, volts: float) -> None:
        """Set from which level on this channel is high, V."""
        self._set("level", volts)

    def get_level(self) -> float:
        """Get from which level on this channel is high, V."""
        return self._number("level")
