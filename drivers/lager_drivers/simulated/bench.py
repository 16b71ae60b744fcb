"""The simulated bench: its instruments on their buses, the bench file that says where each net is, and its control.

A process of its own (`python -m lager_drivers.simulated`), tied to the box that started it by `lager.lifeline`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lager import settings, wire
from lager.lifeline import Lifeline
from lager_drivers.simulated.control import Control
from lager_drivers.simulated.faults import Faults
from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.modbus import Device, ModbusServer
from lager_drivers.simulated.places import Place, TcpPlace, UsbPlace, address_of
from lager_drivers.simulated.usbip import Bus
from lager_drivers.simulated.usbtmc import Instrument

KEITHLEY = ("Keithley_2281S", "USB0::0x05E6::0x2281::4381218::INSTR")
RIGOL = ("Rigol_DP821", "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR")
LABJACK = "LabJack_T7"


@dataclass(frozen=True)
class Ports:
    """Where the bench listens on loopback; 0 asks for a free port."""

    usbip: int = 0
    modbus: int = 0


def nets(ports: Ports, *, in_kernel: bool = False) -> list[wire.NetRecord]:
    """Give the bench's nets; with the USB's instruments in this machine's kernel, their nets are reached there."""
    usb = "" if in_kernel else f"usbip://{LOOPBACK}:{ports.usbip}"
    modbus = f"modbus-tcp://{LOOPBACK}:{ports.modbus}"

    def on_usb(name: str, role: str, instrument: tuple[str, str], pin: str) -> wire.NetRecord:
        return wire.NetRecord(name, role, instrument[0], address=instrument[1], pin=pin, via=usb)

    def on_labjack(name: str, role: str, pin: str) -> wire.NetRecord:
        return wire.NetRecord(name, role, LABJACK, address=modbus, pin=pin)

    return [
        on_usb("supply1", "power-supply", KEITHLEY, "1"),
        on_usb("battery1", "battery", KEITHLEY, "1"),
        on_usb("supply2", "power-supply", RIGOL, "1"),
        on_usb("supply3", "power-supply", RIGOL, "2"),
        *(on_labjack(f"adc{n + 1}", "adc", f"AIN{n}") for n in range(8)),
        *(on_labjack(f"dac{n + 1}", "dac", f"DAC{n}") for n in range(2)),
        *(on_labjack(f"gpio{n + 1}", "gpio", f"FIO{n}") for n in range(4)),
    ]


def write_bench(directory: Path, ports: Ports, *, in_kernel: bool = False) -> Path:
    """Write the bench file; who reads it sees the old one or the new one, whole."""
    path = directory / "simulated-bench.json"
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(wire.to_json(nets(ports, in_kernel=in_kernel)) + b"\n")
    draft.replace(path)
    return path


class Bench:
    """The bench's servers.

    Args:
        usb: The instruments on the USB.
        labjack: The T7.
        on_use: Called at each use of any of them.
    """

    def __init__(self, usb: Iterable[Instrument], labjack: Device, on_use: Callable[[], None] = lambda: None) -> None:
        self.bus = Bus(usb, on_use)
        self._modbus = ModbusServer(labjack, on_use)

    async def listen(self, ports: Ports) -> Ports:
        """Serve; give the ports that came of it.

        Raises:
            OSError: A port is taken.
        """
        return Ports(await self.bus.listen(ports.usbip), await self._modbus.listen(ports.modbus))

    def places(self) -> list[Place]:
        """Give where its instruments are plugged in."""
        names = {address: name for name, address in (KEITHLEY, RIGOL)}
        usb = [UsbPlace(names.get(address_of(port), "USB-TMC"), self.bus, port) for port in self.bus.ports.values()]
        return [*usb, TcpPlace(LABJACK, self._modbus)]

    async def close(self) -> None:
        """Stop serving."""
        await self.bus.close()
        await self._modbus.close()


async def serve(bench: Callable[[Callable[[], None]], Bench], directory: Path, ports: Ports) -> None:
    """Serve a bench until the box is gone or a signal says so.

    Args:
        bench: Makes the bench; gets what it is to call at each use.
        directory: Where the bench file goes.
        ports: Where to listen.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def cut() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just ended for another reason: nothing left to stop
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    lifeline = Lifeline(cut)
    serving = bench(lifeline.active)
    control: Control | None = None
    try:
        found = await serving.listen(ports)
        path = write_bench(directory, found)
        faults = Faults(serving.places(), lambda in_kernel: write_bench(directory, found, in_kernel=in_kernel))
        control = Control(faults)
        await control.listen(settings.simulated_socket())
        lifeline.report("ready", bench=str(path), usbip_port=found.usbip, modbus_port=found.modbus)
        await stop.wait()
    finally:
        if control is not None:
            await control.close()
        await serving.close()
