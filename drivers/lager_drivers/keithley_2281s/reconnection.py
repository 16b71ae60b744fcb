"""A setting that a connected battery does not take: the battery is disconnected for it, and connected again.

Only with leave (`Interruption`): a device under test loses its power meanwhile. Each write goes out once. A battery
that is not connected, or has tripped, is connected by nothing here, and no trip is cleared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from lager.errors import InstrumentError, InstrumentRefused
from lager_drivers.device import Interruption
from lager_drivers.keithley_2281s.battery_function import BatteryFunction
from lager_drivers.keithley_2281s.supply import TRIPS

T = TypeVar("T")
_AGAIN = "see what state it is in, take the cause away (a trip: clear it), and enable the battery again"


def connect(battery: BatteryFunction) -> None:
    """Connect a battery, and look once whether a protection answered.

    Raises:
        InstrumentRefused: A protection has tripped: the battery is not connected.
    """
    battery.send(":BATT:OUTP ON", ":INIT:CONT ON")  # the first turns continuous measuring off
    if name := TRIPS[battery.trip]:
        raise InstrumentRefused(
            f"{name} protection has tripped, so the battery is not connected",
            "take the cause away (voltage, level, load), clear the trip, and enable again",
        )


class Reconnection:
    """Whether a battery may be disconnected for a setting, and how that is done."""

    def __init__(self) -> None:
        self._leave: Interruption | None = None

    @contextmanager
    def allowed(self, by: Interruption) -> Iterator[None]:
        """Let it be done for the calls within."""
        self._leave = by
        try:
            yield
        finally:
            self._leave = None

    def around(self, channel: object, battery: BatteryFunction, change: Callable[[], T]) -> T:
        """Change a setting; the battery is connected afterwards where it was before, also where that was refused.

        Raises:
            InstrumentRefused: The setting was refused, or the battery could not be connected again, which is said.
            InstrumentError: An answer made no sense: nothing more is sent, and the battery may be disconnected.
        """
        leave = self._leave
        if leave is None or not battery.enabled or TRIPS[battery.trip]:
            return change()
        leave.allow(channel)
        leave.off = True
        _disconnect(battery)
        try:
            value = change()
        except InstrumentRefused as refusal:
            _connect_again(battery, refusal.what, refusal)
            leave.off = False
            raise
        _connect_again(battery, "the value was sent, and was not refused")
        leave.off = False
        return value


def _disconnect(battery: BatteryFunction) -> None:
    try:
        battery.send(":BATT:OUTP OFF")
    except InstrumentRefused as exc:
        what = f"the battery was to be disconnected for a setting, which was not sent: {exc.what}"
        raise _error(battery, what) from exc


def _connect_again(battery: BatteryFunction, so_far: str, cause: InstrumentRefused | None = None) -> None:
    try:
        if name := TRIPS[battery.trip]:
            raise InstrumentRefused(f"{name} protection has tripped", _AGAIN)
        connect(battery)
        if not battery.enabled:  # as an empty one, which tells no trip
            raise InstrumentRefused("it was told to be connected, and is not", _AGAIN)
    except InstrumentRefused as exc:
        failed = f"the battery was disconnected for it, and connecting it again failed: {exc.what}"
        raise _error(battery, f"{so_far}; {failed}") from cause or exc


def _error(battery: BatteryFunction, what: str) -> InstrumentError:
    """Say what happened, and whether the battery is connected now: what was not read is not said."""
    try:
        now = "the battery is connected" if battery.enabled else "the battery is disconnected now"
    except InstrumentError as exc:
        return InstrumentError(f"{what}; whether the battery is connected now could not be read: {exc.what}", _AGAIN)
    return InstrumentRefused(f"{what}; {now}", _AGAIN)
