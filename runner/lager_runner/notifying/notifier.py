"""Takes the news of runs in the runner's event loop, and tells whom they concern, from threads of its own.

Every call here returns at once, but for `close`. Files are read and written in the thread `notifier`.
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lager import errors, settings, wire
from lager_debugbridge.effects import Soon
from lager_runner import runs
from lager_runner.notifying import notices, targets, told
from lager_runner.notifying.courier import Courier
from lager_runner.notifying.notices import Notice
from lager_runner.notifying.targets import Target

MOMENT = 2.0  # s for what waits when the runner ends
_BACKLOG = 10_000  # news that wait while the disk does not answer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _News:
    """What is new of a run, and when that came (Unix time, s)."""

    run: wire.RunInfo
    event: runs.News
    now: float


class Notifier:
    """All targets of this box.

    Args:
        wall: Unix time, s.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._host = socket.gethostname()
        self._inbox: queue.SimpleQueue[_News | Sequence[wire.RunInfo] | None] = queue.SimpleQueue()
        self._couriers: dict[tuple[str, str, str], Courier] = {}
        self._file = settings.state_dir() / "notified.json"
        self._told = told.Told()
        self._complained = ""
        self._thread = threading.Thread(target=self._work, name="notifier", daemon=True)
        self._thread.start()

    def news(self, run: wire.RunInfo, event: runs.News) -> None:
        """Take what is new of a run (`lager_runner.runs`)."""
        self._put(_News(run, event, self._wall()))

    def adopt(self, every: Sequence[wire.RunInfo]) -> None:
        """Take the runs of the runner before this one: some may have ended while there was none."""
        self._put(every)

    def close(self, within: float = MOMENT) -> None:
        """Give what waits so many seconds; then drop it."""
        until = time.monotonic() + within
        self._inbox.put(None)
        self._thread.join(within)
        couriers = list(self._couriers.values())
        for courier in couriers:
            courier.close()
        for courier in couriers:
            courier.join(max(until - time.monotonic(), 0.0))

    def _put(self, item: _News | Sequence[wire.RunInfo]) -> None:
        if self._inbox.qsize() < _BACKLOG:
            self._inbox.put(item)

    # In the thread ----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        before = told.load(self._file)
        self._told = before or told.Told()
        while (item := self._inbox.get()) is not None:
            if isinstance(item, _News):
                self._take(item)
            elif before is not None:  # without it nobody knows which ends were told
                for run in item:
                    if run.ended is not None and run.kind == wire.SCRIPT:
                        self._take(_News(run, None, self._wall()))

    def _take(self, item: _News) -> None:
        run, event = item.run, item.event
        match event:
            case wire.PauseBegan(pause):
                self._tell(run, pause, item.now, (notices.PAUSED,), pause.since)
            case Soon(_, pause):
                self._tell(run, pause, item.now, (notices.SOON,), item.now)
            case wire.PauseEnded(number):
                self._told.pause_over(run.id, number)
            case None:
                failed = (notices.FAILED,) if notices.has_failed(run) else ()
                self._tell(run, None, item.now, (*failed, notices.FINISHED), run.ended or item.now)
                self._told.run_over(run.id)

    def _tell(
        self, run: wire.RunInfo, pause: wire.PauseInfo | None, now: float, events: tuple[str, ...], happened: float
    ) -> None:
        """Tell each target by the first of these events that it wants; nobody twice, also after a restart."""
        concerned = [
            (one, event)
            for one in self._targets()
            if happened >= one.since and (event := one.event_for(*events)) is not None
        ]
        if not concerned or not self._told.first(run.id, pause.number if pause else None, events[-1]):
            return
        self._save()
        made: dict[str, Notice] = {}
        for target, event in concerned:
            if event not in made:
                made[event] = (
                    notices.of_pause(event, run, pause, now, self._host)
                    if pause
                    else notices.of_end(event, run, now, self._host)
                )
            self._courier(target).post(made[event])

    def _courier(self, target: Target) -> Courier:
        if target.key not in self._couriers:
            self._couriers[target.key] = Courier(target, lambda: self._wants(target))
        return self._couriers[target.key]

    def _wants(self, target: Target) -> bool:
        """Say whether a target is still to be notified: a user may end that at any time."""
        return any(one.key == target.key for one in self._targets())

    def _targets(self) -> list[Target]:
        try:
            return targets.load()
        except (errors.UsageError, OSError) as exc:
            why = exc.what if isinstance(exc, errors.UsageError) else f"{targets.file()} cannot be read: {exc.strerror}"
            if why != self._complained:
                self._complained = why
                log.warning("nobody is notified: %s", why)
            return []

    def _save(self) -> None:
        try:
            told.save(self._file, self._told)
        except OSError as exc:
            log.warning("%s cannot be written: %s", self._file, exc.strerror)
