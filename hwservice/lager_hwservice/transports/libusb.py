"""Which libusb this process uses, and from when on: the system's, or the one that `libusb-package` brings along.

libusb makes its list of devices when it is first used, and where no udev tells it of changes, as in many containers,
that list is final. pyvisa-py uses it as soon as it is imported. So until `use` is called, pyusb is given a bus without
devices.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Sequence
from typing import Any

import usb.backend
import usb.backend.libusb1

from lager import errors

SYSTEM = ("libusb-1.0.so.0",)  # by its name for programs; the one for compilers is often not installed
_of_libusb = usb.backend.libusb1.get_backend  # others may be put in its place, here and in `usbip`


class NoDevices(usb.backend.IBackend):
    """A bus that is empty."""

    def __init__(self) -> None:
        super().__init__()

    def enumerate_devices(self) -> list[Any]:
        """List its devices."""
        return []


def defer() -> None:
    """Keep pyusb from using libusb for now."""
    empty = NoDevices()
    usb.backend.libusb1.get_backend = lambda **_options: empty


def use(names: Sequence[str] = SYSTEM, packaged: bool = True) -> None:
    """Make pyusb use libusb; it is loaded once for all.

    Args:
        names: What the system's may be called.
        packaged: Whether the packaged one may be used where there is none of these.

    Raises:
        InstrumentError: There is none, or it does not work here.
    """
    path = library(names, packaged)
    if _of_libusb(find_library=lambda _: path) is None:  # type: ignore[no-untyped-call]
        raise errors.InstrumentError(
            f"libusb ({path}) cannot use this machine's USB", "the log of the box says why; is /dev/bus/usb there?"
        )
    usb.backend.libusb1.get_backend = _of_libusb


def library(names: Sequence[str] = SYSTEM, packaged: bool = True) -> str:
    """Find libusb, without using it.

    Raises:
        InstrumentError: There is none.
    """
    for name in names:
        if _loads(name):
            return name
    if packaged and (found := _packaged()) is not None:
        return found
    raise errors.InstrumentError(
        "this machine has no libusb, without which no USB instrument is reached",
        "as root: apt-get install libusb-1.0-0; or: pip install libusb-package",
    )


def _packaged() -> str | None:
    try:
        import libusb_package
    except ImportError:  # installed without it, as packagers do who bring their own
        return None
    found = libusb_package.find_library("usb-1.0")
    return found if found is not None and _loads(found) else None


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
