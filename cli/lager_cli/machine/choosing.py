"""Which machine a command is for: that of a box the user knows, or an address."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from pathlib import Path

from lager import errors
from lager_cli.config import Config, SavedBox, is_host, split_address
from lager_cli.machine.target import Target

_NOT_IN_NAMES = set(" @'\"\\:;$`&|<>(){}")  # what ssh itself refuses, where it is new enough


def box(asked: str | None) -> SavedBox:
    """Give the box that is meant, with its address.

    Raises:
        UsageError: There is none, or it is the private one.
    """
    from lager_cli import selection

    config = Config()
    chosen = selection.choose(asked, os.environ, config.boxes, config.default_box)
    if not chosen.ip:
        raise errors.UsageError(
            "your private box is part of this installation, and has no machine of its own",
            "name a box with --box NAME; `lager boxes` lists those you know",
        )
    return chosen


def of_box(known: SavedBox, user: str | None, ssh_port: int | None, identity: Path | None) -> Target:
    """Give where a box's machine is; what was said on the command line goes before what is saved.

    Raises:
        UsageError: No user can be called that.
    """
    key = identity or (Path(known.identity) if known.identity else None)
    return target(known.ip, user if user is not None else known.user or None, ssh_port or known.ssh_port, key)


def target(host: str, user: str | None, ssh_port: int | None, identity: Path | None) -> Target:
    """Give where a machine is.

    Raises:
        UsageError: No user or no machine can be called that; ssh would take it for something else, such as an option.
            A box may come from a file that somebody else has put into this project.
    """
    if not is_host(host):
        raise errors.UsageError(f"{host!r} is no address", "mend its `ip` in your .lager, or in that of this project")
    name = "" if user is None else user.strip()
    if user is not None and (not name or name.startswith("-") or not name.isprintable() or set(name) & _NOT_IN_NAMES):
        raise errors.UsageError(f"no user can be called {user!r}", "write it as it is there, such as --user pi")
    return Target(host, name, ssh_port or 0, str(identity.resolve()) if identity else "")


def host_of(text: str) -> str:
    """Give the host that `--ip` names.

    Raises:
        UsageError: It names none.
    """
    who, at, host = text.strip().rpartition("@")
    if at:
        raise errors.UsageError(
            f"--ip wants the machine alone, and {text.strip()!r} says who, too", f"--ip {host} --user {who}"
        )
    host, port = split_address(host)
    if port:
        raise errors.UsageError(
            f"--ip wants the machine alone, and {text.strip()!r} has a port", f"--ip {host} --ssh-port {port}"
        )
    if not is_host(host):
        raise errors.UsageError(
            f"{text.strip()!r} is no address", "write an IP address or a host name, such as --ip 192.168.1.7"
        )
    return host


def bound(text: str | None) -> str:
    """Give the address that `--bind` names; empty where it was not given.

    Raises:
        UsageError: It names none.
    """
    if text is None:
        return ""
    with contextlib.suppress(ValueError):
        if is_host(text.strip()):
            return str(ipaddress.ip_address(text.strip()))
    raise errors.UsageError(
        f"--bind {text!r} is no IP address", "give one of the machine's own, or 0.0.0.0 for all it has"
    )
