"""A thread that serves one target: what waits in its outbox, in order, each as often as it takes."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from lager import wire
from lager_runner.notifying.carriers import Carrier, Outcome
from lager_runner.notifying.command import Command
from lager_runner.notifying.notices import Notice
from lager_runner.notifying.outbox import ATTEMPTS, Outbox
from lager_runner.notifying.targets import Target
from lager_runner.notifying.webhook import Webhook

log = logging.getLogger(__name__)


def carrier(target: Target) -> Carrier:
    """Give the way to a target."""
    return Webhook(target.webhook) if target.webhook else Command(target.command, target.folder)


class Courier:
    """One target's thread. Its methods may be called from any other.

    Args:
        target: Which.
        wanted: Asked before each attempt whether the target is still to be notified.
        outbox: What waits for it.
        clock: Monotonic time, s.
        chance: Gives a number between 0 and 1.
    """

    def __init__(
        self,
        target: Target,
        wanted: Callable[[], bool],
        outbox: Outbox | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._target = target
        self._wanted = wanted
        self._carrier = carrier(target)
        self._outbox = Outbox() if outbox is None else outbox
        self._clock = clock
        self._chance = chance
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="notify-courier", daemon=True)
        self._thread.start()

    def post(self, notice: Notice) -> None:
        """Take a notice to be sent."""
        with self._news:
            self._outbox.add(notice)
            self._news.notify()

    def close(self) -> None:
        """Send what waits now, trying nothing again, and end."""
        with self._news:
            self._closing = True
            self._news.notify()

    def join(self, within: float) -> None:
        """Wait for the end, at most so many seconds; then drop what is left."""
        self._thread.join(within)
        with self._news:
            left = len(self._outbox)
            self._outbox.clear()
        self._carrier.abandon()
        if left:
            log.warning("%s: %d notifications dropped, because the box ends", self._target.log_words, left)

    def _work(self) -> None:
        while (notice := self._next()) is not None:
            wanted = self._wanted()
            outcome = self._carrier.deliver(notice.event, wire.to_json(notice)) if wanted else None
            with self._news:
                self._settle(notice, outcome)

    def _next(self) -> Notice | None:
        """Wait for the next notice that is due; None at the end."""
        with self._news:
            while (wait := self._outbox.wait(self._clock())) != 0.0:
                if self._closing:
                    return None
                self._news.wait(wait)
            return self._outbox.take()

    def _settle(self, notice: Notice, outcome: Outcome | None) -> None:
        if outcome is None:
            self._outbox.clear()
        elif outcome.delivered:
            self._outbox.delivered()
        elif self._outbox.failed(self._clock(), self._chance(), final=outcome.final):
            tried = "" if outcome.final else f" ({ATTEMPTS} attempts)"
            what = f"{notice.event!r} of {notice.run} did not get through"
            log.warning("%s: %s%s: %s", self._target.log_words, what, tried, outcome.error)
