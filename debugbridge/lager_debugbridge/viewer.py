"""One WebSocket of a console: it sends what the console's replay holds, as fast as its client reads, and hears him.

A slow client holds up nobody but himself: nothing is queued for him here but a few answers. Who is silent for too long
has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire
from lager_debugbridge.inquiry import Heartbeat
from lager_debugbridge.replay import Replay

ANSWERS = 64  # that wait for a slow client; of more, the oldest is of no use any more


class Viewer:
    """One connection of somebody who looks.

    Args:
        websocket: It is accepted.
        heartbeat: When he has gone.
        clock: The time of the heartbeat, s.
    """

    def __init__(self, websocket: WebSocket, heartbeat: Heartbeat, clock: Callable[[], float]) -> None:
        self._websocket = websocket
        self._heartbeat = heartbeat
        self._clock = clock
        self._answers: deque[wire.FromConsole] = deque(maxlen=ANSWERS)
        self._replay: Replay | None = None
        self._sent = 0  # number of the last message
        self._filled = asyncio.Event()
        self._dropped = asyncio.Event()

    async def joins(self, seconds: float) -> wire.Join | None:
        """Wait for the client's first message; None where he says nothing, or goes.

        Raises:
            UsageError: It is another message.
        """
        said = asyncio.ensure_future(self._websocket.receive())
        try:
            await asyncio.wait([said], timeout=seconds)
            if not said.done() or (data := _data(said.result())) is None:
                return None
        finally:
            said.cancel()
        message: wire.ToConsole = wire.from_msgpack(data, wire.ToConsole)
        if isinstance(message, wire.Join):
            return message
        raise errors.UsageError("a console's first message is `join`", "use a client of the box's version")

    def follow(self, replay: Replay, seen: int) -> None:
        """Send what is said, from what comes after that number."""
        self._replay, self._sent = replay, seen

    def show(self, message: wire.FromConsole) -> None:
        """Send a message that has no number, before the others."""
        self._answers.append(message)
        self._filled.set()

    def wake(self) -> None:
        """Look into the replay."""
        self._filled.set()

    def drop(self) -> None:
        """End at once."""
        self._dropped.set()

    async def serve(self, take: Callable[[wire.ToConsole], None]) -> None:
        """Send what is said, and hand on what comes, until it is closed at either end."""
        works = (self._send(), self._receive(take), self._mind(), self._dropped.wait())
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        gone = (asyncio.CancelledError, WebSocketDisconnect, OSError)
        for failure in ended:
            if isinstance(failure, BaseException) and not isinstance(failure, gone):
                raise failure

    async def _send(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            while (message := self._next()) is not None:
                await self._websocket.send_bytes(wire.to_msgpack(message))
                if isinstance(message, wire.ConsoleClosed):
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has closed its end already
                        await self._websocket.close()
                    return

    def _next(self) -> wire.FromConsole | None:
        if self._answers:
            return self._answers.popleft()
        message = self._replay.after(self._sent) if self._replay else None
        if message is not None:
            self._sent = message.number
        return message

    async def _receive(self, take: Callable[[wire.ToConsole], None]) -> None:
        while (data := _data(await self._websocket.receive())) is not None:
            self._heartbeat.hear(self._clock())
            try:
                message: wire.ToConsole = wire.from_msgpack(data, wire.ToConsole)
            except errors.UsageError as error:
                self.show(wire.ConsoleOutput(0, 2, f"{error.what}\n"))
                continue
            if isinstance(message, wire.Ping):
                self.show(wire.Pong(message.number))
            else:
                take(message)

    async def _mind(self) -> None:
        """Ask a silent client whether he is there; end when he is not."""
        while not self._heartbeat.gone(self._clock()):
            number = self._heartbeat.ask(self._clock())
            if number is not None:
                self.show(wire.Ping(number))
            await asyncio.sleep(max(0.0, self._heartbeat.due() - self._clock()))


def _data(received: Mapping[str, object]) -> bytes | None:
    """Give the bytes of a WebSocket's message; None at its end."""
    if received["type"] == "websocket.disconnect":
        return None
    data = received.get("bytes")
    return data if isinstance(data, bytes) else str(received.get("text") or "").encode()
