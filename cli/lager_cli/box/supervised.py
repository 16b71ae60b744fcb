"""What a box tells the systemd that runs it as a service: that it is ready, and that it ends. Else it tells nobody."""

from __future__ import annotations

import contextlib
import os
import socket

_SOCKET = "NOTIFY_SOCKET"  # where systemd listens; only a service of `Type=notify` is told


class Notifier:
    """Tells systemd. What the box starts is not told where: scripts are none of systemd's services."""

    def __init__(self) -> None:
        self._path = os.environ.pop(_SOCKET, "")

    @property
    def listens(self) -> bool:
        """Get whether systemd runs this box."""
        return bool(self._path)

    def ready(self) -> None:
        """Say that the box answers."""
        self._tell(b"READY=1")

    def ending(self) -> None:
        """Say that the box is being ended."""
        self._tell(b"STOPPING=1")

    def _tell(self, words: bytes) -> None:
        if not self._path:
            return
        where = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        # One that has gone away needs no word.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.sendto(words, where)


def log_format() -> str:
    """Give the form of a line of the log; the journal has its own time of each."""
    return "%(name)s: %(message)s" if os.environ.get("JOURNAL_STREAM") else "%(asctime)s %(name)s: %(message)s"
