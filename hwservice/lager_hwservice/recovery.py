"""What to do after a fault: pure policy. A table in, a step out; no socket, no clock, no exception.

The rule on the wall: **a call that may have reached the instrument is sent again only if it reads.**
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from lager_hwservice.faults import Fault


class Action(enum.Enum):
    """What comes after a fault."""

    RETRY = "try again as things are"
    REOPEN = "drop the session, and try again on a fresh one"
    MOVE = "send the caller to a fresh worker"
    GIVE_UP = "tell the caller"


class Step(NamedTuple):
    """The next thing to do, after waiting `delay` s."""

    action: Action
    delay: float = 0.0


# libusb lets go of an interface some time after it was told to: an open soon after a close answers "busy".
_BUSY_DELAYS = (0.2, 0.5, 1.0, 2.0)
_BACK_SOON = 0.5  # s: a device that was reset or plugged in again, or a simulated bench, may be about to be back
_FRESH_SESSION_HELPS = {Fault.GONE, Fault.STALE, Fault.SLOW, Fault.GARBLED, Fault.STALLED}


def next_step(fault: Fault, attempt: int, *, opening: bool, reads_only: bool, renewable: bool = False) -> Step:
    """Decide after failed attempt number `attempt` (from 1).

    Args:
        fault: What happened.
        attempt: Which attempt failed.
        opening: Whether the session was still being opened: then nothing of the call was sent.
        reads_only: Whether the call changes nothing, so that it may be sent twice.
        renewable: Whether a fresh process may see a device that this one sees no more (`replaces_worker`).
    """
    if opening and fault is Fault.BUSY and attempt <= len(_BUSY_DELAYS):
        return Step(Action.RETRY, _BUSY_DELAYS[attempt - 1])
    if not (opening or reads_only):
        return Step(Action.GIVE_UP)
    if replaces_worker(fault, renewable):
        return Step(Action.MOVE)
    if fault in _FRESH_SESSION_HELPS and attempt == 1:
        return Step(Action.REOPEN, _BACK_SOON if opening and fault is Fault.GONE else 0.0)
    return Step(Action.GIVE_UP)


def replaces_worker(fault: Fault, renewable: bool) -> bool:
    """Whether this process is of no further use: libusb may never see the device again in a process that has used it.

    Args:
        fault: What happened.
        renewable: Whether this is a process of that kind, and the fresh one would not be the same again.
    """
    return renewable and fault is Fault.GONE


def spoils_session(fault: Fault) -> bool:
    """Whether the session must not be used again: a late answer, or an unknown state, would meet the next call."""
    return fault is not Fault.REFUSED
