"""A raw SCPI socket (`TCPIP0::HOST::PORT::SOCKET`), as a driver's `Transport`: lines out, answers back.

Not by pyvisa-py, whose session takes a refused connection for an open one, and one that has ended for a silent one: it
asks for more, at full speed, until the time is up. A link on which anything went wrong is closed, because an answer may
still be on its way: open another. Exceptions are kinds of OSError with their errno.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Callable, Iterator

from lager_drivers import blocks
from lager_hwservice.transports import tcp

_CHUNK = 1 << 16  # bytes


class ScpiSocketLink:
    """An open connection.

    Args:
        host: Where the instrument is.
        port: TCP port.
        timeout: How long the connection may take, and one answer, s.
        closed: Called when it is closed.

    Raises:
        OSError: Nobody listens there.
    """

    def __init__(self, host: str, port: int, timeout: float = 5.0, closed: Callable[[], object] = lambda: None) -> None:
        self.timeout = timeout
        self._closed = closed
        self._socket: socket.socket | None = socket.create_connection((host, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, command: str) -> None:
        """Send a command."""
        with self._conversation() as connection:
            connection.sendall(command.encode("latin-1") + b"\n")

    def query(self, command: str, within: float | None = None) -> str:
        """Send a command and give its answer, without its end.

        Args:
            command: The command.
            within: How long the answer may take, s; None for the link's usual time.

        Raises:
            TimeoutError: No answer in time.
            ConnectionError: The connection has ended.
            OSError: More than an answer came (EBADMSG).
        """
        with self._conversation() as connection:
            answer = self._answer(connection, command, lambda said: said.find(b"\n") + 1, within)
        return answer.decode("latin-1").rstrip("\r\n")

    def query_block(self, command: str) -> bytes:
        """Send a command and give what its answer, a definite-length block, holds.

        Raises:
            TimeoutError: Not all of it came in time.
            ConnectionError: The connection has ended.
            OSError: The answer is no such block (EBADMSG).
        """
        with self._conversation() as connection:
            try:
                return blocks.content(self._answer(connection, command, _end_of_block))
            except ValueError as exc:
                raise OSError(errno.EBADMSG, f"the answer is no block: {exc}") from exc

    def lost(self) -> bool:
        """Whether the instrument has closed the connection, or it was closed here."""
        return self._socket is None or tcp.has_input(self._socket)  # between two calls only its end comes

    def close(self) -> None:
        """Close the connection."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()
        self._closed()

    def _answer(
        self,
        connection: socket.socket,
        command: str,
        end: Callable[[bytearray], int],
        within: float | None = None,
    ) -> bytes:
        """Ask, and read as much as `end` says; it gives 0 while it cannot tell, or more is to come."""
        patience = self.timeout if within is None else within
        deadline = time.monotonic() + patience
        connection.settimeout(patience)
        connection.sendall(command.encode("latin-1") + b"\n")
        answer = bytearray()
        while not (length := end(answer)):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(errno.ETIMEDOUT, f"no answer to {command}")
            connection.settimeout(left)
            part = connection.recv(_CHUNK)
            if not part:
                raise tcp.Closed
            answer += part
        if len(answer) > length:
            raise OSError(errno.EBADMSG, f"after the answer to {command} came {bytes(answer[length : length + 20])!r}")
        return bytes(answer)

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[socket.socket]:
        """Close the connection unless all goes well: an answer that comes too late must find nobody."""
        if self._socket is None:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the connection is closed")
        try:
            yield self._socket
        except TimeoutError as error:
            self.close()
            raise TimeoutError(errno.ETIMEDOUT, "no answer in time") from error
        except (ConnectionResetError, BrokenPipeError) as error:
            self.close()
            raise tcp.Closed from error
        except BaseException:
            self.close()
            raise


def _end_of_block(said: bytearray) -> int:
    """Give where an answer that is a block ends, with its line end; 0 where more is to come."""
    length = blocks.whole(said)
    end = length + (2 if said[length : length + 1] == b"\r" else 1)
    return end if length and len(said) >= end else 0
