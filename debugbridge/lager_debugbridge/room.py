"""Whether the machine has room for one more copy: it is asked before a big one is made, and the user is told.

Without it, the copy of a list that fills half of the memory would have the script killed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from lager_debugbridge import output

TOLD = 100_000_000  # bytes of a copy that is worth a word
ASKED = 16_000_000  # bytes of a copy for which the room is looked up
RESERVE = 64 * 1024 * 1024  # bytes that are left to everybody else
_CGROUP = Path("/sys/fs/cgroup")


def check(size: int, what: str) -> None:
    """Make sure that there is room for a copy of so many bytes.

    Raises:
        MemoryError: There is not.
    """
    free = available()
    if free is not None and size > free - RESERVE:
        left = f"this machine has {shown(free)} left"
        raise MemoryError(f"no copy of {what} is made: it takes {shown(size)}, and {left}. The script still has it")
    if size >= TOLD and output.sink.get() is not None:
        sys.stderr.write(f"(copying {what} for this console: {shown(size)})\n")


def check_many() -> None:
    """Make sure, now and then, that many small copies have not used the machine up.

    Raises:
        MemoryError: They have.
    """
    free = available()
    if free is not None and free < RESERVE:
        raise MemoryError(
            f"this is not copied any further: this machine has {shown(free)} left. The script still has it"
        )


def available() -> int | None:
    """Give how many bytes this process may still take; None where that cannot be told."""
    found = [one for one in (_of_machine(), *_of_group(), _of_process()) if one is not None]
    return max(0, min(found)) if found else None


def shown(size: float) -> str:
    """Write a number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit != "MB" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _of_machine() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):  # no Linux
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _of_group() -> list[int]:
    """Give what a container or a service may still take."""
    with contextlib.suppress(OSError, ValueError, IndexError):  # it is in none
        own = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/")
        for place in (_CGROUP / own, _CGROUP):
            if (place / "memory.max").exists():
                most, now = ((place / name).read_text().strip() for name in ("memory.max", "memory.current"))
                return [] if most == "max" else [int(most) - int(now)]
    return []


def _of_process() -> int | None:
    with contextlib.suppress(ImportError, OSError, ValueError, IndexError):  # no Unix
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            return limit - int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return None
