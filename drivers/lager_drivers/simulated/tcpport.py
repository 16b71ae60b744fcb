"""The network socket of a simulated instrument, whatever is spoken there: plugging, and faults. Knows no protocol.

An instrument has mains of its own: while its cable is out it goes on, and keeps its settings; a power cycle loses them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lager_drivers.simulated.loopback import LoopbackServer
from lager_drivers.simulated.mischief import Mischief


class Powered(Protocol):
    """What is behind the socket."""

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""


class TcpPort(LoopbackServer):
    """A server for one instrument, which can be unplugged.

    Args:
        powered: The instrument.
        on_use: Called at each request.
    """

    def __init__(self, powered: Powered, on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.on_use = on_use
        self.mischief = Mischief()
        self.plugged = True
        self._powered = powered

    @property
    def in_use(self) -> bool:
        """Get whether anybody is connected, or has taken all its connections."""
        return bool(self._clients) or self.mischief.held

    def unplug(self) -> None:
        """Pull the network cable: every connection is lost, and new ones are refused."""
        self.plugged = False
        self.shut()

    async def replug(self) -> None:
        """Plug the network cable in again."""
        self.unplug()
        self.mischief.plugged_in()
        await self.reopen()
        self.plugged = True

    async def power_cycle(self) -> None:
        """Switch the instrument off and on."""
        self.unplug()
        self._powered.power_cycle()
        await self.replug()

    def hold(self) -> None:
        """Let another process have all connections it serves, until `release`: others are closed at once."""
        self.mischief.held = True
        for client in list(self._clients):
            client.abort()

    def release(self) -> None:
        """End `hold`."""
        self.mischief.held = False

    async def clear(self) -> None:
        """End every fault; a cable that is out is plugged in."""
        self.mischief.clear()
        if not self.plugged:
            await self.replug()
