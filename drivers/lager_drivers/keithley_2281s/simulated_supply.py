"""The power supply of a simulated 2281S: its settings, and what they put on the terminals."""

from __future__ import annotations

from collections.abc import Iterator

from lager_drivers.keithley_2281s.simulated_terminals import Drive
from lager_drivers.simulated.scpi_parser import Command, Setting, out_of_range


class LimitedVolts(Setting):
    """A voltage that a limit of its own keeps down."""

    def __init__(self) -> None:
        super().__init__(0, 20, 0)
        self.limit = Setting(0, 20, 20)

    def taken(self, arguments: list[str]) -> float:
        """Read the value that is asked for, without taking it."""
        value = super().taken(arguments)
        if value > self.limit.value:
            raise out_of_range()
        return value

    def set_limit(self, arguments: list[str]) -> None:
        """Take another limit; it pulls the voltage down."""
        self.limit.do(arguments)
        self.value = min(self.value, self.limit.value)

    def reset(self) -> None:
        """Go back to the defaults."""
        super().reset()
        self.limit.reset()


class SimulatedSupply:
    """The power supply."""

    def __init__(self) -> None:
        self._volts = LimitedVolts()
        self._amps = Setting(0.1, 6.1, 0.1)
        self._over_volts = Setting(0.5, 21, 21)
        self._over_amps = Setting(0.1, 6.1, 6.1)

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        for one in (self._volts, self._amps, self._over_volts, self._over_amps):
            one.reset()

    def drive(self) -> Drive:
        """Give what it puts on the terminals."""
        return Drive(self._volts.value, self._amps.value, 0.0, self._over_volts.value, self._over_amps.value)

    def pass_time(self, seconds: float) -> Iterator[float]:
        """Let time pass: nothing changes."""
        yield seconds

    def commands(self) -> list[Command]:
        """Give its commands."""
        root = "[:SOURce[1]]"
        limit = self._volts.limit
        return [
            Command(f"{root}:VOLTage[:LEVel][:IMMediate][:AMPLitude]", self._volts.ask, self._volts.do),
            Command(f"{root}:VOLTage:LIMit", limit.ask, self._volts.set_limit),
            Command(f"{root}:VOLTage:PROTection[:LEVel]", self._over_volts.ask, self._over_volts.do),
            Command(f"{root}:CURRent[:LEVel][:IMMediate][:AMPLitude]", self._amps.ask, self._amps.do),
            Command(f"{root}:CURRent:PROTection[:LEVel]", self._over_amps.ask, self._over_amps.do),
        ]
