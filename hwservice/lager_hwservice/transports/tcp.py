"""Whether an instrument is on the network. Says nothing to it, and knows no protocol."""

from __future__ import annotations

import errno
import select
import socket


class Closed(ConnectionResetError):
    """The instrument has ended the connection.

    Attributes:
        hint: What to try.
    """

    hint = (
        "see that it is on, and that no other program is connected to it: some instruments serve only one or two;"
        " then call again: nothing needs a restart"
    )

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "it closed the connection")

    def __str__(self) -> str:
        return str(self.strerror)  # people are told why, not under which number


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
