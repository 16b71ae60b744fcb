"""One connection to a console over plain TCP: lines in, text out, with Python's own prompts.

Towards the box it is a client of the console like all others, by a WebSocket that is in this process only.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import MutableMapping
from typing import Any

from starlette.websockets import WebSocket

from lager import wire
from lager_debugbridge import doors
from lager_debugbridge.bridge import Bridge
from lager_runner import lifesigns
from lager_runner.released.typed import Typed

LINE_LIMIT = 1024 * 1024  # bytes
GREETING = "lager interactive console - inspect script state; Ctrl-D to disconnect\n"
GOODBYE = "disconnected\n"
PROMPT, MORE = ">>> ", "... "
TOO_LONG = f"\na line may have {LINE_LIMIT} bytes at most\n"
NO_BROWSERS = "\nthis is no port for a browser\n"
# How HTTP and TLS begin: any web page can have its browser send such a thing here, with Python in its body.
_BROWSER = re.compile(r"[A-Z]+ .* HTTP/|\x16")
AHEAD = 64  # lines that are read while a statement runs
GRACE_SECONDS = 10.0  # that what was sent has to be evaluated when its client has nothing more to say
LOOK_SECONDS = 0.1  # between two looks whether he has gone
# Why a console is over, where the pause is and not the client's wish.
_ENDS = {
    "resumed": "the script was resumed",
    "timed out": "the script went on by itself: the pause timed out",
    "aborted": "the script was aborted",
    "interrupted": "an exception has ended the script's pause",
    "script ended": "the script has ended",
}
Message = MutableMapping[str, Any]


class RawSession:
    """A console's client, for one connection.

    Args:
        bridge: Has the consoles.
        reader: What comes from the connection.
        writer: What goes there.
    """

    def __init__(self, bridge: Bridge, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._bridge = bridge
        self._reader = reader
        self._writer = writer
        self._typed = Typed()
        self._statement = 0
        self._for_box: asyncio.Queue[Message] = asyncio.Queue()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(AHEAD)
        self._done = asyncio.Event()  # the statement that was sent
        self._ready = asyncio.Event()

    async def serve(self, run: str, number: int) -> None:
        """Serve it until its client goes or the pause is over."""
        peer = self._writer.get_extra_info("peername")
        self._for_box.put_nowait({"type": "websocket.connect"})
        self._tell(wire.Join(doors.new_name(), f"somebody at {peer[0] if peer else '?'}"))
        scope = {"type": "websocket", "path": "/", "headers": []}
        socket = WebSocket(scope, self._for_box.get, self._from_box)
        console = asyncio.ensure_future(self._bridge.console(socket, run, number))
        tasks = [console, asyncio.ensure_future(self._read()), asyncio.ensure_future(self._work())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self._tell(wire.Leave())  # where it is not over: a statement that still runs is stopped
            await asyncio.wait([console])
            await self._write(GOODBYE)
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, OSError):
                    raise ended

    # The connection ---------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        """Take lines; when the last has come, wait until all is evaluated, but not for long."""
        with contextlib.suppress(ConnectionError):
            line = await self._line()
            if _BROWSER.match(line):
                await self._write(NO_BROWSERS)
                return
            while line:
                await self._lines.put(line)
                line = await self._line()
            await self._lines.put(None)
            await self._gone()

    async def _gone(self) -> None:
        """Wait until the connection is no more, in both directions; but not for long."""
        ends = [self._writer.get_extra_info(one) for one in ("sockname", "peername")]
        closed = asyncio.ensure_future(self._closed())
        for _ in range(int(GRACE_SECONDS / LOOK_SECONDS)):
            await asyncio.wait([closed], timeout=LOOK_SECONDS)
            # Of a client that was killed nothing more comes than of one that only has no more to say.
            if closed.done() or not all(ends) or await asyncio.to_thread(lifesigns.has_gone, *ends):
                break

    async def _closed(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _line(self) -> str:
        """Give the next line; empty at the end."""
        try:
            return (await self._reader.readline()).decode(errors="replace")
        except ValueError:  # it has no end within the limit, and what comes next is not known to be a line
            await self._write(TOO_LONG)
            return ""

    async def _write(self, text: str) -> None:
        if self._writer.is_closing():
            return
        with contextlib.suppress(ConnectionError):  # who has gone does not want to know
            self._writer.write(text.encode(errors="replace"))
            await self._writer.drain()

    async def _work(self) -> None:
        """Evaluate what was typed, one statement after the other."""
        await self._ready.wait()
        while (line := await self._lines.get()) is not None:
            source = await self._typed.take(line)
            if source is None:
                await self._write(MORE)
            elif not source.strip():
                await self._write(PROMPT)
            else:
                self._done.clear()
                self._statement += 1
                self._tell(wire.Evaluate(self._statement, source))
                await self._done.wait()
        await self._write("\n")

    # The box ----------------------------------------------------------------------------------------------------------

    def _tell(self, message: wire.ToConsole) -> None:
        self._for_box.put_nowait({"type": "websocket.receive", "bytes": wire.to_msgpack(message)})

    async def _from_box(self, sent: Message) -> None:
        data = sent.get("bytes")
        if data is None:
            return  # that it was accepted, or is closed
        message: wire.FromConsole = wire.from_msgpack(data, wire.FromConsole)
        match message:
            case wire.ConsoleReady():
                await self._write(GREETING + PROMPT)
                self._ready.set()
            case wire.ConsoleOutput():
                await self._write(message.text)
            case wire.ConsoleResult():
                await self._write(PROMPT)
                self._done.set()
            case wire.ConsoleClosed():
                await self._write(_farewell(message))
            case wire.Ping(number):
                self._tell(wire.Pong(number))


def _farewell(closed: wire.ConsoleClosed) -> str:
    """Say why a console is over; nothing where its client wants that."""
    why = closed.error.what if closed.error else _ENDS.get(closed.reason, "")
    return f"\n{why}\n" if why else ""
