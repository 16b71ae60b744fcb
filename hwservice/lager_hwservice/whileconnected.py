"""Whether a battery is disconnected for a parameter that it does not take while connected: as its net says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lager import errors, wire

KEY = "while_connected"  # of a record of the bench file
REFUSE, RECONNECT = "refuse", "reconnect"
ROLE = "battery"
_FORM = f'give {{"parameters": "{RECONNECT}"}} or {{"parameters": "{REFUSE}"}}'


def understood(role: str, given: Any) -> wire.WhileConnected | None:
    """Understand what a record, or a request, says; None where parameters are refused, as they are by default.

    Raises:
        UsageError: It is nothing that a net of that role could do.
    """
    if given in (None, {}):
        return None
    if role != ROLE:
        raise errors.UsageError(
            f"a net of type {role} is not disconnected for its parameters", "that is for battery simulators"
        )
    if not isinstance(given, dict) or set(given) != {"parameters"}:
        raise errors.UsageError(f"{KEY} cannot be {given!r}", _FORM)
    said = given["parameters"]
    if said not in (REFUSE, RECONNECT):
        raise errors.UsageError(f"parameters of a connected battery cannot be {said!r}", _FORM)
    return wire.WhileConnected(RECONNECT) if said == RECONNECT else None


def recorded(role: str, given: Any) -> wire.WhileConnected | None:
    """Understand what a bench file says; None also for what is not understood.

    That disconnects nothing, which harms nobody: a file that another version has written, or a hand, is not broken.
    """
    try:
        return understood(role, given)
    except errors.UsageError:
        return None


def kept(role: str, given: Any) -> dict[str, Any]:
    """Give what a record is to say; nothing for what is so by default.

    Raises:
        UsageError: As `understood`.
    """
    return {} if understood(role, given) is None else {"parameters": RECONNECT}


def reconnects(nets: Iterable[wire.NetRecord], name: str) -> bool:
    """Decide whether the battery of that name is disconnected and connected again."""
    return any(net.name == name and net.role == ROLE and net.while_connected is not None for net in nets)
