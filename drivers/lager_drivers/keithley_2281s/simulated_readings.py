"""The measuring of a simulated 2281S: when readings are taken, of what, and how they are answered.

Switching an output on, and changing the function, end continuous measuring: `:MEASure` then gives the last reading, an
old one. A battery function measures while its output is on. Relative time runs on and on, as it was met in the field
(`+3.369820E+05s`), though the manual has it start again every 24 hours.
"""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.keithley_2281s import simulated_buffer as buffer
from lager_drivers.keithley_2281s.simulated_buffer import Buffer, Reading
from lager_drivers.simulated.scpi_parser import Command, ScpiError, Setting, as_number, as_switch, out_of_range

_FUNCTIONS = ("VOLTage", "CURRent", "CONCurrent")
_DEFAULT = ("READing", "SOURce", "UNIT", "RELative")
_RANGES = (0.01, 0.1, 1.0, 10.0)  # A (manual 7-121)
_OVERHEAD = 0.021  # s: two conversions of a 50 Hz period are 61 ms apart in the manual's example (2280S, 7-129)
_OVERFLOW = 9.9e37


class Readings:
    """What is measured.

    Args:
        measure: Takes a reading; given a time since the instrument's first day, s, and one since the first reading, s.
        battery: Whether a battery function's output is on.
        line_frequency: Hz.

    Attributes:
        buffer: Where readings go.
        continuous: Whether it goes on measuring.
    """

    def __init__(
        self,
        measure: Callable[[float, float], Reading],
        battery: Callable[[], bool],
        line_frequency: int,
    ) -> None:
        self._measure, self._battery = measure, battery
        self._line_frequency = line_frequency
        self._now = 0.0
        self._cycles = {name: Setting(0.002, 12 if line_frequency == 50 else 15, 1) for name in _FUNCTIONS}
        self.buffer = Buffer()
        self.reset()

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        for one in self._cycles.values():
            one.reset()
        self._function, self._elements = "CONCurrent", list(_DEFAULT)
        self._range, self._automatic = 0.01, True
        self.overflow = False
        self.buffer.reset()
        self._start, self._due = self._now, 0.0
        self.continuous = True
        self._latest = self._taken()

    @property
    def measuring(self) -> bool:
        """Get whether readings are being taken."""
        return self.continuous or self._battery()

    @property
    def elements(self) -> list[str]:
        """Get the elements a reading is written by, unless others are asked for."""
        return self._elements

    def go_on(self, on: bool) -> None:
        """Measure continuously, or end it; the first reading is taken at once."""
        self.continuous, self._due = on, 0.0
        if on:
            self._once()

    def forget(self) -> None:
        """Begin anew, as a change of function does: no readings, and no more of them until somebody asks for them."""
        self.go_on(False)
        self.buffer.clear()
        self._latest = self._taken()

    def follow(self, seconds: float, later: float) -> None:
        """Let time pass, and take the readings that fall into it.

        Args:
            seconds: How long.
            later: How much more will pass at once, s: readings that those of then will push out are not taken.
        """
        self._now += seconds
        if not self.measuring:
            return
        interval = self._interval()
        self._due += seconds
        count = int(self._due / interval)
        self._due -= count * interval
        kept = max(self.buffer.size - int(later / interval), 0)
        for number in range(min(count, kept), 0, -1):
            self._store(self._taken(self._due + (number - 1) * interval))

    def refresh(self) -> None:
        """Have the reading that `:FETCh?` gives be of now, where it measures."""
        if self.measuring:
            self._latest = self._taken()

    def _interval(self) -> float:
        """Give how far apart readings are, s."""
        conversions = 2 if self._function == "CONCurrent" else 1
        return conversions * self._cycles[self._function].value / self._line_frequency + _OVERHEAD

    def _taken(self, ago: float = 0.0) -> Reading:
        found = self._measure(self._now - ago, self._now - ago - self._start)
        if self._function == "CURRent":
            found = found._replace(amps=max(found.amps, 0.0))  # reads 0 while sinking (field)
        most = next((one for one in _RANGES if one >= self._range), _RANGES[-1])
        self.overflow = not self._automatic and abs(found.amps) > most * 1.05
        return found._replace(amps=_OVERFLOW) if self.overflow else found

    def _store(self, reading: Reading) -> None:
        if self.buffer.feeding:
            self.buffer.add(reading)

    # Commands ---------------------------------------------------------------------------------------------------------

    def commands(self) -> list[Command]:
        """Give the commands of measuring."""
        measure = [
            Command(f":MEASure[1]:{name}[:DC]", ask=lambda _, name=name: self._measured(name))  # type: ignore[misc]
            for name in _FUNCTIONS
        ]
        cycles = [Command(f":SENSe[1]:{name}[:DC]:NPLCycles", one.ask, one.do) for name, one in self._cycles.items()]
        ranged = [
            one
            for name in ("CURRent", "CONCurrent")
            for one in (
                Command(f":SENSe[1]:{name}[:DC]:RANGe[:UPPer]", lambda _: f"{self._range:g}", self._set_range),
                Command(f":SENSe[1]:{name}[:DC]:RANGe:AUTO", lambda _: f"{self._automatic:d}", self._set_automatic),
            )
        ]
        return [
            *measure,
            *cycles,
            *ranged,
            Command(":SENSe[1]:VOLTage[:DC]:RANGe[:UPPer]", ask=lambda _: "21", do=lambda given: _only_21(given)),
            Command(":SENSe[1]:FUNCtion", ask=lambda _: f'"{self._function[:4].upper()}"', do=self._set_function),
            Command(":INITiate[1]:CONTinuous", lambda _: f"{self.continuous:d}", self._set_continuous),
            Command(":INITiate[1][:IMMediate]", do=lambda _: self._once()),
            Command(":ABORt", do=lambda _: self.go_on(False)),
            Command(":READ", ask=lambda _: self._measured(self._function)),
            Command(":FETCh", ask=lambda _: buffer.written([self._latest], self._elements)),
            Command(":FORMat:ELEMents", ask=self._ask_elements, do=self._set_elements),
        ]

    def _measured(self, function: str) -> str:
        self._function = function
        self.refresh()
        return buffer.written([self._latest], self._elements)

    def _set_function(self, arguments: list[str]) -> None:
        text = arguments[0].strip("\"'").upper().removesuffix(":DC") if arguments else ""
        for name in _FUNCTIONS:
            if text in (name.upper(), name[:4].upper()):
                self._function = name
                return
        raise ScpiError(-224, "Illegal parameter value")

    def _set_range(self, arguments: list[str]) -> None:
        self._range, self._automatic = Setting(0, 10, 0.01).taken(arguments), False
        self._range = next(one for one in _RANGES if one >= self._range)

    def _set_automatic(self, arguments: list[str]) -> None:
        self._automatic = as_switch(arguments[0] if arguments else "")

    def _set_continuous(self, arguments: list[str]) -> None:
        self.go_on(as_switch(arguments[0] if arguments else ""))

    def _once(self) -> None:
        self._latest = self._taken()
        self._store(self._latest)

    def _ask_elements(self, _: list[str]) -> str:
        return '"' + ",".join(_short(one) for one in self._elements) + '"'

    def _set_elements(self, arguments: list[str]) -> None:
        self._elements = buffer.words(buffer.only(arguments), buffer.SUPPLY)


def _short(name: str) -> str:
    return "".join(letter for letter in name if not letter.islower())


def _only_21(arguments: list[str]) -> None:
    if as_number(buffer.only(arguments)) > 21:
        raise out_of_range()
