"""The steps `have` and `receive`: wheels that are sent, whole or not at all, kept by the hash of their set."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from lager import errors
from lager_cli.machine.onbox import keeping
from lager_cli.machine.onbox.places import PART, Places, file_name
from lager_cli.machine.onbox.telling import Teller


def set_hash(files: Mapping[str, str]) -> str:
    """Give the eight digits that name a set of wheels, from their names and their SHA-256."""
    listed = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()[:8]


def have(places: Places, _: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Tell which wheels of a set are missing, or are not what they should be; takes from other sets what they have."""
    folder = places.wheels(asked["hash"])
    missing = [name for name, digest in asked["files"].items() if not _is_there(folder / file_name(name), digest)]
    return {"missing": missing, "dir": str(folder)}


def _is_there(path: Path, digest: str) -> bool:
    if keeping.digest(path) == digest:
        return True
    for other in path.parent.parent.glob(f"*/{path.name}"):
        if other != path and keeping.digest(other) == digest:
            with contextlib.suppress(OSError):  # then it is sent
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                os.link(other, path)
                return True
    return False


def receive(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Take wheels from the standard input, one behind the other; who sends them is told of each that has come.

    Raises:
        LagerError: One did not come as it was sent, or there is no room for it; nothing of that one is left.
    """
    return _take(places, teller, asked, sys.stdin.buffer)


def _take(places: Places, teller: Teller, asked: dict[str, Any], stream: BinaryIO) -> dict[str, Any]:
    for one in asked["files"]:
        _take_one(places.wheels(asked["hash"]) / file_name(one["name"]), one, stream)
        teller.say(one["name"])
    return {"changed": bool(asked["files"])}


def _take_one(path: Path, asked: dict[str, Any], stream: BinaryIO) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}{PART}")  # one that hangs somewhere disturbs nobody
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = _written(stream, part, int(asked["size"]))
        if digest != asked["sha256"]:
            raise errors.LagerError(
                f"{path.name} did not arrive as it was sent", "was the connection cut? Run the same command again"
            )
        part.replace(path)
        keeping.settle(path.parent)
    except OSError as exc:
        raise keeping.cannot(f"write {path}", exc) from exc
    finally:
        with contextlib.suppress(OSError):  # what is left of it is written anew
            part.unlink(missing_ok=True)


def _written(stream: BinaryIO, part: Path, size: int) -> str:
    summed = hashlib.sha256()
    with part.open("wb") as file:
        while size > 0 and (some := stream.read(min(size, 2**18))):
            summed.update(some)
            file.write(some)
            size -= len(some)
        file.flush()
        os.fsync(file.fileno())
    return summed.hexdigest()


def content(places: Places, hash8: str) -> list[Path]:
    """Give the wheels of a set that has arrived.

    Raises:
        LagerError: It is not all there, or not as it was sent.
    """
    folder = places.wheels(hash8)
    wheels = sorted(folder.glob("*.whl")) if folder.is_dir() else []
    found = set_hash({path.name: keeping.digest(path) for path in wheels})
    if not wheels or found != hash8:
        raise errors.LagerError(
            f"the wheels in {folder} are not the set that was sent ({len(wheels)} of them, {found})",
            "run the same command again: what is missing is sent again",
        )
    return wheels
