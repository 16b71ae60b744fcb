"""A simulated Rigol DM3058: two jacks for voltages, and the RIGOL command set as far as voltages need it.

How sure the facts are: all of them are from memory of the DM3058 Programming Guide, its data sheet and other people's
scripts. No page was looked up, and nothing was tried on a real meter: check them there before you trust a number.

The surer ones: the shape of `*IDN?`, USB 1AB1:09C4 and the raw socket; `:FUNCtion:VOLTage:DC`, and `:FUNCtion?`
answered DCV; `:MEASure {AUTO|MANU}`; `:MEASure:VOLTage:DC?` answered as +1.234567E+00; a range by its index 0 to 4, and
its query; 9.9E+37 for an overload; `:RATE:VOLTage:DC` slow, medium or fast; CMDSET; about 1 s to switch the function.

The less sure ones: the firmware's version in `*IDN?`; the same commands for AC; ACV as its answer; the ranges' volts,
and that they reach 20 % further; that the rates are the letters S, M and F, how often they measure, and that the power
comes on with DCV, automatic ranges and slow readings; AC coupling of ACV; noise; that `:MEASure` answers whether it has
measured, TRUE or FALSE; that the RIGOL set has no error queue; that what is not understood is not answered.

Where nobody is sure, the bench's description decides by an option:

* `switching`: s, until it measures what it was told to; 1.0.
* `tells_at_once`: whether `:FUNCtion?` gives the new function before it is measured; false.
* `measuring_switches`: whether `:MEASure:VOLTage:DC?` switches to that function; false: it answers with whatever is
  measured, which is what a driver must not rely on.
* `latest`: whether a reading is the last that was complete, as old as the rate lets it be; false: it is of now.
* `command_set`: RIGOL; AGILENT or FLUKE for one that was left in it: it then answers *IDN? and CMDSET only.
* `model`: what `*IDN?` says; DM3058. The other is DM3058E.

Both pins are the same jacks: the description wires one of them, DCV where both are. A changing signal reads as its
mean, or as the rms of the rest. Not simulated: current, resistance and all else that is no voltage, triggers, the
memory, mathematics, `*RST`'s details, AC below 20 Hz or above 100 kHz, the commands of the two other sets.
"""

from __future__ import annotations

import itertools
import math

from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError, as_number, out_of_range
from lager_drivers.simulated.signals import Signal
from lager_drivers.simulated.simulation import Simulation

_PINS = ("DCV", "ACV")
_RANGES = {"DCV": (0.2, 2.0, 20.0, 200.0, 1000.0), "ACV": (0.2, 2.0, 20.0, 200.0, 750.0)}  # V
_BEYOND = 1.2  # of a range can be read; the largest ends at itself
_NOISE = 3e-6  # of a range, rms: the last of 5 1/2 digits
_PERIODS = {"S": 0.4, "M": 0.05, "F": 1 / 123}  # s from one reading to the next
_SETS = ("RIGOL", "AGILENT", "FLUKE")
_OVERLOAD = 9.9e37


def simulate(simulation: Simulation) -> SimulatedDM3058:
    """Simulate one."""
    return SimulatedDM3058(simulation)


class Function:
    """What is kept for one of the functions: its range and its rate."""

    def __init__(self, pin: str) -> None:
        self.pin = pin
        self.index, self.rate = 2, "S"

    def reach(self, index: int) -> float:
        """Give the most a range reads, V."""
        whole = _RANGES[self.pin]
        return whole[index] if index == len(whole) - 1 else whole[index] * _BEYOND

    def fit(self, volts: float) -> None:
        """Choose the range as the meter does by itself."""
        last = len(_RANGES[self.pin]) - 1
        self.index = next((n for n in range(last) if abs(volts) <= self.reach(n)), last)


