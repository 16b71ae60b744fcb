"""What an electronic load can do. Units are V, A, ohm and W."""

from __future__ import annotations

from typing import Protocol

from lager.roles.fields import Fields
from lager.roles.reading import reads, reads_when_bare


class ELoadState(Fields, frozen=True, kw_only=True):
    """Everything an electronic load says of itself, all of it read in one go.

    Attributes:
        channel: Which input of the instrument.
        enabled: Whether the input is on.
        mode: What it keeps constant: `CC`, `CV`, `CR` or `CW`; `NONE` while a test of its own drives it.
        current_set: Setpoint of `CC`, A.
        voltage_set: Setpoint of `CV`, V.
        resistance_set: Setpoint of `CR`, ohm.
        power_set: Setpoint of `CW`, W.
        voltage: Measured at the terminals, V.
        current: Measured, A.
        power: Measured, W.
        regulated: Whether it holds its setpoint; False while it cannot, as with too weak a source, and while it is off.
        tripped: The protection that has switched the input off, empty for none: `OVP`, `OCP`, `OPP`, `OTP`, `reverse`,
            or `other` where the instrument does not say which. Switching it on again clears it.
    """

    channel: int
    enabled: bool
    mode: str
    current_set: float
    voltage_set: float
    resistance_set: float
    power_set: float
    voltage: float
    current: float
    power: float
    regulated: bool
    tripped: str


class ELoad(Protocol):
    """An electronic load. A setpoint's method gets it, after setting it if a value is given.

    What is given was read back. Where a setpoint has several ranges, the one that is active stays as long as it holds
    the value; another one is chosen only while the input is off.
    """

    @reads_when_bare
    def mode(self, mode: str | None = None) -> str:
        """Get what is kept constant, `CC`, `CV`, `CR` or `CW`, after choosing it if one is given (`CP` is `CW`)."""

    @reads_when_bare
    def current(self, amps: float | None = None) -> float:
        """Get the setpoint of `CC`, A, after setting it if a value is given; the mode stays."""

    @reads_when_bare
    def voltage(self, volts: float | None = None) -> float:
        """Get the setpoint of `CV`, V, after setting it if a value is given; the mode stays."""

    @reads_when_bare
    def resistance(self, ohms: float | None = None) -> float:
        """Get the setpoint of `CR`, ohm, after setting it if a value is given; the mode stays."""

    @reads_when_bare
    def power(self, watts: float | None = None) -> float:
        """Get the setpoint of `CW`, W, after setting it if a value is given; the mode stays."""

    @reads
    def measured_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""

    @reads
    def measured_current(self) -> float:
        """Measure the current drawn, A."""

    @reads
    def measured_power(self) -> float:
        """Measure the power drawn, W."""

    def enable(self) -> None:
        """Switch the input on; its current takes a moment to settle: a DL3021's 0.7 s."""

    def disable(self) -> None:
        """Switch the input off."""

    @reads
    def output_is_enabled(self) -> bool:
        """Get whether the input is on."""

    @reads
    def state(self) -> ELoadState:
        """Read everything at once."""
