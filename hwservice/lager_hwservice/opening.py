"""How a USB instrument is opened: lock it, look for it, open it; and where that fails, find out why.

The lock is held until the session is closed, so whoever takes it (`lager.device_lock`) and is refused hears who has it.
Decides nothing about what comes after a failure.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from lager import addresses, errors, holder
from lager.devicelock import DeviceLock
from lager_hwservice import holders, usb
from lager_hwservice.sessions import Link

_WORKER_GRACE = 2.0  # s that the worker before this one gets to let go
_SETTLES_WITHIN = 0.5  # s that a device just plugged in gets until udev has given this user access to it
_LOOK_EVERY = 0.02  # s
_CLAIMED = "usbfs"  # the "driver" of what a process has claimed
_OWN_RULES = "/etc/udev/rules.d/61-my-instruments.rules"  # beside those that `lager install` brings

Open = Callable[[usb.UsbDevice | None, Callable[[], object]], Link]


class NotAllowed(PermissionError):
    """It is there, but may not be used.

    Attributes:
        hint: What to try.
    """

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(errno.EACCES, what)
        self.hint = hint


class StaleContext(OSError):
    """The kernel has the device, but this process' libusb does not know it: another process will."""

    def __init__(self, device: usb.UsbDevice) -> None:
        super().__init__(errno.ENODEV, f"{device.node} is there, but libusb in this process does not see it")


def locked(lock: DeviceLock, open_link: Callable[[Callable[[], object]], Link]) -> Link:
    """Open something that is locked for as long as it is open.

    Args:
        lock: Its lock.
        open_link: Opens it; is given what to call when it is closed.

    Raises:
        InstrumentBusy: Somebody else has the lock; says who.
        Exception: What the open raises.
    """
    _acquire(lock)
    try:
        return open_link(lock.release)
    except BaseException:
        lock.release()
        raise


def _acquire(lock: DeviceLock) -> None:
    """Take the lock; a worker that has it may be about to end, others are not waited for."""
    try:
        lock.acquire(0)
    except errors.InstrumentBusy:
        who = lock.holder()
        if who is not None and not who.serves:
            raise
        lock.acquire(_WORKER_GRACE)


