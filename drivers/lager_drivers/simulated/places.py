"""The places where the simulated bench's instruments are plugged in, all alike to who breaks them on purpose.

A USB instrument is on the bench's own bus, or in this machine's kernel: then a plug that is put in anew is put into the
kernel anew.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Protocol

from lager import errors, wire
from lager_drivers.simulated import kernel
from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.mischief import Mischief
from lager_drivers.simulated.tcpport import TcpPort
from lager_drivers.simulated.usbip import Bus
from lager_drivers.simulated.usbip_protocol import HIGH_SPEED
from lager_drivers.simulated.usbport import BUS, Port

_LOOK_EVERY = 0.01  # s
_LOOKS = 300  # how often to look whether the kernel is done with a device that was pulled out


class Place(Protocol):
    """Where one instrument is plugged in."""

    address: str

    def describe(self) -> wire.Simulated:
        """Tell how things are there."""

    @property
    def mischief(self) -> Mischief:
        """Get its faults, to put some on; `felt` is to follow."""

    def felt(self) -> None:
        """Let what is under way feel the faults that were just put on."""

    async def unplug(self) -> None:
        """Pull its plug; the instrument itself goes on."""

    async def replug(self) -> None:
        """Pull its plug and put it in again."""

    async def power_cycle(self) -> None:
        """Switch it off and on."""

    async def hold(self) -> None:
        """Let another process have it, until `release`."""

    async def release(self) -> None:
        """End `hold`."""

    async def clear(self) -> None:
        """End every fault."""


class UsbPlace:
    """A port of the bench's USB.

    Args:
        instrument: What nets call the instrument.
        bus: The bus.
        port: The port.
    """

    def __init__(self, instrument: str, bus: Bus, port: Port) -> None:
        self.address = address_of(port)
        self._instrument, self._bus, self._port = instrument, bus, port
        self._vhci: int | None = None  # the kernel's port it is in

    def describe(self) -> wire.Simulated:
        """Tell how things are there."""
        port, inside = self._port, self._vhci is not None
        return wire.Simulated(
            address=self.address,
            instrument=self._instrument,
            plugged=port.plugged,
            place=f"kernel vhci port {self._vhci}" if inside else f"usb {port.bus_id} device {port.number}",
            in_use=port.importer is not None or port.mischief.held,
            via="" if inside else f"usbip://{LOOPBACK}:{self._bus.port}",
            kernel=inside,
            faults=port.mischief.words(),
        )

    @property
    def mischief(self) -> Mischief:
        """Get its faults."""
        return self._port.mischief

    def felt(self) -> None:
        """Let transfers that wait feel the faults that were just put on."""
        self._port.felt()

    async def unplug(self) -> None:
        """Pull its plug; where the kernel has it, the kernel sees it go."""
        self._port.unplug()

    async def replug(self) -> None:
        """Pull its plug and put it in again, under a new number."""
        self._port.replug()
        await self._into_kernel_again()

    async def power_cycle(self) -> None:
        """Switch it off and on."""
        self._port.power_cycle()
        await self._into_kernel_again()

    async def hold(self) -> None:
        """Let another process have it.

        Raises:
            UsageError: It is in the kernel.
        """
        if self._vhci is not None:
            raise errors.UsageError(
                f"the {self._instrument} is plugged into this machine's kernel, where any process can hold it",
                "open it in another process; `lager sim plug --off` takes it out of the kernel",
            )
        self._port.hold()

    async def release(self) -> None:
        """End `hold`."""
        self._port.release()

    async def clear(self) -> None:
        """End every fault."""
        was_out = not self._port.plugged
        self._port.clear()
        if was_out:
            await self._into_kernel_again()

    # The kernel -------------------------------------------------------------------------------------------------------

    async def into_kernel(self) -> None:
        """Plug it into this machine's kernel; who held it over USB/IP has lost it.

        Raises:
            LagerError: There is no vhci_hcd, or it is not for us; nothing has changed then.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                vhci = kernel.attach(theirs, BUS, self._port.number, HIGH_SPEED)
            except BaseException:
                ours.close()
                raise
        self._port.hand_over()
        self._vhci = vhci
        await self._bus.lend(self._port, ours)

    def out_of_kernel(self) -> None:
        """Plug it into the bench's own bus again; the kernel sees it go by the end of its connection."""
        if self._vhci is not None:
            self._vhci = None
            self._port.replug()

    async def _into_kernel_again(self) -> None:
        if self._vhci is None:
            return
        for _ in range(_LOOKS):  # two devices with one serial number would be there, of which the first one is found
            if kernel.has_left(self._vhci):
                break
            await asyncio.sleep(_LOOK_EVERY)
        await self.into_kernel()


class TcpPlace:
    """The network socket of an instrument.

    Args:
        instrument: What nets call the instrument.
        address: Its address.
        server: What serves it.
    """

    def __init__(self, instrument: str, address: str, server: TcpPort) -> None:
        self.address = address
        self._instrument, self._server = instrument, server

    def describe(self) -> wire.Simulated:
        """Tell how things are there."""
        server = self._server
        return wire.Simulated(
            address=self.address,
            instrument=self._instrument,
            plugged=server.plugged,
            place=f"tcp {LOOPBACK}:{server.port}",
            in_use=server.in_use,
            faults=server.mischief.words(),
        )

    @property
    def mischief(self) -> Mischief:
        """Get its faults."""
        return self._server.mischief

    def felt(self) -> None:
        """Do nothing: no request waits here."""

    async def unplug(self) -> None:
        """Pull the network cable."""
        self._server.unplug()

    async def replug(self) -> None:
        """Pull the network cable and put it in again."""
        await self._server.replug()

    async def power_cycle(self) -> None:
        """Switch it off and on."""
        await self._server.power_cycle()

    async def hold(self) -> None:
        """Let another process have its connections."""
        self._server.hold()

    async def release(self) -> None:
        """End `hold`."""
        self._server.release()

    async def clear(self) -> None:
        """End every fault."""
        await self._server.clear()


def address_of(port: Port) -> str:
    """Give the VISA address of what is at a port."""
    instrument = port.device.instrument
    return f"USB0::0x{instrument.vendor:04X}::0x{instrument.product:04X}::{instrument.strings[2]}::INSTR"
