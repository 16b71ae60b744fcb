"""What runs just now in this thread: a statement of a console, or the script itself; an event loop, or none."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any

evaluating: ContextVar[bool] = ContextVar("evaluating", default=False)


def running_loop() -> Any:
    """Give the event loop that runs in this thread, or None. asyncio is imported by whoever uses it, not by us."""
    events = sys.modules.get("asyncio.events")
    return events._get_running_loop() if events else None  # noqa: SLF001  # the public one raises where none runs


def running_task() -> Any:
    """Give the asyncio task that runs in this thread, or None."""
    tasks = sys.modules.get("asyncio.tasks")
    return tasks.current_task() if tasks and running_loop() is not None else None
