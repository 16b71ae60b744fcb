"""The zip that is sent to a box: the same files give the same bytes. It decides which files of a folder are wanted."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from lager.errors import BadScript
from lager_cli import config
from lager_cli.runs.packing import ABSURD, absurd

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
_REPOSITORIES = {".git", ".hg", ".svn", "__pycache__"}
_NOT_WANTED = {"pyvenv.cfg", "CACHEDIR.TAG"}  # a virtual environment; a cache (bford.info/cachedir), as pytest's
_MODE = 0o100644


class Bundle:
    """A zip in the making.

    Args:
        progress: Called with the bytes of content so far, after each file.
    """

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._out = io.BytesIO()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        self._names: dict[str, tuple[int, int]] = {}  # and which file of this machine each is
        self._total = 0

    def add(self, path: Path, name: str) -> bool:
        """Add a file; False where another one of that name is there already."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            which = status.st_dev, status.st_ino
            if name in self._names:
                return self._names[name] == which
            if self._total + status.st_size > ABSURD:
                raise absurd(str(path))
            self._write(file.read(), name, status.st_mode)
            self._names[name] = which
        return True

    def add_text(self, text: bytes, name: str) -> None:
        """Add a file that is nowhere on the disk."""
        self._write(text, name, _MODE)

    def add_folder(self, folder: Path, under: str = "") -> int:
        """Add the files of a folder; give how many were left out, as there are others of their names."""
        base = PurePosixPath(under)
        if str(base) in self._names:
            raise BadScript(f"a folder is included as {under!r}, and a file is called so", "include it by another name")
        return sum(not self.add(path, str(base / path.relative_to(folder).as_posix())) for path in wanted(folder))

    def content(self) -> bytes:
        """Give the whole zip; nothing can be added after that."""
        self._zip.close()
        return self._out.getvalue()

    def _write(self, content: bytes, name: str, mode: int) -> None:
        entry = zipfile.ZipInfo(name, _DATE)
        entry.create_system = 3  # Unix: whose modes these are
        entry.external_attr = mode << 16
        self._zip.writestr(entry, content, zipfile.ZIP_DEFLATED)
        self._names[name] = (0, 0)
        self._total += len(content)
        self._progress(self._total)


def wanted(folder: Path) -> Iterator[Path]:
    """Give the files of a folder that are sent: no repository, no virtual environment, no cache, nothing compiled.

    Nor a configuration file of Lager's own: it may hold the tokens of boxes, and means nothing on one.
    """
    own = config.user_file().name

    def complain(error: OSError) -> None:
        raise error

    entered: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, onerror=complain, followlinks=True):
        place = os.stat(here)
        seen = (place.st_dev, place.st_ino)
        if not _NOT_WANTED.isdisjoint(files) or seen in entered:  # a link that leads back up would go on for ever
            folders.clear()
            continue
        entered.add(seen)
        folders[:] = sorted(name for name in folders if name not in _REPOSITORIES)
        yield from (
            Path(here, name)
            for name in sorted(files)
            if not name.endswith(".pyc") and name != own and Path(here, name).is_file()
        )
