"""A T7's analog inputs, as voltages and as thermocouples, and how one input is set up for the one or the other.

Its settings are in its memory: they outlive a client, and two clients share them. A voltage costs one Modbus read, so
its settings are written once, and looked at again only where a reading saturates. A temperature looks at them each
time: with another type of thermocouple or another unit a wrong number looks like a right one.
"""

from __future__ import annotations

from collections.abc import Sequence

from lager.errors import InstrumentRefused
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.board import Board
from lager_drivers.labjack_t7.thermocouples import Kind

Settings = tuple[tuple[int, Sequence[int]], ...]  # registers and their words, in the order they are written
_CELSIUS, _SLOPE, _OFFSET = 1, 1.0, 0.0  # the unit of a thermocouple's reading; K/K and K of its cold junction
_THERMOCOUPLES_RANGE = 0.1  # V


def _span(number: int, volts: float) -> Settings:
    """Give what an input is set to: a range, against ground, resolution and settling as the device finds best."""
    return (
        (at.AIN_RANGE + 2 * number, at.float_words(volts)),
        (at.AIN_NEGATIVE + number, [at.SINGLE_ENDED]),
        (at.AIN_RESOLUTION + number, [0]),
        (at.AIN_SETTLING + 2 * number, at.float_words(0.0)),
    )


def _thermocouple(number: int, kind: Kind) -> Settings:
    """Give what makes a thermocouple of an input. The index comes first: to write it clears the others."""
    return (
        *_span(number, _THERMOCOUPLES_RANGE),
        (at.EF_INDEX + 2 * number, at.long_words(kind.number)),
        (at.EF_CONFIG_A + 2 * number, at.long_words(_CELSIUS)),
        (at.EF_CONFIG_B + 2 * number, at.long_words(at.DEVICE_TEMPERATURE)),
        (at.EF_CONFIG_D + 2 * number, at.float_words(_SLOPE)),
        (at.EF_CONFIG_E + 2 * number, at.float_words(_OFFSET)),
    )


class Input:
    """One AIN, whatever it is used for.

    Args:
        board: The registers.
        number: Which.
    """

    def __init__(self, board: Board, number: int) -> None:
        self.board, self.number = board, number
        self._settings: Settings = ()

    def is_set(self, settings: Settings) -> bool:
        """Tell whether these are the settings this session wrote last."""
        return settings == self._settings

    def has(self, settings: Settings) -> bool:
        """Ask the device whether it has these settings."""
        return all(self.board.read(address, len(words)) == list(words) for address, words in settings)

    def set_up(self, settings: Settings) -> None:
        """Write settings."""
        self._settings = ()  # until all are written
        for address, words in settings:
            self.board.write(address, words)
        self._settings = settings


class AnalogInput:
    """One AIN, as the adc contract has it.

    Args:
        one: The input.
    """

    def __init__(self, one: Input) -> None:
        self._one = one
        self._settings = _span(one.number, at.WIDEST_RANGE)

    def input(self) -> float:
        """Measure the voltage against ground, V.

        About -10.6 or 10.1 V is a reading like others: the input saturates there, and the terminal may be anywhere
        beyond; so may one that is connected to nothing.
        """
        if not self._one.is_set(self._settings):
            self._one.set_up(self._settings)
        volts = self._read()
        low, high = at.SATURATED
        if low <= volts <= high or self._one.has(self._settings):
            return volts
        # Somebody else's differential setting makes every reading about 10.1 V (seen in the field)
        self._one.set_up(self._settings)
        return self._read()

    def _read(self) -> float:
        return self._one.board.read_volts(at.AIN + 2 * self._one.number)


class Thermocouple:
    """A thermocouple at one AIN, as the thermocouple contract has it; its cold junction is the T7's own sensor.

    Args:
        one: The input.
        letter: Its type.
        kind: The same, as data.
    """

    def __init__(self, one: Input, letter: str, kind: Kind) -> None:
        self._one, self._letter, self._kind = one, letter, kind
        self._settings = _thermocouple(one.number, kind)

    def read(self) -> float:
        """Measure the temperature, °C.

        Raises:
            InstrumentRefused: The thermocouple is open, or outside its range. The T7 cannot see an open one but by the
                voltage its input drifts to, which is nearly always out of range.
        """
        if not self._one.is_set(self._settings) or not self._one.has(self._settings):
            self._one.set_up(self._settings)
        celsius = self._one.board.read_float(at.EF_READ_A + 2 * self._one.number)
        if celsius == at.NO_VALUE or not self._kind.low <= celsius <= self._kind.high:
            raise InstrumentRefused(
                f"the type {self._letter} thermocouple at AIN{self._one.number} reads {celsius:g}, which is no "
                f"temperature it can measure ({self._kind.low:g} to {self._kind.high:g} °C)",
                "see that it is connected at both screws, the right way round, and not broken; if it is of another "
                f"type, say so in the bench file: pin AIN{self._one.number}-J",
            )
        return celsius
