"""Signals that change with time, for the inputs of oscilloscopes. Pure."""

from __future__ import annotations

from typing import Protocol


class Signal(Protocol):
    """A voltage over time."""

    def volts(self, seconds: float) -> float:
        """Give the voltage at a time, V."""
