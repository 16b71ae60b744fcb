"""What every proxy is: a net by name, and the way its calls go."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from lager import errors, wire
from lager.hardware import of_this_run
from lager.nettype import NetType
from lager.proxies import numbers

T = TypeVar("T")
_HERE = "lager.proxies"


class Bench(Protocol):
    """The way to a bench: `Hardware` in a script, and on another machine whatever brings calls there."""

    def net(self, name: str, role: str) -> wire.NetRecord:
        """Find a net."""

    def ask(self, name: str, role: str, method: str, args: Sequence[Any] = ()) -> wire.Answer:
        """Call a method of a net."""


class Proxy:
    """A net of the bench.

    Attributes:
        name: Its name on the bench.
        type: What it is for.
        device_type: What released scripts call instruments of that type, such as `keithley`; None for many types.
        device: The instrument, as the bench file names it: `Keithley_2281S`.
        address: Where the instrument is: a VISA address, or `modbus-tcp://HOST:PORT`.
        channel: Which channel of its instrument: a number, or a name such as `AIN3`.
        mapping: The same as the bench file has it: `net`, `pin`, `location`, `device_override`.
        location: Where the test point is, three numbers; None where nobody has saved it.
    """

    def __init__(self, net: wire.NetRecord, hardware: Bench) -> None:
        self.name = net.name
        self.type = NetType.from_role(net.role)
        self.device_type = self.type.device_type
        self.device = net.instrument
        self.address = net.address
        self.channel: int | str = int(net.pin) if net.pin.isdigit() else net.pin
        self.mapping = {"net": net.name, "pin": net.pin, "location": net.location or None, "device_override": None}
        self.location = _location(net.location)
        self._hardware = hardware

    def __reduce__(self) -> tuple[Any, ...]:
        """Let copies, also those in other processes of the run, find their own way to the bench."""
        return again, (self.name, self.type.role)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def _ask(self, kind: type[T] | Any, method: str, *args: Any) -> T:
        """Call, and give the answer as `kind`."""
        value = self._called(method, args)
        try:
            answer: T = msgspec.convert(value, kind)
        except msgspec.ValidationError as exc:
            raise errors.InstrumentError(f"{self.name}.{method} gave {value!r} ({exc})", "call it again") from exc
        return answer

    def _do(self, method: str, *args: Any) -> None:
        self._called(method, args)

    def _called(self, method: str, args: tuple[Any, ...]) -> Any:
        try:
            answer = self._hardware.ask(self.name, self.type.role, method, args)
        except (errors.UsageError, errors.InstrumentError) as exc:
            exc.concerning(self.name)  # drivers know instruments and channels, and no names
            raise
        if answer.notice:
            warnings.warn(
                f"{answer.notice} (noticed at {self.name}.{method})", errors.InstrumentRestartedWarning, _outside()
            )
        return answer.value

    def _parameter(self, name: str, value: float | None) -> float:
        """Get a number, after setting it if a value is given."""
        return self._ask(float, name, *([] if value is None else [self._number(value)]))

    def _number(self, value: object) -> float:
        """Take any sort of finite number a script may have computed: int, float, numpy's, Decimal, Fraction."""
        return numbers.finite(self.name, value)


def _location(text: str) -> tuple[float, ...] | None:
    """Read `x,y,z`; None for anything else, as nobody checks what is saved there."""
    try:
        place = tuple(float(one) for one in text.split(","))
    except ValueError:
        return None
    return place if len(place) == 3 else None


def _outside() -> int:
    """Count the calls from our caller to the script's own line, as `warnings.warn` takes it."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001  # what `warnings` itself uses
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(_HERE):
        level, frame = level + 1, frame.f_back
    return level


def again(name: str, role: str) -> Proxy:
    """Make the proxy of a net anew, in whatever process of the run this is."""
    from lager.proxies import PROXIES

    _, bench = of_this_run()
    return PROXIES[role](bench.net(name, role), bench)
