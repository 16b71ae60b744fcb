"""Files that are whole at any moment, also when the power fails: written beside, brought to the disk, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from lager import errors

_LARGEST = 10 * 2**20  # bytes of a file that is read whole


def write(path: Path, content: bytes, mode: int = 0o644) -> bool:
    """Write a file, if it has another content or mode; gives whether it had.

    Raises:
        LagerError: It cannot be written; it is as it was.
    """
    with contextlib.suppress(OSError):
        if path.read_bytes() == content and path.stat().st_mode & 0o7777 == mode and not path.is_symlink():
            return False
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with open(descriptor, "wb") as new:
            os.fchmod(descriptor, mode)
            new.write(content)
            new.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except OSError as exc:
        raise cannot(f"write {path}", exc) from exc
    settle(path.parent)
    return True


def link(path: Path, target: str) -> bool:
    """Let a symbolic link point to `target`, from one moment to the next; gives whether it pointed elsewhere.

    Raises:
        LagerError: It cannot; it is as it was.
    """
    if pointed(path) == target:
        return False
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.symlink_to(target)
        draft.replace(path)
    except OSError as exc:
        raise cannot(f"set the link {path}", exc) from exc
    settle(path.parent)
    return True


def pointed(path: Path) -> str:
    """Give what a symbolic link points to; empty where it is none."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def remove(path: Path) -> bool:
    """Remove a file or a link; gives whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise cannot(f"remove {path}", exc) from exc
    settle(path.parent)
    return True


def settle(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    with contextlib.suppress(OSError):  # a file system that cannot: then nothing better can be done
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def content(path: Path) -> bytes | None:
    """Give what a file holds; None where there is none, or none that can be read. No link is followed."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return None


def digest(path: Path) -> str:
    """Give the SHA-256 of a file, hexadecimal; empty where there is none."""
    summed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(2**20):
                summed.update(part)
    except OSError:
        return ""
    return summed.hexdigest()


def note(path: Path, facts: dict[str, Any]) -> None:
    """Write facts down, for root only."""
    write(path, json.dumps(facts, indent=1).encode() + b"\n", 0o600)


def noted(path: Path) -> dict[str, Any]:
    """Give the facts that were written down; none where there are none, or no readable ones."""
    try:
        facts = json.loads(content(path) or b"{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def cannot(what: str, exc: OSError) -> errors.LagerError:
    """Give the error for what the system refuses."""
    return errors.LagerError(f"cannot {what}: {(exc.strerror or str(exc)).lower()}", advice(exc.errno or 0))


def advice(number: int) -> str:
    """Give what to try about a number of the system."""
    import errno

    if number in (errno.ENOSPC, errno.EDQUOT):
        return "make room on that disk (`df -h`, `df -i`), and run the same command again: it goes on where it was"
    if number == errno.EROFS:
        return "that file system is mounted read-only: is the disk damaged (`dmesg`), or is it meant to be so?"
    return "look at that place as root, and run the same command again: it goes on where it was"
