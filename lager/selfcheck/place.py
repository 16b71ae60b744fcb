"""Where a machine is looked at: its files, below a root that tests put elsewhere, and what setting it up has left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

USER = GROUP = "lager"  # of a box that was set up by `lager install`
AGAIN = "run `lager install` for this machine again: it does what is missing"
_SIGNS = ("etc/lager/box.env", "opt/lager/current")  # any of them is there on a machine that was set up
_CONTAINERS = ("run/.containerenv", ".dockerenv")  # what podman and Docker put into theirs
_INSTALLED_STATE = Path("var/lib/lager")


class Place(NamedTuple):
    """A machine to be looked at.

    Attributes:
        state: The state directory of its box.
        root: Where its files are.
        serves: Whether this process is the box's service: then what it may do, is what the box may do.
    """

    state: Path
    root: Path = Path("/")
    serves: bool = False

    @property
    def set_up(self) -> bool:
        """Whether `lager install` has made it a box."""
        return any(os.path.lexists(self.root / sign) for sign in _SIGNS)

    @property
    def contained(self) -> bool:
        """Whether it is a container: then rules and modules are those of the machine around it."""
        return any((self.root / sign).exists() for sign in _CONTAINERS)

    def file(self, path: Path | str) -> Path:
        """Give a file of the machine by its absolute path there."""
        return self.root / str(path).lstrip("/")


def installed_state(root: Path = Path("/")) -> Path:
    """Give the state directory of a box that was set up by `lager install`."""
    return root / _INSTALLED_STATE
