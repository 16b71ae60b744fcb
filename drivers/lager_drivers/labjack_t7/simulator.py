"""A simulated LabJack T7: its registers, worked out when they are read. Knows no TCP.

Every 32-bit register takes an even count from an even start; otherwise the device answers with a Modbus exception and
its own code in LAST_ERR_DETAIL (55000).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lager_drivers.labjack_t7 import registers as at
from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.simulation import Simulation

_ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 2, 3
_WRONG_COUNT, _ODD_COUNT, _BAD_RANGE, _BAD_NEGATIVE, _BAD_RESOLUTION = 2313, 2315, 2370, 2373, 2375
_DAC_STEP = at.DAC_TOP / 4095
_NOISE = 36e-6  # V rms: resolution index 8 on the +-10 V range
_SPAN = (-10.6, 10.1)  # V: where its inputs saturate
_ALL_LINES = (1 << len(at.DIO_PINS)) - 1

Read = Callable[[int], list[int]]
Write = Callable[[int, Sequence[int]], None]


@dataclass(frozen=True)
class Block:
    """Registers of one sort, one after the other; `read` and `write` are given the number of the one meant."""

    start: int
    count: int
    words: int
    read: Read | None = None
    write: Write | None = None

    def holds(self, address: int) -> bool:
        """Get whether an address lies in here."""
        return self.start <= address < self.start + self.count * self.words


def simulate(simulation: Simulation) -> SimulatedT7:
    """Simulate one."""
    return SimulatedT7(simulation)


class SimulatedT7:
    """A T7.

    Args:
        simulation: What is to be simulated; of its options it knows none yet.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._serial, self._wiring, self._clock = int(simulation.serial), simulation.wiring, simulation.clock
        self._blocks = [*self._analog(), *self._digital(), *self._identity()]
        self._start()

    def _start(self) -> None:
        self._last_error = 0
        self._started = self._clock()
        self._range, self._negative = [at.WIDEST_RANGE] * len(at.AIN_PINS), [at.SINGLE_ENDED] * len(at.AIN_PINS)
        self._resolution, self._settling = [0] * len(at.AIN_PINS), [0.0] * len(at.AIN_PINS)
        self._outputs = self._latch = self._inhibit = 0
        self._tests = {at.TEST_UINT16: [0x0011], at.TEST_UINT32: at.long_words(0x00112233)}
        self._tests |= {at.TEST_INT32: at.long_words(0x8899AABB), at.TEST_FLOAT32: at.float_words(-9999.0)}
        for pin in at.DAC_PINS:
            self._wiring.drive(pin, 0.0)

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self._start()

    def read(self, address: int, count: int) -> list[int]:
        """Read registers.

        Raises:
            ModbusFault: As the device would answer.
        """
        self._wiring.circuit.settle()
        if address == at.TEST + 1 and count == 1:
            return [0x2233]  # TEST alone may be read by halves
        if address == at.TEST and count == 1:
            return [0x0011]
        words: list[int] = []
        while len(words) < count:
            block, number = self._find(address + len(words), count - len(words))
            if block.read is None:
                raise self._fault(_ILLEGAL_ADDRESS)
            words += block.read(number)
        return words

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write registers; those before a refused one are written.

        Raises:
            ModbusFault: As the device would answer.
        """
        done = 0
        while done < len(words):
            block, number = self._find(address + done, len(words) - done)
            if block.write is None:
                raise self._fault(_ILLEGAL_ADDRESS)
            block.write(number, words[done : done + block.words])
            done += block.words

    def _find(self, address: int, left: int) -> tuple[Block, int]:
        block = next((one for one in self._blocks if one.holds(address)), None)
        if block is None:
            raise self._fault(_ILLEGAL_ADDRESS)
        number, inside = divmod(address - block.start, block.words)
        if inside:
            raise self._fault(_ILLEGAL_VALUE, _WRONG_COUNT)
        if left < block.words:
            raise self._fault(_ILLEGAL_VALUE, _ODD_COUNT)
        return block, number

    def _fault(self, code: int, detail: int = 0) -> ModbusFault:
        self._last_error = detail
        return ModbusFault(code)

    # Analog -----------------------------------------------------------------------------------------------------------

    def _analog(self) -> list[Block]:
        inputs = len(at.AIN_PINS)
        return [
            Block(at.AIN, inputs, 2, lambda n: at.float_words(self._volts(n))),
            Block(at.AIN_RANGE, inputs, 2, lambda n: at.float_words(self._range[n]), self._set_range),
            Block(at.AIN_NEGATIVE, inputs, 1, lambda n: [self._negative[n]], self._set_negative),
            Block(at.AIN_RESOLUTION, inputs, 1, lambda n: [self._resolution[n]], self._set_resolution),
            Block(at.AIN_SETTLING, inputs, 2, lambda n: at.float_words(self._settling[n]), self._set_settling),
            Block(at.DAC, 2, 2, lambda n: at.float_words(self._wiring.driven(at.DAC_PINS[n])), self._set_dac),
        ]

    def _volts(self, number: int) -> float:
        volts = self._seen(at.AIN_PINS[number])
        if (negative := self._negative[number]) != at.SINGLE_ENDED:
            volts -= self._seen(at.AIN_PINS[negative])
        span = self._range[number]
        return min(max(volts, -1.06 * span), 1.01 * span)

    def _seen(self, pin: str) -> float:
        """Give what an input sees, V, within what it can: an open one drifts near ground."""
        volts = self._wiring.seen(pin)
        noisy = self._wiring.circuit.noisy
        if volts is None:
            return noisy(0.05, 0.02)
        low, high = _SPAN
        return min(max(noisy(volts, _NOISE), low), high)

    def _set_range(self, number: int, words: Sequence[int]) -> None:
        wanted = at.words_float(words) or at.WIDEST_RANGE
        fitting = [span for span in (0.01, 0.1, 1.0, 10.0) if abs(wanted - span) <= span * 1e-6]
        if not fitting:
            raise self._fault(_ILLEGAL_VALUE, _BAD_RANGE)
        self._range[number] = fitting[0]

    def _set_negative(self, number: int, words: Sequence[int]) -> None:
        if words[0] != at.SINGLE_ENDED and (number % 2 or words[0] != number + 1):
            raise self._fault(_ILLEGAL_VALUE, _BAD_NEGATIVE)
        self._negative[number] = words[0]

    def _set_resolution(self, number: int, words: Sequence[int]) -> None:
        if words[0] > 8:
            raise self._fault(_ILLEGAL_VALUE, _BAD_RESOLUTION)
        self._resolution[number] = words[0]

    def _set_settling(self, number: int, words: Sequence[int]) -> None:
        self._settling[number] = at.words_float(words)

    def _set_dac(self, number: int, words: Sequence[int]) -> None:
        """Clamp and quantise, and say nothing, as the device does."""
        volts = min(max(at.words_float(words), 0.0), at.DAC_TOP)
        self._wiring.drive(at.DAC_PINS[number], round(volts / _DAC_STEP) * _DAC_STEP)

    # Digital ----------------------------------------------------------------------------------------------------------

    def _digital(self) -> list[Block]:
        ports = len(at.PORTS)
        return [
            Block(at.DIO, len(at.DIO_PINS), 1, self._read_line, self._write_line),
            Block(at.PORT_STATE, ports, 1, lambda n: [self._port(n, self._levels())], self._write_port_state),
            Block(at.PORT_DIRECTION, ports, 1, lambda n: [self._port(n, self._outputs)], self._write_port_direction),
            Block(at.DIO_STATE, 1, 2, lambda _: at.long_words(self._levels()), self._write_state),
            Block(at.DIO_DIRECTION, 1, 2, lambda _: at.long_words(self._outputs), self._write_direction),
            Block(at.DIO_INHIBIT, 1, 2, lambda _: at.long_words(self._inhibit), self._write_inhibit),
        ]

    def _level(self, number: int) -> int:
        """Give a pin's level: its own latch, that of the line it is tied to, or the pull-up."""
        if self._outputs >> number & 1:
            return self._latch >> number & 1
        tied = self._wiring.tied(at.DIO_PINS[number])
        if tied is not None and self._outputs >> (other := at.DIO_PINS.index(tied)) & 1:
            return self._latch >> other & 1
        return 1

    def _levels(self) -> int:
        return sum(self._level(number) << number for number in range(len(at.DIO_PINS)))

    def _read_line(self, number: int) -> list[int]:
        self._outputs &= ~(1 << number)  # the device does so: to read a line's own register makes it an input
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

    def _write_port_direction(self, number: int, words: Sequence[int]) -> None:
        self._outputs = self._merged(self._outputs, *self._masked(number, words[0]))

    @staticmethod
    def _merged(old: int, new: int, mask: int) -> int:
        return old & ~mask | new & mask

    @staticmethod
    def _place(number: int) -> tuple[int, int]:
        """Give where a port's lines begin among all, and a mask as wide as the port."""
        return sum(width for _, width in at.PORTS[:number]), (1 << at.PORTS[number][1]) - 1

    def _port(self, number: int, bits: int) -> int:
        shift, mask = self._place(number)
        return bits >> shift & mask

    def _masked(self, number: int, word: int) -> tuple[int, int]:
        """Take a port's write apart: the upper eight bits name the lines that stay as they are."""
        shift, mask = self._place(number)
        return (word & mask) << shift, (mask & ~(word >> 8)) << shift

    # Identity ---------------------------------------------------------------------------------------------------------

    def _identity(self) -> list[Block]:
        fixed = {
            at.TEST: at.long_words(0x00112233),
            at.PRODUCT_ID: at.float_words(at.THIS_PRODUCT),
            at.HARDWARE_VERSION: at.float_words(1.35),
            at.FIRMWARE_VERSION: at.float_words(1.0330),
            at.SERIAL_NUMBER: at.long_words(self._serial),
        }
        counters = {at.TICKS_10KHZ: 1e4, at.TICKS_40MHZ: 40e6, at.TICKS_20HZ: 20.0}
        kept = {at.TEST_UINT16: 1, at.TEST_UINT32: 2, at.TEST_INT32: 2, at.TEST_FLOAT32: 2}
        return [
            *(Block(address, 1, 2, lambda _, words=words: words) for address, words in fixed.items()),  # type: ignore[misc]
            *(Block(address, 1, 2, lambda _, hertz=hertz: self._ticks(hertz)) for address, hertz in counters.items()),  # type: ignore[misc]
            *(self._kept(address, words) for address, words in kept.items()),
            Block(at.LAST_ERROR, 1, 1, lambda _: [self._last_error]),
        ]

    def _ticks(self, hertz: float) -> list[int]:
        return at.long_words(int((self._clock() - self._started) * hertz) & 0xFFFFFFFF)

    def _kept(self, address: int, words: int) -> Block:
        def write(_: int, given: Sequence[int]) -> None:
            self._tests[address] = list(given)

        return Block(address, 1, words, lambda _: self._tests[address], write)
