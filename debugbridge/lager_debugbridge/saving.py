"""A snapshot in a file: what a console sees, name by name, to be opened where the script and its box are not.

The file is a zip: `about.json` (readable without running anything), one pickle for each name, and the script's sources.
The pickles share their memo, so that what two names hold stays one thing; a name that cannot be saved leaves no trace
in it. What is saved is the console's copies: so everything is copied first, and nothing is asked of the script's own.
Of the frames above the paused one, the script's own are saved with their names, those of libraries by their place.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import platform
import re
import time
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import msgspec

from lager import errors
from lager_debugbridge.namespace import PRESET, FrameNamespace, Namespace
from lager_debugbridge.overflow import FOLDER
from lager_debugbridge.pickling import Memo, Saver
from lager_debugbridge.snapshot import Snapshot

FORMAT = 1
ABOUT = "about.json"
FRAME = "#"  # begins the key of the names that a frame has by itself, with its number; a module's is its name
NEVER = frozenset((*PRESET, "__builtins__", "__cached__", "__doc__", "__annotations__", "exit", "quit"))
SOURCE_LIMIT = 4 * 1024 * 1024  # bytes of a source that is taken along
SHOWN = 40  # lines of a report
KEPT = 4  # snapshots of one process that stay on the box, as long as their consoles
SIZE_LIMIT = 1 << 30  # bytes of these, and of a single one
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_kept: dict[str, int] = {}  # their sizes, bytes; the oldest first


class Missing(msgspec.Struct, frozen=True):
    """What could not be saved.

    Attributes:
        name: As the script calls it.
        what: Its type, or that of what is in it.
        why: As people read it.
        whole: Nothing of it was saved; else all but this.
    """

    name: str
    what: str
    why: str
    whole: bool


class Saved(msgspec.Struct, frozen=True):
    """The names of a module, or of the frame: each with the number of its pickle."""

    key: str
    file: str
    names: list[tuple[str, int]]


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A frame.

    Attributes:
        file: As the box calls it.
        main: The key of its module's names; empty where they are a library's, and not saved.
        own: The key of the names that it has by itself; empty for none.
    """

    file: str
    line: int
    function: str
    main: str = ""
    own: str = ""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a file.

    Attributes:
        time: Unix time, s.
        root: The script's directory, on the box.
        frames: The paused one, the one that called it, and so on.
        sources: Files of the script, by their path on the box; the first is number 0.
    """

    format: int
    python: str
    time: float
    root: str
    frames: list[Level]
    modules: list[Saved]
    missing: list[Missing]
    sources: list[str]

    @property
    def file(self) -> str:
        """Get where it was paused."""
        return self.frames[0].file

    @property
    def line(self) -> int:
        """Get the line there."""
        return self.frames[0].line

    @property
    def function(self) -> str:
        """Get the function there."""
        return self.frames[0].function


class Above(NamedTuple):
    """A frame to be saved: its module's names, and those it sees first; None where they are a library's."""

    file: str
    line: int
    function: str
    module: Namespace | None
    names: Namespace | None


class Report(NamedTuple):
    """What came of saving: how many names, how many bytes, and what is missing."""

    names: int
    size: int
    missing: list[Missing]

    def lines(self) -> Iterator[str]:
        """Say it as people read it."""
        yield f"{self.names} names saved, {self.size} bytes"
        yield from missing_lines(self.missing)


def missing_lines(missing: list[Missing]) -> Iterator[str]:
    """Say what is missing, and why."""
    if missing:
        yield "not saved:"
    for one in missing[:SHOWN]:
        yield f"  {one.name}: {one.why}" if one.whole else f"  {one.name}: all but a {one.what} in it ({one.why})"
    if len(missing) > SHOWN:
        yield f"  ... and {len(missing) - SHOWN} more"


def save(snapshot: Snapshot, path: str | Path, frames: Iterable[Above] = (), limit: int = 0) -> Report:
    """Save what a console sees; in the paused thread.

    Args:
        snapshot: What it sees.
        path: The file.
        frames: Those above the paused one.
        limit: Bytes of the file; 0 for as many as there are.

    Raises:
        OSError: The file cannot be written; nothing is left of it.
    """
    draft = f"{os.fspath(path)}.new"
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            saving = _Saving(snapshot, file, frames, limit)
            try:
                about = saving.all()
            except BaseException:
                saving.give_up()
                raise
        os.replace(draft, path)
    except BaseException:
        if os.path.exists(draft):
            os.unlink(draft)
        raise
    return Report(sum(len(one.names) for one in about.modules), os.path.getsize(path), about.missing)


def keep(snapshot: Snapshot, name: str, frames: Iterable[Above] = ()) -> Report:
    """Save a snapshot under a name in the run's directory, where clients can fetch it; in the script.

    It is there until the console has gone, or until others need the room.

    Raises:
        UsageError: The name is none, or there is no such directory, or it takes no more.
    """
    if not _NAME.fullmatch(name):
        raise errors.UsageError(f"{name!r} is no name for a snapshot", "use letters, digits, - and _")
    root = os.environ.get("LAGER_RUN_DIR_ROOT")
    if not root:
        raise errors.UsageError("this script has no directory on a box", "run it with `lager python`")
    folder = os.path.join(os.path.dirname(os.path.abspath(root)), FOLDER)
    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        _make_room(KEPT - 1, SIZE_LIMIT)
        report = save(snapshot, path, frames, SIZE_LIMIT)
    except OSError as exc:
        why = (exc.strerror or str(exc)).lower()
        hint = "`del` in the console what is big, and save again" if exc.errno == errno.EFBIG else "make room there"
        raise errors.UsageError(f"the snapshot cannot be written on the box: {why}", hint) from exc
    _make_room(KEPT - 1, SIZE_LIMIT - report.size)
    _kept[path] = report.size
    snapshot.at_drop(functools.partial(_forget, path))
    return report


def _make_room(count: int, size: int) -> None:
    while _kept and (len(_kept) > count or sum(_kept.values()) > size):
        _forget(next(iter(_kept)))


def _forget(path: str) -> None:
    if _kept.pop(path, None) is not None:
        with contextlib.suppress(FileNotFoundError):  # the run was cleared away
            os.unlink(path)


class Trying:
    """Takes whatever goes wrong with one name: it is the script's own classes, or a library's, that are asked here.

    What stops a statement is no such thing, and goes on.
    """

    def __init__(self) -> None:
        self.why = ""

    def __enter__(self) -> Trying:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Say why it went wrong."""
        if isinstance(value, RecursionError):
            self.why = "it is nested too deeply"
        elif isinstance(value, Exception):
            self.why = described(value)
        return isinstance(value, Exception)


