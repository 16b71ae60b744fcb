"""What one run has paused: its pauses' numbers and names, which of them somebody means, and why it may be none.

It changes nothing by itself and knows no time; the rules of pausing are in `lager_debugbridge.registry`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from lager import errors, wire
from lager_debugbridge.effects import Release
from lager_debugbridge.events import Change

REMEMBERED = 8  # pauses of a run that are over, for who comes too late
WAY_OUT = "Ctrl-C where the run was started, three times, ends it by force"
LISTED = 8  # pauses that an error names
MAIN_THREAD = "MainThread"  # what Python calls it
SOON_SECONDS = 30.0  # how long before a timeout somebody is warned; half of a timeout that is short


@dataclass
class Pause:
    """One paused thread.

    Attributes:
        since: Unix time, s.
        deadline: When its timeout is over, on the clock of the events; None waits for ever.
        until: The same as Unix time, s.
        release: What the script was told, and has not answered yet.
        ticket: Whose changes that release makes; None for a release without any, which is final.
        answer_by: Until when the script has to say whether it could, on the clock of the events.
        unanswered: A release with changes that the script did not answer in time; it may still.
        asked: Who asked for the pause, in words.
        warned: Whether it was said that the timeout is near.
        held: Why it does not go on yet, as the script says.
        wanted: How it is released as soon as its run has the box's lock.
        waits_for: Who has that lock, and why it does not go on yet, in words.
    """

    hit: wire.Hit
    number: int
    link: int
    since: float
    asked: str | None = None
    deadline: float | None = None
    until: float | None = None
    release: Release | None = None
    ticket: int | None = None
    answer_by: float = 0.0
    unanswered: Release | None = None
    warned: bool = False
    held: str = ""
    wanted: Release | Change | None = None
    waits_for: tuple[str, str] = ("", "")
    consoles: set[str] = field(default_factory=set)

    @property
    def leaving(self) -> bool:
        """Whether it was released for good."""
        return self.release is not None and self.ticket is None

    @property
    def label(self) -> str | None:
        """Give what people call it."""
        return self.asked or self.hit.label

    @property
    def main(self) -> bool:
        """Say whether the main thread of its process stands still."""
        if self.hit.main is None:
            return self.hit.kind == "outside" or self.hit.thread == MAIN_THREAD
        return self.hit.main

    @property
    def where(self) -> str:
        """Say which of several it is."""
        titled = f'"{self.label}" ' if self.label else ""
        return f"{titled}at {self.hit.file}:{self.hit.line}, thread {self.hit.thread}"

    def warn_at(self) -> float | None:
        """Give when to warn of the timeout; None for never, or when that is done."""
        if self.deadline is None or self.warned:
            return None
        return self.deadline - min(SOON_SECONDS, max(0.0, self.hit.timeout) / 2)

    def due(self) -> float | None:
        """Give the next moment at which something is due; None while nothing is."""
        if self.wanted is not None:
            return None
        if self.release is not None:
            return None if self.ticket is None else self.answer_by
        return min((at for at in (self.warn_at(), self.deadline) if at is not None), default=None)


class PausedRun:
    """The pauses of one run, those that are open and the last ones that were.

    Args:
        run: Its id.
        highest: Of the numbers that its pauses were given on a box before this one.
    """

    def __init__(self, run: str, highest: int = 0) -> None:
        self.run = run
        self.pauses: dict[str, Pause] = {}  # by key
        self.askers: list[str] = []  # for a pause from outside that has not come yet
        self.needs_lock = False  # before one of its pauses is released
        self._highest = highest  # of the numbers that were given
        self._over: deque[tuple[int, str]] = deque(maxlen=REMEMBERED)  # the number, and what became of it

    def admit(self, hit: wire.Hit, link: int, since: float) -> Pause:
        """Take a new pause in. It keeps the number it had on a box before this one, else gets one never given."""
        taken = {pause.number for pause in self.pauses.values()}
        kept = hit.number > 0 and hit.number not in taken
        number = hit.number if kept else max(self._highest, hit.seen) + 1
        self._highest = max(self._highest, number)
        pause = self.pauses[hit.key] = Pause(hit, number, link, since)
        if hit.kind == "outside" and self.askers:
            pause.asked = f"asked for by {' and '.join(self.askers)}"
            self.askers = []
        return pause

    def remove(self, pause: Pause, reason: str, by: str) -> None:
        """Let go of a pause that is over, and remember how."""
        del self.pauses[pause.hit.key]
        self._over.append((pause.number, _ended(reason, by)))

    def open(self) -> list[Pause]:
        """Give the pauses that are not released for good, in the order of their numbers."""
        there = (pause for pause in self.pauses.values() if not pause.leaving)
        return sorted(there, key=lambda pause: pause.number)

    def names(self) -> list[tuple[Pause, str]]:
        """Give the open pauses with what to type for each of them: the run's id alone where only one is open."""
        there = self.open()
        if len(there) == 1:
            return [(there[0], self.run)]
        return [(pause, f"{self.run}.{pause.number}") for pause in there]

    def name(self, pause: Pause) -> str:
        """Give what to type for one pause."""
        others = (other for other in self.pauses.values() if other is not pause)
        return f"{self.run}.{pause.number}" if any(not other.leaving for other in others) else self.run

    def info(self, pause: Pause, name: str = "") -> wire.PauseInfo:
        """Tell of a pause."""
        hit = pause.hit
        return wire.PauseInfo(
            number=pause.number,
            name=name or self.name(pause),
            label=pause.label,
            file=hit.file,
            line=hit.line,
            function=hit.function,
            thread=hit.thread,
            since=pause.since,
            timeout=hit.timeout,
            interactive=hit.interactive,
            kind=hit.kind,
            until=pause.until,
            on_timeout=hit.on_timeout,
            pid=hit.pid,
            main=pause.main,
            hold=hit.hold,
            waits_for=pause.waits_for[0],
        )

    def find(self, number: int | None, or_all: bool = False) -> Pause | errors.LagerError:
        """Give the open pause of that number, or the only one; or say why there is none.

        Args:
            number: None for the only one.
            or_all: Whether all of them could be meant as well.
        """
        named = [(pause, name) for pause, name in self.names() if number in (None, pause.number)]
        if not named:
            return self._absent(number)
        if len(named) == 1:
            return named[0][0]
        listed = ", ".join(f"{name} ({pause.where})" for pause, name in named[:LISTED])
        listed += ", …" if len(named) > LISTED else ""
        hint = f"name one of them, such as {named[0][1]}" + ("; `--all` means all of them" if or_all else "")
        return errors.AmbiguousId(f"{self.run} has {len(named)} pauses open: {listed}", hint)

    def find_free(self, number: int | None, or_wanted: bool = False) -> Pause | errors.LagerError:
        """Give that pause, if nobody is releasing it; or it waits for the box's lock, which an abort does not need."""
        found = self.find(number, or_all=True)
        if isinstance(found, Pause) and not _free(found, or_wanted):
            return self._busy(found, self.name(found))
        return found

    def every_free(self, number: int | None, or_wanted: bool = False) -> list[tuple[Pause, str]] | errors.LagerError:
        """Give all the pauses that nobody is releasing, with their names."""
        if number is not None:
            return errors.UsageError(f"{self.run}.{number} is one pause, not all", f"use {self.run} with --all")
        named = self.names()
        free = [(pause, name) for pause, name in named if _free(pause, or_wanted)]
        if named and not free:
            return self._busy(*named[0])
        return free or self._absent(None)

    def _busy(self, pause: Pause, name: str) -> errors.NothingPaused:
        reason, by = _release_of(pause)
        why = pause.held or pause.waits_for[1]
        hint = f"wait until that statement ends; {WAY_OUT}" if pause.held else "see what comes of it with `lager runs`"
        if why and not pause.held:
            hint = f"wait for that, or end it with `lager python --abort {name}`"
        held = f", but does not go on yet: {why}" if why else ""
        return errors.NothingPaused(f"{name} {_ending(reason, by)}{held}", hint)

    def _absent(self, number: int | None) -> errors.NothingPaused:
        for pause in self.pauses.values():
            if pause.leaving and number in (None, pause.number):
                return self._busy(pause, self.run if number is None else f"{self.run}.{number}")
        there = self.names()
        hint = f"`lager python --pause {self.run}` stops it at its next line"
        if there:
            hint = f"paused are {', '.join(name for _, name in there[:LISTED])}{', …' if len(there) > LISTED else ''}"
        if number is None:
            last = f"; {self.run}.{self._over[-1][0]} {self._over[-1][1]}" if self._over else ""
            return errors.NothingPaused(f"{self.run} is not paused: it is running{last}", hint)
        if number > self._highest:
            return errors.NothingPaused(f"{self.run}.{number} is not paused: there was none of that number yet", hint)
        return errors.NothingPaused(f"{self.run}.{number} {dict(self._over).get(number, 'is over')}", hint)


def _free(pause: Pause, or_wanted: bool) -> bool:
    return pause.release is None and (or_wanted or pause.wanted is None)


def _release_of(pause: Pause) -> tuple[str, str]:
    """Say how it is being released, and by whom."""
    release = pause.release or pause.wanted
    assert release is not None
    return ("resumed", release.ask.by) if isinstance(release, Change) else (release.reason, release.by)


def _ended(reason: str, by: str) -> str:
    said = {"resumed": "was resumed", "aborted": "was aborted", "timed out": "went on by itself: its timeout was over"}
    if reason == "aborted" and not by:
        return "was aborted: its timeout was over"
    return said.get(reason, f"is over: {reason}") + (f" by {by}" if by else "")


def _ending(reason: str, by: str) -> str:
    if not by and reason != "resumed":
        return "is being released: its timeout is over"
    what = "is being aborted" if reason == "aborted" else "is being resumed"
    return f"{what} by {by}" if by else what
