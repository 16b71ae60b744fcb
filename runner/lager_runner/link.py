"""The runner's end of a supervisor's control socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from lager_runner.rundirectory import RunDirectory


class Link(asyncio.Protocol):
    """One connection to a supervisor; it lasts as long as the supervisor does.

    Args:
        on_growth: The log has grown.
        on_end: The supervisor has gone, in whatever way.

    Attributes:
        script: Process id of the script; 0 until the supervisor has said it (one of an older box never does).
    """

    def __init__(self, on_growth: Callable[[], None], on_end: Callable[[], None]) -> None:
        self._on_growth = on_growth
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._closing = False
        self._heard: bytearray | None = bytearray()  # up to the first line end
        self.script = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take wake-ups; however many came at once, they mean the same (asyncio)."""
        if self._heard is not None:
            self._heard += data
            first, ended, _ = self._heard.partition(b"\n")
            if ended:
                self.script, self._heard = _script_of(bytes(first)), None
        self._on_growth()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """End (asyncio)."""
        self._transport = None
        if not self._closing:
            self._on_end()

    def signal(self, number: int, once: bool) -> None:
        """Ask for a signal to the script's process group."""
        self._ask({"signal": number, "once": once})

    def pause(self) -> None:
        """Ask for a pause of the script's main thread, at its next line."""
        self._ask({"pause": True})

    def hold(self, hold: bool) -> None:
        """Let the run's time limit wait, or run again; it runs, too, when this connection has gone."""
        self._ask({"hold": hold})

    def _ask(self, request: dict[str, Any]) -> None:
        if self._transport:
            self._transport.write(msgspec.json.encode(request) + b"\n")

    def close(self) -> None:
        """Leave the supervisor to itself; its end will not be reported."""
        self._closing = True
        if self._transport:
            self._transport.close()


def _script_of(line: bytes) -> int:
    """Read the supervisor's first line; an older one's is empty."""
    try:
        return msgspec.json.decode(line, type=dict[str, int]).get("script", 0)
    except msgspec.DecodeError:
        return 0


async def connect(directory: RunDirectory, on_growth: Callable[[], None], on_end: Callable[[], None]) -> Link:
    """Connect to the supervisor of a run.

    Raises:
        ConnectionRefusedError: It is dead.
        FileNotFoundError: There never was one.
    """
    loop = asyncio.get_running_loop()
    with directory.control() as path:
        _, link = await loop.create_unix_connection(lambda: Link(on_growth, on_end), path)
    return link
