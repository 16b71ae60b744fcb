"""Whether an instrument is on the network. Says nothing to it, and knows no protocol."""

from __future__ import annotations

import select
import socket


def answers(host: str, port: int, timeout: float = 0.5) -> bool:
    """Whether somebody listens there, found out by a connection that asks nothing; it may take `timeout` s."""
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError:
        return False
    return True


def has_input(connection: socket.socket) -> bool:
    """Whether something has come that was not read yet; of a connection that has ended, its end."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
