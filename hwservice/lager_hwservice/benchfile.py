"""The bench file as it is served: read anew when it has changed, and changed for those who ask. For any thread.

It may be changed by others at any time: a change that cannot be read, for now or for good, leaves the bench as it was.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lager import errors, wire
from lager_hwservice import benchwriting
from lager_hwservice.bench import Bench
from lager_hwservice.benchreading import load

log = logging.getLogger(__name__)
# A file system may give two writes of the same moment the same time: a file this young, s, is read again.
_SETTLED = 0.1


class BenchFile:
    """A bench file, read anew when it has changed. For any thread.

    Args:
        path: Where it is.
        on_change: Called with each new bench, before anybody is told of it.

    Raises:
        UsageError: It cannot be read at all.
    """

    def __init__(self, path: Path, on_change: Callable[[Bench], None] = lambda _: None) -> None:
        self._path = path
        self.on_change = on_change
        self.error = ""
        self._seen = self._signature()
        self._bench = load(path)
        self._lock = threading.Lock()

    def bench(self) -> Bench:
        """Give the bench as the file has it now; as it had it last, when it is broken (`error` says so)."""
        signature = self._signature()
        if signature is None or signature != self._seen:
            with self._lock:
                self._look()
        return self._bench

    @property
    def path(self) -> Path:
        """Get where the file is."""
        return self._path

    def change(self, asked: wire.BenchChange) -> bool:
        """Change the file; gives whether that changed anything. Whoever asks for the bench next has the new one.

        Raises:
            UsageError: The change makes no sense, or the file is broken; the file is as it was.
            LagerError: It cannot be written; the file is as it was.
        """
        return benchwriting.change(self._path, asked)

    def _look(self) -> None:
        signature = self._signature()  # before it is read: what is written meanwhile makes another one
        if signature is not None and signature == self._seen:
            return  # somebody else has read it meanwhile
        try:
            bench = load(self._path)
        except errors.UsageError as exc:
            if exc.what != self.error:
                log.error("%s; the bench stays as it was", exc.what)
            self.error = exc.what
            if isinstance(exc.__cause__, OSError):
                signature = None  # it may be readable in a moment, and look no different then
        else:
            self.error = ""
            if bench != self._bench:
                log.info("the bench file %s has changed: %d nets", self._path, len(bench.nets))
                self.on_change(bench)
                self._bench = bench
        self._seen = signature

    def _signature(self) -> tuple[int, ...] | None:
        """Give what changes when the file does; None while that cannot be told."""
        try:
            now = os.stat(self._path)
        except OSError:
            return ()
        if abs(time.time() - now.st_mtime) < _SETTLED:
            return None
        return (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)
