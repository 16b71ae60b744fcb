"""Ends runs whose client is gone for good: nobody would be told how they end, and they have instruments.

Clients say that a run is theirs by `owner=1` on its stream, and are here for as long as that connection lives. What
becomes of a run without them is decided by `Owners`, which is told the time; `ClientGone` does it. A run that is to be
kept is none of its business, and what ends a run is elsewhere, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import signal
import time
from collections.abc import Callable, Iterator

from lager import errors, limits, wire
from lager_runner.run import Run
from lager_runner.runs import Runs

_WHY = "its client is gone"
_LOOK_AGAIN = 5.0  # s, while a run is without its client: its box's limit may have been changed

log = logging.getLogger(__name__)


class Fate(enum.Enum):
    """What becomes of a run."""

    GO_ON = "go on"
    END = "end it"
    KEEP = "keep it, whoever is gone"


class Owners:
    """The clients of one run, and what is to become of it without them. Times in s, on any clock that never goes back.

    Args:
        now: When the run is first seen; it is without a client until one comes.
        kept: Whether it goes on without any.
    """

    def __init__(self, now: float, kept: bool = False) -> None:
        self._here = 0
        self._gone_since: float | None = now
        self.decided = Fate.KEEP if kept else Fate.GO_ON

    def came(self) -> None:
        """Know of one more client."""
        self._here += 1
        self._gone_since = None

    def left(self, now: float) -> None:
        """Know of one client less."""
        self._here -= 1
        if not self._here:
            self._gone_since = now

    def due(self, patience: float) -> float | None:
        """Give when it is to be judged if nothing else happens; None for never."""
        if self._gone_since is None or self.decided is not Fate.GO_ON:
            return None
        return self._gone_since + patience

    def judge(self, now: float, patience: float, paused: bool) -> Fate:
        """Decide what becomes of it; anything but GO_ON is said once, and for ever.

        Args:
            now: The time.
            patience: For how long a run goes on without its clients.
            paused: Whether it is paused now: then somebody else may be at it, or will be.
        """
        due = self.due(patience)
        if due is None or now < due:
            return Fate.GO_ON
        self.decided = Fate.KEEP if paused else Fate.END
        return self.decided


class ClientGone:
    """Watches over the clients of all runs that live.

    Args:
        all_runs: The runs of this box.
        clock: Monotonic time, s.
    """

    def __init__(self, all_runs: Runs, clock: Callable[[], float] = time.monotonic) -> None:
        self._runs = all_runs
        self._clock = clock
        self._owners: dict[str, Owners] = {}
        self._changed = asyncio.Event()

    @contextlib.contextmanager
    def owned(self, run: Run) -> Iterator[None]:
        """Have one client more, for as long as this lasts."""
        owners = self._owners_of(run)
        owners.came()
        try:
            yield
        finally:
            owners.left(self._clock())
            self._changed.set()

    async def watch(self) -> None:
        """End, or keep, whatever has to be; for ever."""
        while True:
            self._changed.clear()
            rings = self._runs.changes.rings
            due = self._look()
            left = None if due is None else min(max(due - self._clock(), 0.0), _LOOK_AGAIN)
            if rings == self._runs.changes.rings:
                await self._news(left)

    async def _news(self, within: float | None) -> None:
        """Wait for a change of the runs or of their clients, or until the time is over."""
        waits = [asyncio.ensure_future(self._runs.changes.wait()), asyncio.ensure_future(self._changed.wait())]
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _look(self) -> float | None:
        """Judge every run that lives; give when the next is due."""
        alive = self._runs.alive()
        self._owners = {run.id: self._owners_of(run) for run in alive}
        patience = _patience()
        for run in alive:
            fate = self._owners[run.id].judge(self._clock(), patience, bool(run.paused))
            if fate is Fate.END and run.link:
                run.link.end(signal.SIGINT, "", _WHY)
            elif fate is Fate.KEEP:
                _keep(run, patience)
        dues = [due for one in self._owners.values() if (due := one.due(patience)) is not None]
        return min(dues, default=None)

    def _owners_of(self, run: Run) -> Owners:
        if run.id in self._owners:
            return self._owners[run.id]
        run.kept = run.directory.is_kept()
        kept = run.kept or run.spec.keep or run.spec.kind == wire.CONSOLE
        owners = self._owners[run.id] = Owners(self._clock(), kept)
        return owners


def _keep(run: Run, patience: float) -> None:
    run.kept = True
    run.directory.note_kept()
    if run.link:
        gone = f"the client of this run has been gone for {patience:g}s; it is paused, so it is kept"
        box = f" --box {run.spec.box}" if run.spec.box else ""
        run.link.say(f"{gone}. Follow it with: lager python --reattach {run.id}{box}")


def _patience() -> float:
    """Give for how long a run goes on without its client, s."""
    try:
        return limits.read().client_gone
    except errors.UsageError as exc:
        log.warning("%s", exc)
        return limits.Limits().client_gone
