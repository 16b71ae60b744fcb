"""Ends the processes of a run whose supervisor was killed; the script itself the kernel has killed with it.

They are known by the mark in their environment; by their parent being such a one; and, as long as the supervisor's
number cannot be another's, by its session. Never by a process id that somebody else may have by now.

What cannot be known: a process that has cleared its environment, begun a session of its own, and whose parents of the
run have all ended; one that runs as another user; and what another service does on behalf of a script (a container).
"""

from __future__ import annotations

import os
from pathlib import Path

from lager_runner import family

_SECONDS = 5.0  # after which a process counts as one that cannot be killed


def kill_leftovers(run: str, session: int = 0) -> list[int]:
    """Kill every process of this user that belongs to the run; give those that cannot be killed.

    Args:
        run: Its id.
        session: The session of its supervisor, which has died just now; 0 where that is not known, or long ago.
    """
    mark = f"LAGER_PROCESS_ID={run}".encode()

    def belongs(pid: int) -> bool:
        return _is_marked(pid, mark) or _is_of_session(pid, session)

    found: dict[int, None] = {}  # in the order in which they descend from each other

    def find() -> list[int]:
        there = family.every()
        roots = [pid for pid in there if pid != os.getpid() and belongs(pid)]
        found.clear()
        for root in roots:
            found.update(dict.fromkeys((root, *family.descendants(root, there))))
        found.pop(os.getpid(), None)
        return list(reversed(found))  # children first: as long as their parents live, one sees whose they are

    def is_meant(pid: int) -> bool:
        return belongs(pid) or any(family.descends(pid, one) for one in found)

    return family.kill(find, is_meant, _SECONDS)


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # gone by now, or another user's
        return False


def _is_of_session(pid: int, session: int) -> bool:
    """Say whether a process is of the supervisor's session, which has no leader any more: else it is another one."""
    if not session or ((leader := family.kin_of(session)) and leader.alive):
        return False
    kin = family.kin_of(pid)
    return kin is not None and kin.session == session
