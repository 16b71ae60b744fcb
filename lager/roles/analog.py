"""What analog inputs and outputs can do. The unit is V."""

from __future__ import annotations

from typing import Protocol

from lager.roles.reading import reads


class ADC(Protocol):
    """An analog input."""

    @reads
    def input(self) -> float:
        """Measure the voltage, V."""


class DAC(Protocol):
    """An analog output."""

    def output(self, volts: float) -> None:
        """Set the output, V."""

    @reads
    def input(self) -> float:
        """Get the voltage the output is set to, V, as the instrument reports it."""

    @reads
    def get_voltage(self) -> float:
        """Get the voltage the output is set to, V; the same as `input`."""
