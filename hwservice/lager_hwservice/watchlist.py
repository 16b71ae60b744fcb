"""Who watches what on one instrument, and when it is to be read for them: rules without a clock, a thread or a socket.

All who watch a net share its readings. A reading is made when the first of them is due, and serves everybody who is
due about then, so watchers of one pace fall into step. Whoever is behind starts anew: a slow instrument is read again
and again without a pause, but never in a burst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lager import errors

SHORTEST = 0.1  # s: nobody is given readings faster than this
LONGEST = 3600.0  # s


class Subject(NamedTuple):
    """What can be watched: a net, in one role, on one pin."""

    role: str
    net: str
    pin: str


@dataclass
class _Watcher:
    subject: Subject
    interval: float
    due: float
    caller: str


class Watchlist:
    """The watchers of one instrument, by a number each.

    Args:
        model: The instrument's name in the catalog.
        one_role_at_a_time: Whether nets of one role keep nets of another from being used.
    """

    def __init__(self, model: str, one_role_at_a_time: bool) -> None:
        self._model = model
        self._one_role = one_role_at_a_time
        self._watchers: dict[int, _Watcher] = {}

    def refuse(self, net: str, role: str) -> None:
        """Raise RoleConflict when a net of another role is being watched, and the instrument has one role at a time."""
        if not self._one_role:
            return
        for watcher in self._watchers.values():
            if watcher.subject.role != role:
                raise self._conflict(net, watcher)

    def _conflict(self, net: str, watcher: _Watcher) -> errors.RoleConflict:
        other, maker_and_model = watcher.subject, self._model.replace("_", " ")
        return errors.RoleConflict(
            f"'{net}' is on the same {maker_and_model} as '{other.net}', which is currently in use as a {other.role}. "
            f"The {self._model.rpartition('_')[2]} supports one role at a time \N{EM DASH} close the {other.role} "
            "session first.",
            f"end the watching of {other.net} ({watcher.caller or 'by somebody'}), then try again",
        )

    def join(self, who: int, subject: Subject, interval: float, due: float, caller: str = "") -> None:
        """Begin to watch: when the first reading is due is said, the next ones are due every `interval` s.

        Raises:
            RoleConflict: Another role is being watched.
        """
        self.refuse(subject.net, subject.role)
        pace = min(max(interval, SHORTEST), LONGEST)
        self._watchers[who] = _Watcher(subject, pace, due, caller)

    def leave(self, who: int) -> None:
        """End the watching of one, who may have left before."""
        self._watchers.pop(who, None)

    def next_reading(self) -> tuple[float, Subject] | None:
        """Say what is to be read next, and when; None when nobody watches anything."""
        first = min(self._watchers.values(), key=lambda one: one.due, default=None)
        return None if first is None else (first.due, first.subject)

    def served(self, subject: Subject, begun: float) -> list[int]:
        """Take note of a reading that was begun at a time, and say who is given it."""
        those = {who: one for who, one in self._watchers.items() if one.subject == subject}
        soon = begun + min((one.interval for one in those.values()), default=0.0) / 2
        served = [who for who, one in those.items() if one.due <= soon]
        for one in (those[who] for who in served):
            one.due += one.interval
            if one.due <= begun:
                one.due = begun + one.interval
        return served

    def subjects(self) -> list[Subject]:
        """Name what is being watched, each once."""
        return list(dict.fromkeys(one.subject for one in self._watchers.values()))
