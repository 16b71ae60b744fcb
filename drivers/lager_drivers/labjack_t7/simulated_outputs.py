"""The analog outputs and digital lines of a simulated T7.

A line's own register is the trap of the device: to read it makes the line an input, to write it an output. The port
and DIO registers leave directions alone; what is read there is the level at the terminal. An input line sees the line
it is tied to, or what it is wired to, and else its pull-up. An analog output is clamped without a word.

Not here: the extended features of lines, and DAC1's frequency output.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.registerblocks import ILLEGAL_VALUE, Block
from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.wiring import Wiring

_DAC_BINARY = 51000
_DAC_STEPS = 4095
_DAC_STEP = at.DAC_TOP / _DAC_STEPS
_LINES = len(at.DIO_PINS)
_ALL_LINES = (1 << _LINES) - 1
_PAIR_STATE = 2580  # FIO and EIO, EIO and CIO, CIO and MIO
_THRESHOLD = 1.5  # V; the device promises nothing between 0.5 and 2.64 V


class SimulatedDacs:
    """DAC0 and DAC1."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def reset(self) -> None:
        """Put both to 0 V."""
        for pin in at.DAC_PINS:
            self._wiring.drive(pin, 0.0)

    def blocks(self) -> list[Block]:
        """Give their registers."""
        dacs = len(at.DAC_PINS)
        return [
            Block(at.DAC, dacs, 2, lambda n: at.float_words(self._wiring.driven(at.DAC_PINS[n])), self._set),
            Block(_DAC_BINARY, dacs, 2, None, self._set_binary),
        ]

    def _set(self, number: int, words: Sequence[int]) -> None:
        wanted = at.words_float(words)
        if math.isnan(wanted):
            raise ModbusFault(ILLEGAL_VALUE)
        self._drive(number, round(min(max(wanted, 0.0), at.DAC_TOP) / _DAC_STEP))

    def _set_binary(self, number: int, words: Sequence[int]) -> None:
        self._drive(number, min(at.words_long(words), 0xFFFF) >> 4)  # its low four bits count for nothing

    def _drive(self, number: int, step: int) -> None:
        self._wiring.drive(at.DAC_PINS[number], step * _DAC_STEP)


class SimulatedLines:
    """FIO0 to MIO2: DIO0 to DIO22.

    Args:
        wiring: The terminals.
        clock: Gives a time that only grows, s.
    """

    def __init__(self, wiring: Wiring, clock: Callable[[], float]) -> None:
        self._wiring, self._clock = wiring, clock

    def reset(self) -> None:
        """Make all inputs."""
        self._outputs = self._latch = self._inhibit = 0

    def blocks(self) -> list[Block]:
        """Give their registers."""
        ports, pairs = len(at.PORTS), len(at.PORTS) - 1
        return [
            Block(at.DIO, _LINES, 1, self._read_line, self._write_line),
            Block(at.PORT_STATE, ports, 1, lambda n: [self._port(n, self._levels())], self._write_port_state),
            Block(_PAIR_STATE, pairs, 1, lambda n: [self._port(n, self._levels(), 2)], self._write_pair_state),
            Block(at.PORT_DIRECTION, ports, 1, lambda n: [self._port(n, self._outputs)], self._write_port_direction),
            Block(at.DIO_STATE, 1, 2, lambda _: at.long_words(self._levels()), self._write_state),
            Block(at.DIO_DIRECTION, 1, 2, lambda _: at.long_words(self._outputs), self._write_direction),
            Block(at.DIO_INHIBIT, 1, 2, lambda _: at.long_words(self._inhibit), self._write_inhibit),
        ]

    def _level(self, number: int) -> int:
        if self._outputs >> number & 1:
            return self._latch >> number & 1
        pin = at.DIO_PINS[number]
        tied = self._wiring.tied(pin)
        if tied in at.DIO_PINS:
            other = at.DIO_PINS.index(tied)
            return self._latch >> other & 1 if self._outputs >> other & 1 else 1
        if (signal := self._wiring.signal(pin)) is not None:
            shape, part = signal
            return int(shape.volts(self._clock()) * part > _THRESHOLD)
        volts = self._wiring.seen(pin)
        return 1 if volts is None else int(volts > _THRESHOLD)

    def _levels(self) -> int:
        return sum(self._level(number) << number for number in range(_LINES))

    def _read_line(self, number: int) -> list[int]:
        self._outputs &= ~(1 << number)
        return [self._level(number)]

    def _write_line(self, number: int, words: Sequence[int]) -> None:
        self._outputs |= 1 << number
        self._latch = self._latch & ~(1 << number) | (words[0] & 1) << number

    def _write_state(self, _: int, words: Sequence[int]) -> None:
        self._latch = self._merged(self._latch, at.words_long(words), _ALL_LINES & ~self._inhibit)

    def _write_direction(self, _: int, words: Sequence[int]) -> None:
        self._outputs = self._merged(self._outputs, at.words_long(words), _ALL_LINES & ~self._inhibit)

    def _write_inhibit(self, _: int, words: Sequence[int]) -> None:
        self._inhibit = at.words_long(words) & _ALL_LINES

    def _write_port_state(self, number: int, words: Sequence[int]) -> None:
        self._latch = self._merged(self._latch, *self._masked(number, words[0]))

    def _write_pair_state(self, number: int, words: Sequence[int]) -> None:
        shift, mask = self._place(number, 2)
        self._latch = self._merged(self._latch, words[0] << shift, mask << shift)

    def _write_port_direction(self, number: int, words: Sequence[int]) -> None:
        self._outputs = self._merged(self._outputs, *self._masked(number, words[0]))

    @staticmethod
    def _merged(old: int, new: int, mask: int) -> int:
        return old & ~mask | new & mask

    @staticmethod
    def _place(number: int, ports: int = 1) -> tuple[int, int]:
        """Give where the lines of a port, or of several, begin among all, and a mask as wide as they are."""
        width = sum(width for _, width in at.PORTS[number : number + ports])
        return sum(width for _, width in at.PORTS[:number]), (1 << width) - 1

    def _port(self, number: int, bits: int, ports: int = 1) -> int:
        shift, mask = self._place(number, ports)
        return bits >> shift & mask

    def _masked(self, number: int, word: int) -> tuple[int, int]:
        """Take a port's write apart: the upper eight bits name the lines that stay as they are."""
        shift, mask = self._place(number)
        return (word & mask) << shift, (mask & ~(word >> 8)) << shift
