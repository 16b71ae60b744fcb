"""A TCP server of the simulated bench: on this machine's loopback and nowhere else, and it knows its clients."""

from __future__ import annotations

import abc
import asyncio
from typing import Protocol, cast

LOOPBACK = "127.0.0.1"


class Client(Protocol):
    """A connection, as its server sees it."""

    def abort(self) -> None:
        """Drop it."""


class LoopbackServer(abc.ABC):
    """Listens, and drops every client when it is closed."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._server: asyncio.Server | None = None

    @abc.abstractmethod
    def serve(self) -> asyncio.Protocol:
        """Make what serves one client."""

    async def listen(self, tcp_port: int = 0) -> int:
        """Serve on loopback; give the TCP port (a free one for 0).

        Raises:
            OSError: The port is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.serve, LOOPBACK, tcp_port, reuse_address=True)
        return cast(int, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop serving, and drop every client."""
        if self._server is None:
            return
        self._server.close()
        for client in list(self._clients):
            client.abort()
        await self._server.wait_closed()

    def joined(self, client: Client) -> None:
        """Note a client."""
        self._clients.add(client)

    def left(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
