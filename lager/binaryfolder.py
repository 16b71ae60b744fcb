"""The folder of the programs that were put on a box for scripts, as its services change it (`lager.binaries` reads it).

What is answered about it is the same on both ports: see the endpoints `/binaries/list`, `add` and `remove`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec

from lager import errors, limits, settings, wire

_LONGEST_NAME = 100  # bytes
_DRAFT = "."  # what the name of a file begins with that is not whole yet; no program may begin so
BESIDES = 10_000  # bytes of a form beside the program


class Removal(msgspec.Struct, frozen=True):
    """What is to be removed."""

    name: str = ""


def listing() -> dict[str, Any]:
    """List the programs, and say where they are."""
    folder, found = settings.binaries_dir(), []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # it was removed just now
            size = path.stat().st_size
            if path.is_file() and not path.name.startswith(_DRAFT):
                name = os.fsencode(path.name).decode(errors="replace")  # scripts may have put it there
                found.append({"name": name, "size": size, "executable": os.access(path, os.X_OK)})
    return {"binaries": found, "host_path": str(folder), "container_path": str(folder), "mounted": True}


def too_large() -> errors.UsageError:
    """Say that a program is larger than this box takes."""
    most = limits.read().upload
    return errors.UsageError(f"the program has more than {most} bytes", "`lager box limits` shows what the box takes")


def put(name: str, content: bytes) -> dict[str, Any]:
    """Put a program in its place at once: a script may be starting the one that was there before.

    Raises:
        UsageError: It has no content, or a name that no file can have here.
        LagerError: It cannot be written; the one before stays.
    """
    if not content:
        raise errors.UsageError("binary is required", "send the program's file as the part `binary`")
    name = _checked(name)
    folder = settings.private(settings.binaries_dir())
    path, draft = folder / name, folder / f"{_DRAFT}{secrets.token_hex(8)}"
    try:
        _write(draft, content)
        draft.replace(path)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        raise _failed(f"{name} cannot be kept in {folder}", exc) from exc
    return {"success": True, "name": name, "path": str(path), "size": len(content), "restart_required": False}


def remove(body: bytes) -> dict[str, Any]:
    """Remove the program that a request names.

    Raises:
        UsageError: It names none.
        FileNotThere: There is none of that name.
        LagerError: It cannot be removed.
    """
    asked: Removal = wire.from_json(body, Removal)
    name, folder = _checked(asked.name), settings.binaries_dir()
    try:
        (folder / name).unlink()
    except FileNotFoundError as exc:
        raise errors.FileNotThere(f"Binary not found: {name}", "GET /binaries/list says which there are") from exc
    except OSError as exc:
        raise _failed(f"{name} cannot be removed from {folder}", exc) from exc
    return {"success": True, "name": name, "restart_required": False}


def _checked(name: str) -> str:
    """Give a program's name, if a file can have it.

    Raises:
        UsageError: None can, or it leads out of the folder.
    """
    plain = name.isprintable() and "/" not in name and not name.startswith(_DRAFT)
    if not plain or not 0 < len(name.encode()) <= _LONGEST_NAME:
        hint = f"give 1 to {_LONGEST_NAME} bytes, without / and with no dot in front"
        raise errors.UsageError(f"{name[:_LONGEST_NAME]!r} is no name of a program", hint)
    return name


def _failed(what: str, exc: OSError) -> errors.LagerError:
    why = (exc.strerror or str(exc)).lower()
    return errors.LagerError(f"{what}: {why}", "look at that folder on the box, and at its disk: `df -h`")


def _write(draft: Path, content: bytes) -> None:
    with open(draft, "xb", opener=lambda file, flags: os.open(file, flags | os.O_NOFOLLOW, 0o700)) as new:
        new.write(content)
