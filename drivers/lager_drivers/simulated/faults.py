"""What can be done to the simulated bench's instruments on purpose, by name. How it shows is the places' affair.

    unplug, replug    the plug; the instrument itself goes on, and keeps its settings
    power-cycle       the mains switch: settings are lost, outputs are off
    hold, release     another process has it, and it is busy for everybody else; the end of that
    wedge             it takes commands, and answers none
    dead              it answers no request of any kind
    stall N           its USB endpoints halt, N times (1); each time until the host clears the halt
    delay S           each answer takes S seconds (1) more, however long its caller waits
    garble N          N answers (1) are spoilt: other bytes, half of it, the answer to another request, in turn
    clear             all is well again

A fault ends by `clear`; all but `delay` end as well by `replug` and `power-cycle`. `plug` and `plug-off` are for all of
the USB's instruments together, and have no address.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from lager import addresses, errors, wire
from lager_drivers.simulated.places import Place, UsbPlace

_MOST = 1_000_000  # times
_LONGEST = 3600.0  # s


class Action(NamedTuple):
    """What is done to one place: `do` gets it and the value. `default` is the value where none is given."""

    do: Callable[[Place, float], Awaitable[None]]
    check: Callable[[float], str] = lambda _: "takes no number"
    default: float | None = None


def _count(value: float) -> str:
    return "" if 1 <= value <= _MOST and value == int(value) else f"takes a whole number from 1 to {_MOST}"


def _seconds(value: float) -> str:
    return "" if 0 <= value <= _LONGEST else f"takes seconds from 0 to {_LONGEST:g}"


async def _wedge(place: Place, _: float) -> None:
    place.mischief.wedged = True


async def _die(place: Place, _: float) -> None:
    place.mischief.dead = True


async def _stall(place: Place, count: float) -> None:
    if not isinstance(place, UsbPlace):
        raise errors.UsageError(
            f"the instrument at {place.address} is not on USB: it has no endpoints that could stall",
            "use wedge, dead, garble, delay or unplug",
        )
    place.mischief.stalls = int(count)
    place.felt()


async def _delay(place: Place, seconds: float) -> None:
    place.mischief.delay = seconds


async def _garble(place: Place, count: float) -> None:
    place.mischief.garbles, place.mischief.spoilt = int(count), 0


ACTIONS = {
    "unplug": Action(lambda place, _: place.unplug()),
    "replug": Action(lambda place, _: place.replug()),
    "power-cycle": Action(lambda place, _: place.power_cycle()),
    "hold": Action(lambda place, _: place.hold()),
    "release": Action(lambda place, _: place.release()),
    "wedge": Action(_wedge),
    "dead": Action(_die),
    "stall": Action(_stall, _count, 1),
    "delay": Action(_delay, _seconds, 1),
    "garble": Action(_garble, _count, 1),
    "clear": Action(lambda place, _: place.clear()),
}
PLUGGING = {"plug": True, "plug-off": False}


class Faults:
    """Does them.

    Args:
        places: Where instruments are plugged in.
        moved: Told whether the USB's instruments are in this machine's kernel, when that has changed.
    """

    def __init__(self, places: Iterable[Place], moved: Callable[[bool], object] = lambda _: None) -> None:
        self._places = {addresses.canonical(place.address): place for place in places}
        self._moved = moved

    def listing(self) -> list[wire.Simulated]:
        """Tell how things are everywhere."""
        return [place.describe() for place in self._places.values()]

    async def inject(self, request: wire.Inject) -> wire.Simulated:
        """Do one thing; tell how the instrument is then (for `plug` and `plug-off`: the first one).

        Raises:
            UsageError: There is no such thing, no such instrument, or the value makes no sense.
            LagerError: The kernel takes no device.
        """
        if request.action in PLUGGING:
            return await self._plug(into_kernel=PLUGGING[request.action])
        action = ACTIONS.get(request.action)
        if action is None:
            raise errors.UsageError(
                f"there is no fault called {request.action!r}", f"use {', '.join([*ACTIONS, *PLUGGING])}"
            )
        place = self._places.get(addresses.canonical(request.address))
        if place is None and not request.address:
            raise errors.UsageError(f"{request.action} is for one instrument", "say which, by one of its nets")
        if place is None:
            raise errors.UsageError(
                f"the instrument at {request.address} is no simulated one", "`lager sim list` shows those there are"
            )
        await action.do(place, _value(request, action))
        return place.describe()

    async def _plug(self, *, into_kernel: bool) -> wire.Simulated:
        places = [place for place in self._places.values() if isinstance(place, UsbPlace)]
        if not places:
            raise errors.UsageError("this bench has no instruments on USB", "leave out `lan = true` in its description")
        try:
            for place in places:
                if not into_kernel:
                    place.out_of_kernel()
                elif not place.describe().kernel:
                    await place.into_kernel()
        except errors.LagerError:
            for place in places:
                place.out_of_kernel()
            raise
        self._moved(into_kernel)
        return places[0].describe()


def _value(request: wire.Inject, action: Action) -> float:
    given = request.value
    if given is None:
        return action.default or 0.0
    if not math.isfinite(given) or (trouble := action.check(given)):
        trouble = trouble if math.isfinite(given) else "takes a finite number"
        raise errors.UsageError(f"{request.action} {trouble}, not {given:g}", "see `lager sim`")
    return given
