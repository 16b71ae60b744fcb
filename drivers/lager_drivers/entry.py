"""How an instrument introduces itself to the catalog: `INSTRUMENTS`, in the `__init__` of its folder.

Making a device sends queries only: whoever opens a live bench finds it as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lager_drivers.device import Device


@dataclass(frozen=True)
class Entry:
    """One kind of instrument.

    Attributes:
        name: As the bench file has it.
        link: What reaches it: `visa` or `modbus`.
        roles: Its roles, and the pins of each.
        driver: Makes the driver on a transport of that link.
        simulator: What simulates it, `package.module:function` (imported by the simulated bench only); the function
            takes a `lager_drivers.simulated.simulation.Simulation`. Empty where nothing does.
        aliases: Other names it is known by.
        devices: What clients of `/invoke` call it, and the roles they mean by each name.
        one_role_at_a_time: Whether it serves nets of one role only while one of them is being watched.
        usb: How it can look on USB: vendor, product, and how its serial number begins. Others may look the same.
    """

    name: str
    link: str
    roles: Mapping[str, tuple[str, ...]]
    driver: Callable[[Any], Device]
    simulator: str = ""
    aliases: tuple[str, ...] = ()
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_role_at_a_time: bool = False
    usb: tuple[tuple[int, int, str], ...] = ()

    def connect(self, transport: Any, told: Callable[[str], None] = lambda _: None) -> Device:
        """Make the driver on an open transport, and ask the instrument who it is.

        Args:
            transport: The open transport.
            told: Called with what the instrument says.

        Raises:
            InstrumentError: It is another instrument.
        """
        device = self.driver(transport)
        told(device.identify())
        return device
