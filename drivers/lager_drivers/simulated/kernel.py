"""Plug what is served over USB/IP into this machine's own kernel, through its virtual host controller `vhci_hcd`.

It hands over a connection whose import is done; who closes its other end pulls the device out. It speaks no USB/IP, and
does not wait for the kernel to set the device up: that takes about 0.5 s, and then the device is in
/sys/bus/usb/devices.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from lager import errors

CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")

_SUPER_SPEED = 5  # of Linux' usb_device_speed; what is slower goes to a port of the high-speed hub
_FREE = "004"  # VDEV_ST_NULL: nothing is plugged in there


def attach(transport: socket.socket, bus: int, number: int, speed: int, controller: Path = CONTROLLER) -> int:
    """Plug a device in; give the port it is in.

    The kernel keeps a hold of its own on the socket: close `transport` after this. The device is pulled out when the
    other end is closed, too.

    Args:
        transport: A stream socket; an import was granted on it, or it is one end of a pair.
        bus: The bus the device is on at its server.
        number: Its device number there.
        speed: As in Linux' usb_device_speed: 3 for high speed.
        controller: Sysfs' directory of the controller.

    Raises:
        LagerError: This kernel has no vhci_hcd, this user may not use it, or none of its ports is free.
    """
    for port in _free_ports(controller, speed):
        try:
            _tell(controller / "attach", f"{port} {transport.fileno()} {bus << 16 | number} {speed}")
        except OSError as exc:
            if exc.errno == errno.EBUSY:
                continue  # somebody else has plugged something in there since we looked
            raise errors.LagerError(
                f"the kernel does not take a device at port {port} of vhci_hcd: {exc.strerror}", "`dmesg` says why"
            ) from exc
        return port
    raise errors.LagerError(
        "every port of vhci_hcd is in use", f"`usbip port` lists them; a number written to {controller}/detach frees it"
    )


def has_left(port: int, controller: Path = CONTROLLER) -> bool:
    """Tell whether the kernel is done with what was pulled out of a port: some moments after the plug."""
    return not any(controller.glob(f"usb*/*-{port + 1}"))  # a hub counts its ports from 1


def _free_ports(controller: Path, speed: int) -> list[int]:
    hub = "ss" if speed >= _SUPER_SPEED else "hs"
    rows: list[list[str]] = []
    with _reaching():
        # status, status.1, ...: one for each controller; the ports are numbered through all of them.
        for path in sorted(controller.glob("status*")) or [controller / "status"]:
            rows += [line.split() for line in path.read_text("ascii").splitlines()[1:]]
    return [int(row[1]) for row in rows if row[0] == hub and row[2] == _FREE]


def _tell(file: Path, text: str) -> None:
    """Write to a file of the controller.

    Raises:
        OSError: The kernel refuses.
        LagerError: There is no such file, or it is not for this user.
    """
    with _reaching():
        opened = os.open(file, os.O_WRONLY)  # neither made where it is missing, nor read, which sysfs refuses
        try:
            os.write(opened, text.encode())
        finally:
            os.close(opened)


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise errors.LagerError(
            "this machine's kernel has no virtual USB controller (vhci_hcd)", "as root: modprobe vhci-hcd"
        ) from exc
    except PermissionError as exc:
        raise errors.LagerError(
            "plugging something into this machine's kernel is for root", "run the box as root: sudo lager box serve"
        ) from exc
