"""How a connection to a host and port ends. Says nothing over it, and knows no protocol."""

from __future__ import annotations

import errno
import socket

OPEN, REFUSED, SLOW, UNREACHABLE = "open", "refused", "timeout", "unreachable"
_ENDS = {
    errno.ECONNREFUSED: REFUSED,
    errno.ETIMEDOUT: SLOW,
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
    errno.EHOSTDOWN: UNREACHABLE,
    errno.ENETDOWN: UNREACHABLE,
}


def connect(host: str, port: int, within: float) -> str:
    """Connect, and close it again; give how that ended, or nothing where it did not come to that."""
    try:
        socket.create_connection((host, port), within).close()
    except (OSError, UnicodeError) as exc:
        return said_by(exc)
    return OPEN


def said_by(exc: BaseException) -> str:
    """Give how a connection ended that could not be opened; empty where its exception does not say."""
    if isinstance(exc, TimeoutError):
        return SLOW
    return _ENDS.get(number(exc), "")


def number(exc: BaseException) -> int:
    """Give the system's number of an exception; 0 where it has none, such as for a name that nobody knows."""
    if isinstance(exc, OSError) and not isinstance(exc, socket.gaierror):
        return exc.errno or 0
    return 0
