"""Top-level `await` in a console: on which event loop a statement's coroutine runs, and how it can be stopped there.

Where the pause is a coroutine's (`lager.apause`), the statement is a task of the loop that runs it, taken step by step
(`Steps`): between two steps the script's other tasks have their turn. Where a thread is paused, its own loop, if it
has one, stands still: the statement runs on a loop of the console's own (`OwnLoop`), in the paused thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import sys
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any

from lager_debugbridge.insisting import Insistent

END_SECONDS = 3.0  # for which a coroutine is told to end that goes on awaiting
_swap: Any = getattr(asyncio.tasks, "_swap_current_task", None)  # from Python 3.12 on


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Hide the event loop that runs in this thread, and stands still: else no other could run here meanwhile."""
    outer = asyncio._get_running_loop()  # noqa: SLF001  # the public one raises where none runs
    hooks = sys.get_asyncgen_hooks()
    task = _swap(outer, None) if _swap and outer is not None else None
    asyncio._set_running_loop(None)  # noqa: SLF001  # there is no public way
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)  # noqa: SLF001
        sys.set_asyncgen_hooks(*hooks)
        if _swap and outer is not None:
            _swap(outer, task)


class OwnLoop:
    """An event loop for the statements of one console. Its tasks stay for later ones, and run while one awaits."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a statement to its end. What stops it may be raised here at any moment: then it is cancelled."""
        if self._loop is None or self._loop.is_running():  # it was stopped where that leaves it unusable
            self._loop = asyncio.new_event_loop()
        task = self._loop.create_task(work)
        try:
            self._loop.run_until_complete(task)
        finally:
            if not task.done():
                task.cancel()
                self._end(self._loop, task, work)
            if task.done() and not task.cancelled():
                task.exception()  # asked for, so that nobody complains that it was not

    def _end(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[None], work: Coroutine[Any, Any, None]) -> None:
        self._loop = None  # if it is stopped again, the task never ends: it must not run on beside later statements
        try:
            loop.run_until_complete(asyncio.wait([task]))
            self._loop = loop
        finally:
            if not task.done():
                put_down(work, task)

    def wake(self) -> None:
        """Have the loop run for a moment, from any thread: what was raised in its thread comes then."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed just now
                loop.call_soon_threadsafe(_nothing)

    def end(self) -> None:
        """Cancel what is left, let it come to its end, and close the loop."""
        loop, self._loop = self._loop, None
        if loop is None or loop.is_running():
            return
        left = asyncio.all_tasks(loop)
        try:
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.wait(left))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            for task in left:
                if not task.done():
                    put_down(task.get_coro(), task)
            if not loop.is_running():
                loop.close()


async def awaited(steps: Steps) -> None:
    """Await a coroutine step by step."""
    await steps


class Steps:
    """Awaits a coroutine, each of its steps by itself below something that can stop it.

    Args:
        work: The coroutine.
        step: Carries out one step; says whether it was stopped: that is the end of it.
        gives_up: Says whether no further step is carried out.
    """

    def __init__(
        self,
        work: Coroutine[Any, Any, None],
        step: Callable[[Callable[[], None]], bool],
        gives_up: Callable[[], bool],
    ) -> None:
        self._work = work
        self._step = step
        self._gives_up = gives_up
        self._yielded: Any = None
        self._done = False
        self.stopped = False

    def __await__(self) -> Generator[Any, Any, None]:
        value: Any = None
        error: BaseException | None = None
        while True:
            given, raised, error = value, error, None
            self.stopped = self._gives_up() or self._step(
                lambda given=given, raised=raised: self._advance(given, raised)  # type: ignore[misc]
            )
            if self.stopped:
                self._step(self._close)
                return
            if self._done:
                return
            try:
                value = yield self._yielded
            except BaseException as exc:  # noqa: BLE001  # it is the coroutine's
                error = exc

    def _close(self) -> None:
        try:
            self._work.close()
        except RuntimeError:  # it goes on awaiting
            put_down(self._work)

    def _advance(self, value: Any, error: BaseException | None) -> None:
        try:
            self._yielded = self._work.send(value) if error is None else self._work.throw(error)
        except StopIteration:
            self._done = True


def put_down(work: Any, task: Any = None) -> None:
    """End a coroutine that swallows what is to end it: one that is merely dropped would go on while it is collected.

    Args:
        work: It does not run just now.
        task: That has awaited it, and never will again.
    """
    until = time.monotonic() + END_SECONDS
    try:
        while _goes_on(work) and time.monotonic() < until:
            with contextlib.suppress(BaseException):  # whatever it raises ends it
                work.throw(Insistent())
    finally:
        if task is not None:
            task._log_destroy_pending = False  # noqa: SLF001  # nobody has forgotten it
        if _goes_on(work):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(work))  # it is never collected


def _goes_on(work: Any) -> bool:
    return getattr(work, "cr_frame", None) is not None and not work.cr_running


def _nothing() -> None:
    """Let a loop turn once."""
