"""The runner's end of a supervisor's control socket (its other end: `lager_runner.watchers`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from lager_runner.rundirectory import Outcome, RunDirectory


class Facts(msgspec.Struct, frozen=True):
    """What a supervisor tells of its run, as in `lager_runner.watchers`; an older one tells less, and of some nothing.

    Attributes:
        script: Process id of the script; 0 until the supervisor has said it.
        supervisor: The supervisor's own, and its session's.
        ends: When the time limit ends the run, on the machine's monotonic clock, s; None for not as it is now.
        did: What was done to end it.
        lost: Bytes of output that could not be kept.
        outcome: How the run ended, where its directory cannot tell.
    """

    script: int = 0
    supervisor: int = 0
    ends: float | None = None
    did: list[str] = []
    lost: int = 0
    outcome: Outcome | None = None


class Link(asyncio.Protocol):
    """One connection to a supervisor; it lasts as long as the supervisor does.

    Args:
        on_growth: The log has grown, or there are new facts.
        on_end: The supervisor has gone, in whatever way.

    Attributes:
        facts: What it said last.
    """

    def __init__(self, on_growth: Callable[[], None], on_end: Callable[[], None]) -> None:
        self._on_growth = on_growth
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._closing = False
        self._heard = bytearray()
        self.facts = Facts()

    @property
    def script(self) -> int:
        """Give the process id of the script; 0 where it is not known."""
        return self.facts.script

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take facts and wake-ups; however many of these came at once, they mean the same (asyncio)."""
        self._heard += data
        *lines, rest = self._heard.split(b"\n")
        self._heard[:] = rest
        for line in lines:
            if line:
                self.facts = _facts_of(bytes(line), self.facts)
        self._on_growth()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """End (asyncio)."""
        self._transport = None
        if not self._closing:
            self._on_end()

    def signal(self, number: int, by: str) -> None:
        """Ask for one signal to the script's process group, and nothing else."""
        self._ask({"signal": number, "by": by})

    def end(self, step: int, by: str, why: str) -> None:
        """Ask for the run's end, beginning with that signal, or going on to it."""
        self._ask({"end": {"step": step, "by": by, "why": why}})

    def say(self, line: str) -> None:
        """Have a line of Lager's own written into the run's output."""
        self._ask({"say": line})

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


def _facts_of(line: bytes, before: Facts) -> Facts:
    """Read a line of facts; one that cannot be read says nothing new."""
    try:
        return msgspec.json.decode(line, type=Facts)
    except msgspec.DecodeError:
        return before


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
