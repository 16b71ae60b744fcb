"""Questions that block, asked in threads nobody waits for: whoever leaves a screen has left, though a box is silent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from lager import errors

T = TypeVar("T")


async def aside(ask: Callable[[], T]) -> T:
    """Ask something of a box that may never answer. Nothing that changes anything: its answer may be missed.

    Raises:
        LagerError: As what was asked.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def put(value: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(value)  # type: ignore[arg-type]  # it is a T where there is no error

    def work() -> None:
        said: tuple[T | None, BaseException | None] = (None, errors.Defect("a question of lager's broke off", ""))
        try:
            said = ask(), None
        except errors.LagerError as exc:
            said = None, exc
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the screen was left
                loop.call_soon_threadsafe(put, *said)

    threading.Thread(target=work, daemon=True).start()
    return await answer
