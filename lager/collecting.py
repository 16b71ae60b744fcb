"""Keeping Python's garbage collector off what a script holds, while a console is made ready.

What is imported for one makes many new objects, so collections are due; and a collection looks into every container
that the script has made lately, which for a list of a gigabyte takes half a second, with everything standing still.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Iterator


class _Collecting:
    """The collector of this process, and how many threads keep it off just now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._frozen = False

    @contextlib.contextmanager
    def kept_off(self) -> Iterator[None]:
        """Set aside all that there is, for a moment; afterwards it counts as old, and is seldom looked into.

        Where the script collects by itself, or has set aside something of its own, this does nothing.
        """
        with self._lock:
            self._users += 1
            if self._users == 1 and gc.isenabled() and not gc.get_freeze_count():
                self._frozen = True
                gc.freeze()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._thaw()

    def renew(self) -> None:
        """In a forked child, where the threads that were at it do not exist."""
        self._lock = threading.Lock()
        self._users = 0
        self._thaw()

    def _thaw(self) -> None:
        if self._frozen:
            self._frozen = False
            gc.unfreeze()


_collecting = _Collecting()
kept_off = _collecting.kept_off
os.register_at_fork(after_in_child=_collecting.renew)
