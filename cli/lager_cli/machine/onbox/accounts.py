"""The step `user`: the account that the service runs as. Nobody can log in to it."""

from __future__ import annotations

import grp
import pwd
from typing import Any

from lager import errors
from lager_cli.machine.onbox import keeping, programs
from lager_cli.machine.onbox.places import USER, Places
from lager_cli.machine.onbox.telling import Teller

# Whom Debian lets open serial ports, and USB devices; and read what the kernel says of them, for `lager diagnose`.
_GROUPS = ("dialout", "plugdev", "systemd-journal")
_RENAME = "a box needs that name for its service: rename that user (`usermod -l`), or take another machine"
_HINT = "see what /etc/passwd and /etc/group say, and run the same command again"


def user(places: Places, teller: Teller, _: dict[str, Any]) -> dict[str, Any]:
    """Make the user `lager` and its group, where there are none.

    Raises:
        LagerError: They cannot be made, or somebody else has that name.
    """
    changed = _group(teller) | _account(places, teller)
    for name in _GROUPS:
        changed |= _member(name, teller)
    return {"changed": changed}


def exists() -> bool:
    """Tell whether the user is there."""
    return _known() is not None


def _group(teller: Teller) -> bool:
    try:
        grp.getgrnam(USER)
    except KeyError:
        teller.say(f"making the group {USER}")
        programs.run("groupadd", "--system", USER, hint=_HINT)
        return True
    return False


def _account(places: Places, teller: Teller) -> bool:
    known = _known()
    if known is not None:
        if known.pw_uid == 0:
            raise errors.LagerError(f"the user {USER} of this machine is another name of root", _RENAME)
        if known.pw_dir != "/var/lib/lager":
            raise errors.LagerError(
                f"there is a user {USER} on this machine already, and it is another one: its home is {known.pw_dir}",
                _RENAME,
            )
        return False
    teller.say(f"making the user {USER}")
    shell = "/usr/sbin/nologin"
    words = ["useradd", "--system", "--gid", USER, "--home-dir", "/var/lib/lager", "--no-create-home"]
    programs.run(*words, "--shell", shell, "--comment", "Lager box", USER, hint=_HINT)
    if _known() is None:
        raise errors.LagerError(f"the user {USER} was made, and is not there", _HINT)
    # Whether it is ours to remove again.
    keeping.note(places.setup / "setup.json", keeping.noted(places.setup / "setup.json") | {"user": True})
    return True


def _known() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        return None


def _member(name: str, teller: Teller) -> bool:
    try:
        group = grp.getgrnam(name)
    except KeyError:
        return False
    known = _known()
    if USER in group.gr_mem or (known is not None and known.pw_gid == group.gr_gid):
        return False
    teller.say(f"adding {USER} to the group {name}")
    programs.run("usermod", "--append", "--groups", name, USER, hint=_HINT)
    return True
