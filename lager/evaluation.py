"""What runs just now in this thread: a statement of a console, and who watches it; an event loop, or none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Protocol


class Watching(Protocol):
    """Told of the calls on nets that a console's statement makes, in the thread that makes them."""

    def begin(self, net: str, method: str, args: Sequence[Any]) -> Any:
        """Know of a call that is about to be made; give what `end` is told it by."""

    def end(self, call: Any, reads: bool, error: BaseException | None) -> None:
        """Know how it ended: whether it only reads, and what it raised."""


watching: ContextVar[Watching | None] = ContextVar("watching", default=None)
evaluating: ContextVar[bool] = ContextVar("evaluating", default=False)


def running_loop() -> Any:
    """Give the event loop that runs in this thread, or None. asyncio is imported by whoever uses it, not by us."""
    events = sys.modules.get("asyncio.events")
    return events._get_running_loop() if events else None  # noqa: SLF001  # the public one raises where none runs


def running_task() -> Any:
    """Give the asyncio task that runs in this thread, or None."""
    tasks = sys.modules.get("asyncio.tasks")
    return tasks.current_task() if tasks and running_loop() is not None else None
