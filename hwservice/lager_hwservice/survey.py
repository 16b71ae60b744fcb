"""Looks what is plugged into the bench: asks sysfs and the simulated bench, for `inventory` to join. Opens nothing."""

from __future__ import annotations

from collections.abc import Callable

from lager import errors, wire
from lager_hwservice import inventory, usb
from lager_hwservice.bench import Bench
from lager_hwservice.simulated import Simulations


class Survey:
    """What is plugged in, each time it is asked.

    Args:
        bench: Gives the nets as they are now.
        simulations: The way to the simulated bench, if there is one.
        machine: Where the kernel tells of its USB.
    """

    def __init__(self, bench: Callable[[], Bench], simulations: Simulations, machine: usb.Machine = usb.THIS) -> None:
        self._bench = bench
        self._simulations = simulations
        self._machine = machine

    def listing(self) -> list[wire.Instrument]:
        """Give what is plugged in, and what nets name that is not.

        Raises:
            LagerError: Nothing can be seen at all, and why.
        """
        try:
            simulated = self._simulations.listing()
        except errors.LagerError:  # there is none, or it is just being started: then there is nothing of it to show
            simulated = []
        plugged: list[usb.UsbDevice] | None = None
        trouble = ""
        try:
            plugged = list(usb.every(self._machine))
        except usb.CouldNotLook as exc:
            trouble = str(exc)
        found = inventory.listing(self._bench().nets, simulated, plugged)
        if trouble and not found:
            raise errors.LagerError(f"the box cannot look at its USB: {trouble}", "run it where sysfs can be read")
        return found
