"""LabJack T7: analog inputs and outputs and digital lines, over Modbus registers.

The map is that of `registers`. Digital inputs are read from DIO_STATE only: reading a line's own register would turn
an output into an input.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange, UsageError
from lager_drivers.device import another, check_channel
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.modbus import ModbusFault, Registers

ROLES = {"adc": at.AIN_PINS, "dac": at.DAC_PINS, "gpio": at.DIO_PINS}
_LEVELS = {"1": 1, "high": 1, "on": 1, "true": 1, "0": 0, "low": 0, "off": 0, "false": 0}
_DRIFT = 1e-4  # of its crystal and this machine's clock together
_MEANINGS = {2370: "no such range", 2373: "no such negative channel", 2313: "wrong number of registers"}


class Board:
    """The registers, with the device's refusals in words."""

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

    def read_volts(self, address: int) -> float:
        """Read a FLOAT32, V.

        Raises:
            InstrumentError: It is no number.
        """
        volts = at.words_float(self.read(address, 2))
        if not math.isfinite(volts):
            raise InstrumentError(f"the T7 answered register {address} with {volts}", "call again; check the network")
        return volts

    def _refused(self, deed: str, fault: ModbusFault) -> InstrumentRefused:
        """Ask for the device's own code: the Modbus one is the same for most errors."""
        try:
            detail = self._registers.read(at.LAST_ERROR, 1)[0]
        except ModbusFault:
            detail = 0
        meaning = _MEANINGS.get(detail, "see LabJack's list of error codes")
        code = f", error {detail} ({meaning})" if detail else ""
        return InstrumentRefused(
            f"the T7 refused {deed}: {fault}{code}", "switch the T7 off and on; its firmware may be too old"
        )


class AnalogInput:
    """One AIN, as the adc contract has it."""

    def __init__(self, board: Board, number: int) -> None:
        self._board, self._number, self._ready = board, number, False

    def input(self) -> float:
        """Measure the voltage against ground, V."""
        if not self._ready:
            # Settings outlive a client: a differential one, left by somebody, makes every reading about 10.1 V
            self._board.write(at.AIN_RANGE + 2 * self._number, at.float_words(at.WIDEST_RANGE))
            self._board.write(at.AIN_NEGATIVE + self._number, [at.SINGLE_ENDED])
            self._ready = True
        return self._board.read_volts(at.AIN + 2 * self._number)


class AnalogOutput:
    """One DAC, as the dac contract has it."""

    def __init__(self, board: Board, number: int) -> None:
        self._board, self._address = board, at.DAC + 2 * number

    def output(self, volts: float) -> None:
        """Set the output, V.

        Raises:
            OutOfRange: It is outside 0..5 V; the T7 itself would clamp it and say nothing.
        """
        if not 0 <= volts <= at.DAC_TOP:
            raise OutOfRange(f"output {volts:g} V is outside 0..5 V", "choose a value from 0 to 5 V")
        self._board.write(self._address, at.float_words(volts))

    def input(self) -> float:
        """Get the voltage it is set to, V."""
        return self._board.read_volts(self._address)

    def get_voltage(self) -> float:
        """Get the voltage it is set to, V."""
        return self.input()


class DigitalLine:
    """One DIO, as the gpio contract has it."""

    def __init__(self, board: Board, number: int) -> None:
        self._board, self._number = board, number

    def input(self) -> int:
        """Read the level, 0 or 1; the line stays what it is."""
        return at.words_long(self._board.read(at.DIO_STATE, 2)) >> self._number & 1

    def output(self, level: int | str | bool) -> None:
        """Drive the line.

        Raises:
            UsageError: That is no level.
        """
        word = str(int(level)) if isinstance(level, bool) else str(level).strip().lower()
        if word not in _LEVELS:
            raise UsageError(f"{level!r} is no level", f"use one of {', '.join(_LEVELS)}")
        self._board.write(at.DIO + self._number, [_LEVELS[word]])


class T7:
    """A T7. An input is configured once a session, before its first reading.

    Args:
        registers: The cable.
        clock: Gives the Unix time, s.
    """

    def __init__(self, registers: Registers, clock: Callable[[], float] = time.time) -> None:
        self._board = Board(registers)
        self._clock = clock
        self._inputs = {pin: AnalogInput(self._board, n) for n, pin in enumerate(at.AIN_PINS)}

    def identify(self) -> str:
        """Read who it is.

        Raises:
            InstrumentError: It is another device.
        """
        product = at.words_float(self._board.read(at.PRODUCT_ID, 2))
        if product != at.THIS_PRODUCT:
            raise another("LabJack T7", f"LabJack product {product:g}")
        return "LabJack T7"

    def restarted(self, since: float) -> bool:
        """Ask how long it has been on: if that is less than the time since `since`, it was switched on meanwhile.

        It clears nothing on being asked. Of its counters, SYSTEM_TIMER_20HZ is the one that does not wrap within days;
        where its 50 ms do not decide, because `since` was about when it was switched on, the one of 10 kHz does.
        """
        ago = self._clock() - since  # before it is asked: the time its answers take must not look like a restart
        for register, tick in ((at.TICKS_20HZ, 0.05), (at.TICKS_10KHZ, 1e-4)):
            uptime = at.words_long(self._board.read(register, 2)) * tick
            missing = ago * (1 - _DRIFT) - uptime
            if missing <= 0 or missing > tick:
                return missing > 0
        return False

    def channel(self, role: str, pin: str) -> Any:
        """Give one pin.

        Raises:
            WrongNetType: It has no pins of that role.
            UsageError: It has no such pin.
        """
        check_channel("LabJack T7", ROLES, role, pin)
        if role == "adc":
            return self._inputs[pin]
        number = ROLES[role].index(pin)
        return AnalogOutput(self._board, number) if role == "dac" else DigitalLine(self._board, number)
