"""Files that a user names: read, and never more of them than makes sense."""

from __future__ import annotations

from pathlib import Path

from lager import errors


def content(path: Path, largest: int, hint: str = "was another file meant?") -> bytes:
    """Give what a file holds.

    Args:
        path: Which file; it may be a pipe or a device, whose length nobody knows before.
        largest: How many bytes it may hold: whole MiB.
        hint: What to try, where it holds more.

    Raises:
        UsageError: It holds more.
    """
    with path.open("rb") as file:
        read = file.read(largest + 1)
    if len(read) > largest:
        raise errors.UsageError(f"{path} is larger than {largest // 2**20} MiB", hint)
    return read
