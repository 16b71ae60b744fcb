"""Names of the released interface that are about loading firmware. Nothing here loads any.

Nets of type `debug` are not served. Scripts that only mention these names go on; `Net.get` says what there is to say.
"""

from __future__ import annotations

import enum
import os

# What a debug probe is. One of them has two spellings, and only one of the two can stand in a class.
_PROBES = {"ftdi": 1, "cmsisdap": 2, "jlink": 3, "xds110": 4, "stlink": 5, "stlink_dap": 6, "stlink-dap": 6}
Interface = enum.Enum("Interface", _PROBES)  # type: ignore[misc]


class Transport(enum.Enum):
    """How a debug probe is wired to its target."""

    swd = 1
    jtag = 2


class Hexfile:
    """A firmware file that says itself where it belongs.

    Attributes:
        path: Where the file is.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def __repr__(self) -> str:
        return f"Hexfile({self.path!r})"


class Binfile:
    """A firmware file of bytes alone.

    Attributes:
        path: Where the file is.
        address: Where its first byte belongs.
    """

    def __init__(self, path: str | os.PathLike[str], address: int) -> None:
        self.path, self.address = os.fspath(path), address

    def __repr__(self) -> str:
        return f"Binfile({self.path!r}, 0x{self.address:08x})"
