"""One process at a time for an instrument: `with lager.device_lock(address):` around opening it by oneself.

The workers of a box hold the same locks for as long as they have their instruments open. A lock is a `flock` on a file
of the address: it ends with its process, however that ends. The file says who holds it (process id, and the run's id
in a second line), for those who are refused; it is never removed, because somebody may be about to lock it.

The lock is a courtesy among programs that take it. What keeps others off the bus is the bus itself; so where there can
be no lock, that is said in a warning, and things go on without.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import stat
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from lager import addresses, errors, holder, settings

_RETRY = 0.05  # s; the process that has it cannot wake us
_LONGEST_NAME = 150  # characters of the address in the file's name


class DeviceLockWarning(UserWarning):
    """An instrument is used without a lock, because there is no place for one."""


class DeviceLock:
    """The lock of one address. Made once, it may be taken again by whoever has it, and is then let go as often.

    A forked child has no part in its parent's locks.

    Args:
        address: The instrument's; however it is written, it is the same lock.
        timeout: How long to wait for it, s.
        via: The bench file's `via`, where the instrument is reached through a server and not on this machine's buses.
        sleep: Waits, s.
    """

    # Of this process, by file: a second lock for the same address would wait for the first one in vain.
    _held: ClassVar[dict[Path, DeviceLock]] = {}
    _settled = threading.Lock()  # taken while a file is locked and not yet among those

    def __init__(
        self,
        address: str,
        timeout: float = 2.0,
        via: str = "",
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # a lock's holder cannot wake us
    ) -> None:
        self.address = address
        self._timeout = timeout
        self._via = via
        self._sleep = sleep
        self._path: Path | None = None
        self._forget()

    def _forget(self) -> None:
        self._turn = threading.Lock()  # one thread at a time takes it or lets it go
        self._depth = 0
        self._file = -1
        self._owner = 0

    @property
    def held(self) -> bool:
        """Get whether it was taken, and not yet let go."""
        return self._depth > 0

    def acquire(self, timeout: float | None = None) -> None:
        """Take the lock, or the right to use the instrument without one where there can be none.

        Args:
            timeout: How long to wait for it, s; instead of the lock's own.

        Raises:
            InstrumentBusy: Another process has it, and had it for all that time; says which.
            UsageError: This very thread has it, by another lock of the same address.
        """
        with self._turn:
            if not self._depth:
                try:
                    self._take(self._timeout if timeout is None else timeout)
                except BaseException:
                    self._let_go()
                    raise
            self._depth += 1

    def release(self) -> None:
        """Let it go, if it was taken as often as let go."""
        with self._turn:
            self._depth = max(0, self._depth - 1)
            if self._depth == 0:
                self._let_go()

    def holder(self) -> holder.Holder | None:
        """Look who has it, as its file says; None where that cannot be told."""
        return None if self._path is None else read_holder(self._path)

    def __enter__(self) -> DeviceLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, where: TracebackType | None
    ) -> None:
        self.release()

    def _take(self, within: float) -> None:
        deadline = time.monotonic() + within
        try:
            path = self._path = settings.locks_dir(self._via) / file_name(self.address)
            while not self._try(path):
                self._refuse_own(path)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._refusal(within)
                self._sleep(min(_RETRY, left))
        except OSError as exc:
            self._let_go()
            _warn(f"{self.address} is used without a lock: {exc}")
            return
        self._sign(path)

    def _try(self, path: Path) -> bool:
        """Lock the file, if nobody has."""
        with DeviceLock._settled:
            while True:
                self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                try:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._close()
                    return False
                if _is_file(self._file, path):
                    self._owner = threading.get_ident()
                    DeviceLock._held[path] = self
                    return True
                # Something that cleans up has removed the file since it was opened: then it locks nobody out.
                self._close()

    def _sign(self, path: Path) -> None:
        """Write who has it: only now, and never less than all of it, as others may read it at any time."""
        text = f"{os.getpid()}\n{os.environ.get(holder.RUN, '')}\n".encode()
        try:
            os.pwrite(self._file, text, 0)
            os.ftruncate(self._file, len(text))
        except OSError as exc:
            _warn(f"{self.address} is locked, but others will not be told by whom: {path}: {exc}")

    def _let_go(self) -> None:
        """Unlock the file itself: a child that is just being started may have a copy of our descriptor."""
        if self._file < 0:
            return
        if self._path is not None and self._held.get(self._path) is self:
            del self._held[self._path]
            with contextlib.suppress(OSError):  # a file system that has become read-only: what stays is harmless
                os.ftruncate(self._file, 0)
        with contextlib.suppress(OSError):  # closing it unlocks it, too
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._close()

    def _close(self) -> None:
        file, self._file = self._file, -1
        os.close(file)

    def _refuse_own(self, path: Path) -> None:
        other = self._held.get(path)
        if other is not None and other.is_of_this_thread():
            raise errors.UsageError(
                f"{self.address} is locked by this thread already",
                "take the lock you have again (`with lock:`), or leave its `with` block first",
            )

    def _refusal(self, waited: float) -> errors.InstrumentBusy:
        who = self.holder()
        return holder.in_use(self.address, [who] if who else [], f" (waited {waited:g} s)" if waited else "")

    def is_of_this_thread(self) -> bool:
        """Tell whether this thread took it."""
        return self._owner == threading.get_ident()

    def abandon(self) -> None:
        """Have no part in it, in a forked child: it is the parent's, which unlocking it here would take it from."""
        os.close(self._file)
        self._forget()

    @classmethod
    def before_fork(cls) -> None:
        """Let no file be locked and not yet known."""
        cls._settled.acquire()

    @classmethod
    def after_fork(cls) -> None:
        """Go on, in the parent."""
        cls._settled.release()

    @classmethod
    def after_fork_in_child(cls) -> None:
        """Go on without the parent's locks."""
        cls._settled = threading.Lock()
        for lock in cls._held.values():
            lock.abandon()
        cls._held.clear()


