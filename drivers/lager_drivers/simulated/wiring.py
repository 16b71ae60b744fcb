"""One instrument's terminals on the simulated circuit: it knows its own pins, and nobody else's."""

from __future__ import annotations

from lager_drivers.simulated.circuit import Circuit, Rail
from lager_drivers.simulated.signals import Signal


class Wiring:
    """The terminals of one instrument.

    Args:
        circuit: The circuit.
        name: What the bench's description calls the instrument.
    """

    def __init__(self, circuit: Circuit, name: str) -> None:
        self.circuit = circuit
        self._name = name

    def _terminal(self, pin: str) -> str:
        return f"{self._name}.{pin}"

    def output(self, pin: str) -> Rail:
        """Give the rail an output drives."""
        return self.circuit.output(self._terminal(pin))

    def across(self, pin: str) -> Rail:
        """Give the rail an electronic load's input is across."""
        return self.circuit.across(self._terminal(pin))

    def drive(self, pin: str, volts: float) -> None:
        """Put a voltage on an output that is no rail."""
        self.circuit.drive(self._terminal(pin), volts)

    def driven(self, pin: str) -> float:
        """Give what `drive` last put there, V."""
        return self.circuit.driven(self._terminal(pin))

    def seen(self, pin: str) -> float | None:
        """Give the steady voltage at an input, V; None where it is open, or sees a signal."""
        return self.circuit.seen(self._terminal(pin))

    def signal(self, pin: str) -> tuple[Signal, float] | None:
        """Give the signal at an input, and the part of it that a divider leaves; None where it sees none."""
        return self.circuit.signal(self._terminal(pin))

    def tied(self, pin: str) -> str | None:
        """Give the pin of this instrument that a line is tied to; None for none, or for another instrument's."""
        other = self.circuit.tied(self._terminal(pin))
        own = f"{self._name}."
        return other[len(own) :] if other is not None and other.startswith(own) else None

    def celsius(self, pin: str) -> float | None:
        """Give the temperature at a thermocouple, °C; None where there is none."""
        return self.circuit.celsius(self._terminal(pin))
