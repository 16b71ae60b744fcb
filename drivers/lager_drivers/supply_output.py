"""One output of a bench supply, for a driver to declare as its manual's tables have it, and override where it differs.

What is promised to a user, in which order things are asked, and when they are refused is `supply.py`'s affair.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from lager.errors import OutOfRange
from lager_drivers.scpi import Control, Dialog, Measure, Node, never_above

_CHANGED = 0.0015  # A: further off than an instrument rounds what it is sent


class Ranges(NamedTuple):
    """What an output can be set to: least and most of each. Levels of an output below ground are negative, too.

    Attributes:
        volts: Setpoint, V.
        amps: Limit, A.
        ovp: Over-voltage protection level, V.
        ocp: Over-current protection level, A.
    """

    volts: tuple[float, float]
    amps: tuple[float, float]
    ovp: tuple[float, float]
    ocp: tuple[float, float]


class Reading(NamedTuple):
    """What was measured: V, A, W."""

    volts: float
    amps: float
    watts: float


class Status(NamedTuple):
    """What an output is doing."""

    enabled: bool
    mode: str
    ovp_tripped: bool
    ocp_tripped: bool


class SupplyOutput(Node):
    """One output, for a driver to declare; the methods are what most instruments do, for others to override.

    Args:
        dialog: The instrument's conversation.
        ch: Its number.
        ranges: What it can be set to.
    """

    voltage: Control[float]
    current: Control[float]
    ovp: Control[float]
    ocp: Control[float]
    enabled: Control[bool]
    regulation: Measure[str]  # CV, CC or OFF
    ovp_tripped: Measure[bool]
    ocp_tripped: Measure[bool]
    measured_voltage: Measure[float]
    measured_current: Measure[float]
    clearing_ovp: ClassVar[str]  # clears the trip, and leaves the output off
    clearing_ocp: ClassVar[str]
    reaches_level: ClassVar[bool] = True  # whether a setpoint that equals the OVP level does not trip

    def __init__(self, dialog: Dialog, ch: int, ranges: Ranges) -> None:
        super().__init__(dialog, ch=ch)
        self.ch, self.ranges = ch, ranges

    def measure(self) -> Reading:
        """Measure voltage, current and power: V, A, W. An output below ground delivers, whatever its current's sign."""
        volts, amps = self.measured_voltage, self.measured_current
        return Reading(volts, amps, volts * amps if self.ranges.volts[1] > 0 else abs(volts * amps))

    def before_measuring(self) -> None:
        """Do what a fresh reading needs."""

    def ovp_level(self) -> float | None:
        """Get the over-voltage protection level, V; None where it does not act."""
        return self.ovp

    def arm_ovp(self) -> None:
        """Make over-voltage protection act."""

    def protect(self, level: float) -> None:
        """Set the level of over-current protection, A, and make it act."""
        self.ocp = level

    def admit(self, control: Control[float], value: float) -> None:
        """Refuse a value inside its range that does not fit what else is set; called before it is sent.

        Raises:
            OutOfRange: It does not fit.
        """
        if control.name == "voltage" and (level := self.ovp_level()) is not None:
            never_above(value, level, reach=self.reaches_level)  # the instrument would take it, and trip

    def switch_on(self) -> None:
        """Switch the output on."""
        self.enabled = True

    def is_on(self) -> bool:
        """Get whether the output is on."""
        return self.enabled

    def tripped(self) -> str:
        """Name the protection that has tripped; empty for none."""
        return "over-voltage" if self.ovp_tripped else "over-current" if self.ocp_tripped else ""

    def clear_ovp(self) -> None:
        """Clear a tripped over-voltage protection; the output stays off."""
        self.send(self.clearing_ovp)

    def clear_ocp(self) -> None:
        """Clear a tripped over-current protection; the output stays off."""
        self.send(self.clearing_ocp)

    def mode(self) -> str:
        """Get what the output regulates: `CV`, `CC` or `OFF`."""
        return self.regulation if self.is_on() else "OFF"

    def status(self) -> Status:
        """Get what it is doing. What has tripped is not on, whatever the instrument still says."""
        ovp, ocp = self.ovp_tripped, self.ocp_tripped
        enabled = self.enabled and not (ovp or ocp)
        return Status(enabled, self.regulation if enabled else "OFF", ovp, ocp)


class ArmedOutput(SupplyOutput):
    """An output whose protections have levels, and act only where they are armed."""

    ovp_armed: Control[bool]
    ocp_armed: Control[bool]

    def ovp_level(self) -> float | None:
        """Get the over-voltage protection level, V; None where it is not armed."""
        return self.ovp if self.ovp_armed else None

    def arm_ovp(self) -> None:
        """Arm over-voltage protection."""
        self.ovp_armed = True

    def protect(self, level: float) -> None:
        """Set the level of over-current protection, A, and arm it."""
        super().protect(level)
        self.ocp_armed = True


class OneNumberOutput(SupplyOutput):
    """An output whose over-current protection, where armed, trips at the current limit: one number for both.

    That number is the lower of the two, so they may be set in any order, and each may change below the other. The
    instrument keeps no more than the number: what was asked for is kept here, as long as nobody else changes it.
    """

    ocp_armed: Control[bool]
    _limit: float = math.inf  # that was asked for, A; infinity where nobody has
    _level: float = math.inf

    def _recall(self) -> float:
        """Get the number, A, and forget what was asked for if it was changed since."""
        number = self.current
        if not math.isclose(min(self._limit, self._level), number, abs_tol=_CHANGED):
            self._limit = self._level = math.inf
        return number

    def protect(self, level: float) -> None:
        """Have the output switch off at the level, A, or at a lower limit, where it would else go on at that."""
        number = self._recall()
        if not self.ocp_armed or self._limit == math.inf:
            self._limit = number
        self._level = level
        if (lower := min(self._limit, level)) != number:
            self.current = lower
        self.ocp_armed = True

    def admit(self, control: Control[float], value: float) -> None:
        """Refuse a limit above the level of an armed protection, which nobody asked to raise.

        Raises:
            OutOfRange: It is such a limit.
        """
        super().admit(control, value)
        if control.name != "current":
            return
        number = self._recall()
        if value > number:
            self._within_level(value, number)
        self._limit = value

    def _within_level(self, value: float, number: float) -> None:
        if not self.ocp_armed:
            self._level = math.inf
            return
        level = number if self._level == math.inf else self._level
        if value > level:
            raise OutOfRange(
                f"{value:g} A is above {level:g} A, the protection level that is set: "
                "the protection of this output trips at its current limit, so both are one number",
                f"choose {level:g} A or less, or raise the protection level first",
            )


def volts(output: SupplyOutput) -> tuple[float, float]:
    """Give the range of its setpoint, V."""
    return output.ranges.volts


def amps(output: SupplyOutput) -> tuple[float, float]:
    """Give the range of its limit, A."""
    return output.ranges.amps


def ovp_levels(output: SupplyOutput) -> tuple[float, float]:
    """Give the range of its over-voltage protection, V."""
    return output.ranges.ovp


def ocp_levels(output: SupplyOutput) -> tuple[float, float]:
    """Give the range of its over-current protection, A."""
    return output.ranges.ocp
