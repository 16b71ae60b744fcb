"""What a thermocouple input can do. The unit is °C."""

from __future__ import annotations

from typing import Protocol

from lager.roles.reading import reads


class Thermocouple(Protocol):
    """A thermocouple, with its cold junction compensated."""

    @reads
    def read(self) -> float:
        """Measure the temperature, °C.

        Raises:
            InstrumentError: The thermocouple is open, or outside its range.
        """
