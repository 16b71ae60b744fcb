"""A connection to a worker, for the event loop. Knows no request; nothing here waits in a thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import TypeVar

import anyio

from lager import wire

K = TypeVar("K")
DESCRIBED_WITHIN = 1.0  # s; a worker answers what is not about its instrument at once, whatever is running


class WorkerLink:
    """One connection that was made."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, path: str) -> WorkerLink:
        """Connect to the worker at a socket.

        Raises:
            OSError: Nobody listens there.
        """
        return cls(*await asyncio.open_unix_connection(path))

    async def __aenter__(self) -> WorkerLink:
        """Give the connection itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._writer.close()

    def send(self, request: wire.WorkerRequest) -> None:
        """Send one request: few bytes, on a connection that carries no others."""
        self._writer.write(wire.to_json(request) + b"\n")

    async def receive(self) -> wire.WorkerReply | None:
        """Wait for the next reply; None when the worker has ended."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        if not line.endswith(b"\n"):
            return None
        reply: wire.WorkerReply = wire.from_json(line, wire.WorkerReply)
        return reply


async def ask_all(
    paths: Mapping[K, str], request: wire.WorkerRequest, within: float = DESCRIBED_WITHIN
) -> dict[K, wire.WorkerReply | None]:
    """Ask workers the same, all at once; None for one that has not answered within so many seconds."""
    return dict(
        zip(paths, await asyncio.gather(*(_ask(path, request, within) for path in paths.values())), strict=True)
    )


async def _ask(path: str, request: wire.WorkerRequest, within: float) -> wire.WorkerReply | None:
    with anyio.move_on_after(within), contextlib.suppress(OSError):  # one that has ended answers nothing either
        async with await WorkerLink.open(path) as link:
            link.send(request)
            return await link.receive()
    return None
