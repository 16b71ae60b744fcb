"""The terminals of a simulated 2281S: one pair, whichever function is live, and the protections that open them."""

from __future__ import annotations

from typing import NamedTuple

from lager_drivers.simulated.circuit import Point, Rail
from lager_drivers.simulated.scpi_parser import Command, ScpiError

_CC, _CV, _OCP, _OVP, _ON = 1, 2, 4, 8, 64  # of the questionable instrument summary register (manual D-16)
_STATES = {"ON": 1, "1": 1, "OFF": 0, "0": 0, "DIS": 2, "DISABLE": 2, "2": 2}


class Drive(NamedTuple):
    """What a function puts on the terminals, and what makes it let go.

    Attributes:
        emf: V.
        limit: The most current it delivers, A.
        resistance: ohm.
        over_volts: Over-voltage protection level, V.
        over_amps: Over-current protection level, A.
    """

    emf: float
    limit: float
    resistance: float
    over_volts: float
    over_amps: float


class Terminals:
    """The output.

    Args:
        rail: What it drives.

    Attributes:
        trip: The protection that has opened it; `NONE` for none.
    """

    def __init__(self, rail: Rail) -> None:
        self._rail = rail
        self._disabled = False
        self.trip = "NONE"

    @property
    def on(self) -> bool:
        """Get whether they are live."""
        return self._rail.source.on

    def point(self) -> Point:
        """Get voltage and current."""
        return self._rail.point()

    def device(self) -> tuple[float, float]:
        """Give what is connected to them: its own voltage, V, and its resistance, ohm."""
        return self._rail.back_emf, self._rail.load

    def off(self) -> None:
        """Open them."""
        self._rail.source.on = False

    def close(self) -> None:
        """Make them live."""
        self._rail.source.on, self._disabled = True, False

    def reset(self) -> None:
        """Go back to what they are after power-on."""
        self.off()
        self._disabled, self.trip = False, "NONE"

    def drive(self, drive: Drive) -> None:
        """Put this on them; trip where it reaches a protection level (supply: at the level, not above it)."""
        source = self._rail.source
        source.emf, source.limit, source.resistance = drive.emf, drive.limit, drive.resistance
        if not source.on:
            return
        volts, amps, _ = self._rail.point()
        if drive.emf >= drive.over_volts or volts >= drive.over_volts:
            source.on, self.trip = False, "OVP"
        elif abs(amps) > drive.over_amps:
            source.on, self.trip = False, "OCP"

    def condition(self) -> int:
        """Give the condition of the output: regulation, trips, on."""
        bits = {"OCP": _OCP, "OVP": _OVP}.get(self.trip, 0)
        if self.on:
            bits |= _ON | (_CC if self.point().limited else _CV)
        return bits

    def mode(self) -> str:
        """Give what a reading's MODE element says."""
        return "OFF" if not self.on else "CC" if self.point().limited else "CV"

    def commands(self, root: str, *, disable: bool) -> list[Command]:
        """Give the commands of a function's output; only a battery's can be disabled."""

        def switch(arguments: list[str]) -> None:
            state = _STATES.get(arguments[0].upper() if arguments else "")
            if state is None or (state == 2 and not disable):
                raise ScpiError(-141, "Invalid character data")
            if state == 1 and self.trip != "NONE":
                raise ScpiError(-200, "Execution error")
            self._rail.source.on, self._disabled = state == 1, state == 2

        def clear(_: list[str]) -> None:
            self.trip = "NONE"

        return [
            Command(f"{root}[:STATe]", ask=lambda _: "2" if self._disabled else f"{self.on:d}", do=switch),
            Command(f"{root}:PROTection:CLEar", do=clear),
            Command(f"{root}:PROTection:TRIPped", ask=lambda _: self.trip),
        ]
