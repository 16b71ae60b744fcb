"""Why a box does not answer: the four ways in which a network says it, and what to try in each of them.

Decided by the kind and the number of what the system raised; the words of a message never count.
"""

from __future__ import annotations

import enum
import errno
import socket

from lager import errors


class Why(enum.Enum):
    """Why nobody answers, as a clause."""

    REFUSED = "connection refused"
    UNRESOLVED = "its name or address cannot be resolved"
    TIMED_OUT = "no answer in {seconds:g} s"
    NO_ROUTE = "there is no route to it"
    OTHER = ""


_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
SERVED = "see that the box is on and its service runs there (`lager box serve`, or systemd's lager-box)"
# What to try; {host} is the address, {port} the port.
_HINTS = {
    Why.REFUSED: SERVED,
    Why.UNRESOLVED: "see that {host} is spelt right (`lager boxes`), and that the VPN or network whose names it is "
    "among is on; an IP address needs no name",
    Why.TIMED_OUT: "see that the box is on and that this machine is on its network or VPN (`ping {host}`); "
    "a firewall that drops port {port} looks the same",
    Why.NO_ROUTE: "see that this machine is on the box's network, or that the VPN to it is on (`ip route get {host}`)",
    Why.OTHER: SERVED,
}


def why(cause: OSError) -> Why:
    """Tell why connecting failed."""
    if isinstance(cause, ConnectionRefusedError):
        return Why.REFUSED
    if isinstance(cause, socket.gaierror):
        return Why.UNRESOLVED
    if isinstance(cause, TimeoutError):
        return Why.TIMED_OUT
    return Why.NO_ROUTE if cause.errno in _NO_ROUTE else Why.OTHER


def unreachable(place: str, host: str, port: int, cause: OSError, seconds: float) -> errors.LagerError:
    """Make the error of a box to which there is no connection.

    Args:
        place: What to call it.
        host: Its address.
        port: Where it should listen.
        cause: What the system raised.
        seconds: For how long it was tried.
    """
    reason = why(cause)
    clause = reason.value.format(seconds=seconds) or (cause.strerror or str(cause) or type(cause).__name__).lower()
    error = errors.ServiceUnreachable(f"{place} does not answer: {clause}", _HINTS[reason].format(host=host, port=port))
    return error.because(0, f"{type(cause).__name__}: {cause}")  # no number: those are for instruments
