"""A paused coroutine: it waits for what `lager.paused` waits for, and leaves the event loop to the other tasks.

Imported by the first `lager.apause()`. Statements of consoles are evaluated in the loop's thread, one at a time, by
the coroutine itself; while one awaits something, the coroutine waits for it, and the other tasks run.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import Empty
from types import FrameType

from lager import wire
from lager.banner import ended, say
from lager.paused import ANNOUNCE_SECONDS, FLUSH_SECONDS, Pause
from lager.pausefacts import Asked, Ending


async def aside(work: Callable[[], object]) -> None:
    """Do what blocks beside the loop, whose other tasks run on."""
    await asyncio.to_thread(work)


async def stop(frame: FrameType, asked: Asked) -> Ending:
    """Pause this coroutine: say where, wait, and say how it ended."""
    here = AsyncPause(frame, asked)
    abandoned = False
    try:
        await here.named()
        say(here.banner())
        ending = await here.waited(frame)
        here.close_consoles(ending.reason)
        say(ended(asked, ending))
    except GeneratorExit:
        abandoned = True  # by its loop: nothing can be awaited any more
        raise
    finally:
        here.over(0)
        here.let_go_of(frame)
        if not abandoned:
            await here.parted()
    return ending


class AsyncPause(Pause):
    """One pause of the running coroutine."""

    stops_thread = False

    def __init__(self, frame: FrameType, asked: Asked) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        super().__init__(frame, asked)

    async def named(self) -> None:
        """Tell the box, and wait a moment for the name it has for this pause."""
        self._link.start()
        await self._until(self._link.named, ANNOUNCE_SECONDS)

    async def waited(self, frame: FrameType) -> Ending:
        """Wait until this coroutine may go on, and serve consoles meanwhile."""
        while self._ending is None:
            try:
                message = self._inbox.get_nowait()
            except Empty:
                await self._woken.wait()
                self._woken.clear()
            else:
                await self._serve_here(message, frame)
                await asyncio.sleep(0)  # the other tasks have their turn between two statements
        return self._ending

    async def _serve_here(self, message: wire.ToScript | None, frame: FrameType) -> None:
        """Do what a message asks for: what a statement awaits is awaited here, so that the loop goes on."""
        consoles = self._consoles
        if isinstance(message, wire.Evaluate) and consoles is not None and self._ending is None:
            self._looked = True
            self._interrupt_early(consoles)
            await consoles.evaluate_here(message)
            message = None  # done; but it may have forked
        self.serve(message, frame)

    async def parted(self) -> None:
        """Wait a moment until the last word is sent."""
        await self._until(self._link.sent, FLUSH_SECONDS)

    def news(self) -> None:
        """Wake the coroutine. One whose loop was closed under it will never say that it has ended."""
        try:
            self._loop.call_soon_threadsafe(self._woken.set)
        except RuntimeError:
            self._link.finish(wire.Released(self._key, "interrupted"), 0)

    def _put(self, message: wire.ToScript | None) -> None:
        super()._put(message)
        self.news()

    async def _until(self, event: threading.Event, seconds: float) -> None:
        """Wait for the link, s at most, without `asyncio.wait_for`: before Python 3.12 that may lose a cancellation."""
        over = self._loop.time() + seconds
        timer = self._loop.call_later(seconds, self._woken.set)
        try:
            while not event.is_set() and self._loop.time() < over:
                await self._woken.wait()
                self._woken.clear()
        finally:
            timer.cancel()
