"""Threads for calls that block: so many for each instrument, so that one that hangs keeps nobody from the others."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from lager import errors
from lager.times import TURN_WITHIN

T = TypeVar("T")
WIDTH = 32  # calls of one instrument that may wait in threads at once


class Lanes:
    """The threads of an event loop's calls.

    Args:
        width: How many calls of one instrument may be under way.
        within: How long the next one waits, s.
    """

    def __init__(self, width: int = WIDTH, within: float = TURN_WITHIN) -> None:
        self._width = width
        self._within = within
        self._lanes: dict[str, anyio.Semaphore] = {}

    @functools.cached_property
    def _all(self) -> anyio.CapacityLimiter:
        return anyio.CapacityLimiter(math.inf)  # anyio's own limit of 40 is shared by everybody

    async def run(self, address: str, function: Callable[..., T], *args: Any) -> T:
        """Call a function in a thread, in the lane of an address.

        Raises:
            InstrumentBusy: Too many calls of that address are waiting, and none of them ended in time.
        """
        lane = self._lanes.setdefault(address, anyio.Semaphore(self._width))
        with anyio.move_on_after(self._within) as waiting:
            await lane.acquire()
        if waiting.cancelled_caught:
            raise errors.InstrumentBusy(
                f"{self._width} calls wait for {address or 'that'} already; this one waited {self._within:g} s",
                "call again when they are done",
            )
        try:
            return await anyio.to_thread.run_sync(functools.partial(function, *args), limiter=self._all)
        finally:
            lane.release()
