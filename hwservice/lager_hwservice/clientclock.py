"""Time for an action that takes some: it goes on only as long as the client that asked is there."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator

from starlette.requests import Request

from lager import errors


class ClientClock:
    """This machine's time, until its client has gone."""

    def __init__(self) -> None:
        self._gone = threading.Event()

    def now(self) -> float:
        """Give a time that only grows, s."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            LagerError: The client has gone; nobody is told.
        """
        if self._gone.wait(seconds):
            raise errors.LagerError("whoever asked has gone", "ask again")

    def end(self) -> None:
        """Note that the client has gone; from any thread."""
        self._gone.set()


@contextlib.asynccontextmanager
async def while_there(request: Request) -> AsyncIterator[ClientClock]:
    """Give the time of a request whose body was taken in."""
    clock = ClientClock()

    async def until_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            continue
        clock.end()

    watching = asyncio.create_task(until_gone())
    try:
        yield clock
    finally:
        watching.cancel()
