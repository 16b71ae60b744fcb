"""What this machine's kernel knows of the devices on its USB: read from sysfs, without opening any of them.

So a device that hangs cannot make us hang, one that is in use is seen as well, and libusb, which in some containers
sees for ever what was there when it was first used, need not be used before there is something to see.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lager import shipped
from lager.addresses import UsbAddress

TEST_AND_MEASUREMENT = (0xFE, 0x03)  # class and subclass of USB-TMC interfaces
_IDENTITY = ("idVendor", "idProduct", "serial")


class Machine(NamedTuple):
    """Where a machine tells of its USB.

    Attributes:
        devices: Sysfs' directory of devices.
        dev: The directory of the nodes by which processes reach devices.
        rules: What says who may open those, where it was made a box.
    """

    devices: Path = Path("/sys/bus/usb/devices")
    dev: Path = Path("/dev")
    rules: Path = Path(shipped.RULES.path)


THIS = Machine()


class CouldNotLook(Exception):  # no error of the device: whether it is there is not known
    """Sysfs does not say which devices there are; the text says why."""


@dataclass(frozen=True)
class Interface:
    """One interface of a device.

    Attributes:
        kind: Its class and subclass.
        driver: The kernel driver that has it (`usbfs`: a process has claimed it); empty for none.
        nodes: By what processes reach that driver, such as `/dev/usbtmc0`.
    """

    number: int
    kind: tuple[int, int]
    driver: str
    nodes: tuple[Path, ...]


@dataclass(frozen=True)
class UsbDevice:
    """A device as it was when it was looked at.

    Attributes:
        path: Its directory in sysfs, which is named by the socket it is plugged into.
        bus: Number of the bus.
        number: Of the device on that bus; another one after each replug.
        node: By what processes reach it.
        serial: Serial number.
        authorized: Whether the kernel may use it.
        configuration: The active one; 0 while there is none.
        inode: Which directory `path` was: another device at the same place has another.
    """

    path: Path
    vendor: int
    product: int
    serial: str
    bus: int
    number: int
    node: Path
    authorized: bool
    configuration: int
    interfaces: tuple[Interface, ...]
    inode: int

    @property
    def tmc(self) -> Interface | None:
        """Get its test and measurement interface; None where it has none, or is not configured."""
        return next((one for one in self.interfaces if one.kind == TEST_AND_MEASUREMENT), None)

    def has_left(self) -> bool:
        """Tell whether it was unplugged since it was looked at, or plugged in again: one system call."""
        try:
            return os.stat(self.path).st_ino != self.inode
        except OSError:
            return True


def find(address: UsbAddress, machine: Machine = THIS) -> UsbDevice | None:
    """Find the device of an address; None where there is none.

    Raises:
        CouldNotLook: Sysfs does not say.
    """
    for one in of_make(address.vendor, address.product, machine):
        if address.names(one.vendor, one.product, one.serial):
            return one
    return None


def every(machine: Machine = THIS) -> Iterator[UsbDevice]:
    """Give all devices, hubs among them.

    Raises:
        CouldNotLook: Sysfs does not say.
    """
    for path in _paths(machine.devices):
        if (found := _device(path, machine.dev)) is not None:
            yield found


def of_make(vendor: int, product: int, machine: Machine = THIS) -> Iterator[UsbDevice]:
    """Give the devices of one make. Of others nothing is read that a driver may keep one waiting for.

    Raises:
        CouldNotLook: Sysfs does not say.
    """
    for path in _paths(machine.devices):
        numbers = _number(path, "idVendor", 16), _number(path, "idProduct", 16)
        if numbers == (vendor, product) and (found := _device(path, machine.dev)) is not None:
            yield found


def _paths(devices: Path) -> list[Path]:
    try:
        names = os.listdir(devices)
    except FileNotFoundError as exc:
        raise CouldNotLook(f"there is no {devices}: this kernel has no USB, or hides it") from exc
    except OSError as exc:
        raise CouldNotLook(f"{devices}: {exc.strerror}") from exc
    return [devices / name for name in sorted(names) if ":" not in name]  # those with a colon are interfaces


def _read(path: Path, name: str) -> str:
    """Read an attribute; empty where the device has none of that name.

    Raises:
        CouldNotLook: It may not be read.
    """
    try:
        return (path / name).read_text(errors="replace").strip()
    except PermissionError as exc:
        raise CouldNotLook(f"{path / name}: {exc.strerror}") from exc
    except OSError:  # it has none, or the device is just leaving
        return ""


def _number(path: Path, name: str, base: int = 10) -> int:
    try:
        return int(_read(path, name) or "0", base)
    except ValueError:
        return 0


def _identity(path: Path) -> tuple[int, int, str] | None:
    vendor, product, serial = (_read(path, name) for name in _IDENTITY)
    try:
        return int(vendor, 16), int(product, 16), serial
    except ValueError:
        return None


def _device(path: Path, dev: Path) -> UsbDevice | None:
    """Look at one device; None where it leaves meanwhile."""
    try:
        before = os.stat(path).st_ino
        identity = _identity(path)
        names = sorted(name for name in os.listdir(path) if name.startswith(f"{path.name}:"))
        interfaces = tuple(_interface(path / name, dev) for name in names)
        if identity is None or os.stat(path).st_ino != before:
            return None
    except OSError:
        return None
    bus, number = _number(path, "busnum"), _number(path, "devnum")
    return UsbDevice(
        path,
        *identity,
        bus=bus,
        number=number,
        node=dev / "bus/usb" / f"{bus:03d}" / f"{number:03d}",
        authorized=_read(path, "authorized") != "0",
        configuration=_number(path, "bConfigurationValue"),
        interfaces=interfaces,
        inode=before,
    )


def _interface(path: Path, dev: Path) -> Interface:
    kind = _number(path, "bInterfaceClass", 16), _number(path, "bInterfaceSubClass", 16)
    driver, offers = path / "driver", path / "usbmisc"
    return Interface(
        _number(path, "bInterfaceNumber", 16),
        kind,
        os.path.basename(os.readlink(driver)) if driver.is_symlink() else "",
        tuple(dev / name for name in sorted(os.listdir(offers))) if offers.is_dir() else (),
    )
