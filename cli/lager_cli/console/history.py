"""What was typed into consoles, in a file for each box. Nobody but the user can read it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from lager import settings

LARGEST = 500_000  # bytes; of more, the older half goes
_ENTRY = b"\n# "  # how prompt_toolkit begins each


def of_box(name: str) -> Path:
    """Give the file of a box; it is there, and no longer than is of use."""
    folder = settings.private(settings.state_dir() / "console-history")
    path = folder / (quote(name, safe="") or "local")
    path.touch(mode=0o600)
    _shorten(path)
    return path


def _shorten(path: Path) -> None:
    """Drop the older half of a file that is too long, at the beginning of an entry."""
    if path.stat().st_size <= LARGEST:
        return
    with path.open("rb") as file:
        file.seek(-LARGEST // 2, 2)
        newer = file.read()
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(newer[max(newer.find(_ENTRY), 0) :])
    draft.replace(path)
