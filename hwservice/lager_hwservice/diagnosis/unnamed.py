"""An instrument of which nothing is known but its address: it can be asked who it is, and nothing else."""

from __future__ import annotations

from typing import Any, NoReturn

from lager import addresses
from lager.errors import UsageError
from lager_drivers import catalog
from lager_drivers.entry import Entry
from lager_drivers.scpi import Transport

_REGISTERS = "LabJack_T7"  # what is reached over Modbus here: it says of another device, too, which one that is


class Unnamed:
    """Whatever answers `*IDN?`.

    Args:
        transport: The cable.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def identify(self) -> str:
        """Ask who it is."""
        return self._transport.query("*IDN?")

    def restarted(self, since: float) -> bool:  # noqa: ARG002  # nothing is ever set
        """Say no, without asking."""
        return False

    def channel(self, role: str, pin: str) -> NoReturn:  # noqa: ARG002  # it has none
        """Refuse: nobody knows what it can do.

        Raises:
            UsageError: Always.
        """
        raise UsageError("an unknown instrument has no channels", "say in the bench file which instrument it is")


def entry(address: str) -> Entry:
    """Describe the instrument at an address."""
    if addresses.modbus(address):
        return catalog.find(_REGISTERS)
    kind: Any = Unnamed
    return Entry("instrument", "visa", {}, kind)
