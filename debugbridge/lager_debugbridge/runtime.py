"""The runtime that runs may take, as far as pauses have to do with it: it stands still while somebody is at one.

At a pause is who has a console or an IDE open on it, not who only watches. What comes of that is decided elsewhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


class Runtime:
    """Who is at the pauses of each run; nobody is told before `connect`."""

    def __init__(self) -> None:
        self._on_change: Callable[[str, bool], None] = lambda *_: None
        self._left: Callable[[str], float | None] = lambda _: None
        self._runs: dict[object, str] = {}  # by who is there

    def connect(self, on_change: Callable[[str, bool], None], left: Callable[[str], float | None]) -> None:
        """Begin to tell.

        Args:
            on_change: Told of a run when the first has come to it (True), and when the last has gone.
            left: Gives how much of a run's time is left, s; None where it has no limit, or that stands still.
        """
        self._on_change, self._left = on_change, left

    def left(self, pause: str) -> float | None:
        """Give how much time the run of a pause has left, s; None where it has no limit, or that stands still."""
        return self._left(pause.partition(".")[0])

    def come(self, who: object, run: str) -> None:
        """Know of somebody at a run, by what is his alone."""
        first = run not in self._runs.values()
        self._runs[who] = run
        if first:
            self._on_change(run, True)

    def leave(self, who: object) -> None:
        """Know that he has gone; of nobody who is there, that means nothing."""
        run = self._runs.pop(who, None)
        if run is not None and run not in self._runs.values():
            self._on_change(run, False)

    @contextlib.contextmanager
    def attended(self, run: str) -> Iterator[None]:
        """Have somebody at a run, for as long as this lasts."""
        who = object()
        self.come(who, run)
        try:
            yield
        finally:
            self.leave(who)
