"""What a simulated MSO5000 acquires, and when: worked out when somebody asks, nothing runs in between.

While it runs it shows the newest window that lies behind; a signal is taken as always having been there, unless `timed`
says that an acquisition begins after the last change of a setting. A single acquisition always takes its time: WAIT,
TD, STOP. A record says what was acquired and how; its samples are made of it later, always the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lager_drivers.rigol_mso5000.simulated_timebase import Timebase, Window
from lager_drivers.rigol_mso5000.simulated_trigger import Fronts, Trigger

_PATIENCE = 0.1  # s without a trigger after which AUTO shows something; on a slow time base, one window


@dataclass(frozen=True)
class Record:
    """One acquisition.

    Attributes:
        origin: s on the clock.
        trigger: When it was triggered, s after the origin.
        window: What is in the memory.
        fronts: The channels, those that were on.
        averages: How many acquisitions were averaged.
        quiet: By which the noise is less, for its type.
        seed: Of its noise.
    """

    origin: float
    trigger: float
    window: Window
    fronts: Fronts
    averages: int
    quiet: float
    seed: int


class _Hit(NamedTuple):
    origin: float
    offset: float


class Acquisition:
    """Runs, waits, and stops.

    Args:
        clock: Gives a time that only grows, s.
        timebase: The horizontal side.
        trigger: The trigger.
        fronts: Gives all channels, and which of them are on.
        timed: Whether an acquisition takes its time also while it runs.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        timebase: Timebase,
        trigger: Trigger,
        fronts: Callable[[], tuple[Fronts, set[str]]],
        *,
        timed: bool = False,
    ) -> None:
        self._clock, self._timebase, self._trigger, self._fronts = clock, timebase, trigger, fronts
        self._timed = timed
        self._hit: _Hit | None = None
        self._made = 0
        self.reset()

    def reset(self) -> None:
        """Start as after *RST: running."""
        self.record: Record | None = None
        self._sweep_before = ""
        self.run()

    @property
    def running(self) -> bool:
        """Get whether it has not stopped, by itself or by command."""
        return self._running

    def run(self) -> None:
        """Start; behind a single acquisition, with the sweep there was before."""
        if self._sweep_before:
            self._trigger.sweep.value, self._sweep_before = self._sweep_before, ""
        self._running = True
        self._status = "WAIT"
        self.rearm()

    def single(self) -> None:
        """Start one acquisition; the sweep says so from now on."""
        if self._trigger.sweep.value != "SING":
            self._sweep_before, self._trigger.sweep.value = self._trigger.sweep.value, "SING"
        self._running = True
        self._status = "WAIT"
        self.rearm()

    def stop(self) -> None:
        """Stop, and keep the record."""
        self.look()
        self._running = False

    def force(self) -> None:
        """Trigger now."""
        if not self._running:
            return
        now = self._clock()
        if self._trigger.sweep.value == "SING":
            self._hit = self._hit or _Hit(now, 0.0)
        else:
            self.record = self._made_of(_Hit(now, -max(0.0, self._timebase.window().end)))

    def rearm(self) -> None:
        """Begin the acquisition anew: a setting has changed."""
        self._armed = self._clock()
        self._hit = None

    def forget(self) -> None:
        """Lose the record."""
        self.record = None

    def status(self) -> str:
        """Say what it is doing: TD, WAIT, RUN, AUTO or STOP."""
        self.look()
        return self._status if self._running else "STOP"

    def look(self) -> None:
        """Bring it up to now."""
        if not self._running:
            return
        if self._trigger.sweep.value == "SING":
            self._look_once(self._clock())
        else:
            self._look_newest(self._clock())

    def _look_once(self, now: float) -> None:
        window = self._timebase.window()
        ready = self._armed + max(0.0, -window.start)  # what is before the trigger must be in the memory first
        if self._hit is None and now >= ready:
            origin = self._armed
            between = (ready - origin, now - origin)
            at = self._trigger.fires(self._fronts()[0], origin, between, 0.0, newest=False)
            self._hit = None if math.isnan(at) else _Hit(origin, at)
        if self._hit is None:
            self._status = "WAIT" if now >= ready else "RUN"
        elif (self._hit.origin - now) + self._hit.offset + window.end > 0:
            self._status = "TD"
        else:
            self.record = self._made_of(self._hit)
            self._running = False

    def _look_newest(self, now: float) -> None:
        window = self._timebase.window()
        until = -max(0.0, window.end)
        armed = self._armed - now
        start = armed + max(0.0, -window.start) if self._timed else -math.inf
        auto, at = self._trigger.sweep.value == "AUTO", math.nan
        if self._timebase.mode.value != "ROLL":
            fronts, _ = self._fronts()
            at = self._trigger.fires(fronts, now, (start, until), armed, newest=True)
        patience = max(_PATIENCE, window.depth / window.rate)
        if not math.isnan(at) and (not auto or until - at <= patience):
            self.record, self._status = self._made_of(_Hit(now, at)), "TD"
        elif auto and until >= start:
            self.record, self._status = self._made_of(_Hit(now, until)), "AUTO"
        else:
            self._status = "RUN" if auto else "WAIT"

    def _made_of(self, hit: _Hit) -> Record:
        fronts, on = self._fronts()
        kind, averages = self._timebase.kind.value, 1
        if kind == "AVER":
            averages = int(self._timebase.averages.value)
        quiet = {"AVER": math.sqrt(averages), "HRES": 4.0}.get(kind, 1.0)
        self._made += 1
        shown = {name: front for name, front in fronts.items() if name in on}
        return Record(hit.origin, hit.offset, self._timebase.window(), shown, averages, quiet, self._made)
