"""What an instrument's address names. One instrument can be written in several ways: `canonical` makes them one.

Knows no bus: whether anything is there is found out elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

MODBUS_PORT = 502
VXI11_PORT, HISLIP_PORT = 111, 4880  # VXI-11 asks the first one for its own


class UsbAddress(NamedTuple):
    """A USB device, as a VISA address names it.

    Attributes:
        serial: Its serial number; capitals do not count.
    """

    vendor: int
    product: int
    serial: str

    def names(self, vendor: int, product: int, serial: str) -> bool:
        """Tell whether a device that calls itself so is meant."""
        return (vendor, product) == self[:2] and serial.strip().upper() == self.serial


def usb(address: str) -> UsbAddress | None:
    """Read `USB[board]::VENDOR::PRODUCT::SERIAL[::INTERFACE][::INSTR]`; None where it is no such address.

    Board and interface are read over, as pyvisa-py does: a machine's USB is one, and an instrument is one device of it.
    """
    words = address.strip().upper().split("::")
    board = words[0].removeprefix("USB")
    if words[-1] in ("INSTR", "RAW"):
        words.pop()
    if board == words[0] or (board and not board.isdigit()) or len(words) not in (4, 5):
        return None
    try:
        return UsbAddress(int(words[1], 0), int(words[2], 0), words[3].strip())
    except ValueError:
        return None


def modbus(address: str) -> tuple[str, int] | None:
    """Read `modbus-tcp://HOST[:PORT]` as host and port; None where it is no such address."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port or MODBUS_PORT
    except ValueError:
        return None
    return (host, port) if parts.scheme == "modbus-tcp" and host else None


def scpi_socket(address: str) -> tuple[str, int] | None:
    """Read `TCPIP[board]::HOST::PORT::SOCKET` as host and port; None where it is no such address."""
    words = address.strip().split("::")
    board = words[0].upper().removeprefix("TCPIP")
    if len(words) != 4 or board == words[0].upper() or (board and not board.isdigit()) or words[3].upper() != "SOCKET":
        return None
    host, port = words[1].strip(), words[2]
    return (host, int(port)) if host and port.isdecimal() and 0 < int(port) < 65536 else None


def lan_instrument(address: str) -> tuple[str, int] | None:
    """Read `TCPIP[board]::HOST[::DEVICE][::INSTR]` as host and port; None where it is no such address."""
    words = address.strip().split("::")
    board = words[0].upper().removeprefix("TCPIP")
    if len(words) > 1 and words[-1].upper() == "INSTR":
        words.pop()
    if len(words) not in (2, 3) or board == words[0].upper() or (board and not board.isdigit()):
        return None
    port = HISLIP_PORT if words[-1].lower().startswith("hislip") and len(words) == 3 else VXI11_PORT
    return (words[1].strip(), port) if words[1].strip() else None


def network(address: str) -> tuple[str, int] | None:
    """Give host and port of an instrument that is reached over the network; None for any other address."""
    return modbus(address) or scpi_socket(address) or lan_instrument(address)


def canonical(address: str) -> str:
    """Give the one way of writing an address, of all that mean the same."""
    if (device := usb(address)) is not None:
        return f"USB0::0x{device.vendor:04X}::0x{device.product:04X}::{device.serial}::INSTR"
    if (server := modbus(address)) is not None:
        return "modbus-tcp://{}:{}".format(*server)
    if (server := scpi_socket(address)) is not None:
        return f"TCPIP0::{server[0].upper()}::{server[1]}::SOCKET"
    plain = address.strip()
    return plain.upper() if plain.upper().startswith("TCPIP") else plain
