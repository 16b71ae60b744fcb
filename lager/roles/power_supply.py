"""What a bench supply can do. Units are V, A and W."""

from __future__ import annotations

from typing import Protocol

from lager.roles.fields import Fields
from lager.roles.reading import reads


class SupplyState(Fields, frozen=True, kw_only=True):
    """Everything a supply channel says of itself, all of it read in one go.

    Attributes:
        channel: Which output of the instrument.
        enabled: Whether the output is on.
        mode: `CV`, `CC`, or `OFF` when the output is off or unregulated.
        voltage_set: The setpoint, V.
        current_set: The limit, A.
        voltage: Measured at the terminals, V.
        current: Measured, A.
        power: Measured, W.
        ovp_limit: Over-voltage protection level, V.
        ocp_limit: Over-current protection level, A.
        ovp_tripped: Whether over-voltage protection has switched the output off.
        ocp_tripped: Whether over-current protection has switched the output off.
    """

    channel: int
    enabled: bool
    mode: str
    voltage_set: float
    current_set: float
    voltage: float
    current: float
    power: float
    ovp_limit: float
    ocp_limit: float
    ovp_tripped: bool
    ocp_tripped: bool


class SupplyLimits(Fields, frozen=True, kw_only=True):
    """What an output can be set to; nothing is asked for it.

    Attributes:
        voltage_min: Lowest setpoint, V; negative for an output below ground.
        voltage_max: Highest setpoint, V.
        current_max: Highest limit, A.
        ovp_max: Highest over-voltage protection level, V; the lowest one for an output below ground.
        ocp_max: Highest over-current protection level, A.
    """

    voltage_min: float
    voltage_max: float
    current_max: float
    ovp_max: float
    ocp_max: float


class PowerSupply(Protocol):
    """One output of a bench supply."""

    def set_voltage(self, volts: float) -> None:
        """Set the voltage setpoint, V."""

    def set_current(self, amps: float) -> None:
        """Set the current limit, A."""

    @reads
    def voltage(self) -> float:
        """Measure the voltage at the terminals, V."""

    @reads
    def current(self) -> float:
        """Measure the current delivered, A."""

    @reads
    def power(self) -> float:
        """Measure the power delivered, W."""

    @reads
    def get_voltage_setpoint(self) -> float:
        """Get the voltage setpoint, V."""

    @reads
    def get_current_setpoint(self) -> float:
        """Get the current limit, A."""

    def set_ovp(self, volts: float) -> None:
        """Set the over-voltage protection level, V, and arm it."""

    def set_ocp(self, amps: float) -> None:
        """Set the over-current protection level, A, and arm it."""

    @reads
    def get_ovp_limit(self) -> float:
        """Get the over-voltage protection level, V."""

    @reads
    def get_ocp_limit(self) -> float:
        """Get the over-current protection level, A."""

    @reads
    def is_ovp(self) -> bool:
        """Get whether over-voltage protection has tripped."""

    @reads
    def is_ocp(self) -> bool:
        """Get whether over-current protection has tripped."""

    def clear_ovp(self) -> None:
        """Clear a tripped over-voltage protection; the output stays off."""

    def clear_ocp(self) -> None:
        """Clear a tripped over-current protection; the output stays off."""

    def enable(self) -> None:
        """Switch the output on."""

    def disable(self) -> None:
        """Switch the output off."""

    @reads
    def output_is_enabled(self) -> bool:
        """Get whether the output is on."""

    @reads
    def state(self) -> SupplyState:
        """Read everything at once."""

    @reads
    def get_output_mode(self) -> str:
        """Get what the output regulates: `CV`, `CC`, or `OFF` where it is off or unregulated."""

    @reads
    def get_channel_limits(self) -> SupplyLimits:
        """Get what the output can be set to."""
