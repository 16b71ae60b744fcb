"""The state directory of a box: whose it is, whether it can be written to, and how much room is left there."""

from __future__ import annotations

import os

from lager.selfcheck.people import user_number
from lager.selfcheck.place import USER, Place
from lager.wire.checks import OK, PROBLEM, WARNING, Finding

_GIB = 2**30
_TOO_LITTLE = 0.1 * _GIB  # bytes with which no run of any length keeps its output
_LITTLE = _GIB  # bytes that a few runs may fill
_PRIVATE = 0o077  # what others could do
_TOKEN = "token"
_PRUNE = "`lager runs prune` for this box removes what old runs have left"


def state(place: Place) -> Finding:
    """See that the service can write there, and nobody else."""
    found = place.state.stat()
    if os.statvfs(place.state).f_flag & os.ST_RDONLY:
        words = f"{place.state} is on a file system that is mounted read-only"
        return Finding("state", PROBLEM, words, "see why: sudo dmesg; after a disk's errors, check it (fsck)")
    if place.serves and not os.access(place.state, os.W_OK | os.X_OK, effective_ids=True):
        return Finding("state", PROBLEM, f"{place.state} cannot be written to by the box", f"ls -ld {place.state}")
    if place.set_up and not place.serves and found.st_uid != user_number(place):
        words = f"{place.state} belongs to user number {found.st_uid}, and the box runs as {USER}"
        return Finding("state", PROBLEM, words, f"sudo chown -R {USER}: {place.state}")
    token = place.state / _TOKEN
    open_to_all = [path for path in (place.state, token) if path.exists() and path.stat().st_mode & _PRIVATE]
    if token in open_to_all and found.st_mode & 0o001:
        return Finding("state", WARNING, f"others on this machine can read {token}", f"chmod go= {token}")
    return Finding("state", OK, f"{place.state} is the box's own")


def room(place: Place, hint: str = _PRUNE) -> Finding:
    """See how much room there is."""
    found = os.statvfs(place.state)
    if found.f_files and not found.f_favail:  # some file systems do not count their files
        return Finding("disk", PROBLEM, f"no more files can be made where {place.state} is (`df -i`)", hint)
    return judged(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, str(place.state), hint)


def judged(free: float, size: float, where: str, hint: str = _PRUNE) -> Finding:
    """Judge the room on a disk; both sizes are in bytes."""
    words = f"{_shown(free)} of {_shown(size)} are free where {where} is"
    if free < _TOO_LITTLE:
        return Finding("disk", PROBLEM, words, hint)
    return Finding("disk", WARNING, words, hint) if free < _LITTLE else Finding("disk", OK, words)


def _shown(size: float) -> str:
    return f"{size / _GIB:.1f} GiB" if size >= _GIB else f"{size / 2**20:.0f} MiB"
