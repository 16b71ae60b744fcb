"""The processes of this machine, as far as ending a run needs them: who descends from whom, and who has worked.

It reads `/proc`, and ends processes by pidfd. Nothing but the standard library is imported: the supervisor needs it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

_AT_ONCE = 256  # processes whose end is waited for together: each takes a descriptor
_DEATH_SECONDS = 0.2  # that the kernel may take to end some of them, before it is looked again
_AGAIN_SECONDS = 0.01  # the same, where nobody could be sent a signal
# Dead, or another user's. ESRCH is what reading of a process says that ends just then.
GONE = (ProcessLookupError, PermissionError, FileNotFoundError)


class Kin(NamedTuple):
    """What `/proc/PID/stat` says of a process's relatives."""

    alive: bool
    parent: int
    group: int
    session: int


def kin_of(pid: int) -> Kin | None:
    """Read of one process; None where it has gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            facts = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    # A main thread that has ended looks like a dead process, also where other threads live on.
    alive = facts[0] not in (b"Z", b"X") or int(facts[17]) > 1
    return Kin(alive, int(facts[1]), int(facts[2]), int(facts[3]))


def every() -> dict[int, Kin]:
    """Read of every process that lives; zombies do not."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (kin := kin_of(int(name))) and kin.alive:
            found[int(name)] = kin
    return found


def descendants(ancestor: int, there: dict[int, Kin]) -> list[int]:
    """Give all that descend from a process, itself not among them."""
    children: dict[int, list[int]] = {}
    for pid, kin in there.items():
        children.setdefault(kin.parent, []).append(pid)
    found: list[int] = []
    new = children.get(ancestor, [])
    while new:
        found += new
        new = [child for pid in new for child in children.get(pid, [])]
    return found


def children(pid: int) -> list[int]:
    """Read who are the children of a process now, dead ones too; one that ends just then may hide another (proc(5)).

    Raises:
        FileNotFoundError: It has gone, or the kernel does not tell.
    """
    found: list[int] = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
            found += map(int, file.read().split())
    return found


def own_descendants() -> list[int]:
    """Give all that descend from this process, as quickly as the kernel can tell: some live for a millisecond only."""
    try:
        found = new = children(os.getpid())
    except FileNotFoundError:  # a kernel without it
        return descendants(os.getpid(), every())
    while new:
        seen, new = new, []
        for pid in seen:
            with contextlib.suppress(*GONE):
                new += children(pid)
        found = found + new
    return found


def descends(pid: int, ancestor: int) -> bool:
    """Look anew whether a process descends from another."""
    for _ in range(10_000):  # parents change while it is looked: there could be a circle
        kin = kin_of(pid)
        if kin is None or kin.parent in (0, ancestor):
            return kin is not None and kin.parent == ancestor
        pid = kin.parent
    return False


def worked(pids: Iterable[int]) -> dict[str, bytes]:
    """Give how long each thread of these processes ran on a CPU: differs where any of them did something."""
    spent: dict[str, bytes] = {}
    for pid in pids:
        with contextlib.suppress(*GONE):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(*GONE):
                    spent[f"{pid}/{thread}"] = _time_of(f"/proc/{pid}/task/{thread}")
    return spent


def _time_of(path: str) -> bytes:
    try:
        with open(f"{path}/schedstat", "rb") as file:  # nanoseconds
            return file.read().split()[0]
    except (FileNotFoundError, IndexError):  # a kernel without it
        with open(f"{path}/stat", "rb") as file:  # hundredths of a second
            return b" ".join(file.read().rpartition(b")")[2].split()[11:13])


def send(pid: int, number: int, meant: Callable[[int], bool]) -> int | None:
    """Send a signal to a process if it is the one that is meant, never to another that has got its number.

    Args:
        pid: Its number.
        number: The signal.
        meant: Looks whether that process is the one; it is held by a pidfd by then.

    Returns:
        Its pidfd, to be closed; None where it was not sent.
    """
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return None
    with contextlib.suppress(*GONE):
        if meant(pid):
            signal.pidfd_send_signal(handle, number)
            return handle
    os.close(handle)
    return None


def kill(found: Callable[[], Iterable[int]], meant: Callable[[int], bool], seconds: float) -> list[int]:
    """Kill processes until none is left; give those that do not end within `seconds`.

    Args:
        found: Finds them, anew in each round: until they are dead, they may start others.
        meant: Looks whether a process is really one of them.
        seconds: How long to try. What waits for a device in the kernel cannot be killed.
    """
    until = time.monotonic() + seconds
    while left := list(found()):
        handles: list[int] = []
        for pid in left:
            handle = send(pid, signal.SIGKILL, meant)
            if handle is not None and len(handles) < _AT_ONCE:
                handles.append(handle)
            elif handle is not None:
                os.close(handle)
        _wait_for(handles)
        if time.monotonic() > until:
            return left
    return []


def _wait_for(handles: list[int]) -> None:
    """Wait for the end of processes, and close their pidfds; not for long, nor for those that cannot end."""
    until = time.monotonic() + _DEATH_SECONDS
    if not handles:  # they end just now, or are out of reach
        select.poll().poll(_AGAIN_SECONDS * 1000)
    for handle in handles:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(max(0.0, until - time.monotonic()) * 1000)
        os.close(handle)
