"""What makes a worker quick to start: the libraries are imported before anybody knows for which instrument.

Touches no bus: libusb makes its list of devices when it is first used, and without udev it never learns of another.
"""

from __future__ import annotations

import os
import sys

import msgspec

from lager_hwservice.assignment import Assignment


def import_visa() -> None:
    """Import what VISA instruments need. pyvisa-py looks at the USB on being imported: it is shown an empty one."""
    import usb.backend.libusb1

    from lager_hwservice.transports import usbip

    real = usb.backend.libusb1.get_backend
    usbip.install([])
    try:
        import pyvisa

        pyvisa.ResourceManager("@py")
    finally:
        usb.backend.libusb1.get_backend = real


def await_assignment() -> Assignment | None:
    """Be a spare: import everything, say so, and wait for the assignment; None when there never will be one."""
    from lager_drivers import catalog  # noqa: F401  # for later
    from lager_hwservice import links  # noqa: F401
    from lager_hwservice.transports import visa  # noqa: F401

    import_visa()
    os.write(sys.stdout.fileno(), b'{"event":"spare"}\n')
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(sys.stdin.fileno(), 4096)
        if not part:
            return None
        line += part
    return msgspec.json.decode(line, type=Assignment)
