"""What an action is given, its parameters as they came over the wire and its calls; and what it gives."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lager import errors
from lager.proxies.waiting import Clock, SystemClock

Call = Callable[..., Any]


class Done(NamedTuple):
    """What an action did.

    Attributes:
        message: For people, in the released words: `Voltage set to 3.3V`.
        value: What was read, in SI units: a number, a word, or the fields of a state. After a write it is what was read
            back, where that can be read; None where there is nothing to say.
    """

    message: str
    value: Any = None


class Given:
    """The parameters of one action, and the way to its net.

    Args:
        params: As they came.
        call: Calls a method of the contract of the net's role, and gives plain JSON data.
        clock: Time, for what takes some.
    """

    def __init__(self, params: Mapping[str, Any], call: Call, clock: Clock | None = None) -> None:
        self._params = params
        self.call = call
        self.clock: Clock = clock or SystemClock()

    def __getitem__(self, name: str) -> Any:
        """Give a parameter as it came; None where it was left out."""
        return self._params.get(name)

    @property
    def net(self) -> str:
        """Get the net's name, for people (`netname`)."""
        name = self["netname"]
        return name if isinstance(name, str) and name else "the net"

    def number(self, name: str = "value") -> float | None:
        """Give a number; None where it was left out.

        Raises:
            UsageError: It is none, or not finite.
        """
        value = self[name]
        if value is None:
            return None
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise errors.UsageError(f"{name} {reprlib.repr(value)} is not a valid number", "give one such as 3.3")
        return number

    def required(self, name: str) -> Any:
        """Give a parameter that must be there.

        Raises:
            UsageError: It was left out.
        """
        if self[name] is None:
            raise errors.UsageError(f"Missing required value: {name!r}", f"give {name} in params")
        return self[name]

    def seconds(self, name: str, otherwise: float, least: float = 0.0, most: float = math.inf) -> float:
        """Give a time, s, brought between the least and the most."""
        wanted = self.number(name)
        return min(max(otherwise if wanted is None else wanted, least), most)


Act = Callable[[Given], Done]


def echoed(value: Any, now: float, unit: str) -> str:
    """Say what was set: as it came; and what the instrument made of it, where that is another number."""
    asked = float(value)
    if math.isclose(asked, now, rel_tol=1e-9, abs_tol=1e-12):
        return f"{value}{unit}"
    return f"{value}{unit} (the instrument has {now}{unit})"


def measured(value: float, digits: int = 4) -> str:
    """Write a measured value with so many decimals; noise about zero is no negative zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def after(error: errors.LagerError, done: str) -> errors.LagerError:
    """Make of what an action ended in one that says what it had done by then; the same where that is nothing."""
    if not done:
        return error
    what = error.what.removesuffix("; nothing was changed")  # by the call that ended so: something was before it
    return type(error)(f"{what}; before that: {done}", error.hint).because(error.number, error.raw)


def on_off(enabled: bool) -> str:
    """Say whether an output is on."""
    return "ON" if enabled else "OFF"


def switched(given: Given, on: bool, words: str) -> Done:
    """Switch an output, and see that it is so.

    Raises:
        InstrumentRefused: It went on, and is off again.
        InstrumentError: It is still on.
    """
    given.call("enable" if on else "disable")
    now: bool = given.call("output_is_enabled")
    if on and not now:
        raise errors.InstrumentRefused(
            f"{given.net} was switched on, and is off again: a protection answered, or somebody at its front panel",
            "look at its state",
        )
    if now and not on:
        raise errors.InstrumentError(
            f"{given.net} was switched off, and says that it is on: something else switched it on again",
            "look at its state",
        )
    return Done(words, now)
