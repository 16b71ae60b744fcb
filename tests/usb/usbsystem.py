"""What Linux says of USB devices: sysfs, the kernel's announcements, udevd, modules. Knows nothing of the product."""

import fcntl
import os
import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

DEVICES = Path("/sys/bus/usb/devices")
_NETLINK_KOBJECT_UEVENT = 15
_CONTROL = Path("/run/udev/control")  # udevd's, while it runs
USBDEVFS_RESET = 0x5514


@dataclass(frozen=True)
class Device:
    """A USB device as sysfs has it."""

    folder: Path
    number: int

    @property
    def node(self):
        return Path(f"/dev/bus/usb/001/{self.number:03d}")

    @property
    def driver(self):
        """Who has its interface: `usbfs` (a program), `usbtmc`, or nobody."""
        link = Path(f"{self.folder}:1.0/driver")
        return link.resolve().name if link.exists() else ""

    def holders(self):
        """The processes that have its node open."""
        found = set()
        for link in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                if os.readlink(link) == str(self.node):
                    found.add(int(link.parts[2]))
            except OSError:  # it has just ended, or closed that
                continue
        return found


def find(serial):
    """The device with this serial number; None while there is none."""
    for folder in DEVICES.glob("[0-9]*-[0-9]*"):
        try:
            if (folder / "serial").read_text().strip() == serial:
                return Device(folder, int((folder / "devnum").read_text()))
        except OSError:  # an interface, or it is just leaving
            continue
    return None


@dataclass(frozen=True)
class Announcement:
    """The kernel said that a USB device, or an interface of one, came, went, or got a driver."""

    time: float  # monotonic, s
    action: str
    product: str  # vendor/product/release, hexadecimal, as the kernel writes them
    kind: str  # usb_device or usb_interface
    driver: str
    number: int  # of the device


class Announcements:
    """Everything the kernel announces of USB, in a thread; wait for what is to come."""

    def __init__(self):
        self.heard = []
        self._news = threading.Condition()
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_KOBJECT_UEVENT)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((0, 1))  # the kernel's own group, not udevd's
        self._thread = threading.Thread(target=self._listen, name="announcements", daemon=True)
        self._thread.start()

    def _listen(self):
        while True:
            said = self._socket.recv(8192)
            now = time.monotonic()
            facts = dict(re.findall(r"([A-Z]+)=([^\0]*)", said.decode(errors="replace")))
            if facts.get("SUBSYSTEM") != "usb":
                continue
            one = Announcement(
                now,
                facts["ACTION"],
                facts.get("PRODUCT", ""),
                facts.get("DEVTYPE", ""),
                facts.get("DRIVER", ""),
                int(facts.get("DEVNUM") or 0),
            )
            with self._news:
                self.heard.append(one)
                self._news.notify_all()

    def mark(self):
        """Where the next announcement will stand."""
        with self._news:
            return len(self.heard)

    def wait(self, since, product, action, kind="usb_device", within=10):
        """Wait for an announcement at or after a mark; give it."""

        def said():
            return next(
                (
                    one
                    for one in self.heard[since:]
                    if (one.action, one.kind) == (action, kind) and one.product.startswith(product)
                ),
                None,
            )

        with self._news:
            found = self._news.wait_for(said, within)
        assert found, f"the kernel did not announce {action} of {product} within {within} s: {self.heard[since:]}"
        return found

    def close(self):
        self._socket.close()


class Udevd:
    """udevd, started and stopped: libusb asks it, where it runs, which devices come and go."""

    def __init__(self):
        self.runs = False

    def start(self):
        if not self.runs:
            subprocess.run(["/lib/systemd/systemd-udevd", "--daemon"], check=True, stderr=subprocess.DEVNULL)
            self.runs = True

    def stop(self):
        if self.runs:
            subprocess.run(["udevadm", "control", "--exit"], check=True)
            _CONTROL.unlink(missing_ok=True)  # libusb asks by this whether it runs
            self.runs = False


def settle():
    """Wait until udevd, if it runs, has seen to all that was announced."""
    subprocess.run(["udevadm", "settle", "--timeout=20"], check=False, capture_output=True)


def reload():
    """Have udevd, if it runs, read its files and those of modprobe again."""
    subprocess.run(["udevadm", "control", "--reload"], check=False, capture_output=True)


def load(module):
    subprocess.run(["modprobe", module], check=True)


def unload(module):
    subprocess.run(["modprobe", "-r", module], check=True)


def until(condition, what, within=60.0):
    """Look until a condition holds, where nothing announces it; the first true thing it gave."""
    deadline, pause = time.monotonic() + within, threading.Event()
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within:g} s: {what}"
        pause.wait(0.01)
    return found


def reset(device):
    """Reset a device, as `usbreset` does."""
    with device.node.open("wb", buffering=0) as file:
        fcntl.ioctl(file, USBDEVFS_RESET)
