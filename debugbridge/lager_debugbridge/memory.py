"""How much memory a statement may take: half of what there was when it began. More would take the script with it.

It is looked at meanwhile, and the statement is stopped. A single call into C that only allocates (`list(count())`)
lets nobody look: for that, there is a limit of the kernel (RLIMIT_DATA) a little above, on which it fails with
MemoryError. The limit is the whole process', and children keep it: so it is there only while a statement runs, and only
where no other thread of the script's runs, which it could hurt. Where one does, the look has to be enough.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import threading
from collections.abc import Iterator

SHARE = 0.5  # of what is available, for one statement
ROOM = 0.25  # of that, which the limit is above it
SCARCE = 0.25  # of that: so little must not be left, where the statement has taken as much
INFINITE = resource.RLIM_INFINITY
_PAGE = os.sysconf("SC_PAGE_SIZE")
_RESIDENT, _DATA = 1, 5  # fields of statm


class Allowance:
    """What one statement may take.

    Args:
        alone: There is no script that could be hurt.

    Attributes:
        most: In bytes; None where that cannot be known.
    """

    def __init__(self, alone: bool = False) -> None:
        there = available()
        self._alone = alone
        self.most = None if there is None else int(there * SHARE)
        self._before = _pages(_RESIDENT)

    def exceeded(self) -> bool:
        """Say whether the process has grown by more, or by much while little is left."""
        if self.most is None:
            return False
        grown = _pages(_RESIDENT) - self._before
        if grown > self.most:
            return True
        left = available() if grown > self.most * SCARCE else None
        return left is not None and left < self.most * SCARCE

    def said(self) -> str:
        """Say what it is."""
        return f"a statement here may take {(self.most or 0) / 1e6:.0f} MB: half of what was free when it began"

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Have the kernel keep it, where that hurts nobody."""
        if self.most is None or not (self._alone or _is_only_thread()):
            yield
            return
        _limit.begin(_pages(_DATA) + int(self.most * (1 + ROOM)))
        try:
            yield
        finally:
            _limit.end()


class _Limit:
    """The limit of this process, while statements run: of several, the first one's."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._users = 0
        self._before = self._ours = INFINITE

    def begin(self, most: int) -> None:
        with self.lock:
            self._users += 1
            if self._users > 1:
                return
            self._before, hard = resource.getrlimit(resource.RLIMIT_DATA)
            self._ours = min([most, *(one for one in (self._before, hard) if one != INFINITE)])
            resource.setrlimit(resource.RLIMIT_DATA, (self._ours, hard))

    def end(self) -> None:
        with self.lock:
            self._users -= 1
            now, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if not self._users and now == self._ours:  # else somebody has set another meanwhile
                resource.setrlimit(resource.RLIMIT_DATA, (self._before, hard))

    def renew(self) -> None:
        """In a forked child: another thread of its parent may have held the lock. The limit is the parent's."""
        self.lock = threading.Lock()
        if self._users:
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (self._before, hard))
            self._users = 0


_limit = _Limit()
os.register_at_fork(after_in_child=_limit.renew)


def _is_only_thread() -> bool:
    """Say whether no thread runs Python but this one and Lager's own."""
    lagers = [one.ident for one in threading.enumerate() if one.name.startswith("lager-")]
    return {threading.get_ident(), *lagers}.issuperset(sys._current_frames())  # noqa: SLF001  # knows all of them


def available() -> int | None:
    """Give how much memory can be had without pressing others out, bytes; None where nobody says."""
    with contextlib.suppress(OSError), open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return min(int(line.split()[1]) * 1024, _left_in_group())
    return None


def _left_in_group() -> int:
    """Give what the process' own control group leaves it, bytes."""
    with contextlib.suppress(OSError, ValueError):  # no version 2, or no limit: "max"
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            path = file.read().strip().rpartition("::")[2].lstrip("/")
        with open(os.path.join("/sys/fs/cgroup", path, "memory.max"), encoding="ascii") as file:
            most = int(file.read())
        with open(os.path.join("/sys/fs/cgroup", path, "memory.current"), encoding="ascii") as file:
            return max(0, most - int(file.read()))
    return 1 << 62


def _pages(field: int) -> int:
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[field]) * _PAGE
    return 0
