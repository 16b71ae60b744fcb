"""Messages as JSON lines over a unix socket, for a caller that waits for its answer. No thread, no loop.

Used in the script's process, so it imports nothing but the standard library and the messages.
"""

from __future__ import annotations

import socket
from typing import Any, TypeVar, cast

from lager import wire

T = TypeVar("T")


class Lines:
    """One connection. Not for two threads at once: give each its own, or a lock.

    Args:
        path: The socket's path.
        timeout: How long to wait for the connection, and then for each message, s; None waits for ever.

    Raises:
        OSError: Nobody listens there.
    """

    def __init__(self, path: str, timeout: float | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(path)
        except BaseException:
            self._socket.close()
            raise
        self._buffer = bytearray()
        self._seen = 0

    @classmethod
    def over(cls, connected: socket.socket) -> Lines:
        """Speak over a connection somebody made to us."""
        self = cls.__new__(cls)
        self._socket = connected
        self._buffer = bytearray()
        self._seen = 0
        return self

    def fileno(self) -> int:
        """Give the descriptor, to wait on."""
        return self._socket.fileno()

    def send(self, message: Any) -> None:
        """Send one message."""
        self._socket.sendall(wire.to_json(message) + b"\n")

    def receive(self, kind: type[T] | Any) -> T:
        """Wait for one message.

        Raises:
            ConnectionError: The other end has gone.
            TimeoutError: Not all of it came in time; it can be waited for again.
        """
        while (end := self._buffer.find(b"\n")) < 0:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionResetError("the other end has closed the connection")
            self._buffer += part
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return cast("T", wire.from_json(line, kind))

    def look(self, kind: type[T] | Any) -> T:
        """Wait for one message as `receive` does, and leave it unread until `take`.

        Should this process end before that, the sender gets ECONNRESET, by which it knows that nobody has acted on it.
        """
        line = b"" if self._buffer else self._socket.recv(65536, socket.MSG_PEEK)
        if not line or line.find(b"\n") != len(line) - 1:
            received: T = self.receive(kind)  # in pieces, or more than one: then the sender will not know
            return received
        self._seen = len(line)
        try:
            return cast("T", wire.from_json(line, kind))
        except BaseException:
            self.take()
            raise

    @property
    def unread(self) -> bool:
        """Get whether a message is left unread."""
        return self._seen > 0

    def take(self) -> None:
        """Read what `look` has left unread."""
        while self._seen:
            self._seen -= len(self._socket.recv(self._seen))

    def interrupt(self) -> None:
        """Wake whoever waits in `receive`, from another thread: it gets a ConnectionError."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # not connected any more: nobody waits

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
