"""Where everything is on a box. Pure: `root` is another one than `/` in tests only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lager import errors

USER = "lager"
BOX_UNIT, UPDATE_UNIT = "lager-box.service", "lager-update.service"
PART = ".part"  # the end of the name of what is not complete
_NAME = re.compile(r"[0-9][0-9A-Za-z.+!_]*-[0-9a-f]{8}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")


@dataclass(frozen=True)
class Places:
    """The files and folders of a box."""

    root: Path = Path("/")

    def __getitem__(self, path: str) -> Path:
        """Give the place of an absolute path."""
        return self.root / path.lstrip("/")

    @property
    def product(self) -> Path:
        """Get the folder of what is run."""
        return self["/opt/lager"]

    @property
    def versions(self) -> Path:
        """Get the folder of the environments."""
        return self.product / "versions"

    @property
    def current(self) -> Path:
        """Get the link to the environment that runs."""
        return self.product / "current"

    @property
    def command(self) -> Path:
        """Get the link that makes `lager` a command of this machine."""
        return self["/usr/local/bin/lager"]

    @property
    def state(self) -> Path:
        """Get the folder of the service, which belongs to its user: nothing in it is followed blindly."""
        return self["/var/lib/lager"]

    @property
    def setup(self) -> Path:
        """Get the folder of what is known of the installation, for root only."""
        return self["/var/lib/lager-setup"]

    @property
    def incoming(self) -> Path:
        """Get the folder of the wheels that were sent."""
        return self.setup / "incoming"

    @property
    def before(self) -> Path:
        """Get the folder of the files that were in the place of the box's."""
        return self.setup / "before"

    @property
    def config(self) -> Path:
        """Get the file with addresses and ports."""
        return self["/etc/lager/box.env"]

    def environment(self, name: str) -> Path:
        """Give the folder of an environment.

        Raises:
            UsageError: It cannot be the name of one.
        """
        if not _NAME.fullmatch(name):
            raise errors.UsageError(f"{name!r} is no name of an installed version", "such as 0.2.0-1a2b3c4d")
        return self.versions / name

    @staticmethod
    def is_version(name: str) -> bool:
        """Tell whether a name below `versions` is of an environment, also one that is being made or removed."""
        return bool(_NAME.match(name))

    def wheels(self, hash8: str) -> Path:
        """Give the folder of a set of wheels; raises as `environment` does."""
        self.environment(f"0-{hash8}")
        return self.incoming / hash8


def file_name(name: str) -> str:
    """Give the name of a file that was sent.

    Raises:
        UsageError: It would lead elsewhere.
    """
    if not _FILE.fullmatch(name):
        raise errors.UsageError(f"{name!r} cannot be the name of a wheel", "send wheels under their own names")
    return name


def version_of(name: str) -> str:
    """Give the version that an environment's name says."""
    return name.rpartition("-")[0]
