"""pyvisa-py's USB-TMC, where it falls short: which device it takes, which interface, and whose answer it gives.

- It takes the device at the place it is told, without asking all others for their serial numbers.
- It uses the interface that is of class test and measurement, not the first, and takes that one from the kernel's
  `usbtmc` driver. (It is not given back: probing an instrument that hangs would hang here.)
- An answer that comes late carries the tag of its own question, so it is never given to the next one.
- Writing has the session's timeout, not one second.

For worker processes and their one instrument. Knows no instrument.
"""

from __future__ import annotations

import contextlib
import errno
import struct
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, cast

import usb.core
import usb.util
from pyvisa_py.protocols import usbtmc
from usb.core import USBError

from lager import errors
from lager_hwservice.usb import TEST_AND_MEASUREMENT

_HEADER = struct.Struct("<BBBxIB3x")  # message, tag, inverted tag, size, attributes
_ANSWER = 2  # also the message that asks for one
_LAST = 1  # attribute: the message ends with this transfer
_KIND = dict(zip(("bInterfaceClass", "bInterfaceSubClass"), TEST_AND_MEASUREMENT, strict=True))
# Bus and number of the device to open; pyvisa passes nothing on.
_place: ContextVar[tuple[int, int] | None] = ContextVar("place", default=None)


class NotListed(OSError):
    """The device is not, or no longer, among those that pyusb knows."""

    def __init__(self) -> None:
        super().__init__(errno.ENODEV, "libusb does not list it")


@contextlib.contextmanager
def at(bus: int, number: int) -> Iterator[None]:
    """Have what is opened meanwhile be the device at this place, and not searched for by its serial number."""
    token = _place.set((bus, number))
    try:
        yield
    finally:
        _place.reset(token)


class Pipes(usbtmc.USBRaw):
    """The bulk endpoints, below the messages.

    Attributes:
        complete: Whether the last answer was read to its end.
    """

    def __init__(self, vendor: int, product: int, serial: str | None, **_more: Any) -> None:
        # Takes the place of USBRaw's, which takes the first interface, and raises a bare Exception.
        self.timeout = None  # ms; pyvisa sets it after the open
        self.complete = True
        self._asked = 0
        place = _place.get()
        if place is None:
            found = list(usbtmc.find_tmc_devices(vendor, product, serial))
        else:
            found = list(usbtmc.find_tmc_devices(vendor, product, bus=place[0], address=place[1]))
        if not found:
            raise NotListed
        self.usb_dev = found[0]
        configuration = _configured(self.usb_dev)
        self.usb_intf = usb.util.find_descriptor(configuration, **_KIND)
        if self.usb_intf is None:
            raise errors.InstrumentError(f"{serial} is configured without a USB-TMC interface", "switch it off and on")
        _detach(self.usb_dev, self.usb_intf.bInterfaceNumber)
        self.usb_recv_ep, self.usb_send_ep = self._find_endpoints(self.usb_intf, (None, None))  # type: ignore[no-untyped-call]

    def write(self, data: bytes) -> int:
        """Send one transfer."""
        if data[0] == _ANSWER:
            self._asked = data[1]
        return cast(int, self.usb_send_ep.write(data, self.timeout))

    def read(self, size: int) -> bytes:
        """Receive one transfer, or what follows of it.

        Raises:
            OSError: EBADMSG: it is no answer to what was asked.
        """
        data: bytes = super().read(size)  # type: ignore[no-untyped-call]
        if self._asked:
            tag, self._asked = self._asked, 0
            self.complete = _is_last(data, tag)
        return data


class Tmc(usbtmc.USBTMC, Pipes):
    """An open USB-TMC device; its messages are pyvisa-py's affair."""

    def __init__(self, vendor: int, product: int, serial: str) -> None:
        try:
            super().__init__(vendor, product, serial)  # type: ignore[no-untyped-call]
        except BaseException:
            self.let_go()
            raise
        # An answer that an earlier process left in a device that cannot be cleared must not fit by chance.
        # (Not os.urandom: it waits for minutes where a machine without much to do has just started.)
        self._btag = time.monotonic_ns() // 1000 % 255

    def let_go(self) -> None:
        """Close the device, where it was opened at all."""
        if (device := getattr(self, "usb_dev", None)) is not None:
            usb.util.dispose_resources(device)

    def _abort_bulk_in(self, btag: int) -> None:
        """Ask the device to give up an answer; what went wrong before that is what counts."""
        with contextlib.suppress(USBError):
            super()._abort_bulk_in(btag)  # type: ignore[no-untyped-call]


def _configured(device: Any) -> Any:
    """Give the active configuration; the first one is made so where there is none."""
    try:
        return device.get_active_configuration()
    except USBError as error:
        if error.errno is not None:  # pyusb has no number for "not configured"
            raise
    device.set_configuration()
    return device.get_active_configuration()


def _detach(device: Any, interface: int) -> None:
    """Take an interface from the kernel's driver."""
    try:
        if device.is_kernel_driver_active(interface):
            device.detach_kernel_driver(interface)
    except NotImplementedError:  # not on this operating system
        return


def _is_last(data: bytes, tag: int) -> bool:
    """Check what an answer begins with, and tell whether it ends its message."""
    if len(data) < _HEADER.size:
        raise OSError(errno.EBADMSG, "an answer without a header")
    message, mine, inverse, _, attributes = _HEADER.unpack_from(data)
    if (message, mine, inverse) != (_ANSWER, tag, tag ^ 0xFF):
        raise OSError(errno.EBADMSG, f"an answer to another question (tag {mine}, not {tag})")
    return bool(attributes & _LAST)
