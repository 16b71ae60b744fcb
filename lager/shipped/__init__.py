"""Files that a version of Lager brings for the machine that is a box: where each belongs, and what is in it.

They are installed from the version that is to run, by `lager_cli.machine.onbox`, and compared by whoever looks after a
box. Nothing is imported but the standard library.
"""

from __future__ import annotations

from typing import NamedTuple


class Shipped(NamedTuple):
    """One of these files.

    Attributes:
        name: Its name in this folder.
        path: Where it is installed.
    """

    name: str
    path: str

    def content(self) -> bytes:
        """Give what is in it."""
        import pkgutil

        return pkgutil.get_data(__name__, self.name) or b""

    def digest(self) -> str:
        """Give the SHA-256 of what is in it, hexadecimal."""
        import hashlib

        return hashlib.sha256(self.content()).hexdigest()


RULES = Shipped("60-lager-instruments.rules", "/etc/udev/rules.d/60-lager-instruments.rules")
MODPROBE = Shipped("blacklist-usbtmc.conf", "/etc/modprobe.d/blacklist-usbtmc.conf")
BOX_UNIT = Shipped("lager-box.service", "/etc/systemd/system/lager-box.service")
UPDATE_UNIT = Shipped("lager-update.service", "/etc/systemd/system/lager-update.service")
TMPFILES = Shipped("lager-box-tmpfiles.conf", "/etc/tmpfiles.d/lager-box.conf")
EVERY = (RULES, MODPROBE, BOX_UNIT, UPDATE_UNIT, TMPFILES)