class SimulatedDM3058:
    """A DM3058.

    Args:
        simulation: What is to be simulated.
    """

    vendor, product = 0x1AB1, 0x09C4  # of its USB

    def __init__(self, simulation: Simulation) -> None:
        options = simulation.options
        model = str(options.get("model", "DM3058"))
        self.strings = ("Rigol Technologies", model, simulation.serial)
        self._idn = f"Rigol Technologies,{model},{simulation.serial},01.01.00.02.02.00"
        self._wiring, self._circuit, self._clock = simulation.wiring, simulation.wiring.circuit, simulation.clock
        self._switching = float(options.get("switching", 1.0))
        self._tells_at_once = bool(options.get("tells_at_once"))
        self._measuring_switches = bool(options.get("measuring_switches"))
        self._latest = bool(options.get("latest"))
        self._set = str(options.get("command_set", "RIGOL"))
        if self._set not in _SETS:
            raise ValueError(f"command_set is one of {', '.join(_SETS)}, not {self._set!r}")
        self._reset()
        voltages = [command for pin in _PINS for command in self._voltage(pin)]
        self._interpreter = Interpreter([*self._system(), *voltages], self._only_in_its_set)
        if self._latest:
            self._circuit.follow(self._sample)

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        answer = self._interpreter.handle(line)
        self._circuit.settle()
        return answer

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power; the command set is kept [M]."""
        self._reset()
        self._interpreter.power_on()

    def _reset(self) -> None:
        self._functions = {pin: Function(pin) for pin in _PINS}
        self._old, self._wanted, self._since = _PINS[0], _PINS[0], -math.inf
        self._automatic = True
        self._due = -math.inf
        self._sample()

    def _only_in_its_set(self, header: str) -> None:
        if self._set != "RIGOL" and not header.endswith(("*IDN", ":CMDSET")):
            raise ScpiError(-113, "Undefined header")

    # What it measures ------------------------------------------------------------------------------------------------

    def _live(self) -> Function:
        """Give the function whose readings it takes now."""
        switched = self._clock() - self._since >= self._switching
        return self._functions[self._wanted if switched else self._old]

    def _switch(self, pin: str) -> None:
        if pin != self._wanted:
            self._old, self._wanted, self._since = self._live().pin, pin, self._clock()

    def _sample(self) -> None:
        """Take a reading when one is due."""
        now = self._clock()
        if now < self._due:
            return
        live = self._live()
        self._due = now + (_PERIODS[live.rate] if self._latest else 0.0)
        volts = self._at_jacks(live.pin)
        if self._automatic:
            live.fit(volts)
        reading = self._circuit.noisy(volts, _NOISE * _RANGES[live.pin][live.index])
        reading = abs(reading) if live.pin == "ACV" else reading  # no rms is negative
        self._reading = _OVERLOAD if abs(volts) > live.reach(live.index) else reading

    def _at_jacks(self, function: str) -> float:
        """Give the DC voltage at the jacks, or the rms of the AC, V."""
        for pin in _PINS:
            if (found := self._wiring.signal(pin)) is not None:
                shape, part = found
                return shape.mean * part if function == "DCV" else _rms(shape) * abs(part)
            if (volts := self._wiring.seen(pin)) is not None:
                return volts if function == "DCV" else 0.0
        return 0.0  # open: its 10 MOhm hold it near zero [M]

    # Commands --------------------------------------------------------------------------------------------------------

    def _system(self) -> list[Command]:
        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self._reset()),
            Command(":CMDSET", ask=lambda _: self._set, do=self._choose_set),
            Command(":SYSTem:ERRor[:NEXT]"),  # there is none: not answered [M]
            Command(":FUNCtion", ask=lambda _: self._wanted if self._tells_at_once else self._live().pin),
            Command(":MEASure", ask=lambda _: "TRUE", do=self._choose_automatic),
        ]

    def _voltage(self, pin: str) -> list[Command]:
        kind = pin.removesuffix("V")
        measure = f":MEASure:VOLTage:{kind}"
        return [
            Command(f":FUNCtion:VOLTage:{kind}", do=lambda _: self._switch(pin)),
            Command(measure, ask=lambda _: self._measured(pin), do=lambda given: self._choose_range(pin, given)),
            Command(f"{measure}:RANGe", ask=lambda _: str(self._functions[pin].index)),
            Command(f":RATE:VOLTage:{kind}", lambda _: self._functions[pin].rate, lambda given: self._pace(pin, given)),
        ]

    def _measured(self, pin: str) -> str:
        if self._measuring_switches:
            self._switch(pin)
        self._sample()
        return f"{self._reading:+.6E}"

    def _choose_set(self, given: list[str]) -> None:
        self._set = _word(given, _SETS)

    def _choose_automatic(self, given: list[str]) -> None:
        self._automatic = _word(given, ("AUTO", "MANU")) == "AUTO"

    def _choose_range(self, pin: str, given: list[str]) -> None:
        number = as_number(given[0] if given else "")
        if number not in range(len(_RANGES[pin])):
            raise out_of_range()
        self._automatic = False  # [M]
        self._functions[pin].index = int(number)
        self._switch(pin)  # [M]
        self._due = -math.inf

    def _pace(self, pin: str, given: list[str]) -> None:
        self._functions[pin].rate = _word(given, tuple(_PERIODS))


def _word(given: list[str], words: tuple[str, ...]) -> str:
    """Read one of some words."""
    text = given[0].upper() if given else ""
    if text not in words:
        raise ScpiError(-141, "Invalid character data")
    return text


def _rms(shape: Signal) -> float:
    """Work out the rms of what changes in a signal, V: between two knots it is a straight line."""
    knots = list(zip(shape.times, shape.levels, strict=True))
    square = sum((t2 - t1) * (v1 * v1 + v1 * v2 + v2 * v2) / 3 for (t1, v1), (t2, v2) in itertools.pairwise(knots))
    return math.sqrt(max(square / shape.period - shape.mean**2, 0.0))
