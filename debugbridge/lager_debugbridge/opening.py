"""A snapshot's file, opened: its names, in modules of this process, and frames that stand for those of the script.

To open it is to run code of whoever made it: what is pickled says what to call. `about` runs nothing.
"""

from __future__ import annotations

import builtins
import importlib
import io
import linecache
import os
import platform
import sys
import types
import zipfile
import zlib
from pathlib import Path
from typing import Any

import dill  # noqa: TID251  # snapshots are opened here
import msgspec

from lager import errors
from lager_debugbridge import offlineframes
from lager_debugbridge.saving import ABOUT, FORMAT, FRAME, About, Level, Missing, Saved, Trying

dill.extend(False)
_REPAIR = "save it again, or fetch it again"
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)  # by what zipfile does


class NotSaved:
    """Stands where something was that could not be saved."""

    def __init__(self, what: str, why: str) -> None:
        self._told = f"not saved: {what}, {why}"

    def __repr__(self) -> str:
        return f"<{self._told}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{name}: {self._told}")


class NotHere:
    """Stands for a thing of a library that this machine does not have, whatever is done to make it."""

    def __new__(cls, *_args: Any, **_named: Any) -> Any:
        """Make one of anything."""
        return object.__new__(cls)

    def __init__(self, *args: Any, **named: Any) -> None: ...

    def __repr__(self) -> str:
        return f"<not on this machine: {type(self).__module__}.{type(self).__qualname__}>"

    def __setstate__(self, state: Any) -> None: ...

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def append(self, value: Any) -> None:
        """Take what a list would."""

    def extend(self, values: Any) -> None:
        """Take what a list would."""


def about(path: str | Path) -> About:
    """Read what is in a file, and run nothing of it.

    Raises:
        UsageError: It is no snapshot's file, or one of a newer version.
        OSError: It cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as file:
            found = msgspec.json.decode(file.read(ABOUT))
            if isinstance(found, dict) and found.get("format") != FORMAT:
                raise errors.UsageError(f"{path} was made by a newer `lager`", "open it with that one")
            told = msgspec.convert(found, About)
    except (msgspec.MsgspecError, *DAMAGED) as exc:
        raise _damaged(path) from exc
    if not told.frames:
        raise _damaged(path)
    return told


def _damaged(path: str | Path) -> errors.UsageError:
    what = f"{path} is no snapshot, or a damaged one"
    return errors.UsageError(what, f"name a file that `:save` has made; {_REPAIR}")


class Opened:
    """An open file.

    Args:
        path: The file.
        place: An empty folder; the script's sources are put there, as on the box.

    Attributes:
        frame: Stands for the paused one: its names, its file, its line. Those above it are behind it.
        other_python: It was saved by another version: the script's functions cannot be called.
        missing: What was not saved, or cannot be made here.
        root: The script's directory, in `place`.

    Raises:
        UsageError: The file is damaged.
    """

    def __init__(self, path: str | Path, place: Path) -> None:
        self.about = about(path)
        self.root = place / "work"
        self.root.mkdir()
        self.missing = list(self.about.missing)
        self._own: dict[str, dict[str, Any]] = {}  # of frames, by key
        self._around: dict[str, dict[str, Any]] = {}  # of functions that a console has defined there
        self.modules: dict[str, types.ModuleType] = {}
        for one in self.about.modules:
            if one.key.startswith(FRAME):
                self._own[one.key], self._around[one.key] = {}, {}
            else:
                self.modules[one.key] = types.ModuleType(one.key)
        self.absent: set[str] = set()
        self.other_python = self.about.python.split(".")[:2] != platform.python_version().split(".")[:2]
        try:
            with zipfile.ZipFile(path) as file:
                self._lay_out(file)
                self._register()
                loader = _Loader(_Feed(), self)
                for one in self.about.modules:
                    loader = self._load(file, one, loader)
            self._stack = offlineframes.Stack([self._level(one) for one in self.about.frames])
        except (OverflowError, ValueError, *DAMAGED) as exc:  # a line, or a file, that there cannot be
            raise _damaged(path) from exc
        self.frame = self._stack.frame

    def names(self, key: str) -> dict[str, Any]:
        """Give the names of a module, or those of a frame."""
        return self._own[key] if key in self._own else vars(self.modules[key])

    def around(self, key: str) -> dict[str, Any]:
        """Give the globals of a function: its module's names, or all that a frame sees."""
        return self._around[key] if key in self._around else self.names(key)

    def module(self, key: str) -> types.ModuleType:
        """Give a module of the script."""
        return self.modules[key]

    def _lay_out(self, file: zipfile.ZipFile) -> None:
        for number, source in enumerate(self.about.sources):
            text = file.read(f"sources/{number}").decode(errors="replace")
            linecache.cache[source] = (len(text), None, text.splitlines(keepends=True), source)
            if (here := self._here(source)) is not None:
                here.parent.mkdir(parents=True, exist_ok=True)
                here.write_text(text)

    def _here(self, source: str) -> Path | None:
        """Give where a file of the script is in our folder."""
        inside = os.path.relpath(source, self.about.root) if self.about.root and os.path.isabs(source) else ".."
        return None if inside.partition(os.sep)[0] == ".." else self.root / inside

    def _register(self) -> None:
        """Let this process find the script's modules; the main one is what runs here as far as the script can tell."""
        for one in self.about.modules:
            if one.key in self._own:
                continue
            module = self.modules[one.key]
            module.__file__ = str(self._here(one.file) or one.file)
            if one.key == self._main or one.key not in sys.modules:
                sys.modules[one.key] = module

    def _load(self, file: zipfile.ZipFile, saved: Saved, loader: _Loader) -> _Loader:
        names = self.names(saved.key)
        for name, number in saved.names:
            with Trying() as trying:
                loader.feed.part = io.BytesIO(file.read(f"names/{number}"))
                names[name] = loader.load()
            if trying.why:
                loader = loader.again()  # the rest of what it could not read would be taken for the next name
                what, why = "?", self._why(trying.why)
                names[name] = NotSaved(what, why)
                self.missing.append(Missing(name, what, why, True))
        for one in self.missing:
            if one.whole and one.name.isidentifier() and (saved.key in self._own or saved.key == self._main):
                names.setdefault(one.name, NotSaved(one.what, one.why))
        return loader

    def _why(self, why: str) -> str:
        theirs, ours = self.about.python, platform.python_version()
        return f"{why} (it was saved by Python {theirs}, and this is {ours})" if self.other_python else why

    def _level(self, level: Level) -> offlineframes.Level:
        names = vars(self.modules[level.main]) if level.main else {"__builtins__": builtins}
        own = self._own[level.own] if level.own else names
        if level.own:
            self._around[level.own] |= {**names, **own}
        return offlineframes.Level(level.file, level.line, level.function, names, own)

    @property
    def _main(self) -> str:
        return self.about.frames[0].main

    def close(self) -> None:
        """Let go of the frames."""
        self._stack.close()


