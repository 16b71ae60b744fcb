"""Who is at the other end of a connection to a port of this machine: behind it lies what only its user may do."""

from __future__ import annotations

import os
import socket

_ROOT = 0  # a relay of the system's (a container's, a virtual machine's) may bring the connection


def is_ours(peer: tuple[str, int], door: tuple[str, int]) -> bool:
    """Say whether a connection of this machine was made by this user (proc(5), `net/tcp`), or by the system."""
    try:
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
    except OSError:  # a system without it: the loopback address is all the protection there is
        return True
    ends = (_as_in_table(peer), _as_in_table(door))
    owners = [int(row[7]) for row in rows if (row[1], row[2]) == ends]
    return bool(owners) and owners[0] in (os.getuid(), _ROOT)


def _as_in_table(address: tuple[str, int]) -> str:
    number = int.from_bytes(socket.inet_aton(address[0]), "little")
    return f"{number:08X}:{address[1]:04X}"
