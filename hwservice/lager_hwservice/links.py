"""Which transport reaches an address, and what that transport raises. Imports only the libraries of that transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from lager import errors
from lager_hwservice.sessions import Link

ANSWER_TIMEOUT = 5.0  # s an instrument may take for one answer


class Way(NamedTuple):
    """How an instrument is reached: what opens it, and what that and every later use of it may raise."""

    open: Callable[[], Link]
    troubles: tuple[type[Exception], ...]


def prepare(kind: str, address: str, via: str) -> Way:
    """Import what is needed to open an instrument, without opening it.

    Args:
        kind: The transport the catalog names for it: `visa` or `modbus`.
        address: The net's address.
        via: `usbip://HOST:PORT`, or empty for this machine's own USB.

    Raises:
        UsageError: The address is not of that kind.
    """
    if kind == "visa":
        return _visa(address, via)
    if kind == "modbus":
        return _modbus(address)
    raise errors.Defect(f"no transport is called {kind}", "correct the catalog")


def _visa(address: str, via: str) -> Way:
    import pyvisa

    from lager_hwservice.transports import usbip
    from lager_hwservice.transports.visa import VisaLink

    try:
        pyvisa.rname.parse_resource_name(address)
    except pyvisa.rname.InvalidResourceName as exc:
        raise errors.UsageError(
            f"{address!r} is no VISA address", "write USB0::0xVENDOR::0xPRODUCT::SERIAL::INSTR in the bench file"
        ) from exc
    try:
        if via:
            usbip.install([via])
    except ValueError as exc:
        raise errors.UsageError(f"{address}: {exc}", "correct `via` in the bench file") from exc
    pyvisa.ResourceManager("@py")  # takes longer than the first call should; asks no instrument
    troubles = (errors.LagerError, OSError, ValueError, pyvisa.errors.Error)
    return Way(lambda: VisaLink(address, via, ANSWER_TIMEOUT), troubles)


def _modbus(address: str) -> Way:
    from lager_hwservice.transports.modbus import ModbusLink

    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 502
    except ValueError:
        host, port = None, 0
    if host is None or parts.scheme != "modbus-tcp":
        raise errors.UsageError(f"{address!r} is no Modbus address", "write modbus-tcp://HOST:PORT in the bench file")
    return Way(lambda: ModbusLink(host, port, ANSWER_TIMEOUT), (errors.LagerError, OSError, ValueError))
