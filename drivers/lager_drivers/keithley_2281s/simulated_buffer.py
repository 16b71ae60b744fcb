"""The reading buffer of a simulated 2281S, and how its points are written: by the elements that are asked for.

Reading all of it is destructive: what was given once is not given again until the buffer has been filled (manual
7-179). Its clock was never set: it has been the first of July 2013 since the instrument was made.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lager_drivers.simulated.scpi_parser import ScpiError, as_number, out_of_range, split

MOST = 2500
_FIRST_DAY = datetime.datetime(2013, 7, 1)
_OVERFLOW = 9.9e37


class Reading(NamedTuple):
    """One point.

    Attributes:
        volts: V.
        amps: A.
        soc: State of charge, %.
        ohms: Internal resistance, ohm.
        amp_hours: Ah.
        mode: CC, CV or OFF.
        at: Since the instrument's first day, s.
        relative: Since the first reading, s.
    """

    volts: float
    amps: float
    soc: float
    ohms: float
    amp_hours: float
    mode: str
    at: float
    relative: float


def _day(reading: Reading) -> datetime.datetime:
    return _FIRST_DAY + datetime.timedelta(seconds=reading.at)


def _time(moment: datetime.datetime) -> str:
    return moment.strftime("%H:%M:%S.%f")[:-2]


def _number(value: float) -> str:
    return f"{value:+.6E}"


# What an element is written as, and its unit
_ELEMENTS: Mapping[str, tuple[Callable[[Reading, int], str], str]] = {
    "READing": (lambda one, _: _number(one.amps), "A"),
    "SOURce": (lambda one, _: _number(one.volts), "V"),
    "VOLTage": (lambda one, _: _number(one.volts), "V"),
    "CURRent": (lambda one, _: _number(one.amps), "A"),
    "SOC": (lambda one, _: _number(one.soc), "%"),
    "RESistance": (lambda one, _: _number(one.ohms), "Ohm"),
    "AH": (lambda one, _: _number(one.amp_hours), "Ah"),
    "UNIT": (lambda *_: "", ""),
    "MODE": (lambda one, _: one.mode, ""),
    "DATE": (lambda one, _: _day(one).strftime("%m/%d/%Y"), ""),
    "TIME": (lambda one, _: _time(_day(one)), ""),
    "TSTamp": (lambda one, _: f"{_day(one):%m/%d/%Y} {_time(_day(one))}", ""),
    "RELative": (lambda one, _: _number(one.relative), "s"),
    "RSTamp": (lambda one, _: _time(_FIRST_DAY + datetime.timedelta(seconds=one.relative)), ""),
    "RNUM": (lambda _, number: f"{number:04d}", ""),
}
_WHEN = ("UNIT", "MODE", "DATE", "TIME", "TSTamp", "RELative", "RSTamp")
SUPPLY = ("READing", "SOURce", *_WHEN)
STORED = (*SUPPLY, "RNUM")
BATTERY = ("VOLTage", "CURRent", "SOC", "RESistance", "AH", *_WHEN, "RNUM")


def only(arguments: Sequence[str]) -> str:
    """Take the one parameter there may be.

    Raises:
        ScpiError: There are none, or several.
    """
    if len(arguments) != 1:
        raise ScpiError(-109, "Missing parameter")
    return arguments[0]


def words(text: str, allowed: Iterable[str]) -> list[str]:
    """Read a list of elements, a string in quotes of either kind.

    Raises:
        ScpiError: It is none, or there is an element that this place has not.
    """
    if len(text) < 2 or text[0] not in "\"'" or text[-1] != text[0]:
        raise ScpiError(-104, "Data type error")
    known: dict[str, str] = {}
    for name in allowed:
        known |= {name.upper(): name, "".join(letter for letter in name if not letter.islower()): name}
    found = [known.get(one.upper()) for one in split(text[1:-1], ",")]
    if None in found:
        raise ScpiError(-224, "Illegal parameter value")
    return [one for one in found if one is not None]


def written(readings: Sequence[Reading], elements: Sequence[str], first: int = 1) -> str:
    """Write readings, one after the other; UNIT is no field, but puts the units behind the numbers."""
    units = "UNIT" in elements
    fields = [(name, *_ELEMENTS[name]) for name in elements if name != "UNIT"]
    return ",".join(
        "+9.900000E+37" if name == "READing" and abs(one.amps) >= _OVERFLOW else write(one, number) + unit * units
        for number, one in enumerate(readings, start=first)
        for name, write, unit in fields
    )


class Buffer:
    """The points there are.

    Attributes:
        feeding: Whether readings go into it.
    """

    def __init__(self) -> None:
        self._size = MOST
        self.reset()

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        self.feeding = True
        self.resize(MOST)

    def resize(self, points: int) -> None:
        """Make room for so many points; those there are lost."""
        self._size = points
        self.clear()

    def clear(self) -> None:
        """Lose all points."""
        self._points: deque[Reading] = deque(maxlen=self._size)
        self.unread = 0

    @property
    def size(self) -> int:
        """Get how many points it has room for."""
        return self._size

    @property
    def count(self) -> int:
        """Get how many points there are."""
        return len(self._points)

    def add(self, reading: Reading) -> None:
        """Take a point; a full buffer loses its oldest one."""
        was_full = len(self._points) == self._size
        self._points.append(reading)
        full = len(self._points) == self._size
        self.unread = self._size if full and not was_full else min(self.unread + 1, self._size)

    def take(self) -> tuple[list[Reading], int]:
        """Give the points that were not given yet, and the number of the first one."""
        count, self.unread = self.unread, 0
        points = list(self._points)
        return points[len(points) - count :], len(points) - count + 1

    def chosen(self, arguments: Sequence[str]) -> tuple[list[Reading], int]:
        """Give the points from one number to another; they can be given again."""
        first, last = (as_number(one) for one in arguments)
        if not 1 <= first <= last <= MOST:
            raise out_of_range()
        return list(self._points)[int(first) - 1 : int(last)], int(first)
