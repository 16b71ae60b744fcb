"""The extended features of a simulated T7's inputs: slope and offset; max, min and average; thermocouples.

A write to INDEX clears the CONFIG registers. READ_A measures; READ_B to READ_D give what that left. Other features of
the device (RTD, thermistor, RMS ...) are not here: their index is refused with 2580, as one that does not exist.
Not confirmed by LabJack's own pages: that a CONFIG_B of 0 means the device's sensor, with slope 1; which of READ_B and
READ_C of index 3 is the greatest; that a wrong CJC register is refused when it is written.

Where a thermocouple's voltage is out of its range, as an open one's is, READ_A gives -9999; with `out_of_range` set to
`error` it is refused with 2584. Firmwares do the one or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lager_drivers.labjack_t7 import codes, thermovoltage
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.registerblocks import DEVICE_FAILURE, ILLEGAL_VALUE, Block
from lager_drivers.labjack_t7.simulated_inputs import SimulatedInputs
from lager_drivers.labjack_t7.thermocouples import KINDS
from lager_drivers.modbus import ModbusFault

_INPUTS = len(at.AIN_PINS)
_OFF, _SLOPE_OFFSET, _EXTREMES = 0, 1, 3
_LETTERS = {kind.number: letter for letter, kind in KINDS.items()}
_READS = (at.EF_READ_A, 7300, 7600, 7900)
_LONGS = (at.EF_CONFIG_A, at.EF_CONFIG_B, 9900)
_FLOATS = (at.EF_CONFIG_D, at.EF_CONFIG_E, 10800, 11100, 11400, 11700, 12000)
_ALL_INDEX = 43906
_KELVIN, _CELSIUS, _FAHRENHEIT = 0, 1, 2
_SAMPLES, _MOST_SAMPLES = 200, 16384
_ICE = 273.15  # K
_COLD_JUNCTIONS = (173.15, 473.15)  # K
_LARGEST = 3.4e38  # a FLOAT32 has none beyond


class SimulatedFeatures:
    """AIN_EF of AIN0 to AIN13.

    Args:
        inputs: The inputs.
        refuses: Whether a value out of range is an error.
    """

    def __init__(self, inputs: SimulatedInputs, refuses: bool) -> None:
        self._inputs, self._refuses = inputs, refuses
        self._measures: dict[int, Callable[[int], Sequence[float]]] = {
            _SLOPE_OFFSET: self._slope_offset,
            _EXTREMES: self._extremes,
            **dict.fromkeys(_LETTERS, self._thermocouple),
        }
        self.reset()

    def reset(self) -> None:
        """Switch all off."""
        self._index = [_OFF] * _INPUTS
        self._config = {start: [[0, 0] for _ in range(_INPUTS)] for start in (*_LONGS, *_FLOATS)}
        self._left = [[0.0] * 4 for _ in range(_INPUTS)]

    def blocks(self) -> list[Block]:
        """Give its registers."""
        return [
            Block(_READS[0], _INPUTS, 2, self._read_a),
            *(self._result(start, place) for place, start in enumerate(_READS) if place),
            Block(at.EF_INDEX, _INPUTS, 2, lambda n: at.long_words(self._index[n]), self._set_index),
            *(self._setting(start) for start in self._config),
            Block(_ALL_INDEX, 1, 2, lambda _: at.long_words(self._all_index()), self._set_all),
        ]

    def _result(self, start: int, place: int) -> Block:
        def read(number: int) -> list[int]:
            self._refuse_off(number)
            return at.float_words(self._left[number][place])

        def write(number: int, words: Sequence[int]) -> None:
            self._left[number][place] = at.words_float(words)

        return Block(start, _INPUTS, 2, read, write if place in (1, 2) else None)

    def _setting(self, start: int) -> Block:
        def write(number: int, words: Sequence[int]) -> None:
            if start == at.EF_CONFIG_B and self._index[number] in _LETTERS:
                _check_cold_junction(at.words_long(words))
            self._config[start][number] = list(words)

        return Block(start, _INPUTS, 2, lambda number: self._config[start][number], write)

    def _set_index(self, number: int, words: Sequence[int]) -> None:
        wanted = at.words_long(words)
        if wanted != _OFF and wanted not in self._measures:
            raise ModbusFault(ILLEGAL_VALUE, codes.EF_TYPE)
        self._index[number] = wanted
        for settings in self._config.values():
            settings[number] = [0, 0]
        self._left[number] = [0.0] * 4

    def _all_index(self) -> int:
        return self._index[0] if len(set(self._index)) == 1 else 0xFFFF

    def _set_all(self, _: int, words: Sequence[int]) -> None:
        if at.words_long(words) != _OFF:
            raise ModbusFault(ILLEGAL_VALUE, codes.AIN_ALL)
        for number in range(_INPUTS):
            self._set_index(number, words)

    def _refuse_off(self, number: int) -> None:
        if self._index[number] == _OFF:
            raise ModbusFault(DEVICE_FAILURE, codes.EF_INACTIVE)

    def _long(self, start: int, number: int) -> int:
        return at.words_long(self._config[start][number])

    def _float(self, start: int, number: int) -> float:
        return at.words_float(self._config[start][number])

    def _read_a(self, number: int) -> list[int]:
        self._refuse_off(number)
        found = self._measures[self._index[number]](number)
        self._left[number][: len(found)] = found
        return at.float_words(min(max(found[0], -_LARGEST), _LARGEST))

    # What READ_A to READ_D are, by index ------------------------------------------------------------------------------

    def _slope_offset(self, number: int) -> Sequence[float]:
        volts = self._inputs.volts(number)
        return [volts * self._float(at.EF_CONFIG_D, number) + self._float(at.EF_CONFIG_E, number)]

    def _extremes(self, number: int) -> Sequence[float]:
        count = min(self._long(at.EF_CONFIG_A, number) or _SAMPLES, _MOST_SAMPLES)
        samples = [self._inputs.volts(number) for _ in range(count)]
        return [sum(samples) / count, max(samples), min(samples)]

    def _thermocouple(self, number: int) -> Sequence[float]:
        letter = _LETTERS[self._index[number]]
        kelvin = self._cold_junction(number)
        volts = from_ice = self._inputs.volts(number)
        celsius = None
        if _COLD_JUNCTIONS[0] <= kelvin <= _COLD_JUNCTIONS[1]:
            from_ice += thermovoltage.volts(letter, kelvin - _ICE)
            celsius = thermovoltage.celsius(letter, from_ice)
        if celsius is None and self._refuses:
            raise ModbusFault(DEVICE_FAILURE, codes.EF_OUT_OF_RANGE)
        unit = self._long(at.EF_CONFIG_A, number)
        return [at.NO_VALUE if celsius is None else _in_unit(celsius, unit), volts, kelvin, from_ice]

    def _cold_junction(self, number: int) -> float:
        """Measure the temperature of the cold junction, K."""
        register = self._long(at.EF_CONFIG_B, number)
        if register == 0:
            return self._inputs.device_kelvin()
        sensor = register == at.DEVICE_TEMPERATURE
        value = self._inputs.device_kelvin() if sensor else self._inputs.volts(register // 2)
        return value * self._float(at.EF_CONFIG_D, number) + self._float(at.EF_CONFIG_E, number)


def _check_cold_junction(register: int) -> None:
    """Refuse registers that are neither the device's sensor nor an input."""
    if register != at.DEVICE_TEMPERATURE and not (register < 2 * _INPUTS and register % 2 == 0):
        raise ModbusFault(ILLEGAL_VALUE, codes.EF_COLD_JUNCTION)


def _in_unit(celsius: float, unit: int) -> float:
    return {_CELSIUS: celsius, _FAHRENHEIT: celsius * 1.8 + 32}.get(unit, celsius + _ICE)
