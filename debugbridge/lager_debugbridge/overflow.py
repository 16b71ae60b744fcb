"""Files with the whole output of statements that wrote too much to show it: in `console/` of the run's directory.

They are bounded, each of them and together; the oldest goes first. A full disk is no error of a statement.
"""

from __future__ import annotations

import contextlib
import os
from typing import TextIO

FILE_LIMIT = 64 * 1024 * 1024  # characters of one file, and of those of one pause together before the next
FOLDER = "console"


class OverflowFile:
    """The output of one statement, in a file that is made when it is first written to.

    Attributes:
        name: In the folder; empty as long as there is no file.
    """

    def __init__(self, files: OverflowFiles, name: str) -> None:
        self.name = ""
        self.size = 0
        self._files = files
        self._wanted = name
        self._file: TextIO | None = None
        self._done = False

    def write(self, text: str) -> None:
        """Keep text, up to the limit. What a full disk does not take is left out, and that is said by `said`."""
        if self._done:
            return
        try:
            if self._file is None:
                self._file = self._files.create(self._wanted)
                self.name = self._wanted
                self._files.made.append(self)
            self._file.write(text[: FILE_LIMIT - self.size])
            self.size += len(text)
            if self.size > FILE_LIMIT:
                self._file.write(f"\n[cut here: more than {FILE_LIMIT} characters]\n")
                self.close()
        except OSError:
            self.close()

    def said(self) -> str:
        """Say where the output is."""
        return f"; all of it is kept for `:full FILE` ({self.name})" if self.name else ""

    def close(self) -> None:
        """Write what is still held back."""
        self._done = True
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # the disk is full: the file ends where it did
                file.close()


class OverflowFiles:
    """The files of one pause.

    Args:
        root: The script's directory: the folder is beside it. Empty for none, then nothing is kept.
    """

    def __init__(self, root: str) -> None:
        self._folder = os.path.join(os.path.dirname(os.path.abspath(root)), FOLDER) if root else ""
        self.made: list[OverflowFile] = []

    def of(self, console: str, statement: int) -> OverflowFile:
        """Give the file for a statement's output. It is not made yet."""
        plain = "".join(one for one in console if one.isascii() and one.isalnum())[:16]
        return OverflowFile(self, f"{plain or 'console'}-{statement}.txt")

    def create(self, name: str) -> TextIO:
        """Make a file, and room for it.

        Raises:
            OSError: It cannot be made.
        """
        if not self._folder:
            raise FileNotFoundError("there is no folder for it")
        os.makedirs(self._folder, 0o700, exist_ok=True)
        while self.made and sum(one.size for one in self.made) > FILE_LIMIT:
            with contextlib.suppress(FileNotFoundError):  # the run was cleared away
                os.unlink(os.path.join(self._folder, self.made.pop(0).name))
        return open(os.path.join(self._folder, name), "w", encoding="utf-8")
