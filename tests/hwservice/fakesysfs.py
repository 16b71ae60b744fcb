"""A directory that looks like a kernel's sysfs and /dev, for devices that are plugged in by writing files."""

import itertools
import os
import shutil

from lager_hwservice import usb


class FakeMachine:
    def __init__(self, folder):
        self.folder = folder
        self.machine = usb.Machine(folder / "sys/bus/usb/devices", folder / "dev")
        self.machine.devices.mkdir(parents=True)
        self.machine.dev.mkdir()
        self.numbers = itertools.count(2)
        self.plug("usb1", 0x1D6B, 0x0002, "dummy_hcd.0", kinds=[(9, 0)])

    def plug(self, port, vendor=0x05E6, product=0x2281, serial="4381218", kinds=((0xFE, 3),), **more):
        """Plug in a device; `more` replaces its attributes (None: it has none of that name)."""
        number = next(self.numbers)
        real = self.folder / "sys/devices" / f"{port}.{number}"  # as in sysfs, nothing is made where another one was
        real.mkdir(parents=True)
        facts = {
            "idVendor": f"{vendor:04x}",
            "idProduct": f"{product:04x}",
            "serial": serial,
            "busnum": 1,
            "devnum": number,
            "authorized": 1,
            "bConfigurationValue": 1,
        }
        for name, value in (facts | more).items():
            if value is not None:
                (real / name).write_text(f"{value}\n")
        for place, kind in enumerate(kinds):
            interface = real / f"{port}:1.{place}"
            interface.mkdir()
            for name, value in zip(("Number", "Class", "SubClass"), (place, *kind), strict=True):
                (interface / f"bInterface{name}").write_text(f"{value:02x}\n")
        (self.machine.devices / port).symlink_to(os.path.relpath(real, self.machine.devices))  # as sysfs has it
        node = self.machine.dev / f"bus/usb/001/{number:03d}"
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        return node

    def unplug(self, port):
        os.unlink(self.machine.devices / port)

    def bind(self, port, driver, node, place=0):
        """Have a kernel driver take an interface, and offer a node."""
        interface = self.machine.devices / port / f"{port}:1.{place}"
        (interface / "driver").symlink_to(f"../../../drivers/{driver}")
        (interface / "usbmisc" / node).mkdir(parents=True)
        (self.machine.dev / node).touch()
        return self.machine.dev / node

    def hide(self):
        shutil.rmtree(self.machine.devices)