class _Saving:
    def __init__(self, snapshot: Snapshot, file: io.BufferedWriter, frames: Iterable[Above], limit: int) -> None:
        self._snapshot = snapshot
        self._file = file
        self._frames = list(frames)
        self._limit = limit
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._memo: Memo = {}
        self._keys: dict[int, str] = {}  # by namespace
        self._waiting: deque[Namespace] = deque()
        self._missing: list[Missing] = []
        self._count = 0

    def all(self) -> About:
        snapshot = self._snapshot
        paused = Above(*snapshot.place, snapshot.of_module(snapshot.paused), snapshot.names)
        levels = [self._level(number, one) for number, one in enumerate((paused, *self._frames))]
        modules = []
        while self._waiting:
            modules.append(self._names(self._waiting.popleft()))
        self._leave_out([one for one in levels if not one.main])
        ours = [one.file for one in levels if one.main]
        about = About(
            format=FORMAT,
            python=platform.python_version(),
            time=time.time(),
            root=snapshot.root,
            frames=levels,
            modules=modules,
            missing=self._missing,
            sources=[file for file in dict.fromkeys([*(one.file for one in modules), *ours]) if self._source(file)],
        )
        for number, source in enumerate(about.sources):
            self._zip.write(source, f"sources/{number}")
        self._zip.writestr(ABOUT, _encoded(about))
        self._zip.close()
        return about

    def give_up(self) -> None:
        """Leave the file as it is: closing it would write to a disk that is full."""
        self._zip.fp = None

    def _level(self, number: int, frame: Above) -> Level:
        """Take note of a frame, and of the names that are saved for it."""
        file, line, function, module, names = frame
        if module is None or names is None:
            return Level(file=file, line=line, function=function)
        main, own = self.key(module), ""
        if names is not module:
            own = self._keys[id(names)] = f"{FRAME}{number}"
            self._waiting.append(names)
        return Level(file=file, line=line, function=function, main=main, own=own)

    def _leave_out(self, levels: list[Level]) -> None:
        if levels:
            count = f"{len(levels)} frame{'s' * (len(levels) > 1)} of libraries"
            self._missing.append(Missing(f"names in {count}", "frame", "they are none of the script's", True))

    def key(self, names: Namespace) -> str:
        """Give the key of some names; those that had none are saved, too."""
        if id(names) not in self._keys:
            own = isinstance(names, FrameNamespace)  # further out than frames are saved
            self._keys[id(names)] = f"{FRAME}?{len(self._keys)}" if own else str(names.get("__name__", "?"))
            self._waiting.append(names)
        return self._keys[id(names)]

    def _names(self, names: Namespace) -> Saved:
        key, saved = self.key(names), []
        for name in names.own():
            if isinstance(name, str) and name not in NEVER and self._save(name, names):
                saved.append((str.__str__(name), self._count - 1))  # it may be of a kind of text of the script's
        return Saved(key, str(names.get("__file__") or ""), saved)

    def _save(self, name: str, names: Namespace) -> bool:
        buffer, known = io.BytesIO(), len(self._memo)
        saver = Saver(buffer, self._memo, self._snapshot, self.key)
        with Trying() as trying:
            saver.dump(names[name])
        if trying.why or not buffer.tell():
            while len(self._memo) > known:
                self._memo.popitem()
            what = type(names.get(name)).__name__ if name in names else "?"
            self._missing.append(Missing(str.__str__(name), what, trying.why or "it could not be looked at", True))
            return False
        alone = len(saver.left_out) == 1 and saver.left_out[0].whole
        self._missing += [Missing(str.__str__(name), one.what, one.why, alone) for one in dict.fromkeys(saver.left_out)]
        self._zip.writestr(f"names/{self._count}", buffer.getbuffer())
        if self._limit and self._file.tell() > self._limit:
            raise OSError(errno.EFBIG, f"it takes more than {self._limit >> 20} MiB")
        self._count += 1
        return True

    def _source(self, file: str) -> bool:
        """Say whether a source can be taken along."""
        try:
            return os.path.isfile(file) and os.path.getsize(file) <= SOURCE_LIMIT
        except OSError:
            return False


def _encoded(about: About) -> bytes:
    try:
        return msgspec.json.encode(about)
    except UnicodeEncodeError:  # a name, or a path, that is no text
        return msgspec.json.encode(_as_text(msgspec.to_builtins(about)))


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(one) for one in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def described(error: BaseException) -> str:
    """Say in one line what went wrong; what an error says may itself go wrong."""
    text = ""
    with contextlib.suppress(Exception):  # of the script's own classes
        text = str(error)
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return f"{type(error).__name__}: {text[:160]}" if text else type(error).__name__
