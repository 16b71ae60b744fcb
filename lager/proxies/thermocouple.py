"""A script's thermocouple."""

from __future__ import annotations

from lager.proxies.proxy import Proxy


class Thermocouple(Proxy):
    """A thermocouple, with its cold junction compensated."""

    def read(self) -> float:
        """Measure the temperature, °C.

        Raises:
            InstrumentError: The thermocouple is open, or outside its range.
        """
        return self._ask(float, "read")

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
