"""What is kept of safe states in the state directory: the log of all that was done, and what is still to be done.

Both outlive the service, which may be killed in the middle of it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lager import settings, wire

log = logging.getLogger(__name__)
LOG, WAITING = "safing.jsonl", "safing.json"  # in the state directory
_LARGEST = 256 * 1024  # bytes of the log; then its older half goes


class Pending(msgspec.Struct, frozen=True):
    """A net that could not be made safe yet.

    Attributes:
        why: Why it is to be safe.
        run: The run it was of; empty for none.
        place: On which terminals it is, should it be renamed.
        owner: Whose it was when that was asked for: once it is another run's, it is let be.
        since: Unix time, s.
    """

    net: str
    role: str
    why: str
    run: str
    owner: str
    since: float
    place: str = ""


class SafeLog:
    """The two files; for any thread. Where they cannot be written, what is done is done all the same.

    Args:
        folder: Where they are; None for the state directory.
        wall: Unix time, s.
    """

    def __init__(self, folder: Path | None = None, wall: Callable[[], float] = time.time) -> None:
        self._folder = folder or settings.state_dir()
        self._lock = threading.Lock()
        self.wall = wall

    def add(self, made: wire.MadeSafe, why: str, run: str) -> None:
        """Write down what became of a net."""
        said = f": {made.error.what}" if made.error else f", read back as {made.read}"
        log.log(
            logging.INFO if made.state == "safe" else logging.WARNING,
            "%s (%s): %s %s%s",
            why or "safe state",
            made.wanted,
            made.net,
            {"safe": "is safe", "waits": "is not safe yet, it is tried again"}.get(made.state, "is not safe"),
            said,
        )
        line = msgspec.json.encode(wire.SafeEvent(self.wall(), why, made, run)) + b"\n"
        path = self._folder / LOG
        with self._lock, contextlib.suppress(OSError):  # the disk is full: the service's own log has it
            if path.exists() and path.stat().st_size > _LARGEST:
                self._replace(path, path.read_bytes()[-_LARGEST // 2 :].partition(b"\n")[2])
            with open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(line)

    def events(self, most: int) -> list[wire.SafeEvent]:
        """Give the last lines of the log, the oldest first."""
        try:
            lines = (self._folder / LOG).read_bytes().splitlines()[-most:]
        except OSError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(msgspec.DecodeError):  # cut short by a power cut
                found.append(msgspec.json.decode(line, type=wire.SafeEvent))
        return found

    def waiting(self) -> list[Pending]:
        """Give what is still to be done."""
        try:
            return msgspec.json.decode((self._folder / WAITING).read_bytes(), type=list[Pending])
        except (OSError, msgspec.DecodeError):
            return []

    def keep(self, waiting: list[Pending]) -> None:
        """Keep what is still to be done."""
        path = self._folder / WAITING
        with self._lock:
            try:
                if waiting:
                    self._replace(path, msgspec.json.encode(waiting))
                else:
                    path.unlink(missing_ok=True)
            except OSError as exc:
                log.warning("which nets are still to be made safe is known to this process only: %s", exc)

    def _replace(self, path: Path, content: bytes) -> None:
        draft = path.with_suffix(".new")
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
        os.replace(draft, path)
