"""Replaces a file as a whole, under a lock beside it. Not imported by `import lager`.

Who reads the file sees the old one or the new one, never a part. The lock is `NAME.lock` in the same directory, taken
with flock(2): other programs that change the file take it as well (`flock saved_nets.json.lock COMMAND`).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import filelock

LOCK_WITHIN = 10.0  # s; a change takes milliseconds


@contextlib.contextmanager
def locked(path: Path, within: float = LOCK_WITHIN) -> Iterator[Path]:
    """Keep others from changing a file; gives the file itself, where `path` is a link to it.

    Args:
        path: The file; it need not exist.
        within: How long to wait for whoever has the lock, s.

    Raises:
        TimeoutError: Somebody has kept the lock for all that time.
        OSError: The lock cannot be made.
    """
    real = Path(os.path.realpath(path))
    before = _status(real)
    mode = 0o644 if before is None else stat.S_IMODE(before.st_mode) | 0o600  # who may change the file may lock it
    lock = filelock.FileLock(f"{real}.lock", timeout=within, mode=mode)
    try:
        lock.acquire()
    except filelock.Timeout as exc:
        raise TimeoutError(f"{real}.lock was taken for {within:g} s") from exc
    try:
        yield real
    finally:
        lock.release()


def replace(path: Path, content: bytes) -> None:
    """Write a file anew, with its old mode and owner. For whoever has the lock.

    The draft has one name, so what a killed process leaves is overwritten by the next one.

    Raises:
        OSError: It cannot be written, or not with its owner; then the file is as it was.
    """
    before = _status(path)
    draft = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        with open(draft, "wb", opener=lambda name, _: os.open(name, flags, 0o644 if before is None else 0o600)) as new:
            if before is not None:
                _take_after(new.fileno(), before)
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):  # it was not made, or cannot be removed either: what matters is told above
            draft.unlink()
        raise
    _sync(path.parent)


def _take_after(file: int, before: os.stat_result) -> None:
    now = os.fstat(file)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(file, before.st_uid, before.st_gid)
    os.fchmod(file, stat.S_IMODE(before.st_mode))  # after its owner: a change of owner clears bits


def _sync(folder: Path) -> None:
    """Have the new name on the disk, too: without that a power cut may bring the old file back."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot; the file itself is written
            os.fsync(opened)
    finally:
        os.close(opened)


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
