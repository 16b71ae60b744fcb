"""The simulated bench: its instruments on their buses, the bench file that says where each net is, and its control.

A process of its own (`python -m lager_drivers.simulated`), tied to the box that started it by `lager.lifeline`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lager import errors, settings, wire
from lager.lifeline import Lifeline
from lager_drivers.simulated import savednets
from lager_drivers.simulated.control import Control
from lager_drivers.simulated.description import Net
from lager_drivers.simulated.faults import Faults
from lager_drivers.simulated.instruments import Simulator
from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.modbus import ModbusServer
from lager_drivers.simulated.places import Place, TcpPlace, UsbPlace, address_of
from lager_drivers.simulated.scpi_socket import ScpiSocket
from lager_drivers.simulated.tcpport import TcpPort
from lager_drivers.simulated.usbip import Bus


@dataclass(frozen=True)
class Ports:
    """Where the bench listens on loopback; 0, or none, asks for a free port.

    Attributes:
        usbip: The port of the USB.
        tcp: The port of each instrument on the network, by its name.
    """

    usbip: int = 0
    tcp: Mapping[str, int] = field(default_factory=dict)


class Bench:
    """The bench's servers.

    Args:
        instruments: What is on it.
        nets: Its nets.
        on_use: Called at each use of any instrument.
    """

    def __init__(
        self, instruments: Iterable[Simulator], nets: Iterable[Net], on_use: Callable[[], None] = lambda: None
    ) -> None:
        self._instruments = {one.name: one for one in instruments}
        self._nets = tuple(nets)
        on_usb = [one for one in self._instruments.values() if one.way == "usb"]
        self.bus = Bus([one.device for one in on_usb], on_use)
        self._usb = dict(zip((one.name for one in on_usb), self.bus.ports.values(), strict=True))
        self._tcp = {name: _server(one, on_use) for name, one in self._instruments.items() if one.way != "usb"}

    async def listen(self, ports: Ports) -> Ports:
        """Serve; give the ports that came of it.

        Raises:
            OSError: A port is taken.
        """
        usbip = await self.bus.listen(ports.usbip)
        return Ports(usbip, {name: await one.listen(ports.tcp.get(name, 0)) for name, one in self._tcp.items()})

    def address(self, name: str) -> str:
        """Give the address of an instrument, once it listens."""
        if name in self._usb:
            return address_of(self._usb[name])
        port = self._tcp[name].port
        if self._instruments[name].way == "modbus":
            return f"modbus-tcp://{LOOPBACK}:{port}"
        return f"TCPIP0::{LOOPBACK}::{port}::SOCKET"

    def nets(self, *, in_kernel: bool = False) -> list[wire.NetRecord]:
        """Give the nets; with the USB's instruments in this machine's kernel, theirs are reached there."""
        usb = "" if in_kernel else f"usbip://{LOOPBACK}:{self.bus.port}"
        return [
            wire.NetRecord(
                net.name,
                net.role,
                self._instruments[net.instrument].model,
                address=self.address(net.instrument),
                pin=net.pin,
                via=usb if net.instrument in self._usb else "",
                description=net.description,
            )
            for net in self._nets
        ]

    def places(self) -> list[Place]:
        """Give where its instruments are plugged in."""
        found: list[Place] = []
        for name, one in self._instruments.items():
            if name in self._usb:
                found.append(UsbPlace(one.model, self.bus, self._usb[name]))
            else:
                found.append(TcpPlace(one.model, self.address(name), self._tcp[name]))
        return found

    async def close(self) -> None:
        """Stop serving."""
        for one in (self.bus, *self._tcp.values()):
            await one.close()


def _server(one: Simulator, on_use: Callable[[], None]) -> TcpPort:
    return ModbusServer(one.device, on_use) if one.way == "modbus" else ScpiSocket(one.device, on_use)


async def serve(bench: Callable[[Callable[[], None]], Bench], file: Path, ports: Ports) -> None:
    """Serve a bench until the box is gone or a signal says so.

    Args:
        bench: Makes the bench; gets what it is to call at each use.
        file: The bench file, which it writes; nets that somebody has saved there stay.
        ports: Where to listen.

    Raises:
        LagerError: The bench cannot be made; the box has been told.
        OSError: A port is taken.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def cut() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just ended for another reason: nothing left to stop
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    lifeline = Lifeline(cut)
    try:
        serving = bench(lifeline.active)
    except errors.LagerError as exc:
        lifeline.report("failed", code=exc.code, what=exc.what, hint=exc.hint)
        raise
    try:
        found = await serving.listen(ports)
        savednets.write(file, serving.nets())
        faults = Faults(serving.places(), lambda inside: savednets.write(file, serving.nets(in_kernel=inside)))
        async with contextlib.AsyncExitStack() as stack:
            control = Control(faults)
            stack.push_async_callback(control.close)
            await control.listen(settings.simulated_socket())
            lifeline.report("ready", bench=str(file), usbip_port=found.usbip, tcp_ports=found.tcp)
            await stop.wait()
    finally:
        await serving.close()
