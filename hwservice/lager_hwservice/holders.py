"""Who has a file open, such as a device's node: found by looking at every process there is.

Takes up to some tenths of a second, so it is done only for people who are to be told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from lager.holder import PROC, Holder, of_process


class Found(NamedTuple):
    """What was found.

    Attributes:
        holders: The processes that have it open, without this one.
        hidden: How many processes could not be looked into: another user's, for most users.
        left: How many were not reached before it was enough.
    """

    holders: tuple[Holder, ...]
    hidden: int = 0
    left: int = 0

    @property
    def besides(self) -> str:
        """Get a clause for what is not known."""
        if not self.hidden:
            return ""
        few = "1 process" if self.hidden == 1 else f"{self.hidden} processes"
        return f" ({few} of other users could not be looked into)"


def of(nodes: Iterable[Path], proc: Path = PROC, enough: Callable[[], bool] = lambda: False) -> Found:
    """Find who has any of these files open.

    Args:
        nodes: The files, as absolute paths.
        proc: Where processes are listed.
        enough: Asked before each process, whether no more are to be looked at.
    """
    wanted = {str(node) for node in nodes}
    holders: list[Holder] = []
    hidden = 0
    others = [name for name in os.listdir(proc) if name.isdigit() and int(name) != os.getpid()]
    left = len(others)
    for name in others:
        if enough():
            break
        left -= 1
        try:
            has_it = _has(proc / name / "fd", wanted)
        except PermissionError:
            hidden += _is_program(proc / name)
            continue
        if has_it and (holder := of_process(int(name), proc=proc)) is not None:
            holders.append(holder)
    return Found(tuple(sorted(holders, key=lambda holder: holder.pid)), hidden, left)


def _has(descriptors: Path, wanted: set[str]) -> bool:
    try:
        names = os.listdir(descriptors)
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return False
    for name in names:
        try:
            if os.readlink(descriptors / name) in wanted:
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just closed that one
    return False


def _is_program(place: Path) -> bool:
    """Tell a process that could have something open from a thread of the kernel, which has no command line."""
    try:
        return bool((place / "cmdline").read_bytes())
    except OSError:
        return False
