"""The instruments on a machine's USB, as its sysfs lists them: no more of them than is needed to open their nodes.

An instrument is what has a test and measurement interface, or is of a vendor that the shipped rules name.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lager import shipped
from lager.selfcheck.place import Place

_DEVICES = "/sys/bus/usb/devices"
_TMC = ("fe", "03")
_VENDOR = re.compile(rb'ATTRS?\{idVendor\}=="([0-9a-fA-F|]+)"')


class Node(NamedTuple):
    """An instrument.

    Attributes:
        name: What to call it: its product, and its serial number.
        path: By what processes reach it.
        drivers: The kernel drivers that have its interfaces.
    """

    name: str
    path: Path
    drivers: tuple[str, ...]


def instruments(place: Place) -> list[Node]:
    """Give the instruments that are plugged in.

    Raises:
        OSError: The machine does not say.
    """
    others = set(vendors(shipped.RULES.content()))
    devices = place.file(_DEVICES)
    return [
        node
        for name in sorted(os.listdir(devices))
        if ":" not in name and (node := _node(devices / name, place, others)) is not None
    ]


def vendors(rules: bytes) -> Iterator[str]:
    """Give the vendors that rules name, as sysfs writes them."""
    for found in _VENDOR.findall(rules):
        yield from found.decode().lower().split("|")


def _node(path: Path, place: Place, others: set[str]) -> Node | None:
    """Look at one device; None where it is no instrument, or is just leaving."""
    try:
        interfaces = [path / name for name in os.listdir(path) if name.startswith(f"{path.name}:")]
        tmc = any((_read(one, "bInterfaceClass"), _read(one, "bInterfaceSubClass")) == _TMC for one in interfaces)
        if not tmc and _read(path, "idVendor") not in others:
            return None
        bus, number = int(_read(path, "busnum")), int(_read(path, "devnum"))
        drivers = tuple(sorted({driver for one in interfaces if (driver := _driver(one))}))
        product = _read(path, "product") or f"{_read(path, 'idVendor')}:{_read(path, 'idProduct')}"
        words = [one for one in (product, _read(path, "serial")) if one]
    except (FileNotFoundError, ValueError):  # `ValueError`: its numbers have gone already
        return None
    return Node(" ".join(words), place.file(f"/dev/bus/usb/{bus:03d}/{number:03d}"), drivers)


def _read(path: Path, name: str) -> str:
    """Read an attribute; empty where the device has none of that name."""
    with contextlib.suppress(FileNotFoundError):  # some have no name, or no serial number
        return (path / name).read_text(errors="replace").strip()
    return ""


def _driver(interface: Path) -> str:
    link = interface / "driver"
    return os.path.basename(os.readlink(link)) if link.is_symlink() else ""
