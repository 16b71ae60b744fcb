"""The Rigol DM3058 and DM3058E as voltmeters, after the RIGOL command set of the DM3058 Programming Guide, from memory.

Both pins are the same two jacks: `DCV` is the DC voltage at them, `ACV` the rms of the AC. The meter measures one at a
time, so a reading first asks which, as anybody may have turned it at its keys, and switches it where need be. Range and
rate stay as they are. The RIGOL set has no error queue: what was sent is asked back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from lager.errors import InstrumentError, InstrumentRefused
from lager_drivers.device import another, check_channel
from lager_drivers.scpi import TEXT, VOLTS, Dialog, Measure, Node, Transport

ROLES = {"adc": ("DCV", "ACV")}
SWITCHING = 1.0  # s that a change of function takes on remote
_LOOKS = 3  # at whether it has changed
_IDENTITY = re.compile(r"Rigol Technologies,DM3058E?,", re.IGNORECASE)
_WORDS = {"DCV": "DC", "ACV": "AC"}


class Jacks(Node):
    """The two jacks for voltages, as the guide's table has them; `kind` is DC or AC."""

    function = Measure(":FUNC?", TEXT, "Get what is measured")
    volts = Measure(":MEAS:VOLT:{kind}?", VOLTS, "Measure the voltage at the jacks")


class Voltage:
    """The voltage at the jacks, DC or AC, as the adc contract has it.

    Args:
        jacks: The jacks.
        select: Has the meter measure it.
    """

    def __init__(self, jacks: Jacks, select: Callable[[], None]) -> None:
        self._jacks, self._select = jacks, select

    def input(self) -> float:
        """Measure the voltage, V; of an AC one the rms.

        Raises:
            InstrumentError: It is beyond the range the meter is in, or no number.
            InstrumentRefused: The meter goes on measuring something else.
        """
        self._select()
        try:
            return self._jacks.volts
        except InstrumentError as exc:
            raise InstrumentRefused(
                exc.what, "if the meter shows OVERLOAD, set a larger range at its keys, or Auto; otherwise ask again"
            ) from exc


class DM3058:
    """A DM3058.

    Args:
        transport: The cable.
        sleep: Waits, s.
    """

    def __init__(
        self,
        transport: Transport,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 - the one wait, in the worker's own process
    ) -> None:
        self._transport, self._dialog, self._sleep = transport, Dialog(transport), sleep

    def identify(self) -> str:
        """Ask who it is.

        Raises:
            InstrumentError: It is another instrument.
        """
        found = self._dialog.query("*IDN?")
        if not _IDENTITY.match(found):
            raise another("Rigol DM3058", found)
        return found

    def restarted(self, since: float) -> bool:  # noqa: ARG002 - nothing depends on it
        """Say no, without asking: no net sets anything that a power cycle could lose."""
        return False

    def channel(self, role: str, pin: str) -> Any:
        """Give a voltage.

        Raises:
            WrongNetType: It has no channels of that role.
            UsageError: It has no such pin.
        """
        check_channel("Rigol DM3058", ROLES, role, pin)
        jacks = Jacks(self._dialog, kind=_WORDS[pin])
        return Voltage(jacks, lambda: self._select(jacks, pin))

    def _select(self, jacks: Jacks, pin: str) -> None:
        if jacks.function == pin:
            return
        self._transport.write(f":FUNC:VOLT:{_WORDS[pin]}")
        for _ in range(_LOOKS):
            self._sleep(SWITCHING)  # before the first look, too: a reading may still be that of the old function
            if (found := jacks.function) == pin:
                return
        raise InstrumentRefused(
            f"the meter was told to measure {pin}, and still measures {found} after {_LOOKS * SWITCHING:g} s",
            "see what its display says, then ask again",
        )
