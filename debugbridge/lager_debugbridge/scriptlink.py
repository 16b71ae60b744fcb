"""The connection of one paused thread of a script, as the box has it: lines of JSON, whatever they mean."""

from __future__ import annotations

import asyncio

from lager import wire

BACKLOG_LIMIT = 4 * 1024 * 1024  # bytes that wait for a script which does not read


class Link:
    """One connection of a script."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self._writer = writer

    def send(self, message: object) -> None:
        """Queue a message; a script always reads, so this does not wait."""
        if not self._writer.is_closing():
            self._writer.write(wire.to_json(message) + b"\n")

    def behind(self) -> bool:
        """Say whether too much already waits for the script to read it."""
        return self._writer.transport.get_write_buffer_size() > BACKLOG_LIMIT

    async def caught_up(self) -> None:
        """Wait for a script that does not read, before more is heard of it."""
        if self.behind():
            await self._writer.drain()

    def close(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()


async def next_line(reader: asyncio.StreamReader) -> bytes:
    """Give the next line that is not longer than the limit; empty at the end."""
    while True:
        try:
            return await reader.readline()
        except ValueError:
            continue  # longer than the limit: asyncio has dropped that part of it
