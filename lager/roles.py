"""What a net of each role can do: the one contract drivers, workers and proxies are held to.

A driver's channel satisfies the protocol of its role; the worker calls only names that stand here; the proxy a script
gets has the same methods. Numbers are SI units: volts, amperes, watts, ohms; state of charge is in percent.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec


class SupplyState(msgspec.Struct, frozen=True, kw_only=True):
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


class BatteryState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a battery simulator says of itself, all of it read in one go.

    Attributes:
        channel: Which output of the instrument.
        enabled: Whether the simulated battery is connected.
        mode: `static` or `dynamic`.
        model: Slot number or name of the battery model, as the instrument names it.
        soc: State of charge, %.
        voc: Open-circuit voltage, V.
        terminal_voltage: Measured, V.
        current: Measured, A.
        esr: Internal resistance, ohm.
        capacity: Ah.
        current_limit: A.
        volt_full: Open-circuit voltage when full, V.
        volt_empty: Open-circuit voltage when empty, V.
        ovp_limit: Over-voltage protection level, V.
        ocp_limit: Over-current protection level, A.
        ovp_tripped: Whether over-voltage protection has switched the output off.
        ocp_tripped: Whether over-current protection has switched the output off.
    """

    channel: int
    enabled: bool
    mode: str
    model: str
    soc: float
    voc: float
    terminal_voltage: float
    current: float
    esr: float
    capacity: float
    current_limit: float
    volt_full: float
    volt_empty: float
    ovp_limit: float
    ocp_limit: float
    ovp_tripped: bool
    ocp_tripped: bool


class PowerSupply(Protocol):
    """One output of a bench supply."""

    def set_voltage(self, volts: float) -> None:
        """Set the voltage setpoint, V."""

    def set_current(self, amps: float) -> None:
        """Set the current limit, A."""

    def voltage(self) -> float:
        """Measure the voltage at the terminals, V."""

    def current(self) -> float:
        """Measure the current delivered, A."""

    def power(self) -> float:
        """Measure the power delivered, W."""

    def get_voltage_setpoint(self) -> float:
        """Get the voltage setpoint, V."""

    def get_current_setpoint(self) -> float:
        """Get the current limit, A."""

    def set_ovp(self, volts: float) -> None:
        """Set the over-voltage protection level, V, and arm it."""

    def set_ocp(self, amps: float) -> None:
        """Set the over-current protection level, A, and arm it."""

    def get_ovp_limit(self) -> float:
        """Get the over-voltage protection level, V."""

    def get_ocp_limit(self) -> float:
        """Get the over-current protection level, A."""

    def is_ovp(self) -> bool:
        """Get whether over-voltage protection has tripped."""

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

    def output_is_enabled(self) -> bool:
        """Get whether the output is on."""

    def state(self) -> SupplyState:
        """Read everything at once."""


class Battery(Protocol):
    """A battery simulator."""

    def mode(self, mode: str | None = None) -> str:
        """Get the simulation method, `static` or `dynamic`, after setting it if one is given."""

    def soc(self, percent: float | None = None) -> float:
        """Get the state of charge, %, after setting it if one is given."""

    def voc(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage, V, after setting it if one is given."""

    def voltage_full(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of a full battery, V, after setting it if one is given."""

    def voltage_empty(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of an empty battery, V, after setting it if one is given."""

    def capacity(self, amp_hours: float | None = None) -> float:
        """Get the capacity, Ah, after setting it if one is given."""

    def current_limit(self, amps: float | None = None) -> float:
        """Get the current limit, A, after setting it if one is given."""

    def ovp(self, volts: float | None = None) -> float:
        """Get the over-voltage protection level, V, after setting it if one is given."""

    def ocp(self, amps: float | None = None) -> float:
        """Get the over-current protection level, A, after setting it if one is given."""

    def terminal_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""

    def current(self) -> float:
        """Measure the current, A, signed as the instrument reports it."""

    def esr(self) -> float:
        """Measure the internal resistance, ohm."""

    def enable(self) -> None:
        """Connect the simulated battery."""

    def disable(self) -> None:
        """Disconnect the simulated battery."""

    def clear(self) -> None:
        """Clear tripped protections; the output stays off."""

    def state(self) -> BatteryState:
        """Read everything at once."""


class ADC(Protocol):
    """An analog input."""

    def input(self) -> float:
        """Measure the voltage, V."""


class DAC(Protocol):
    """An analog output."""

    def output(self, volts: float) -> None:
        """Set the output, V."""

    def input(self) -> float:
        """Get the voltage the output is set to, V, as the instrument reports it."""

    def get_voltage(self) -> float:
        """Get the voltage the output is set to, V; the same as `input`."""


class GPIO(Protocol):
    """A digital line."""

    def input(self) -> int:
        """Read the level, 0 or 1, without changing the line's direction."""

    def output(self, level: int | str | bool) -> None:
        """Drive the line: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`."""


CONTRACTS: dict[str, type] = {
    "power-supply": PowerSupply,
    "battery": Battery,
    "adc": ADC,
    "dac": DAC,
    "gpio": GPIO,
}

# The calls that change nothing, neither on the instrument nor at its terminals: only these may ever be sent twice.
READS: dict[str, frozenset[str]] = {
    "power-supply": frozenset(
        {
            "voltage",
            "current",
            "power",
            "get_voltage_setpoint",
            "get_current_setpoint",
            "get_ovp_limit",
            "get_ocp_limit",
            "is_ovp",
            "is_ocp",
            "output_is_enabled",
            "state",
        }
    ),
    "battery": frozenset({"terminal_voltage", "current", "esr", "state"}),
    "adc": frozenset({"input"}),
    "dac": frozenset({"input", "get_voltage"}),
    "gpio": frozenset({"input"}),
}


def methods(role: str) -> frozenset[str]:
    """Name the calls a role's contract allows; KeyError for a role no driver serves."""
    return frozenset(name for name in vars(CONTRACTS[role]) if not name.startswith("_"))


def reads_only(role: str, method: str, args: list[Any]) -> bool:
    """Decide whether a call only reads: a listed read, or a battery parameter asked for without a value."""
    return method in READS[role] or (role == "battery" and not args and method not in {"enable", "disable", "clear"})
