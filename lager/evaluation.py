"""What runs just now: a statement of a console, and who watches it; an event loop, or none; and what is paused."""

from __future__ import annotations

import sys
import threading
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


class Pauses:
    """The pauses of this process. For any thread."""

    def __init__(self) -> None:
        self._open: set[object] = set()
        self._any = False

    def began(self, pause: object) -> None:
        """Know of one that begins."""
        self._any = True
        self._open.add(pause)

    def ended(self, pause: object) -> None:
        """Know that it is over; also more than once."""
        self._open.discard(pause)

    @property
    def over(self) -> bool:
        """Whether there were some, and all are over, whatever others know by now."""
        return self._any and not self._open


pauses = Pauses()


def running_loop() -> Any:
    """Give the event loop that runs in this thread, or None. asyncio is imported by whoever uses it, not by us."""
    events = sys.modules.get("asyncio.events")
    return events._get_running_loop() if events else None  # noqa: SLF001  # the public one raises where none runs


def running_task() -> Any:
    """Give the asyncio task that runs in this thread, or None."""
    tasks = sys.modules.get("asyncio.tasks")
    return tasks.current_task() if tasks and running_loop() is not None else None


def thread_name() -> str:
    """Name this thread, and the asyncio task that runs in it."""
    name = threading.current_thread().name
    task = running_task()
    return name if task is None else f"{name}, task {task.get_name()}"