class KernelUsb:
    """One instrument on this machine's own USB.

    Args:
        address: Its address, with which errors name it.
        open_link: Opens it at its place; is given what to call when it is closed.
        machine: Where the kernel tells of its USB.
        sleep: Waits, s.
        gently: Whether it is left to a driver of the kernel, which would otherwise be taken off it, and only opened
            where it is of the kind that can be asked.
    """

    def __init__(
        self,
        address: str,
        open_link: Open,
        machine: usb.Machine = usb.THIS,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # udev tells nobody that it is done
        *,
        gently: bool = False,
    ) -> None:
        self._address = address
        self._open_link = open_link
        self._machine = machine
        self._sleep = sleep
        self._gently = gently
        self._named = addresses.usb(address)

    def present(self) -> bool | None:
        """Say whether it is there; None where that cannot be told."""
        try:
            return self._named is None or usb.find(self._named, self._machine) is not None
        except usb.CouldNotLook:
            return None

    def open(self, closed: Callable[[], object] = lambda: None) -> Link:
        """Open it.

        Args:
            closed: Called when it is closed.

        Raises:
            InstrumentGone: It is not there. libusb was not asked.
            InstrumentBusy: Another process has it; says which.
            InstrumentSilent: It is there, and answers nothing at all.
            NotAllowed: It is there, but may not be used.
            StaleContext: libusb does not see it.
            OSError: Any other.
        """
        device = self._settled()
        if device is not None:
            self._refuse_if_kernel_driver_is_used(device)
            if self._gently:
                self._refuse_to_disturb(device)
        try:
            return self._open_link(device, closed)
        except OSError as exc:
            reason = None if device is None else self._reason(device, exc)
            if reason is None:
                raise
            raise reason from exc

    def _find(self) -> usb.UsbDevice | None:
        if self._named is None:
            return None
        try:
            found = usb.find(self._named, self._machine)
        except usb.CouldNotLook:
            return None  # then libusb may find it
        if found is None:
            raise errors.InstrumentGone(
                f"the instrument at {self._address} is not on this machine's USB", "check its cable and its power"
            )
        return found

    def _settled(self) -> usb.UsbDevice | None:
        """Find it, ready to be used; None where it cannot be looked for."""
        left = _SETTLES_WITHIN
        while True:
            device = self._find()
            obstacle = None if device is None else _obstacle(device, self._machine.rules)
            if obstacle is None:
                return device
            if left <= 0:
                raise obstacle
            self._sleep(_LOOK_EVERY)
            left -= _LOOK_EVERY

    def _refuse_if_kernel_driver_is_used(self, device: usb.UsbDevice) -> None:
        """Leave an instrument alone that a process uses through the kernel's driver: it would lose it in mid-word."""
        if device.tmc is not None and device.tmc.nodes:
            used = holders.of(device.tmc.nodes)
            if used.holders:
                through = f" through {device.tmc.nodes[0]}"
                raise holder.in_use(f"the instrument at {self._address}", used.holders, through)

    def _refuse_to_disturb(self, device: usb.UsbDevice) -> None:
        """Leave a device alone that does not understand the question, or that a driver of the kernel has."""
        if device.tmc is None:
            if not device.interfaces:  # it has none until somebody opens it
                return
            kinds = ", ".join(f"{one.kind[0]:02x}/{one.kind[1]:02x}" for one in device.interfaces)
            raise errors.UsageError(
                f"{self._address} is no USB-TMC device (its interfaces: {kinds}), and does not speak VISA",
                "test it with its maker's own program",
            )
        if (driver := device.tmc.driver) not in ("", _CLAIMED):
            raise errors.InstrumentBusy(
                f"the kernel's driver {driver} has the instrument at {self._address}",
                f"as root: modprobe -r {driver}; the next call of a net takes it off the instrument, too",
            )

    def _reason(self, device: usb.UsbDevice, exc: OSError) -> Exception | None:
        """Say more than the library does, where more can be found out."""
        if exc.errno == errno.EBUSY:
            found = holders.of([device.node])
            if found.holders:
                return holder.in_use(f"the instrument at {self._address}", found.holders, found.besides)
        if exc.errno == errno.EACCES:
            return _no_access(device, self._machine.rules)
        if exc.errno == errno.ETIMEDOUT:
            return errors.InstrumentSilent(
                f"the instrument at {self._address} is on the USB, but answers no request",
                "switch it off and on again; then call again",
            )
        if exc.errno == errno.ENODEV and not device.has_left():
            return StaleContext(device)
        return None


def _obstacle(device: usb.UsbDevice, rules: Path) -> NotAllowed | None:
    if not device.authorized:
        return NotAllowed(
            f"this machine was told not to use it: {device.path}/authorized is 0",
            f"as root: echo 1 > {device.path}/authorized",
        )
    return None if os.access(device.node, os.R_OK | os.W_OK) else _no_access(device, rules)


def _no_access(device: usb.UsbDevice, rules: Path) -> NotAllowed:
    if not device.node.exists():
        return NotAllowed(
            f"{device.path} is there, but not its node {device.node}",
            "give the box the host's /dev/bus/usb (in a container: a mount of it, and access to devices c 189:*)",
        )
    what = f"no permission for {device.node}"
    if rules.exists():
        return NotAllowed(
            what,
            f"have {rules} applied, as root: udevadm control --reload && udevadm trigger; or plug the instrument in"
            " again",
        )
    rule = f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{device.vendor:04x}", OWNER="{os.geteuid()}"'
    return NotAllowed(
        what,
        f"`lager install` gives a box all USB instruments; by hand, as root: write {rule} to {_OWN_RULES}, and plug the"
        " instrument in again",
    )
