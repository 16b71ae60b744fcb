"""A T7's analog outputs and digital lines.

Lines are read from DIO_STATE only: reading a line's own register would turn an output into an input.
"""

from __future__ import annotations

from lager.errors import OutOfRange
from lager.roles.gpio import as_level
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.board import Board


class AnalogOutput:
    """One DAC, as the dac contract has it."""

    def __init__(self, board: Board, number: int) -> None:
        self._board, self._address = board, at.DAC + 2 * number

    def output(self, volts: float) -> None:
        """Set the output, V.

        Raises:
            OutOfRange: It is outside 0..5 V; the T7 itself would clamp it and say nothing.
        """
        if not 0 <= volts <= at.DAC_TOP:
            raise OutOfRange(
                f"DAC voltage must be between 0 and {at.DAC_TOP:g}V, got {volts:.10g}V", "choose a value from 0 to 5 V"
            )
        self._board.write(self._address, at.float_words(volts))

    def input(self) -> float:
        """Get the voltage it is set to, V, as the T7 tells: in steps of 1.2 mV, and no more than it can."""
        return self._board.read_volts(self._address)

    def get_voltage(self) -> float:
        """Get the voltage it is set to, V."""
        return self.input()


class DigitalLine:
    """One DIO, as the gpio contract has it."""

    def __init__(self, board: Board, number: int) -> None:
        self._board, self._number = board, number

    def input(self) -> int:
        """Read the level at the terminal, 0 or 1; the line stays what it is."""
        return at.words_long(self._board.read(at.DIO_STATE, 2)) >> self._number & 1

    def output(self, level: int | str | bool) -> None:
        """Drive the line.

        Raises:
            UsageError: That is no level.
        """
        self._board.write(at.DIO + self._number, [as_level(level)])
