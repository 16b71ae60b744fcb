"""A TCP server of the simulated bench: on this machine's loopback and nowhere else, and it knows its clients."""

from __future__ import annotations

import abc
import asyncio
import socket
from typing import Protocol, cast

LOOPBACK = "127.0.0.1"
_BACKLOG = 100  # connections that wait to be accepted, as asyncio has it
_TURNS = 2  # of the event loop until a connection that was dropped has ended


class Client(Protocol):
    """A connection, as its server sees it."""

    def abort(self) -> None:
        """Drop it."""


class LoopbackServer(abc.ABC):
    """Listens, and drops every client when it is closed.

    Its port stays its own while it does not listen: nobody else gets it, and who connects is refused.

    It accepts by itself: before Python 3.12 a connection that an asyncio.Server accepted just before it was closed is
    neither served nor dropped (CPython issue 109564), and its client waits for ever.
    """

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._listener: socket.socket | None = None
        self._arriving: set[asyncio.Task[object]] = set()  # accepted, and not yet served
        self._reserved: socket.socket | None = None

    @abc.abstractmethod
    def serve(self) -> asyncio.Protocol:
        """Make what serves one client."""

    async def listen(self, tcp_port: int = 0) -> int:
        """Serve on loopback; give the TCP port (a free one for 0).

        Raises:
            OSError: The port is taken.
        """
        self._reserved = _bound(tcp_port)
        await self.reopen()
        return self.port

    @property
    def port(self) -> int:
        """Get the TCP port; 0 before `listen`."""
        return 0 if self._reserved is None else cast(int, self._reserved.getsockname()[1])

    async def reopen(self) -> None:
        """Listen again."""
        if self._listener is None:
            self._listener = _bound(self.port)
            self._listener.setblocking(False)
            self._listener.listen(_BACKLOG)
            asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    def shut(self) -> None:
        """Listen no more, and drop every client; one that was accepted just now is dropped when it joins."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        for client in list(self._clients):
            client.abort()

    async def close(self) -> None:
        """Stop serving, drop every client, and give the port back."""
        self.shut()
        await asyncio.gather(*self._arriving)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if self._reserved is not None:
            self._reserved.close()

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # it has gone again
            return
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(self.serve, connection))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    def joined(self, client: Client) -> None:
        """Note a client; one that was accepted just before the server was shut is dropped."""
        self._clients.add(client)
        if self._listener is None:
            client.abort()

    def left(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)


def _bound(tcp_port: int) -> socket.socket:
    """Bind a port without listening on it: nobody is given it, and this process may listen (both say SO_REUSEADDR)."""
    # asyncio sends small answers at once (TCP_NODELAY) only where the socket names its protocol.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, tcp_port))
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"TCP port {tcp_port} of {LOOPBACK}: address already in use") from error
    return bound
