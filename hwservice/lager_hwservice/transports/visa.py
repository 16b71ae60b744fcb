"""A VISA session through pyvisa-py, as a driver's `Transport`: lines out, answers back. Knows no instrument.

pyvisa-py's traps are dealt with here and in `tmc.py`: sessions without a timeout, answers cut at 20480 bytes, and
answers that come too late. A link on which anything went wrong is of no more use (`stale`), because an answer may still
be on its way: close it and open another, which clears the instrument's buffers.

Exceptions are the libraries' own: pyvisa.errors.VisaIOError, usb.core.USBError (an OSError), ValueError; and BadBlock.
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pyvisa
import pyvisa_py.usb
from pyvisa.constants import StatusCode
from pyvisa.errors import VisaIOError
from pyvisa.resources import MessageBasedResource
from usb.core import USBError

from lager_drivers import blocks
from lager_hwservice.transports import tmc, usbip
from lager_hwservice.usb import UsbDevice

CHUNK = 1 << 17  # bytes asked for at once: at the default, answers of 20480 bytes and more are cut, with status 0
_TO_INTERFACE = 0xA1  # class request towards the host, of the interface
_INITIATE_CLEAR, _CHECK_CLEAR_STATUS = 5, 6
_PENDING = 2  # USB-TMC status: the clear is still under way


class VisaLink:
    """An open instrument.

    Args:
        address: VISA address, such as `USB0::0x05E6::0x2281::4381218::INSTR`.
        via: `usbip://HOST:PORT` where the USB device is reached over USB/IP; then all of this process' USB is there.
        timeout: How long the instrument may take to be opened, and for one answer, s.
        device: Where it is on this machine's USB; else it is searched for by its serial number.
        closed: Called when it is closed.

    Raises:
        NotListed: There is no such device (an OSError: ENODEV).
        ValueError: `via` is malformed.
        USBError: The claim failed: EBUSY where another holds the device.
        VisaIOError: pyvisa cannot open it.
    """

    def __init__(
        self,
        address: str,
        via: str = "",
        timeout: float = 5.0,
        device: UsbDevice | None = None,
        closed: Callable[[], object] = lambda: None,
    ) -> None:
        if via:
            usbip.install([via])
        self.timeout = timeout
        self._closed = closed
        self._device = device
        self._stale = False
        with tmc.at(device.bus, device.number) if device is not None else contextlib.nullcontext():
            self._resource = _opened(address, max(1, int(timeout * 1000)))
        self._tmc = self._interface()
        try:
            if self._tmc is not None:
                clear_usbtmc(self._tmc, timeout)
        except BaseException:
            self.close()
            raise

    @property
    def stale(self) -> bool:
        """Get whether something went wrong on this link, so that it refuses further use."""
        return self._stale

    def write(self, command: str) -> None:
        """Send a command."""
        with self._conversation() as resource:
            resource.write(command)

    def query(self, command: str, within: float | None = None) -> str:
        """Send a command and give its answer, without terminators.

        Args:
            command: The command.
            within: How long the answer may take, s; None for the link's usual time.
        """
        with self._conversation() as resource, self._patient(resource, within):
            resource.write(command)
            answer = part = resource.read_raw(CHUNK)
            while not self._ends(part):
                part = resource.read_raw(CHUNK)
                answer += part
        return answer.decode("latin-1").rstrip("\r\n")

    def query_block(self, command: str) -> bytes:
        """Send a command and give what its answer, a definite-length block, holds.

        Raises:
            BadBlock: The answer is no such block, or it ended early.
        """
        with self._conversation() as resource:
            resource.write(command)
            return blocks.content(self._message(resource) if self._tmc is not None else _counted(resource))

    def _message(self, resource: MessageBasedResource) -> bytes:
        """Read a block to the end of its message, which the device marks."""
        answer = bytearray()
        while True:
            answer += resource.read_raw(CHUNK)
            blocks.whole(answer)  # something else is found out before all of it has come
            if self._tmc is None or self._tmc.complete:
                return bytes(answer)

    @contextlib.contextmanager
    def _patient(self, resource: MessageBasedResource, within: float | None) -> Iterator[None]:
        """Wait longer for answers meanwhile."""
        if within is not None:
            resource.timeout = max(1, int(within * 1000))
        try:
            yield
        finally:
            if within is not None:
                resource.timeout = max(1, int(self.timeout * 1000))

    def _ends(self, part: bytes) -> bool:
        """Tell whether an answer ends with this part of it."""
        if self._tmc is not None:
            return self._tmc.complete
        return len(part) < CHUNK or part.endswith(b"\n")  # as long as was asked for: there may be more

    def lost(self) -> bool:
        """Whether the device has left its bus. Asks the host's side of the bus, where there is one to ask."""
        if self._device is not None:
            return self._device.has_left()
        if self._tmc is None:
            return False
        try:
            self._tmc.usb_dev.is_kernel_driver_active(self._tmc.usb_intf.index)
        except USBError as error:
            return error.errno == errno.ENODEV
        except NotImplementedError:  # not on this operating system
            return False
        return False

    def close(self) -> None:
        """Let go of the instrument; who opens it next finds it free."""
        self._stale = True
        try:
            self._resource.close()
        finally:
            self._closed()

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[MessageBasedResource]:
        """Mark the link stale unless all goes well; a stale one is refused."""
        if self._stale:
            raise VisaIOError(StatusCode.error_invalid_object)
        self._stale = True  # also where Ctrl-C ends it: an answer may still be on its way
        yield self._resource
        self._stale = False

    def _interface(self) -> tmc.Tmc | None:
        """Give pyvisa-py's USB-TMC object; None for another kind of session."""
        session: Any = cast(Any, self._resource.visalib).sessions[self._resource.session]
        interface = getattr(session, "interface", None)
        return interface if isinstance(interface, tmc.Tmc) else None


