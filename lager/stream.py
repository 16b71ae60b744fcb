"""A WebSocket to a box, as `lager.client` opens it: whole messages, signs of life, and an end that is noticed."""

from __future__ import annotations

import contextlib
import socket
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lager import wire

if TYPE_CHECKING:
    import threading

    from websockets.sync.client import ClientConnection

T = TypeVar("T")

SILENCE = 20.0  # s after which a box is asked for a sign of life, and has as long to give it


class Dropped(Exception):
    """A WebSocket broke off. Whoever follows a run goes on from where it was."""


class Stream:
    """A WebSocket that carries MessagePack messages. Sending and receiving may be in different threads.

    Whoever waits in it without a timeout hears of a box that has gone without a word. Nobody has to read at all times:
    who reads nothing for a while, because what it writes to is full, finds the connection as it was.
    """

    def __init__(self, connection: ClientConnection, opened: contextlib.ExitStack) -> None:
        self._connection, self._opened = connection, opened

    def __enter__(self) -> Stream:
        """Give the stream itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the stream."""
        self.close()

    def send(self, message: Any) -> None:
        """Send one message.

        Raises:
            Dropped: The connection is gone; the message may be lost.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            self._connection.send(wire.to_msgpack(message))
        except (ConnectionClosed, OSError) as exc:
            raise Dropped(str(exc)) from exc

    def probe(self) -> threading.Event:
        """Ask for a sign that all that was sent so far has arrived; it is set when the sign comes.

        Raises:
            Dropped: The connection is gone.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            return self._connection.ping()
        except (ConnectionClosed, OSError) as exc:
            raise Dropped(str(exc)) from exc

    def receive(self, kind: type[T] | Any, timeout: float | None = None) -> T:
        """Wait for one message.

        Raises:
            Dropped: The connection is gone.
            TimeoutError: Nothing came within `timeout` seconds.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            data = self._wait() if timeout is None else self._connection.recv(timeout)
        except ConnectionClosed as exc:
            raise Dropped(str(exc)) from exc
        return cast("T", wire.from_msgpack(data if isinstance(data, bytes) else data.encode(), kind))

    def _wait(self) -> bytes | str:
        sign: threading.Event | None = None  # set when it has come
        while True:
            try:
                return self._connection.recv(SILENCE)
            except TimeoutError:
                if sign is not None and not sign.is_set():
                    self.abort()
                    raise Dropped(f"no sign of life in {SILENCE:g} s") from None
            sign = self._connection.ping()

    def send_bytes(self, data: bytes) -> None:
        """Send bytes that are no message of ours; raises as `send` does."""
        from websockets.exceptions import ConnectionClosed

        try:
            self._connection.send(data)
        except (ConnectionClosed, OSError) as exc:
            raise Dropped(str(exc)) from exc

    def receive_bytes(self) -> bytes | str:
        """Wait for bytes, or for a text, as they were sent; raises as `receive` does."""
        from websockets.exceptions import ConnectionClosed

        try:
            return self._wait()
        except ConnectionClosed as exc:
            raise Dropped(str(exc)) from exc

    def close(self) -> None:
        """Close the connection; whoever waits in `receive` gets Dropped."""
        self._opened.close()

    def abort(self) -> None:
        """Break the connection off, also under a `send` that does not get through; `close` is still to be called."""
        with contextlib.suppress(OSError):  # it is closed already
            # Not TLS's own shutdown: after that, what a thread is sending just then would go out in the clear.
            socket.socket.shutdown(self._connection.socket, socket.SHUT_RDWR)