def _other_python(*_args: Any, **_named: Any) -> None:
    raise RuntimeError("this was compiled by another version of Python: open the snapshot with that one")


class _Feed:
    """A file whose content is one pickle after the other: they share the memo of whoever reads them."""

    def __init__(self) -> None:
        self.part = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes."""
        return self.part.read(size)

    def readline(self) -> bytes:
        """Read a line."""
        return self.part.readline()


class _Loader(dill.Unpickler):  # type: ignore[misc]  # dill has no types
    """Reads the pickles of all names."""

    def __init__(self, feed: _Feed, opened: Opened) -> None:
        super().__init__(feed)
        self.feed = feed
        self._opened = opened

    def again(self) -> _Loader:
        """Give one that knows what this one has read, and is in the middle of nothing."""
        made = _Loader(self.feed, self._opened)
        if known := self.memo.copy():  # an empty one, put there, breaks the interpreter
            made.memo = known
        return made

    def persistent_load(self, pid: Any) -> Any:
        """Give what has a name in the file."""
        kind, key, *more = pid
        if kind == "names":
            return self._opened.around(key)
        if kind == "module":
            return self._opened.module(key)
        if kind == "left out":
            return NotSaved(key, *more)
        try:
            return importlib.import_module(key)
        except ImportError:
            self._opened.absent.add(key)
            return NotSaved(f"module {key}", "it is not on this machine")

    def find_class(self, module: str, name: str) -> Any:
        """Find what makes a thing anew; or what takes its place."""
        if name == "_create_code" and self._opened.other_python:
            return lambda *_: _other_python.__code__  # to run what another version has compiled breaks the interpreter
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError):
            self._opened.absent.add(module.partition(".")[0])
            return type(name, (NotHere,), {"__module__": module})
