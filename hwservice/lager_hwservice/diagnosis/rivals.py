"""Who has a device: with its node open, or with its lock. Told apart: this service's own processes, and all others."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lager import devicelock, errors, settings
from lager.holder import PROC, Holder
from lager_hwservice import holders

OPEN, LOCK = "open", "lock"
_PASSWD = Path("/etc/passwd")  # read as a file: asking for names may wait for a server that is away
_SERVER_IS_SILENT = "a USB/IP server does not say who has a device"
_LONGEST_LINE_OF_PARENTS = 64


@dataclass(frozen=True)
class Rival:
    """A process that has the device.

    Attributes:
        user: Whose process it is.
        ours: Whether it belongs to this service, which shares the device with everybody.
        has: `open`, its node; or only the `lock` that keeps other programs off it.
    """

    holder: Holder
    user: str
    ours: bool
    has: str = OPEN

    def facts(self) -> dict[str, Any]:
        """Describe it as JSON; the first three as released boxes do."""
        one = self.holder
        about = {"command": one.process, "pid": str(one.pid), "user": self.user}
        return about | {"run": one.run, "ours": self.ours, "serves": one.serves, "has": self.has}


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes:
        rivals: All who have it, ours among them.
        hidden: How many processes could not be looked into; None where none was.
        trouble: Why there may be others; empty where there are none.
    """

    rivals: tuple[Rival, ...]
    hidden: int | None
    trouble: str


def of(nodes: Iterable[Path], lock: Path | None, enough: Callable[[], bool], proc: Path = PROC) -> Found:
    """Find who has any of these files open, or the lock.

    Args:
        nodes: The files; none where the device is not there.
        lock: The lock's file; None where it cannot have one.
        enough: Asked again and again, whether the search has to end.
        proc: Where processes are listed.

    Raises:
        OSError: Processes cannot be listed.
    """
    wanted = tuple(nodes)
    found = holders.of(wanted, proc, enough) if wanted else holders.Found(())
    rivals = [_rival(one, OPEN, proc) for one in found.holders]
    locking = [] if lock is None else _locking(lock, proc)
    rivals += [_rival(one, LOCK, proc) for one in locking if one.pid not in {each.pid for each in found.holders}]
    trouble = f"{found.left} processes could not be looked at in time" if found.left else ""
    return Found(tuple(rivals), found.hidden, trouble)


def over_usbip(lock: Path | None, proc: Path = PROC) -> Found:
    """Find who has the lock of a device that is reached through a USB/IP server."""
    locking = [] if lock is None else _locking(lock, proc)
    return Found(tuple(_rival(one, LOCK, proc) for one in locking), None, _SERVER_IS_SILENT)


def _rival(one: Holder, has: str, proc: Path) -> Rival:
    return Rival(one, _user(one.pid, proc), _is_ours(one.pid, proc), has)


def lock_of(address: str, via: str) -> Path | None:
    """Give the file of an instrument's lock, as the workers and scripts of this user take it."""
    with contextlib.suppress(OSError, errors.LagerError):  # no place for locks: then nobody has one
        return settings.locks_dir(via) / devicelock.file_name(address)
    return None


def _locking(lock: Path, proc: Path) -> list[Holder]:
    """Give who has a lock now: its file may still name somebody who was killed. The lock itself is not touched."""
    named = devicelock.read_holder(lock, proc)
    if named is None:
        return []
    try:
        inode = os.stat(lock).st_ino
        listed = (proc / "locks").read_text()
    except OSError:
        return []
    held = rf"^\d+: FLOCK +\S+ +\S+ +{named.pid} +[0-9a-f]+:[0-9a-f]+:{inode} "
    return [named] if re.search(held, listed, re.MULTILINE) else []


def _user(pid: int, proc: Path) -> str:
    """Give the name of a process' user, or the number of one that has no name here."""
    try:
        number = str(os.stat(proc / str(pid)).st_uid)
    except OSError:  # it has just ended
        return ""
    with contextlib.suppress(OSError), _PASSWD.open(errors="replace") as listed:  # a machine without that file
        for line in listed:
            name, *rest = line.split(":")
            if rest[1:2] == [number]:
                return name
    return number


def _is_ours(pid: int, proc: Path) -> bool:
    """Tell whether a process descends from this one."""
    for _ in range(_LONGEST_LINE_OF_PARENTS):
        if pid == os.getpid():
            return True
        try:
            # `pid (name) state parent …`; the name may have spaces and brackets
            pid = int((proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            return False
    return False
