"""The instruments there are, by the names the bench file uses. A new instrument is one more entry here.

Making a device sends queries only: whoever opens a live bench finds it as it was.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
        devices: What clients of `/invoke` call it, and the roles they mean by each name.
        one_role_at_a_time: Whether it serves nets of one role only while one of them is being watched.
    """

    name: str
    link: str
    roles: Mapping[str, tuple[str, ...]]
    driver: Callable[[Any], Device]
    aliases: tuple[str, ...] = ()
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_role_at_a_time: bool = False

    def connect(self, transport: Any) -> Device:
        """Make the driver on an open transport, and ask the instrument who it is.

        Raises:
            InstrumentError: It is another instrument.
        """
        device = self.driver(transport)
        device.identify()
        return device


def _dp800(model: str) -> Entry:
    return Entry(
        name=f"Rigol_{model}",
        link="visa",
        roles=dp800.roles(model),
        driver=lambda transport: dp800.DP800(transport, model),
        devices={"rigol_dp800": ("power-supply",)},
    )


CATALOG: tuple[Entry, ...] = (
    Entry(
        name="Keithley_2281S",
        link="visa",
        roles=k2281s.ROLES,
        driver=k2281s.K2281S,
        aliases=("keithley", "keithley_battery"),
        devices={"keithley": ("power-supply",), "keithley_battery": ("battery",)},
        one_role_at_a_time=True,
    ),
    *(_dp800(model) for model in RATINGS),
    Entry(
        name="LabJack_T7",
        link="modbus",
        roles=t7.ROLES,
        driver=t7.T7,
        aliases=("labjack", "labjack_t7"),
        devices=dict.fromkeys(("labjack", "labjack_t7"), ("adc", "dac", "gpio")),
    ),
)


def called(device: str) -> dict[str, tuple[str, ...]]:
    """Find what clients of `/invoke` mean by the name of a device: the instruments, and the roles of each."""
    return {entry.name: entry.devices[device] for entry in CATALOG if device in entry.devices}


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
