"""Listening on a unix socket, and accepting for as long as it is there. Knows nothing of what is said on it."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import resource
import socket
import threading
from collections.abc import Iterator

log = logging.getLogger(__name__)
_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED}
_SHORTAGE_PAUSE = 0.2  # s
_MOST_DESCRIPTORS = 1024  # a table for more costs memory
_LAST_DESCRIPTORS = 32


def listen(path: str) -> socket.socket:
    """Listen on a unix socket that appears complete: nobody finds it before it answers."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    draft = f"{path}~"
    if os.path.lexists(draft):
        os.unlink(draft)
    listener.bind(draft)
    listener.listen(128)
    listener = closed_first(listener)
    os.replace(draft, path)
    return listener


def closed_first(listener: socket.socket) -> socket.socket:
    """Give a listener a high descriptor, and use it from now on: it is the first to be closed when we are killed.

    Linux closes what a killed process had open from the highest descriptor down. A caller whose connection broke would
    otherwise reach, for some milliseconds more, a listener behind which nobody is, and lose its next call, too.
    """
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = min(limit, _MOST_DESCRIPTORS) if limit > 0 else _MOST_DESCRIPTORS  # -1 is no limit
    with listener:
        number = fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD_CLOEXEC, max(0, most - _LAST_DESCRIPTORS))
    return socket.socket(fileno=number)


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
