"""Looks that may hang are taken in threads of their own: whoever waits for one is told in time that it does not end.

Reading sysfs waits for whoever resets or probes that device, and /proc for a process that the kernel keeps; neither can
be woken. Those who want the same look at the same time share one, so one that hangs holds one thread, not one more for
each who asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from typing import Any, TypeVar, cast

from lager import errors
from lager_hwservice.usb import CouldNotLook

T = TypeVar("T")


class Looks:
    """The looks that are under way. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[Any]] = {}

    def begin(self, name: Hashable, look: Callable[[], T]) -> Future[T]:
        """Begin a look, or join the one of that name that is under way."""
        with self._lock:
            if (found := self._under_way.get(name)) is not None:
                return cast("Future[T]", found)
            begun: Future[T] = Future()
            threading.Thread(target=self._take, args=(name, look, begun), name=f"look at {name}", daemon=True).start()
            self._under_way[name] = begun  # only now: where no thread can be had, the next one may find one
        return begun

    def _take(self, name: Hashable, look: Callable[[], T], begun: Future[T]) -> None:
        try:
            begun.set_result(look())
        except (CouldNotLook, OSError) as exc:
            begun.set_exception(exc)
        finally:
            with self._lock:
                del self._under_way[name]
            if not begun.done():  # the log has the traceback
                begun.set_exception(errors.Defect(f"a defect of lager in looking at {name}", "please report it"))


def seen(look: Future[T], within: float, left: float | None = None) -> T:
    """Wait for what a look finds.

    Args:
        look: One that was begun.
        within: For so long at most, s.
        left: How much of that is left, s; None for all of it.

    Raises:
        CouldNotLook: It failed, or has not ended.
    """
    if not wait([look], within if left is None else left).done:
        raise CouldNotLook(f"no answer within {within:g} s")
    try:
        return look.result()
    except OSError as exc:
        raise CouldNotLook(f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc)) from exc
