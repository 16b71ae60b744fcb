"""What a driver needs of a Modbus device, and what a Modbus device is: registers that are read and written.

Both ends share it: the driver speaks to a `Registers` that is a cable, the simulated T7 is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class ModbusFault(Exception):
    """The device answered, with a Modbus exception.

    Attributes:
        code: The exception code: 1 illegal function, 2 illegal address, 3 illegal value, 4 device failure.
        detail: The device's own code, where a simulated one raises this; a cable does not carry it.
    """

    def __init__(self, code: int, detail: int = 0) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code, self.detail = code, detail


class Unanswered(Exception):
    """A simulated device does what it was told, answers nothing, and is gone from the network for a moment."""


class Registers(Protocol):
    """Registers of 16 bits, by address."""

    def read(self, address: int, count: int) -> list[int]:
        """Read `count` registers from `address` on.

        Raises:
            ModbusFault: The device refuses.
        """

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write registers from `address` on, in one message.

        Raises:
            ModbusFault: The device refuses.
        """
