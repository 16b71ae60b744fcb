"""Writes the bench file: one change at a time, under a lock, upon what the file holds then. Decides nothing.

A file that is broken is never written over, and one that cannot be written stays as it was.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lager import errors, replacing, wire
from lager_hwservice import benchchanges
from lager_hwservice.benchreading import Understanding, load


def change(path: Path, asked: wire.BenchChange) -> bool:
    """Carry out a change; gives whether it changed anything.

    Raises:
        UsageError: The file is broken, or would be; nothing was written.
        LagerError: It cannot be written, or somebody else keeps it locked; the file is as it was.
    """
    try:
        with replacing.locked(path) as real:
            before = list(load(path).records)
            after = benchchanges.changed(before, asked)
            if after == before:
                return False
            _check(after)
            replacing.replace(real, encoded(after))
    except TimeoutError as exc:
        raise errors.LagerError(
            f"the bench file {path} is being changed by another program: {exc}", "try again when it is done"
        ) from exc
    except OSError as exc:
        raise errors.LagerError(
            f"the bench file {path} cannot be written: {(exc.strerror or str(exc)).lower()}",
            "see who may write there, and whether the disk is full; the file is as it was",
        ) from exc
    return True


def encoded(records: list[dict[str, Any]]) -> bytes:
    """Write records as a bench file, a net a line: what is wrong with one can be found, and compared."""
    return b"[" + b",\n ".join(_line(one) for one in records) + b"]\n"


def _line(record: dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character, in a key that is none of ours
        return json.dumps(record).encode()


def _check(records: list[dict[str, Any]]) -> None:
    """Refuse what could not be read again."""
    understanding = Understanding()
    for one in records:
        try:
            understanding.add(one)
        except (ValueError, RecursionError) as exc:
            name = one.get("name") or "a net without a name"
            raise errors.UsageError(f"{name} cannot be saved: {exc}", "correct it, and save it again") from exc
