"""Folders that a project wants beside its scripts: `includes` of the nearest `.lager` file. It reads no content."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from lager import errors
from lager_cli import config

_KEYS = ("includes", "INCLUDES")


def included(here: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Give the folders to include with a script of the directory `here`, by their path on the box; and warnings.

    Raises:
        UsageError: The file cannot be understood, or would have a folder outside the script's own.
    """
    table, path = config.nearest(here)
    found: dict[str, Path] = {}
    warnings: list[str] = []
    for dest, given in _section(table, path).items():
        source = path.parent / str(given)
        wrong = _what_is_wrong(source)
        if wrong:
            warnings.append(f'Warning: Include path "{given}" (for "{dest}") {wrong}, skipping')
        else:
            found[_inside(dest, path)] = source
    return found, tuple(warnings)


def _section(table: dict[str, Any], path: Path) -> dict[str, Any]:
    section: Any = next((table[key] for key in _KEYS if key in table), {})
    if not isinstance(section, dict) or not all(isinstance(one, str) for one in section.values()):
        raise errors.UsageError(
            f"includes in {path} is no JSON object of folders",
            'write it as {"includes": {"NAME ON THE BOX": "FOLDER"}}',
        )
    return section


def _what_is_wrong(source: Path) -> str:
    if not source.exists():
        return "does not exist"
    return "" if source.is_dir() else "is not a directory"


def _inside(dest: str, path: Path) -> str:
    parts = PurePosixPath(dest)
    if parts.is_absolute() or ".." in parts.parts or "\\" in dest:
        raise errors.UsageError(
            f"{path} includes a folder as {dest!r}, which is outside the script's", "use a name, such as lib"
        )
    return str(parts)
