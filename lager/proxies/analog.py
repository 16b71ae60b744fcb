"""A script's analog inputs and outputs."""

from __future__ import annotations

from lager.proxies.proxy import Proxy
from lager.proxies.released import also


class ADC(Proxy):
    """An analog input."""

    def input(self) -> float:
        """Measure the voltage, V."""
        return self._ask(float, "input")


class DAC(Proxy):
    """An analog output."""

    @also("volts", "voltage", "value")
    def output(self, volts: float) -> None:
        """Set the output, V."""
        self._do("output", self._number(volts))

    def input(self) -> float:
        """Get the voltage the output is set to, V, as the instrument reports it."""
        return self._ask(float, "input")

    def get_voltage(self) -> float:
        """Get the voltage the output is set to, V; the same as `input`."""
        return self._ask(float, "get_voltage")
