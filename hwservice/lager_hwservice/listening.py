"""Listening on a unix socket, and accepting for as long as it is there. Knows nothing of what is said on it."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from collections.abc import Iterator

log = logging.getLogger(__name__)
_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED}
_SHORTAGE_PAUSE = 0.2  # s


def listen(path: str) -> socket.socket:
    """Listen on a unix socket that appears complete: nobody finds it before it answers."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    draft = f"{path}~"
    if os.path.lexists(draft):
        os.unlink(draft)
    listener.bind(draft)
    listener.listen(128)
    os.replace(draft, path)
    return listener


def accepted(listener: socket.socket) -> Iterator[socket.socket]:
    """Give each connection; ends when the listener is shut down.

    Too many connections at once make the next ones wait: they must not make this end deaf.
    """
    pause = threading.Event()
    while True:
        try:
            connected, _ = listener.accept()
        except OSError as exc:
            if exc.errno not in _SHORTAGES:
                return
            log.warning("no connection is accepted for now: %s", exc)
            pause.wait(_SHORTAGE_PAUSE)  # nothing wakes us when another connection has gone
            continue
        yield connected
