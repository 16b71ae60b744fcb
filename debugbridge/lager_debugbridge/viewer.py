"""One console's WebSocket: messages out through a bounded queue, so that a slow viewer holds up nobody but himself."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from lager import errors, wire

TEXT_LIMIT = 4 * 1024 * 1024  # characters of output that wait for a slow viewer; what comes on top is left out


class Viewer:
    """A console somebody looks at."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._waiting: deque[wire.FromConsole] = deque()
        self._size = 0
        self._left_out = 0
        self._filled = asyncio.Event()

    def show(self, message: wire.FromConsole) -> None:
        """Queue a message; a text may be left out (and that be said) while too much waits already."""
        if isinstance(message, wire.ConsoleOutput):
            if self._size + len(message.text) > TEXT_LIMIT:
                self._left_out += len(message.text)
                return
            self._size += len(message.text)
        if self._left_out and isinstance(message, wire.ConsoleOutput | wire.ConsoleResult):
            note = f"\n[{self._left_out} characters left out: the connection is too slow]\n"
            self._waiting.append(wire.ConsoleOutput(message.statement, 2, note))
            self._left_out = 0
        self._waiting.append(message)
        self._filled.set()

    async def serve(self, take: Callable[[wire.Evaluate | wire.Interrupt | wire.Complete], None]) -> None:
        """Send what is shown, and hand on what comes, until the console is closed at either end."""
        tasks = [asyncio.ensure_future(self._send()), asyncio.ensure_future(self._receive(take))]
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
            while self._waiting:
                message = self._waiting.popleft()
                if isinstance(message, wire.ConsoleOutput):
                    self._size -= len(message.text)
                await self._websocket.send_bytes(wire.to_msgpack(message))
                if isinstance(message, wire.ConsoleClosed):
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has closed its end already
                        await self._websocket.close()
                    return

    async def _receive(self, take: Callable[[wire.Evaluate | wire.Interrupt | wire.Complete], None]) -> None:
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            data = received.get("bytes") or (received.get("text") or "").encode()
            try:
                message: wire.ToConsole = wire.from_msgpack(data, wire.ToConsole)
            except errors.UsageError as error:
                self.show(wire.ConsoleOutput(0, 2, f"{error.what}\n"))
            else:
                take(message)
