"""The box's lock in its file, `lock.json` of the state directory: one for all services and workers of a box.

Whoever changes it holds a flock on the file beside it, and replaces the file as a whole. Whoever only reads looks at
the file's inode and time, which costs about 2 µs, and reads it where that has changed. What is decided is decided in
`lager.boxlock`. No part of `import lager`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lager import boxlock, errors, settings

FILE = "lock.json"  # in the state directory
_WITHIN = 5.0  # s until whoever has the flock is stuck; a change takes less than a millisecond
_LOOK_EVERY = 0.002  # s
_Mark = tuple[int, ...]
log = logging.getLogger(__name__)


class LockFile:
    """The lock of this user's box; for any thread.

    Args:
        folder: Where it is; None for the state directory.
        wall: Unix time, s.
    """

    def __init__(self, folder: Path | None = None, wall: Callable[[], float] = time.time) -> None:
        self._path = str((folder or settings.state_dir()) / FILE)
        self._wall = wall
        self._seen: tuple[_Mark | None, boxlock.State] = (None, boxlock.FREE)

    def state(self) -> boxlock.State:
        """Give what the file says; what has expired may still be in it. A file that is broken says nothing.

        One that cannot be read stops nobody, either: the log says so, and `tell` leaves it as it is.
        """
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return boxlock.FREE
        # The time of its change of owner and mode, too: it may have become readable.
        mark = status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
        seen, state = self._seen
        if seen != mark:
            try:
                state = self._read()
            except OSError as exc:
                log.warning("the box's lock in %s is not heeded: it cannot be read: %s", self._path, exc.strerror)
                state = boxlock.FREE
            self._seen = mark, state
        return state

    def shuts_out(self, holder: str, run: str) -> str:
        """Give who has the box, where that shuts others out (`boxlock.shuts_out`); else ''."""
        state = self.state()
        return boxlock.shuts_out(state, holder, run, self._wall()) if state.user else ""

    def news(self, holder: str) -> str:
        """Say what somebody should know who does something on the box (`boxlock.news`)."""
        return boxlock.news(self.state(), holder, self._wall())

    def now(self) -> boxlock.State:
        """Give who has the box now, without what has expired."""
        return boxlock.current(self.state(), self._wall())

    def tell(self, event: boxlock.Event) -> boxlock.Decision:
        """Have an event decided, and keep what comes of it.

        Raises:
            LagerError: The file cannot be written, or somebody has kept the flock; nothing was changed.
        """
        import filelock

        try:
            with filelock.FileLock(f"{self._path}.flock", mode=0o600).acquire(_WITHIN, _LOOK_EVERY):
                before = self._read()
                decision = boxlock.decide(before, event, self._wall())
                if decision.state != before:
                    # A reservation must outlive a power cut. What runs hold need not: they do not either.
                    self._write(decision.state, lasting=decision.state.asked != before.asked)
                return decision
        except (filelock.Timeout, OSError) as exc:
            hint = "see that there is room on its disk, and that no process of the box is stopped"
            raise errors.LagerError(f"the box's lock cannot be kept in {self._path}: {exc}", hint) from exc

    def _read(self) -> boxlock.State:
        try:
            return msgspec.json.decode(Path(self._path).read_bytes(), type=boxlock.State)
        except (FileNotFoundError, msgspec.DecodeError):  # broken by a power cut, or by hand: nobody could clear it
            return boxlock.FREE

    def _write(self, state: boxlock.State, lasting: bool) -> None:
        draft = f"{self._path}.new"
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o600)) as new:
            new.write(msgspec.json.encode(state))
            new.flush()
            if lasting:
                os.fsync(new.fileno())
        stamp = max(time.time_ns(), self._stamp() + 1)  # two changes within one tick of the kernel's clock differ, too
        os.utime(draft, ns=(stamp, stamp))
        os.replace(draft, self._path)

    def _stamp(self) -> int:
        try:
            return os.stat(self._path).st_mtime_ns
        except FileNotFoundError:
            return 0
