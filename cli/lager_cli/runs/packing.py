"""What is sent to the box: a script's bytes, or a folder as a zip. It reads files and changes none."""

from __future__ import annotations

import difflib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lager.errors import BadScript

_MOST = 40_000_000  # bytes of content


@dataclass(frozen=True)
class Packed:
    """Something to run.

    Attributes:
        script: The file's name; empty for a folder.
        content: The file's bytes, or the folder as a zip.
    """

    script: str
    content: bytes


def pack(given: str) -> Packed:
    """Pack up a script or a folder.

    Raises:
        BadScript: There is nothing there that could be run.
    """
    path = Path(given)
    try:
        if path.is_dir():
            return _folder(path)
        if not path.exists():
            raise BadScript(f"there is no script {given!r}", _near(path))
        if not path.is_file():
            raise BadScript(
                f"{given!r} is neither a file nor a folder", "give a Python script, or a folder with main.py"
            )
        return Packed(path.name, path.read_bytes())
    except OSError as exc:
        raise BadScript(
            f"{exc.filename or given} cannot be read: {(exc.strerror or str(exc)).lower()}",
            "see who may read it with `ls -l`",
        ) from exc


def _folder(folder: Path) -> Packed:
    if not (folder / "main.py").is_file():
        raise BadScript(
            f"the folder {str(folder)!r} has no main.py",
            "add a main.py, which is what is run, or give one script of the folder",
        )
    total = 0
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as bundle:
        for path in _content(folder):
            total += path.stat().st_size
            if total > _MOST:
                raise BadScript(
                    f"the folder {str(folder)!r} holds more than {_MOST / 1e6:g} MB",
                    "keep data that the script does not need outside of it",
                )
            bundle.write(path, path.relative_to(folder))
    return Packed("", out.getvalue())


def _content(folder: Path) -> Iterator[Path]:
    """Give the files to send: no repository, no virtual environment, nothing compiled."""

    def complain(error: OSError) -> None:
        raise error

    entered: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, onerror=complain, followlinks=True):
        place = os.stat(here)
        seen = (place.st_dev, place.st_ino)
        if "pyvenv.cfg" in files or seen in entered:  # a link that leads back up would go on for ever
            folders.clear()
            continue
        entered.add(seen)
        folders[:] = sorted(name for name in folders if name not in {".git", "__pycache__"})
        yield from (
            Path(here, name) for name in sorted(files) if not name.endswith(".pyc") and Path(here, name).is_file()
        )


def _near(path: Path) -> str:
    there = path.parent
    names = (
        [one.name for one in there.iterdir() if one.suffix == ".py" or (one / "main.py").is_file()]
        if there.is_dir()
        else []
    )
    found = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    if found:
        return f"perhaps you meant {' or '.join(str(there / name) for name in found)}"
    return "check the path; it is looked for from the directory you are in"
