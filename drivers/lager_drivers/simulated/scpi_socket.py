"""A raw SCPI socket around an instrument, as bench instruments have one for the LAN: lines in, answers out.

One client at a time is heard by many real ones; here all are, each line done at once, but none for a client that does
not take its answers: what it sends then waits on the network. Knows no command; what goes wrong on the way to it shows
here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from lager_drivers.simulated.tcpport import TcpPort

_LONGEST = 1 << 20  # bytes of one line; who sends more is dropped


class Lines(Protocol):
    """What is behind the socket."""

    def handle(self, line: str) -> str | None:
        """Take one line without its end; give the answer, None where there is none."""

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""


class ScpiSocket(TcpPort):
    """Serves one instrument.

    Args:
        instrument: The instrument.
        on_use: Called at each line.
    """

    def __init__(self, instrument: Lines, on_use: Callable[[], None] = lambda: None) -> None:
        super().__init__(instrument, on_use)
        self.instrument = instrument

    def serve(self) -> asyncio.Protocol:
        """Make what serves one client."""
        return _Client(self)


class _Client(asyncio.Protocol):
    """One client; in the bench's event loop."""

    def __init__(self, server: ScpiSocket) -> None:
        self._server = server
        self._waiting = b""  # of a line that is not complete
        self._lines: deque[bytes] = deque()
        self._full = False  # answers wait to be taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._server.mischief.held:
            self._transport.close()
        else:
            self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's own signature
        self._server.left(self)

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        self._lines += lines
        self._go_on()
        if len(self._waiting) > _LONGEST:
            self.abort()

    def pause_writing(self) -> None:
        self._full = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()
        if not self._full:
            self._transport.resume_reading()

    def _go_on(self) -> None:
        while self._lines and not self._full:
            line = self._lines.popleft()
            self._server.on_use()
            if not self._server.mischief.dead:
                self._take(line)

    def _take(self, line: bytes) -> None:
        answer = self._server.instrument.handle(line.decode("latin-1").rstrip("\r"))
        mischief = self._server.mischief
        if answer is None or mischief.wedged:
            return
        text = mischief.spoil(answer.encode("latin-1") + b"\n", _SPOILT)
        if mischief.delay:
            asyncio.get_running_loop().call_later(mischief.delay, self._say, text)
        else:
            self._say(text)

    def _say(self, text: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(text)


def _wrong_bytes(answer: bytes) -> bytes:
    """Give another text of that length, no part of which can be taken for a number or a word."""
    return bytes(one ^ 0xA5 for one in answer[:-1]) + b"\n"


def _truncated(answer: bytes) -> bytes:
    """Give the first half, without its end."""
    return answer[: len(answer) // 2]


_SPOILT = (_wrong_bytes, _truncated)
