"""Notices that a client, or its machine, has vanished, by what the kernel knows of its connection (proc(5), `net/tcp`).

A client that is only stopped, or looks away, answers no ping, and must not be taken for one that has gone: its machine
still acknowledges what is sent. The web server's pings see to it that something is sent, every 20 s at least; a machine
that is switched off or out of reach acknowledges none of it, however often the kernel sends it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from starlette.types import Scope

_EVERY = 10.0  # s
_UNANSWERED = 7  # times that the kernel has tried, each after twice the time of the one before: 25 s at least
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_NOBODYS = "0"  # the inode of a socket that its process has closed, or left at its end
_SENT_AGAIN, _ASKED_FOR_ROOM = "01", "04"  # which timer runs: something is to be sent again, or the client has no room

Address = tuple[str, int] | tuple[str, int, int, int]  # as `socket.getsockname` gives it


async def until_silent(scope: Scope) -> None:
    """Wait until the machine of this connection's client does not acknowledge any more what is sent to it."""
    here, there = scope.get("server"), scope.get("client")
    if not here or not there:
        await asyncio.Event().wait()  # nothing is known of this connection
        return
    ours, theirs = _as_in_table(*here[:2]), _as_in_table(*there[:2])
    silent = False
    while not silent:
        await asyncio.sleep(_EVERY)
        rows = await asyncio.to_thread(_rows)
        silent = is_silent(rows, ours, theirs)


def is_silent(rows: Iterable[str], ours: str, theirs: str) -> bool:
    """Say whether the connection between these two ends has been unanswered for too long.

    Args:
        rows: The kernel's tables.
        ours: This end as it stands there.
        theirs: The other one.
    """
    for row in rows:
        columns = row.split()
        if len(columns) > 9 and columns[1:3] == [ours, theirs]:
            timer, again, asked = columns[5].partition(":")[0], int(columns[6], 16), int(columns[8])
            return (timer == _SENT_AGAIN and again >= _UNANSWERED) or (
                timer == _ASKED_FOR_ROOM and asked >= _UNANSWERED
            )
    return False  # it has just ended, which its reader is told otherwise


def has_gone(here: Address, there: Address) -> bool:
    """Say whether nobody has the other end of a connection any more; False for a client of another machine.

    Args:
        here: The address of this end.
        there: Of the other one.
    """
    ours, theirs = _as_in_table(*here[:2]), _as_in_table(*there[:2])
    for row in _rows():
        columns = row.split()
        if len(columns) > 9 and columns[1:3] == [theirs, ours]:
            return columns[9] == _NOBODYS
    return False


def _rows() -> list[str]:
    found: list[str] = []
    for table in _TABLES:
        with contextlib.suppress(OSError):  # a system without IPv6
            found += table.read_text(encoding="ascii").splitlines()[1:]
    return found


def _as_in_table(host: str, port: int) -> str:
    """Write an address as the kernel does: words of the machine's byte order, in hexadecimal."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host.partition("%")[0])
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return f"{''.join(f'{word:08X}' for word in words)}:{port:04X}"
