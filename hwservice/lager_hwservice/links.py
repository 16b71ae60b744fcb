"""Which transport reaches an address, and what that transport raises. Imports only the libraries of that transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lager import addresses, errors
from lager.devicelock import DeviceLock
from lager.times import REPLY_WITHIN
from lager_hwservice.sessions import Link

ANSWER_TIMEOUT = REPLY_WITHIN


class Way(NamedTuple):
    """How an instrument is reached.

    Attributes:
        open: Opens it; it is locked until it is closed.
        troubles: What that, and every later use of it, may raise.
        present: Says whether it is there, without a word to it; None where only opening it can tell.
        renewable: Whether a fresh process may see a device that this one sees no more, as with libusb.
    """

    open: Callable[[], Link]
    troubles: tuple[type[Exception], ...]
    present: Callable[[], bool | None] = lambda: None
    renewable: bool = False


def warm() -> None:
    """Import whatever any transport needs. Uses no bus, so that it can be done before an instrument is there."""
    from lager_hwservice.transports import libusb

    libusb.defer()
    from lager_hwservice import opening  # noqa: F401  # for later, as the next one
    from lager_hwservice.transports import modbus, scpisocket, visa  # noqa: F401

    visa.manager()


def prepare(kind: str, address: str, via: str, timeout: float = ANSWER_TIMEOUT, *, gently: bool = False) -> Way:
    """Import what is needed to open an instrument, without opening it.

    Args:
        kind: The transport the catalog names for it: `visa` or `modbus`.
        address: The net's address.
        via: `usbip://HOST:PORT`, or empty for this machine's own USB.
        timeout: How long it may take to be opened, and for one answer, s.
        gently: Whether it is left to a driver of the kernel, where one has it and nobody uses that.

    Raises:
        UsageError: The address is not of that kind.
    """
    if kind == "visa":
        if via:
            return _over_usbip(address, via, timeout)
        return _scpi_socket(address, timeout) or _visa(address, timeout, gently)
    if kind == "modbus":
        return _modbus(address, timeout)
    raise errors.Defect(f"no transport is called {kind}", "correct the catalog")


def _visa(address: str, timeout: float, gently: bool) -> Way:
    from lager_hwservice.transports import libusb

    libusb.defer()
    troubles = _visa_troubles(address)
    from lager_hwservice import opening, usb
    from lager_hwservice.transports.visa import VisaLink

    def open_link(device: usb.UsbDevice | None, closed: Callable[[], object]) -> Link:
        if on_usb:
            libusb.use()
        return VisaLink(address, "", timeout, device, closed)

    on_usb = addresses.usb(address) is not None
    device, lock = opening.KernelUsb(address, open_link, gently=gently), DeviceLock(address)
    return Way(lambda: opening.locked(lock, device.open), troubles, device.present if on_usb else _unknown, on_usb)


def _scpi_socket(address: str, timeout: float) -> Way | None:
    from lager_hwservice.transports import scpisocket, tcp

    server = addresses.scpi_socket(address)
    if server is None:
        return None
    from lager_hwservice import opening

    lock = DeviceLock(address)

    def open_link(closed: Callable[[], object]) -> Link:
        return scpisocket.ScpiSocketLink(*server, timeout, closed)

    return Way(
        lambda: opening.locked(lock, open_link), (errors.LagerError, OSError, ValueError), lambda: tcp.answers(*server)
    )


def _over_usbip(address: str, via: str, timeout: float) -> Way:
    from lager_hwservice.transports import libusb, usbip

    libusb.defer()
    troubles = _visa_troubles(address)
    from lager_hwservice import opening
    from lager_hwservice.transports.visa import VisaLink

    named = addresses.usb(address)
    if named is None:
        raise errors.UsageError(f"{address!r} is no USB address", "leave out `via` in the bench file")
    try:
        server = usbip.server_of(via)
    except ValueError as exc:
        raise errors.UsageError(f"{address}: {exc}", "correct `via` in the bench file") from exc
    lock = DeviceLock(address, via=via)

    def open_link(closed: Callable[[], object]) -> Link:
        return VisaLink(address, via, timeout, closed=closed)

    # Here the list of devices is always fresh; renewed all the same, so that what is proven here holds for libusb.
    return Way(lambda: opening.locked(lock, open_link), troubles, lambda: usbip.lists(server, named), renewable=True)


def _visa_troubles(address: str) -> tuple[type[Exception], ...]:
    import pyvisa

    from lager_hwservice.transports import visa

    try:
        pyvisa.rname.parse_resource_name(address)
    except pyvisa.rname.InvalidResourceName as exc:
        raise errors.UsageError(
            f"{address!r} is no VISA address", "write USB0::0xVENDOR::0xPRODUCT::SERIAL::INSTR in the bench file"
        ) from exc
    visa.manager()  # takes longer than the first call should; asks no instrument
    return (errors.LagerError, OSError, ValueError, pyvisa.errors.Error)


def _modbus(address: str, timeout: float) -> Way:
    from lager_hwservice.transports import modbus, tcp

    server = addresses.modbus(address)
    if server is None:
        raise errors.UsageError(f"{address!r} is no Modbus address", "write modbus-tcp://HOST:PORT in the bench file")
    host, port = server
    return Way(
        lambda: modbus.ModbusLink(host, port, timeout),
        (errors.LagerError, OSError, ValueError),
        lambda: tcp.answers(host, port),
    )


def _unknown() -> None:
    """Say that only opening it can tell."""
