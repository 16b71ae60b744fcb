"""LabJack T7: which pins it has and what each is called, who it is, and how long it has been on; over Modbus registers.

The map is that of `registers`; what is done at a pin is in `inputs` and `outputs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lager.errors import UsageError
from lager_drivers.device import another, check_channel
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.board import Board
from lager_drivers.labjack_t7.inputs import AnalogInput, Input, Thermocouple
from lager_drivers.labjack_t7.outputs import AnalogOutput, DigitalLine
from lager_drivers.labjack_t7.thermocouples import KINDS, USUAL
from lager_drivers.modbus import Registers

ROLES = {"adc": at.AIN_PINS, "dac": at.DAC_PINS, "gpio": at.DIO_PINS, "thermocouple": at.AIN_PINS}
_DRIFT = 1e-4  # of its crystal and this machine's clock together


def _other_names() -> dict[str, dict[str, str]]:
    """Give what else pins are called, for each role: by number alone, as older bench files do, and lines as DIOn."""
    inputs = {str(n): pin for n, pin in enumerate(at.AIN_PINS)}
    lines = {name: pin for n, pin in enumerate(at.DIO_PINS) for name in (str(n), f"DIO{n}")}
    outputs = {str(n): pin for n, pin in enumerate(at.DAC_PINS)}
    return {"adc": inputs, "thermocouple": inputs, "gpio": lines, "dac": outputs}


_OTHER_NAMES = _other_names()


class T7:
    """A T7. An input is configured before its first reading, and again when it is used for something else.

    Args:
        registers: The cable.
        clock: Gives the Unix time, s.
    """

    def __init__(self, registers: Registers, clock: Callable[[], float] = time.time) -> None:
        self._board = Board(registers)
        self._clock = clock
        self._inputs = [Input(self._board, n) for n in range(len(at.AIN_PINS))]

    def identify(self) -> str:
        """Read who it is.

        Raises:
            InstrumentError: It is another device.
        """
        product = at.words_float(self._board.read(at.PRODUCT_ID, 2))
        if product != at.THIS_PRODUCT:
            raise another("LabJack T7", f"LabJack product {product:g}")
        return "LabJack T7"

    def introduce(self) -> str:
        """Read its product and serial number."""
        product = at.words_float(self._board.read(at.PRODUCT_ID, 2))
        serial = at.words_long(self._board.read(at.SERIAL_NUMBER, 2))
        model = "T7" if product == at.THIS_PRODUCT else f"product {product:g}"
        return f"LabJack {model}, serial number {serial}"

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

        Args:
            role: Of its net.
            pin: As the T7's front has it; a number alone (3 for AIN3, FIO3 or DAC3); DIO3 for the line FIO3; for a
                thermocouple of another type than K with that type, such as AIN8-J.

        Raises:
            WrongNetType: It has no pins of that role.
            UsageError: It has no such pin.
        """
        name, dash, letter = pin.partition("-") if role == "thermocouple" else (pin, "", "")
        name = _OTHER_NAMES.get(role, {}).get(name, name)
        check_channel("LabJack T7", ROLES, role, name)
        number = ROLES[role].index(name)
        if role == "thermocouple":
            return self._thermocouple(number, letter if dash else USUAL)
        if role == "adc":
            return AnalogInput(self._inputs[number])
        return AnalogOutput(self._board, number) if role == "dac" else DigitalLine(self._board, number)

    def _thermocouple(self, number: int, letter: str) -> Thermocouple:
        if letter not in KINDS:
            raise UsageError(
                f"a LabJack T7 knows no thermocouples of type {letter!r}",
                f"it knows {', '.join(KINDS)}: correct the net's pin, such as AIN{number}-J, in the bench file",
            )
        return Thermocouple(self._inputs[number], letter, KINDS[letter])
