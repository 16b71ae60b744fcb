"""The box that `lager install` made of this machine, asked by root on it: as the user that it runs as."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lager import settings

_VERSIONS = Path("/opt/lager/versions")
_USER, _STATE, _RUNTIME = "lager", "/var/lib/lager", "/run/lager"


def become() -> None:
    """Be that user, so that what is asked is that box, and nothing in its folders comes to belong to root."""
    if os.geteuid() != 0 or settings.STATE_DIR in os.environ or not Path(sys.prefix).is_relative_to(_VERSIONS):
        return
    import pwd

    try:
        account = pwd.getpwnam(_USER)
    except KeyError:
        return
    os.initgroups(_USER, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ.update({settings.STATE_DIR: _STATE, "XDG_RUNTIME_DIR": _RUNTIME, "HOME": account.pw_dir})
