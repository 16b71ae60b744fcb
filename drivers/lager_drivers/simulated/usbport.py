"""A socket of the simulated USB, and what happens there: plugging, and the faults on the way to the instrument.

An instrument has mains of its own: while it is unplugged it goes on, and keeps its settings; a power cycle loses them.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Protocol

from lager_drivers.simulated import usbip_protocol as protocol
from lager_drivers.simulated.mischief import Mischief
from lager_drivers.simulated.usbtmc import Instrument, TmcDevice

BUS = 1


class Importer(Protocol):
    """Who holds the device, and hears from it."""

    def close(self) -> None:
        """Lose the device, and end."""

    def resume(self) -> None:
        """Carry out, and give, what was held up."""


class Port:
    """One socket of the bus and the device that belongs in it.

    Args:
        bus_id: Its name on the bus, such as `1-2`.
        instrument: What is plugged in.
        numbers: Where device numbers come from.
    """

    def __init__(self, bus_id: str, instrument: Instrument, numbers: itertools.count[int]) -> None:
        self.bus_id = bus_id
        self.mischief = Mischief()
        self.device = TmcDevice(instrument, self.mischief)
        self.device.answered = self._answered
        self.plugged = True
        self.importer: Importer | None = None
        self._numbers = numbers
        self.number = next(numbers)
        self.record().pack()  # a device that cannot be listed is refused at once

    def record(self) -> protocol.Record:
        """Describe the device as it is listed."""
        return protocol.Record(self.bus_id, BUS, self.number, self.device.configuration, self.device.descriptors())

    # Plugging ---------------------------------------------------------------------------------------------------------

    def unplug(self) -> None:
        """Pull the device out: it is listed no more, and who held it has lost it for good."""
        self.plugged = False
        self._drop_importer()

    def replug(self) -> None:
        """Plug the device in (again), under a new number: its USB side starts anew, the instrument went on."""
        self.hand_over()
        self.number = next(self._numbers)

    def hand_over(self) -> None:
        """Give the device to another host, with a USB side that starts anew; who held it has lost it."""
        self.unplug()
        self.device.plugged_in()
        self.mischief.plugged_in()
        self.plugged = True

    def power_cycle(self) -> None:
        """Switch the instrument off and on: its settings are gone, and its device was away."""
        self.unplug()
        self.device.instrument.power_cycle()
        self.replug()

    # Faults -----------------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Let another process have the device, until `release`: who held it has lost it, and nobody else gets it."""
        self.mischief.held = True
        self._drop_importer()

    def release(self) -> None:
        """End `hold`."""
        self.mischief.held = False

    def clear(self) -> None:
        """End every fault; a device that is out is plugged in."""
        self.mischief.clear()
        self.device.go_on()
        if not self.plugged:
            self.replug()
        self._resume()

    def keep_back(self) -> None:
        """Keep back the answers that are ready, until `let_through`."""
        self.mischief.kept_back = True

    def let_through(self) -> None:
        """Let through what was kept back."""
        self.mischief.kept_back = False
        self._resume()

    def felt(self) -> None:
        """Let transfers that wait already feel a fault that was just put on."""
        self._resume()

    # ------------------------------------------------------------------------------------------------------------------

    def _answered(self, text: bytes) -> None:
        """Take what the instrument answers, and say it in time."""
        if self.mischief.wedged:
            return
        if self.mischief.delay:
            asyncio.get_running_loop().call_later(self.mischief.delay, self._say_late, text, self.device.cleared)
        else:
            self.device.say(text)

    def _say_late(self, text: bytes, cleared: int) -> None:
        """Say an answer whoever may ask now, unless the device was cleared: to be late is no reason to be withheld."""
        if self.device.cleared == cleared and not self.mischief.wedged:
            self.device.say(text)
            self._resume()

    def _resume(self) -> None:
        if self.importer is not None:
            self.importer.resume()

    def _drop_importer(self) -> None:
        if self.importer is not None:
            self.importer.close()
