"""The commands of a simulated 2281S' reading buffer: `:DATA`, `:TRACe`, and the same below `:BATTery`."""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.keithley_2281s import simulated_buffer as buffer
from lager_drivers.keithley_2281s.simulated_readings import Readings
from lager_drivers.simulated.scpi_parser import Command, ScpiError, Setting

_ROOTS = (":DATA", ":TRACe[1]", ":BATTery[1]:DATA", ":BATTery[1]:TRACe[1]")
_DEFAULT = ("VOLTage", "CURRent", "UNIT", "RELative")  # of a battery function (manual 7-23)
_FEEDS = {"ALW": True, "ALWAYS": True, "NEXT": True, "NEV": False, "NEVER": False}


class Trace:
    """The commands.

    Args:
        readings: Whose buffer it is.
        simulating: Whether the battery simulator is live.
    """

    def __init__(self, readings: Readings, simulating: Callable[[], bool]) -> None:
        self._readings, self._buffer, self._simulating = readings, readings.buffer, simulating

    def commands(self) -> list[Command]:
        """Give its commands."""
        points = Setting(2, buffer.MOST, buffer.MOST)

        def resize(arguments: list[str]) -> None:
            self._buffer.resize(int(points.taken(arguments)))

        clear = [Command(f"{root}:CLEar", do=lambda _: self._buffer.clear()) for root in _ROOTS]
        return [
            *clear,
            *(Command(f"{root}:DATA", ask=self._ask_all(battery="BATT" in root)) for root in _ROOTS),
            *(Command(f"{root}:DATA:SELected", ask=self._ask_some(battery="BATT" in root)) for root in _ROOTS),
            Command(":TRACe[1]:POINts", lambda asked: points.ask(asked) if asked else str(self._buffer.size), resize),
            Command(":TRACe[1]:POINts:ACTual", ask=lambda _: str(self._buffer.count)),
            Command(":TRACe[1]:FEED", ask=lambda _: "SENS", do=_take_sense),
            Command(":TRACe[1]:FEED:CONTrol", lambda _: "ALW" if self._buffer.feeding else "NEV", self._feed),
        ]

    def _feed(self, arguments: list[str]) -> None:
        word = arguments[0].upper() if arguments else ""
        if word not in _FEEDS:
            raise ScpiError(-141, "Invalid character data")
        self._buffer.feeding = _FEEDS[word]

    def _ask_all(self, *, battery: bool) -> Callable[[list[str]], str]:
        def ask(arguments: list[str]) -> str:
            elements = self._asked_elements(arguments, battery=battery)
            points, first = self._buffer.take()
            return buffer.written(points, elements, first)

        return ask

    def _ask_some(self, *, battery: bool) -> Callable[[list[str]], str]:
        def ask(arguments: list[str]) -> str:
            if not 2 <= len(arguments) <= 3:
                raise ScpiError(-109, "Missing parameter")
            elements = self._asked_elements(arguments[2:], battery=battery)
            points, first = self._buffer.chosen(arguments[:2])
            return buffer.written(points, elements, first)

        return ask

    def _asked_elements(self, arguments: list[str], *, battery: bool) -> list[str]:
        if not arguments:
            return list(_DEFAULT) if battery else self._readings.elements
        elements = buffer.words(buffer.only(arguments), buffer.BATTERY if battery else buffer.STORED)
        if ("AH" if self._simulating() else "SOC") in elements:
            raise ScpiError(709, "buffer elements not supported in this mode")
        return elements


def _take_sense(arguments: list[str]) -> None:
    if buffer.only(arguments).upper() not in ("SENS", "SENSE", "SENS1", "SENSE1"):
        raise ScpiError(-141, "Invalid character data")
