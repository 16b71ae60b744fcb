"""The simulated bench's own socket: lines of JSON that say what is to go wrong (`wire.Inject`, `wire.ListSimulated`).

In the event loop of the bench's process, so what is asked for has happened when it is answered.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from lager import errors, wire
from lager_drivers.simulated.faults import Faults


class Control:
    """Answers on the socket.

    Args:
        faults: Does what is asked for.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._server: asyncio.Server | None = None
        self._path = Path()
        self._mine: tuple[int, int] | None = None
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def listen(self, path: Path) -> None:
        """Listen; the socket of an earlier bench is replaced.

        Raises:
            OSError: There can be no socket there.
        """
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._joined, draft)
        draft.replace(path)  # nobody finds it before it answers
        self._path, self._mine = path, _identity(path)

    async def close(self) -> None:
        """Stop."""
        if self._server is None:
            return
        if _identity(self._path) == self._mine:
            self._path.unlink()
        self._server.close()
        for task, writer in self._serving.items():
            task.cancel()
            writer.close()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving[task] = writer
        task.add_done_callback(self._serving.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(wire.to_json(await self._answer(line)) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # they have gone; or what they send has no end
            return
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> wire.SimulatedReply:
        number = 0
        try:
            request: wire.SimulatedRequest = wire.from_json(line, wire.SimulatedRequest)
            number = request.id
            if isinstance(request, wire.ListSimulated):
                return wire.Answer(number, self._faults.listing())
            done = await self._faults.inject(request)
            await asyncio.sleep(0)  # connections that were closed by it end in the loop's next turn
            return wire.Answer(number, done)
        except errors.LagerError as exc:
            return wire.Failed(number, wire.ErrorBody.of(exc))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
