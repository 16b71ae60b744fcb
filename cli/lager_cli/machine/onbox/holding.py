"""One at a time: who changes a box holds a lock, and an update that is under way keeps all others off."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lager import errors
from lager_cli.machine.onbox import keeping
from lager_cli.machine.onbox.places import Places

_BETWEEN_LOOKS = 0.1  # s


def pending(places: Places) -> Path:
    """Give the file that is there while an update is under way: all it needs to be carried to its end."""
    return places.setup / "pending.json"


@contextlib.contextmanager
def held(
    places: Places,
    step: str,
    patience: float = 0.0,
    updating: bool = False,
    say: Callable[[str], object] = len,  # to nobody
) -> Iterator[None]:
    """Hold the lock.

    Args:
        places: Where it is.
        step: What for; others are told.
        patience: How long to wait for it, s.
        updating: Whether this is the update itself.
        say: Told that it waits, and for whom.

    Raises:
        LagerError: Somebody else has it.
    """
    try:
        places.setup.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(places.setup / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise keeping.cannot(f"write to {places.setup}", exc) from exc
    try:
        _take(descriptor, time.monotonic() + patience, say)
        if not updating and pending(places).exists():
            raise errors.LagerError(
                "an update of this box is under way", "`lager update` follows it to its end; then run this again"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{step}, process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, until: float, say: Callable[[str], object]) -> None:
    told = ""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            by = os.pread(descriptor, 200, 0).decode(errors="replace")
            if by != told:
                say(f"waiting for what goes on there already ({by})")
                told = by
            if time.monotonic() >= until:
                raise errors.LagerError(
                    f"another set-up or update of this box is going on ({by})", "wait for its end, and try again"
                ) from exc
        else:
            return
        time.sleep(_BETWEEN_LOOKS)  # noqa: TID251  # nothing tells when it is free, and waiting has a bound
