"""What a bus shows of a device, without opening it: this machine's kernel, or a USB/IP server that stands for one.

An instrument of the simulated bench is not in this machine's kernel: it is looked for where its worker reaches it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lager.addresses import UsbAddress
from lager_drivers.simulated import usb_descriptors
from lager_hwservice import usb


@dataclass(frozen=True)
class Device:
    """A device that is there.

    Attributes:
        path: Its directory in sysfs; empty where it is not in this machine's kernel.
        place: The port it is plugged into.
        node: By what it is reached.
        kinds: Class and subclass of each interface; None where it has no active configuration, and so shows none.
        driver: The kernel driver that has its test and measurement interface (`usbfs`: a process); empty for none.
        authorized: Whether the kernel may use it. Both are None where this machine's kernel does not know it.
        nodes: The files that those who use it have open.
    """

    path: str
    place: str
    node: str
    vendor: int
    product: int
    serial: str
    kinds: tuple[tuple[int, int], ...] | None
    driver: str | None = None
    authorized: bool | None = None
    nodes: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Sight:
    """What was seen.

    Attributes:
        device: The device; None where it is not there.
        same_kind: The serial numbers of others of the same make.
    """

    device: Device | None
    same_kind: tuple[str, ...]


def in_kernel(address: UsbAddress, machine: usb.Machine) -> Sight:
    """Look for a device on this machine's USB.

    Raises:
        CouldNotLook: Sysfs does not say.
    """
    alike = usb.of_make(address.vendor, address.product, machine)
    return _sight(address, [_of_sysfs(one) for one in alike])


def _of_sysfs(one: usb.UsbDevice) -> Device:
    return Device(
        path=str(one.path),
        place=one.path.name,
        node=str(one.node),
        vendor=one.vendor,
        product=one.product,
        serial=one.serial,
        kinds=tuple(each.kind for each in one.interfaces) if one.configuration else None,
        driver=one.tmc.driver if one.tmc else "",
        authorized=one.authorized,
        nodes=(one.node, *(node for each in one.interfaces for node in each.nodes)),
    )


def over_usbip(address: UsbAddress, via: str) -> Sight:
    """Look for a device at a USB/IP server.

    Raises:
        CouldNotLook: The server does not list its devices.
    """
    from lager_hwservice.transports import usbip  # pyusb, which only a box with a simulated bench needs here

    try:
        listed = list(usbip.listing(usbip.server_of(via)))
    except (OSError, ValueError, struct.error) as exc:
        raise usb.CouldNotLook(f"{via} does not list its devices: {exc}") from exc
    devices = []
    for one in listed:
        vendor, product, serial = usbip.identity(one)
        if (vendor, product) == address[:2]:
            kinds = _kinds(one.record.descriptors.get((usb_descriptors.CONFIGURATION_KIND, 0), b""))
            place = one.record.bus_id
            devices.append(Device("", place, f"{via}/{place}", vendor, product, serial, kinds))
    return _sight(address, devices)


def _kinds(configuration: bytes) -> tuple[tuple[int, int], ...]:
    split = usb_descriptors.split(configuration)
    return tuple((one[5], one[6]) for one in split if one[1] == usb_descriptors.INTERFACE_KIND)


def _sight(address: UsbAddress, alike: Sequence[Device]) -> Sight:
    named = [one for one in alike if address.names(one.vendor, one.product, one.serial)]
    others = tuple(one.serial for one in alike if one not in named)
    return Sight(named[0] if named else None, others)