def _counted(resource: MessageBasedResource) -> bytes:
    """Read a block, and the line end behind it, by its length: on a stream nothing else tells where it ends."""
    answer = bytearray()
    while not (length := blocks.whole(answer)):
        answer += resource.read_bytes(1)
    answer += resource.read_bytes(length - len(answer), CHUNK)
    resource.read_bytes(1)
    return bytes(answer)


def _opened(address: str, timeout: int) -> MessageBasedResource:
    """Open a resource; `timeout` is in ms."""
    opened = manager().open_resource(
        address,
        open_timeout=timeout,
        timeout=timeout,
        chunk_size=CHUNK,
        write_termination="\n",
        read_termination="\n",
    )
    return cast(MessageBasedResource, opened)


def clear_usbtmc(interface: Any, timeout: float) -> None:
    """Do a USB-TMC device clear (USBTMC 1.0, 4.2.1.6 and 4.2.1.7), and end a halt of the bulk endpoints.

    Args:
        interface: pyvisa-py's USBTMC object.
        timeout: For all of it, s.

    Raises:
        USBError: The device does not answer.
        TimeoutError: The device does not finish.
    """
    device, number = interface.usb_dev, interface.usb_intf.bInterfaceNumber
    deadline = time.monotonic() + timeout
    try:
        device.ctrl_transfer(_TO_INTERFACE, _INITIATE_CLEAR, 0, number, 1)
        while True:
            status, details = device.ctrl_transfer(_TO_INTERFACE, _CHECK_CLEAR_STATUS, 0, number, 2)
            if status != _PENDING:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "the device does not finish its clear")
            if details & 1:  # it has data that must be read first
                interface.usb_recv_ep.read(interface.usb_recv_ep.wMaxPacketSize)
    except USBError as error:
        if error.errno != errno.EPIPE:
            raise
        # Some instruments stall the clear, which the standard asks for: they are used without.
    device.clear_halt(interface.usb_send_ep.bEndpointAddress)
    device.clear_halt(interface.usb_recv_ep.bEndpointAddress)


def manager() -> pyvisa.ResourceManager:
    """Give pyvisa's resource manager: one per process, never closed, because that closes every session."""
    session: Any = pyvisa_py.usb.USBInstrSession
    session._intf_cls = tmc.Tmc  # noqa: SLF001  # it offers no other way
    return pyvisa.ResourceManager("@py")
