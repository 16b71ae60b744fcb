"""A raw SCPI socket around an instrument, as bench instruments have one for the LAN: lines in, answers out.

One client at a time is heard by many real ones; here all are, each line done at once. Knows no command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from lager_drivers.simulated.loopback import LoopbackServer

_LONGEST = 1 << 20  # bytes of one line; who sends more is dropped


class Lines(Protocol):
    """What is behind the socket."""

    def handle(self, line: str) -> str | None:
        """Take one line without its end; give the answer, None where there is none."""

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""


class ScpiSocket(LoopbackServer):
    """Serves one instrument.

    Args:
        instrument: The instrument.
        on_use: Called at each line.
    """

    def __init__(self, instrument: Lines, on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.instrument = instrument
        self.on_use = on_use

    def serve(self) -> asyncio.Protocol:
        """Make what serves one client."""
        return _Client(self)


class _Client(asyncio.Protocol):
    """One client; in the bench's event loop."""

    def __init__(self, server: ScpiSocket) -> None:
        self._server = server
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's own signature
        self._server.left(self)

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        for line in lines:
            self._server.on_use()
            answer = self._server.instrument.handle(line.decode("latin-1").rstrip("\r"))
            if answer is not None:
                self._transport.write(answer.encode("latin-1") + b"\n")
        if len(self._waiting) > _LONGEST:
            self.abort()
