"""What this machine knows of a host on the network, without a word to it: its addresses, and the way to it."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import threading
from pathlib import Path
from typing import NamedTuple

RESOLVED_WITHIN = 3.0  # s that a name server may take
_AWAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ESRCH, errno.EINVAL}
_NEIGHBOURS, _COMPLETE = Path("/proc/net/arp"), 2
# As the kernel's own header linux/rtnetlink.h has them.
_GET_ROUTE, _REQUEST, _ERROR = 26, 1, 2
_HEADER = struct.Struct("=IHHII")
_ROUTE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_TO, _OUT, _GATEWAY, _VIA = 1, 4, 5, 18  # attributes of a route


class CouldNotLook(Exception):  # no error of the instrument: this is not known
    """It could not be found out; the text says why."""


class Resolved(NamedTuple):
    """The addresses of a name; none where nobody knows it."""

    addresses: list[str]
    could_not_look: str = ""


async def resolved(host: str, within: float = RESOLVED_WITHIN) -> Resolved:
    """Look a name up, for so long at most: resolvers cannot be told how long."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Resolved] = loop.create_future()

    def give(answer: Resolved) -> None:
        if not found.done():
            found.set_result(answer)

    def look() -> None:
        answer = _addresses(host)
        if not loop.is_closed():
            loop.call_soon_threadsafe(give, answer)

    threading.Thread(target=look, name="name", daemon=True).start()
    try:
        return await asyncio.wait_for(found, within)
    except asyncio.TimeoutError:
        return Resolved([], f"no answer about that name within {within:g} s")


def _addresses(host: str) -> Resolved:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        return Resolved([])  # nothing that a host can be called
    except socket.gaierror as exc:
        unasked = exc.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_FAIL)
        return Resolved([], str(exc.strerror) if unasked else "")
    return Resolved(list(dict.fromkeys(str(one[4][0]) for one in found)))


def route(address: str) -> str | None:
    """Say how this machine gets to an IP address: `eth0 via 10.0.0.1`, `eth0 direct`; None where it has no way.

    Raises:
        CouldNotLook: The kernel does not say.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        target = socket.inet_pton(family, address.partition("%")[0])
        found = _attributes(_asked(family, target))
    except OSError as exc:
        if exc.errno in _AWAY:
            return None
        raise CouldNotLook(exc.strerror or str(exc)) from exc
    try:
        name = socket.if_indextoname(struct.unpack("=I", found[_OUT])[0])
    except (KeyError, OSError) as exc:
        raise CouldNotLook("the kernel does not say by which of its interfaces") from exc
    gateway = _gateway(found, family)
    return f"{name} via {gateway}" if gateway else f"{name} direct"


def nobody_has(address: str, table: Path = _NEIGHBOURS) -> bool:
    """Whether the network that this machine is on was asked for an IPv4 address, and nobody has it."""
    try:
        entries = table.read_text().splitlines()[1:]
    except OSError:
        return False
    known = [int(words[2], 16) for words in map(str.split, entries) if words[0] == address]
    return bool(known) and not any(flags & _COMPLETE for flags in known)


def _asked(family: int, target: bytes) -> bytes:
    """Ask the kernel for the route it would take; give the attributes of its answer."""
    attribute = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(target), _TO) + target
    body = _ROUTE.pack(family, len(target) * 8, 0, 0, 0, 0, 0, 0, 0) + attribute
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.settimeout(1.0)
        kernel.sendto(_HEADER.pack(_HEADER.size + len(body), _GET_ROUTE, _REQUEST, 1, 0) + body, (0, 0))
        answer = kernel.recv(65536)
    kind = _HEADER.unpack_from(answer)[1]
    if kind == _ERROR:
        (number,) = struct.unpack_from("=i", answer, _HEADER.size)
        raise OSError(-number, os.strerror(-number))
    return answer[_HEADER.size + _ROUTE.size :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = data[_ATTRIBUTE.size : length]
        data = data[(length + 3) & ~3 :]
    return found


def _gateway(found: dict[int, bytes], family: int) -> str:
    if _GATEWAY in found:
        return socket.inet_ntop(family, found[_GATEWAY])
    if _VIA in found:  # of the other family: that first, then the address
        (other,) = struct.unpack_from("=H", found[_VIA])
        return socket.inet_ntop(other, found[_VIA][2:])
    return ""
