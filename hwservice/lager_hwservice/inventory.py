"""What is plugged in: joins what sysfs, the simulated bench, the bench file and the catalog say. Opens nothing.

Sysfs has vendor, product and serial number of a USB device. Several models of a family look the same there; which one
it is says the bench file, or the person who adds a net of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from lager import addresses, errors, wire
from lager_drivers import catalog
from lager_drivers.entry import Entry
from lager_hwservice.usb import UsbDevice

NETWORK_ONLY = "lager reaches it over the network only: its nets need modbus-tcp://ITS-IP as their address"
UNKNOWN = "a test and measurement device that lager has no driver for"
SEVERAL = "it can be one of {}: say which with --instrument"
ABSENT = "a net names it, and it is not plugged in"


def listing(
    nets: Sequence[wire.NetRecord], simulated: Iterable[wire.Simulated], plugged: Iterable[UsbDevice] | None
) -> list[wire.Instrument]:
    """Give what is plugged in, and what nets name that is not.

    Args:
        nets: The nets of the bench.
        simulated: The instruments of the simulated bench, if it has one.
        plugged: The devices on this machine's USB; None where that is not known.
    """
    found: dict[str, wire.Instrument] = {}
    for one in simulated:
        found[addresses.canonical(one.address)] = _simulated(one)
    named = {addresses.canonical(net.address): net.instrument for net in nets if net.address}
    for device in plugged or ():
        address = _address(device)
        if address not in found and (seen := _on_usb(device, address, named.get(address, ""))) is not None:
            found[address] = seen
    for net in nets:
        if (place := addresses.canonical(net.address)) and place not in found:
            found[place] = _only_named(net, plugged is not None)
    return [replace(one, nets=_nets_at(place, nets)) for place, one in found.items()]


def known() -> dict[str, dict[str, list[str]]]:
    """Give the roles of every instrument there is a driver for, and the channels of each."""
    return {entry.name: _channels(entry) for entry in catalog.every()}


def channels_of(name: str) -> dict[str, list[str]]:
    """Give the roles of an instrument and the channels of each; nothing for one the catalog does not have."""
    try:
        return _channels(catalog.find(name))
    except errors.UsageError:
        return {}


def _channels(entry: Entry) -> dict[str, list[str]]:
    return {role: list(pins) for role, pins in entry.roles.items()}


def _simulated(one: wire.Simulated) -> wire.Instrument:
    device = addresses.usb(one.address)
    return wire.Instrument(
        name=one.instrument,
        address=one.address,
        channels=channels_of(one.instrument),
        bus=wire.SIMULATED,
        present=one.plugged,
        place=one.place,
        serial=device.serial if device else "",
        via=one.via,
        note="" if one.plugged else "unplugged: `lager sim replug` plugs it in again",
    )


def _address(device: UsbDevice) -> str:
    return addresses.canonical(f"USB0::0x{device.vendor:04X}::0x{device.product:04X}::{device.serial}::INSTR")


def _on_usb(device: UsbDevice, address: str, named: str) -> wire.Instrument | None:
    """Give what a device is; None for what is no instrument, such as a hub."""
    fitting = [entry for entry in catalog.every() if _looks_like(entry, device)]
    if not fitting and not named and device.tmc is None:
        return None
    names = [entry.name for entry in fitting]
    name = named or (names[0] if len(names) == 1 else "")
    seen = wire.Instrument(
        name=name,
        address=address,
        channels=channels_of(name),
        present=True,
        place=f"usb {device.path.name} device {device.number}",
        serial=device.serial,
        could_be=[] if name else names,
    )
    if fitting and fitting[0].link != "visa":
        return replace(seen, address="", channels={}, note=NETWORK_ONLY)
    note = "" if name else SEVERAL.format(", ".join(names)) if names else UNKNOWN
    return replace(seen, note=note)


def _looks_like(entry: Entry, device: UsbDevice) -> bool:
    serial = device.serial.upper()
    return any((device.vendor, device.product) == one[:2] and serial.startswith(one[2]) for one in entry.usb)


def _only_named(net: wire.NetRecord, usb_is_known: bool) -> wire.Instrument:
    """Give an instrument that only the bench file tells of: one on the network, or one that is not plugged in."""
    device = addresses.usb(net.address)
    away = device is not None and not net.via and usb_is_known
    return wire.Instrument(
        name=net.instrument,
        address=net.address,
        channels=channels_of(net.instrument),
        bus=wire.USB if device else wire.LAN,
        present=False if away else None,
        place="" if device else _host(net.address),
        serial=device.serial if device else "",
        via=net.via,
        note=ABSENT if away else "",
    )


def _host(address: str) -> str:
    server = addresses.modbus(address) or addresses.scpi_socket(address)
    return "tcp {}:{}".format(*server) if server else ""


def _nets_at(place: str, nets: Sequence[wire.NetRecord]) -> list[str]:
    return [f"{net.name} ({net.role})" for net in nets if addresses.canonical(net.address) == place]
