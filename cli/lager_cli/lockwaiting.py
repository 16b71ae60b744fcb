"""A box that somebody else has locked: said in the words people know, and waited for where that is wanted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

import click

from lager import errors, wire
from lager_cli.holder import lock_wait
from lager_cli.selection import LOCAL, Box

T = TypeVar("T")
_ASK_EVERY = 0.5  # s; the box tells nobody when it is free


def name_of(box: Box) -> str:
    """Give what to type for a box."""
    return box.name or LOCAL


def locked(box: Box, error: errors.BoxLocked) -> errors.BoxLocked:
    """Give that error with who has the box and what frees it, in words that others' tools look for."""
    lock: wire.BoxLock = box.runner.get("/lock", wire.BoxLock)
    if not lock.locked:
        return error  # it has become free meanwhile
    name = name_of(box)
    why = error.what.partition("; ")[2]  # of what only reads, it is said
    words = [
        f"Box '{name}' is locked by {lock.user}",
        *([f"{why[:1].upper()}{why[1:]}."] if why else []),
        f"To force unlock: lager boxes unlock --box {name} --force",
        f"It is {held(lock)}. To wait for it, set LAGER_LOCK_WAIT to some seconds.",
    ]
    return errors.BoxLocked("\n".join(words))


def held(lock: wire.BoxLock) -> str:
    """Say since when a box is locked, and for what."""
    import datetime

    from lager_cli.runs.listing import clock

    for_what = "for " + ", ".join(run[:8] for run in lock.runs) if lock.runs else "held"
    if lock.holder_type == wire.USER and lock.ttl_seconds is None:
        for_what = "reserved"
    try:
        at = datetime.datetime.fromisoformat(lock.locked_at.replace("Z", "+00:00")).astimezone()
    except ValueError:  # somebody else's lock service wrote it in another way
        return for_what
    return f"{for_what}, since {clock(at.timestamp(), datetime.datetime.now().astimezone())}"


def waiting(error: errors.BoxLocked, seconds: float) -> str:
    """Say that a box is being waited for."""
    first = error.what.splitlines()[0]
    return f"{first[:1].upper()}{first[1:]}; waiting up to {seconds:g}s for release..."


def gave_up(seconds: float) -> str:
    """Say that it was waited for in vain."""
    return f"Gave up after waiting {seconds:g}s."


def patiently(box: Box, attempt: Callable[[], T]) -> T:
    """Do what somebody's lock may forbid; wait for that lock as long as LAGER_LOCK_WAIT says.

    Raises:
        BoxLocked: Somebody else still has the box.
        LagerError: Of the attempt.
    """
    seconds, until = None, 0.0
    while True:
        try:
            return attempt()
        except errors.BoxLocked as exc:
            error = locked(box, exc)
        if seconds is None:
            seconds = lock_wait(os.environ)
            until = time.monotonic() + seconds
            if seconds:
                click.echo(waiting(error, seconds), err=True)
        left = until - time.monotonic()
        if left <= 0:
            if seconds:
                click.echo(gave_up(seconds), err=True)
            raise error
        time.sleep(min(left, _ASK_EVERY))  # noqa: TID251  # see _ASK_EVERY
