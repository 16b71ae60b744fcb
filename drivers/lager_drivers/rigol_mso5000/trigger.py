"""How a parameter of an MSO5000's trigger is got and set: checked before, read back after. `triggers.py` says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lager.errors import OutOfRange, UsageError
from lager_drivers.rigol_mso5000.models import Model
from lager_drivers.rigol_mso5000.settings import Channel, Whole
from lager_drivers.rigol_mso5000.triggers import COUNT, PARAMETERS, SOURCE, VOLTS, Parameter
from lager_drivers.rigol_mso5000.values import confirm, taken, with_unit, written
from lager_drivers.scpi import Dialog

_SHORTEST = 1e-9  # s, how far from what was asked a time may come to lie
_DIGITAL_STEP = 0.1  # V, the same of a threshold that no screen bounds
# Of all types, what they have in common, and what may follow a dot
_SOME = [name for name in PARAMETERS if "." not in name or name.startswith("edge.")]


class Trigger:
    """The trigger, as one channel's net sees it: levels that need a channel are this channel's."""

    def __init__(self, dialog: Dialog, whole: Whole, channel: Channel) -> None:
        self._dialog, self._whole, self._channel = dialog, whole, channel

    def get(self, name: str) -> float | str:
        """Get a parameter; V, s or a word."""
        found: float | str = self._ask(_parameter(name))
        return found

    def set(self, settings: Mapping[str, float | str]) -> None:
        """Set parameters; V, s or words. All of them are checked before the first is sent."""
        for send in [self._checked(name, value) for name, value in settings.items()]:
            send()

    def _checked(self, name: str, value: float | str) -> Callable[[], None]:
        """Check a value; give what sends it, and reads it back."""
        one = _parameter(name)
        said = name.replace("_", " ").replace(".", " trigger ")
        if not one.settable:
            raise UsageError(f"{said} cannot be set", "it can only be read")
        if isinstance(value, str) is not one.is_word:
            raise UsageError(f"{said} cannot be {value!r}", f"give a {'word' if one.is_word else 'number'}")
        return self._word(one, said, value) if isinstance(value, str) else self._quantity(one, said, value)

    def _word(self, one: Parameter, said: str, value: str) -> Callable[[], None]:
        sent = written_source(value, self._whole.model) if one.kind is SOURCE else written(one.kind, said, value)

        def send() -> None:
            self._put(one, sent)
            taken(said, one.kind, sent, self._ask(one))

        return send

    def _quantity(self, one: Parameter, said: str, value: float) -> Callable[[], None]:
        low, high, step, where = one.low, one.high, _SHORTEST, ""
        if one.kind is VOLTS:
            low, high, step, where = self._screen(one)
        unit, exact = one.kind.unit, one.kind is COUNT
        if low is not None and high is not None and not low <= value <= high:
            asked, limits = with_unit(f"{said} {value:.10g}", unit), (f"{low:.10g}", with_unit(f"{high:.10g}", unit))
            raise OutOfRange(
                f"{asked} is outside {'..'.join(limits)}{where}",
                f"choose a value from {' to '.join(limits)}{', or another scale or offset' if where else ''}",
            )
        sent = written(one.kind, said, value)

        def send() -> None:
            self._put(one, sent)
            confirm(said, unit, value, self._ask(one), 0.0 if exact else step, 0.0 if exact else 0.01)

        return send

    def _screen(self, one: Parameter) -> tuple[float | None, float | None, float, str]:
        """Give what bounds a level, V; how far off the one the scope takes may be, V; and where that is, in words."""
        channel: Channel | None = self._channel
        if one.source != "own":
            source = self._dialog.ask(f"{one.source}?", SOURCE)
            channel = Channel(self._dialog, int(source[4:])) if source.startswith("CHAN") else None
        if channel is None:
            return None, None, _DIGITAL_STEP, ""
        low, high = channel.screen()
        return low, high, (high - low) / 200, f", the screen of CHAN{channel.ch}"

    def _ask(self, one: Parameter) -> Any:
        own = f" CHAN{self._channel.ch}" if one.source == "own" else ""
        return self._dialog.ask(f"{one.header}?{own}", one.kind)

    def _put(self, one: Parameter, sent: str) -> None:
        own = f"CHAN{self._channel.ch}," if one.source == "own" else ""
        self._dialog.send(f"{one.header} {own}{sent}")


def written_source(text: str, model: Model) -> str:
    """Write a source.

    Raises:
        UsageError: It is none; or a channel that this model has not, which the firmware would take.
    """
    sent = written(SOURCE, "a source", text)
    if sent.startswith("CHAN") and int(sent[4:]) > model.channels:
        raise UsageError(f"this scope has no {sent}", f"it has CHAN1 to CHAN{model.channels}, and D0 to D15")
    return sent


def _parameter(name: str) -> Parameter:
    try:
        return PARAMETERS[name]
    except KeyError:
        has = [one for one in PARAMETERS if one.partition(".")[0] == name.partition(".")[0]]
        raise UsageError(f"the trigger has no parameter {name!r}", f"it has {', '.join(has or _SOME)}") from None
