"""A T7's registers, with its refusals in words. Knows no pin."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lager.errors import InstrumentError, InstrumentRefused
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.codes import REFUSALS, UNKNOWN
from lager_drivers.modbus import ModbusFault, Registers


class Board:
    """The registers.

    Args:
        registers: The cable.
    """

    def __init__(self, registers: Registers) -> None:
        self._registers = registers

    def read(self, address: int, count: int) -> list[int]:
        """Read registers.

        Raises:
            InstrumentRefused: The device refuses.
            InstrumentError: It gave too few or too many.
        """
        try:
            words = self._registers.read(address, count)
        except ModbusFault as fault:
            raise self._refused(f"reading register {address}", fault) from fault
        if len(words) != count:
            raise InstrumentError(
                f"the T7 gave {len(words)} registers for {count} from {address} on", "call again; check the network"
            )
        return words

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write registers.

        Raises:
            InstrumentRefused: The device refuses.
        """
        try:
            self._registers.write(address, words)
        except ModbusFault as fault:
            raise self._refused(f"writing register {address}", fault) from fault

    def read_float(self, address: int) -> float:
        """Read a FLOAT32: V of a voltage, °C of a temperature.

        Raises:
            InstrumentRefused: The device refuses.
            InstrumentError: It is no number.
        """
        value = at.words_float(self.read(address, 2))
        if not math.isfinite(value):
            raise InstrumentError(f"the T7 answered register {address} with {value}", "call again; check the network")
        return value

    def read_volts(self, address: int) -> float:
        """Read a voltage, V.

        Raises:
            InstrumentRefused: The device refuses.
            InstrumentError: It has none.
        """
        volts = self.read_float(address)
        if volts == at.NO_VALUE:
            raise InstrumentError(
                f"the T7 answered register {address} with {volts:g}: it has no value there",
                "call again; another program may be using that pin for something else",
            )
        return volts

    def _refused(self, deed: str, fault: ModbusFault) -> InstrumentRefused:
        """Ask for the device's own code: the Modbus one is the same for most errors."""
        try:
            detail = self._registers.read(at.LAST_ERROR, 1)[0]
        except ModbusFault:
            detail = 0
        refusal = REFUSALS.get(detail, UNKNOWN)
        code = f", error {detail} ({refusal.meaning})" if detail else ""
        return InstrumentRefused(f"the T7 refused {deed}: {fault}{code}", refusal.hint)
