"""A TCP server of the simulated bench: on this machine's loopback and nowhere else, and it knows its clients."""

from __future__ import annotations

import abc
import asyncio
import socket
from typing import Protocol, cast

LOOPBACK = "127.0.0.1"
_TURNS = 4  # of the event loop until a connection that was just accepted has joined, and one that was dropped has ended


class Client(Protocol):
    """A connection, as its server sees it."""

    def abort(self) -> None:
        """Drop it."""


class LoopbackServer(abc.ABC):
    """Listens, and drops every client when it is closed.

    Its port stays its own while it does not listen: nobody else gets it, and who connects is refused.
    """

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._server: asyncio.Server | None = None
        self._reserved: socket.socket | None = None

    @abc.abstractmethod
    def serve(self) -> asyncio.Protocol:
        """Make what serves one client."""

    async def listen(self, tcp_port: int = 0) -> int:
        """Serve on loopback; give the TCP port (a free one for 0).

        Raises:
            OSError: The port is taken.
        """
        self._reserved = _reserve(tcp_port)
        await self.reopen()
        return self.port

    @property
    def port(self) -> int:
        """Get the TCP port; 0 before `listen`."""
        return 0 if self._reserved is None else cast(int, self._reserved.getsockname()[1])

    async def reopen(self) -> None:
        """Listen again."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self.serve, LOOPBACK, self.port, reuse_address=True)

    def shut(self) -> None:
        """Listen no more, and drop every client."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for client in list(self._clients):
            client.abort()

    async def close(self) -> None:
        """Stop serving, drop every client, and give the port back."""
        server = self._server
        self.shut()
        if server is not None:
            await server.wait_closed()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if self._reserved is not None:
            self._reserved.close()

    def joined(self, client: Client) -> None:
        """Note a client; one that was accepted just before the server was shut is dropped."""
        self._clients.add(client)
        if self._server is None:
            client.abort()

    def left(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)


def _reserve(tcp_port: int) -> socket.socket:
    """Bind a port without listening on it: nobody is given it, and this process may listen (both say SO_REUSEADDR)."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reserved.bind((LOOPBACK, tcp_port))
    except OSError as error:
        reserved.close()
        raise OSError(error.errno, f"TCP port {tcp_port} of {LOOPBACK}: address already in use") from error
    return reserved
