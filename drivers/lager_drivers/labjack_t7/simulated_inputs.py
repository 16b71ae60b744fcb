"""The analog inputs of a simulated T7: what is at each terminal, as its range, noise and converter show it.

Noise is that of the resolution index; a reading takes no time here, as on the device it would (0.04 to 160 ms). Where
the span ends a reading stays, without an error. An open input follows what was sampled before it, and is pulled away
from zero by its bias current. AIN14 is the sensor under the terminals, AIN15 is ground.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from lager_drivers.labjack_t7 import codes, thermovoltage
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.registerblocks import DEVICE_FAILURE, ILLEGAL_VALUE, Block
from lager_drivers.labjack_t7.thermocouples import USUAL
from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.simulation import Simulation

T = TypeVar("T")
SPAN = (-1.06, 1.01)  # of its range: where an input saturates (-10.6 and 10.1 V seen in the field)
_RANGES = (0.01, 0.1, 1.0, 10.0)  # V
# V rms on the +-10 V range by resolution index, from 16.0 effective bits at 1 to 22 at 12
_NOISE = (0.0, 305e-6, 216e-6, 153e-6, 108e-6, 82e-6, 62e-6, 44e-6, 36e-6, 22e-6, 13e-6, 8e-6, 5.5e-6)
# More of it, for its size, behind more gain: 1.3 uV at index 8 and 0.2 uV at 12 on +-0.1 V (data sheet)
_GAIN_NOISE = {10.0: 1.0, 1.0: 1.0, 0.1: 3.6, 0.01: 20.0}
_LONGEST_SETTLING = 50000.0  # us
_BINARY_TOP = (1 << 24) - 1
_DEVICE_KELVIN, _KELVIN_NOISE = 299.2, 0.01
_SENSOR_SLOPE, _SENSOR_OFFSET = -92.6, 467.6  # K/V and K of the LM94021 at AIN14
_ALL_RANGE, _ALL_NEGATIVE, _ALL_RESOLUTION, _ALL_SETTLING = 43900, 43902, 43903, 43904
_BINARY, _MIXED = 50000, 0xFFFF
_AIR_KELVIN = 60050
_AIR_COOLER = 4.3 + 0.6  # K; 0.6 for Ethernet being on
_INPUTS = len(at.AIN_PINS)


class SimulatedInputs:
    """AIN0 to AIN15, and the sensor.

    Args:
        simulation: What is at the terminals; `pro` and `thermocouples` are read of its options.
        powered: Tells whether the analog part has power (POWER_AIN).
    """

    def __init__(self, simulation: Simulation, powered: Callable[[], bool]) -> None:
        self._wiring, self._clock = simulation.wiring, simulation.clock
        self._types = {pin: str(letter) for pin, letter in simulation.options.get("thermocouples", {}).items()}
        self._pro = bool(simulation.options.get("pro"))
        self._powered = powered
        self.reset()

    def reset(self) -> None:
        """Take the settings of a T7 that was just switched on."""
        self._range, self._negative = [at.WIDEST_RANGE] * _INPUTS, [at.SINGLE_ENDED] * _INPUTS
        self._resolution, self._settling = [0] * _INPUTS, [0.0] * _INPUTS
        self._sampled = 0.0  # V, by whatever input was last

    def blocks(self) -> list[Block]:
        """Give its registers."""
        inputs = _INPUTS
        return [
            Block(at.AIN, inputs + 2, 2, lambda n: at.float_words(self.volts(n))),
            Block(_BINARY, inputs, 2, lambda n: at.long_words(self._binary(n))),
            Block(at.AIN_RANGE, inputs, 2, lambda n: at.float_words(self._range[n]), self._set_range),
            Block(at.AIN_NEGATIVE, inputs, 1, lambda n: [self._negative[n]], self._set_negative),
            Block(at.AIN_RESOLUTION, inputs, 1, lambda n: [self._resolution[n]], self._set_resolution),
            Block(at.AIN_SETTLING, inputs, 2, lambda n: at.float_words(self._settling[n]), self._set_settling),
            Block(_ALL_RANGE, 1, 2, lambda _: at.float_words(_shared(self._range, at.NO_VALUE)), self._set_all_ranges),
            Block(_ALL_NEGATIVE, 1, 1, lambda _: [self._all_negative()], self._set_all_negative),
            Block(_ALL_RESOLUTION, 1, 1, lambda _: [_shared(self._resolution, _MIXED)], self._set_all_resolutions),
            Block(
                _ALL_SETTLING,
                1,
                2,
                lambda _: at.float_words(_shared(self._settling, at.NO_VALUE)),
                self._set_all_settlings,
            ),
            Block(at.DEVICE_TEMPERATURE, 1, 2, lambda _: at.float_words(self.device_kelvin())),
            Block(_AIR_KELVIN, 1, 2, lambda _: at.float_words(self.device_kelvin() - _AIR_COOLER)),
        ]

    def volts(self, number: int) -> float:
        """Measure, V.

        Raises:
            ModbusFault: The inputs have no power.
        """
        if not self._powered():
            raise ModbusFault(DEVICE_FAILURE, codes.ANALOG_OFF)
        volts = self._terminal(number)
        span, index = at.WIDEST_RANGE, 0
        if number < _INPUTS:
            span, index = self._range[number], self._resolution[number]
            if (negative := self._negative[number]) != at.SINGLE_ENDED:
                volts -= self._terminal(negative)
        rms = _NOISE[index or self._best_quick] * span / at.WIDEST_RANGE * _GAIN_NOISE[span]
        low, high = SPAN
        self._sampled = min(max(self._wiring.circuit.noisy(volts, rms), low * span), high * span)
        return self._sampled

    def device_kelvin(self) -> float:
        """Measure the temperature under the terminals, K.

        Raises:
            ModbusFault: The inputs have no power.
        """
        if not self._powered():
            raise ModbusFault(DEVICE_FAILURE, codes.ANALOG_OFF)
        return self._wiring.circuit.noisy(_DEVICE_KELVIN, _KELVIN_NOISE)

    @property
    def _best_quick(self) -> int:
        return 9 if self._pro else 8  # what index 0 means

    def _terminal(self, number: int) -> float:
        """Give what is at an input, V, without what measuring it adds."""
        if number >= _INPUTS:
            return (_DEVICE_KELVIN - _SENSOR_OFFSET) / _SENSOR_SLOPE if number == _INPUTS else 0.0
        pin = at.AIN_PINS[number]
        celsius = self._wiring.celsius(pin)
        if celsius is not None:
            letter = self._types.get(pin, USUAL)
            junction = _DEVICE_KELVIN - 273.15
            return thermovoltage.volts(letter, celsius) - thermovoltage.volts(letter, junction)
        if (signal := self._wiring.signal(pin)) is not None:
            shape, part = signal
            return shape.volts(self._clock()) * part
        volts = self._wiring.seen(pin)
        return self._wiring.circuit.noisy(self._drifted(), 0.02) if volts is None else volts

    def _drifted(self) -> float:
        return 0.5 * self._sampled + math.copysign(0.3, self._sampled)

    def _binary(self, number: int) -> int:
        low, high = SPAN
        volts = self.volts(number) / self._range[number]
        return round((volts - low) / (high - low) * _BINARY_TOP)

    def _set_range(self, number: int, words: Sequence[int]) -> None:
        wanted = at.words_float(words) or at.WIDEST_RANGE
        fitting = [span for span in _RANGES if abs(wanted - span) <= span * 1e-6]
        if not fitting:
            raise ModbusFault(ILLEGAL_VALUE, codes.AIN_RANGE)
        self._range[number] = fitting[0]

    def _set_negative(self, number: int, words: Sequence[int]) -> None:
        if words[0] != at.SINGLE_ENDED and (number % 2 or words[0] != number + 1):
            raise ModbusFault(ILLEGAL_VALUE, codes.AIN_NEGATIVE)
        self._negative[number] = words[0]

    def _set_resolution(self, number: int, words: Sequence[int]) -> None:
        if words[0] > (12 if self._pro else 8):
            raise ModbusFault(ILLEGAL_VALUE, codes.AIN_RESOLUTION)
        self._resolution[number] = words[0]

    def _set_settling(self, number: int, words: Sequence[int]) -> None:
        wanted = at.words_float(words)
        if not 0 <= wanted <= _LONGEST_SETTLING:
            raise ModbusFault(ILLEGAL_VALUE, codes.AIN_SETTLING)
        self._settling[number] = wanted

    # All at once ------------------------------------------------------------------------------------------------------

    def _set_all_ranges(self, _: int, words: Sequence[int]) -> None:
        for number in range(_INPUTS):
            self._set_range(number, words)

    def _set_all_resolutions(self, _: int, words: Sequence[int]) -> None:
        for number in range(_INPUTS):
            self._set_resolution(number, words)

    def _set_all_settlings(self, _: int, words: Sequence[int]) -> None:
        for number in range(_INPUTS):
            self._set_settling(number, words)

    def _all_negative(self) -> int:
        """Give 1 where all are differential, 199 where none is."""
        if all(self._negative[number] == number + 1 for number in range(0, _INPUTS, 2)):
            return 1
        return _shared(self._negative, _MIXED)

    def _set_all_negative(self, _: int, words: Sequence[int]) -> None:
        if words[0] not in (1, at.SINGLE_ENDED):
            raise ModbusFault(ILLEGAL_VALUE, codes.AIN_NEGATIVE)
        for number in range(_INPUTS):
            differential = words[0] == 1 and number % 2 == 0
            self._negative[number] = number + 1 if differential else at.SINGLE_ENDED


def _shared(values: Sequence[T], mixed: T) -> T:
    """Give the value all have; `mixed` where they differ."""
    return values[0] if all(one == values[0] for one in values) else mixed
