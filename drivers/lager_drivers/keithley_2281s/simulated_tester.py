"""The battery test of a simulated 2281S: it charges and discharges what is connected, and makes a model of it.

As far as the reference is sure: the end current opens the terminals; a model is made of a charge that `EXEC` began.
What the instrument finds out in hours by pulses is known here: the device's own voltage and resistance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lager_drivers.keithley_2281s.simulated_curve import POINTS, Curve, at, position
from lager_drivers.keithley_2281s.simulated_memory import SLOTS
from lager_drivers.keithley_2281s.simulated_supply import LimitedVolts
from lager_drivers.keithley_2281s.simulated_terminals import Drive, Terminals
from lager_drivers.simulated.scpi_parser import Command, ScpiError, Setting, as_number, out_of_range

_TEST = ":BATTery[1]:TEST"
_AH = f"{_TEST}:SENSe[1]:AH"
_EXEC = {"STAR": "START", "START": "START", "STOP": "STOP", "PAUS": "PAUSE", "PAUSE": "PAUSE"}
_EXEC |= {"CONT": "CONTINUE", "CONTINUE": "CONTINUE"}
_STEP = 10.0  # s: over so long the current is taken as steady
_MOST_STEPS = 1000  # however long nobody asked


class SimulatedTester:
    """The battery test.

    Args:
        terminals: Where the battery under test is.
        save: Keeps a model in a slot.
    """

    def __init__(self, terminals: Terminals, save: Callable[[int, Curve], None]) -> None:
        self._terminals, self._save = terminals, save
        self._volts = LimitedVolts()
        self._over_volts, self._over_amps = Setting(0.5, 21, 21), Setting(0.1, 6.1, 6.1)
        self._end = Setting(0, 0.1, 0)
        self._full, self._charge = Setting(0, 20, 20), Setting(0, 6.1, 1)
        self.reset()

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        for one in (self._volts, self._over_volts, self._over_amps, self._end, self._full, self._charge):
            one.reset()
        self._measuring = False
        self._range = (0.0, 20.0)
        self.amp_hours = 0.0
        self._found: list[tuple[float, float, float]] = []  # Ah, V, ohm

    @property
    def resistance(self) -> float:
        """Get the resistance of what is connected, ohm."""
        return self._terminals.device()[1]

    def drive(self) -> Drive:
        """Give what it puts on the terminals."""
        volts = self._full.value if self._measuring else self._volts.value
        return Drive(volts, self._charge.value, 0.0, self._over_volts.value, self._over_amps.value)

    def pass_time(self, seconds: float) -> Iterator[float]:
        """Let the current flow for some seconds, until it is below the end current; give the steps."""
        step = max(_STEP, seconds / _MOST_STEPS)
        while seconds > 0 and self._terminals.on:
            amps = self._terminals.point().amps
            if abs(amps) <= self._end.value:
                self._terminals.off()
                break
            passed = min(step, seconds)
            self.amp_hours += amps * passed / 3600
            if self._measuring:
                volts, ohms = self._terminals.device()
                self._found.append((self.amp_hours, volts, ohms))
            yield passed
            seconds -= passed
        yield seconds

    def commands(self) -> list[Command]:
        """Give its commands."""
        limit = self._volts.limit
        settings = {
            f"{_TEST}[:SOURce[1]]:VOLTage:PROTection[:LEVel]": self._over_volts,
            f"{_TEST}[:SOURce[1]]:CURRent:PROTection[:LEVel]": self._over_amps,
            f"{_TEST}[:SOURce[1]]:CURRent:END": self._end,
            f"{_AH}:VFULl": self._full,
            f"{_AH}:ILIMit": self._charge,
        }
        return [
            *(Command(pattern, one.ask, one.do) for pattern, one in settings.items()),
            Command(f"{_TEST}[:SOURce[1]]:VOLTage[:LEVel]", self._volts.ask, self._volts.do),
            Command(f"{_TEST}[:SOURce[1]]:VOLTage:LIMit", limit.ask, self._volts.set_limit),
            Command(f"{_AH}:EXECute", do=self._execute),
            Command(f"{_AH}:GMODel:RANGe", ask=lambda _: "{:g}, {:g}".format(*self._range), do=self._set_range),
            Command(f"{_AH}:GMODel:SAVE:INTErnal", do=self._make_model),
            Command(f"{_TEST}:MEASure:EVOC", ask=self._esr_and_voc),
        ]

    def _execute(self, arguments: list[str]) -> None:
        word = _EXEC.get(arguments[0].upper() if arguments else "")
        if word is None:
            raise ScpiError(-141, "Invalid character data")
        if word in ("START", "CONTINUE") and self._terminals.trip != "NONE":
            raise ScpiError(-200, "Execution error")
        if word == "START":
            self.amp_hours, self._found = 0.0, []
        self._measuring = word != "STOP"
        if word in ("START", "CONTINUE"):
            self._terminals.close()
        else:
            self._terminals.off()

    def _set_range(self, arguments: list[str]) -> None:
        if len(arguments) != 2:
            raise ScpiError(-109, "Missing parameter")
        low, high = (as_number(one) for one in arguments)
        if low > high:
            raise ScpiError(708, "Illegal model range setting")
        self._range = (low, high)

    def _make_model(self, arguments: list[str]) -> None:
        """Make a model of the charge between the ends of the range, evenly spaced by charge."""
        slot = as_number(arguments[0]) if arguments else 0
        if slot not in SLOTS:
            raise out_of_range()
        low, high = self._range
        found = [one for one in self._found if low <= one[1] <= high]
        if len(found) < 2 or found[-1][0] <= found[0][0]:
            raise ScpiError(-200, "Execution error")
        charge, volts, ohms = zip(*found, strict=True)
        voc: list[float] = []
        resistance: list[float] = []
        for index in range(POINTS):
            along = position(charge, charge[0] + (charge[-1] - charge[0]) * index / (POINTS - 1))
            voc.append(max(at(volts, along), voc[-1] if voc else 0.0))
            resistance.append(min(at(ohms, along), resistance[-1] if resistance else at(ohms, along)))
        self._save(int(slot), Curve(tuple(voc), tuple(resistance)))

    def _esr_and_voc(self, _: list[str]) -> str:
        volts, ohms = self._terminals.device()
        return f"{ohms:+.6E},{volts:+.6E}"