def device_lock(address: str, timeout: float = 2.0, via: str | None = None) -> DeviceLock:
    """Give the lock of an instrument that a script opens by itself: `with lager.device_lock(address):`.

    Scripts that use an instrument through `Net` need no lock.

    Args:
        address: The instrument's address, in any spelling.
        timeout: How long to wait where another process has it, s.
        via: The `via` of its nets in the bench file; None has a run ask its bench, and is none elsewhere.
    """
    return DeviceLock(address, timeout, _via_of(address) if via is None else via)


def _via_of(address: str) -> str:
    """Ask the bench of this run how it reaches an instrument; empty for one it does not know, and outside a run."""
    from lager import hardware

    if hardware.SOCKET not in os.environ:
        return ""
    try:
        nets = hardware.of_this_run()[0].nets()
    except errors.LagerError as exc:
        _warn(f"{address} is taken for one on this machine's own buses: {exc.what}")
        return ""
    one = addresses.canonical(address)
    return next((net.via for net in nets if addresses.canonical(net.address) == one), "")


def file_name(address: str) -> str:
    """Name the file of an address. The end of the name keeps two addresses apart that look the same without signs."""
    one = addresses.canonical(address)
    told_apart = hashlib.sha256(one.encode()).hexdigest()[:8]
    return f"device_{re.sub(r'[^A-Za-z0-9_-]', '_', one)[:_LONGEST_NAME]}_{told_apart}.lock"


def read_holder(path: Path, proc: Path = holder.PROC) -> holder.Holder | None:
    """Read who has a lock; None where that is not, or no longer, to be found out."""
    try:
        pid, _, rest = path.read_text(errors="replace").partition("\n")
    except OSError:
        return None
    return holder.of_process(int(pid), rest.strip(), proc) if re.fullmatch("[0-9]+", pid) else None


def _warn(said: str) -> None:
    """Warn, at the line of whoever uses this room."""
    level, frame = 1, sys._getframe()  # noqa: SLF001  # what `warnings` itself uses
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        level, frame = level + 1, frame.f_back
    warnings.warn(said, DeviceLockWarning, level)


def _is_file(descriptor: int, path: Path) -> bool:
    """Tell whether an open file is the one that is there now."""
    mine = os.fstat(descriptor)
    if not stat.S_ISREG(mine.st_mode):
        raise OSError(f"{path} is no file")
    try:
        return os.path.samestat(mine, os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


os.register_at_fork(  # once for all locks, as a registration cannot be taken back
    before=DeviceLock.before_fork,
    after_in_parent=DeviceLock.after_fork,
    after_in_child=DeviceLock.after_fork_in_child,
)
