"""The instruments there are, by the names the bench file uses. A new instrument is one more entry here.

Making a device sends queries only: whoever opens a live bench finds it as it was.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lager.errors import UsageError
from lager_drivers.device import Device
from lager_drivers.keithley import k2281s
from lager_drivers.labjack import t7
from lager_drivers.rigol import dp800
from lager_drivers.rigol.ratings import RATINGS


@dataclass(frozen=True)
class Entry:
    """One kind of instrument.

    Attributes:
        name: As the bench file has it.
        aliases: Other names it is known by.
        link: What reaches it: `visa` or `modbus`.
        roles: Its roles, and the pins of each.
        driver: Makes the driver on a transport of that link.
    """

    name: str
    link: str
    roles: Mapping[str, tuple[str, ...]]
    driver: Callable[[Any], Device]
    aliases: tuple[str, ...] = ()

    def connect(self, transport: Any) -> Device:
        """Make the driver on an open transport, and ask the instrument who it is.

        Raises:
            InstrumentError: It is another instrument.
        """
        device = self.driver(transport)
        device.identify()
        return device


def _dp800(model: str) -> Entry:
    return Entry(f"Rigol_{model}", "visa", dp800.roles(model), lambda transport: dp800.DP800(transport, model))


CATALOG: tuple[Entry, ...] = (
    Entry("Keithley_2281S", "visa", k2281s.ROLES, k2281s.K2281S, ("keithley", "keithley_battery")),
    *(_dp800(model) for model in RATINGS),
    Entry("LabJack_T7", "modbus", t7.ROLES, t7.T7, ("labjack", "labjack_t7")),
)


def find(name: str) -> Entry:
    """Find an instrument by its name or an alias; capitals do not count.

    Raises:
        UsageError: There is none of that name.
    """
    known = {word.lower(): entry for entry in CATALOG for word in (entry.name, *entry.aliases)}
    if (entry := known.get(name.lower())) is not None:
        return entry
    close = difflib.get_close_matches(name.lower(), known, n=1)
    meant = f"did you mean {known[close[0]].name}? " if close else ""
    raise UsageError(
        f"no driver for an instrument called {name!r}",
        f"{meant}known instruments: {', '.join(one.name for one in CATALOG)}",
    )
