"""One run, as the runner sees it: what was asked for, how far it is, who follows it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from lager import errors, wire
from lager_runner.link import Facts, Link
from lager_runner.rundirectory import Outcome, RunDirectory, Spec
from lager_runner.transcript import Transcript

LOOK = "see `lager runs`, `lager runs --ended`, and for all boxes `lager runs --all-boxes`"
Event = wire.PauseBegan | wire.PauseEnded


class Bell:
    """Wakes everyone who waits; `rings` tells whoever was busy meanwhile."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.rings = 0

    def ring(self) -> None:
        """Wake them."""
        self.rings += 1
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self._rung.wait()


@dataclass(eq=False)
class Run:
    """One run, as the runner sees it.

    Attributes:
        outcome: How it ended; None while it lives.
        supervisor: Process id of the supervisor if it is this runner's child, to be reaped; else 0.
        feeds: The queues of those who follow, by identity (equal queues are not the same): each event with the offset
            of the log that it comes after.
        paused: Numbers of its pauses that are not over.
        kept: Whether it goes on without its client, though that was not asked for.
        attended: Whether a console or an IDE is open on one of its pauses: then its time limit waits.
    """

    directory: RunDirectory
    spec: Spec
    outcome: Outcome | None = None
    supervisor: int = 0
    link: Link | None = None
    bell: Bell = field(default_factory=Bell)
    feeds: dict[int, deque[tuple[int, Event]]] = field(default_factory=dict)
    paused: set[int] = field(default_factory=set)
    attended: bool = False
    kept: bool = False
    transcript: Transcript = field(init=False)

    def __post_init__(self) -> None:
        self.transcript = Transcript(self.directory.transcript)

    @property
    def id(self) -> str:
        """Give the run's id."""
        return self.spec.id

    def log_size(self) -> int:
        """Give the length of the log, bytes."""
        try:
            return self.directory.log.stat().st_size
        except FileNotFoundError:  # somebody has made room on the disk by hand
            return 0

    def tell(self, event: Event) -> None:
        """Tell the followers of a pause: before its banner, so that whoever sees the banner can press Enter."""
        for feed in self.feeds.values():
            feed.append((self.log_size(), event))
        if isinstance(event, wire.PauseBegan):
            self.paused.add(event.pause.number)
        else:
            self.paused.discard(event.number)
        self.bell.ring()

    def attend(self, attended: bool) -> None:
        """Know whether somebody is at one of its pauses."""
        self.attended = attended
        if self.link:
            self.link.hold(attended)

    def left(self) -> float | None:
        """Give how much of its runtime is left, s; None where it has no limit, or that stands still."""
        if not self.spec.timeout:
            return None
        if self.link and self.link.facts.supervisor:
            ends = self.link.facts.ends
            return None if ends is None else max(0.0, ends - time.monotonic())
        return max(0.0, self.spec.started + self.spec.timeout - time.time())  # its supervisor has not spoken yet


def info_of(run: Run, pauses: list[wire.PauseInfo]) -> wire.RunInfo:
    """Tell of a run, with those pauses."""
    if run.outcome:
        state = "lost" if run.outcome.reason == "lost" else "finished"
    elif run.spec.kind == wire.CONSOLE:
        state, pauses = "console", []  # nothing that was to run is held up
    else:
        state = "paused" if pauses else "running"
    facts = run.link.facts if run.link else Facts()
    return wire.RunInfo(
        id=run.id,
        state=state,
        name=run.spec.name,
        args=run.spec.args,
        user=run.spec.user,
        box=run.spec.box,
        started=run.spec.started,
        ended=run.outcome.ended if run.outcome else None,
        status=run.outcome.status if run.outcome else None,
        pauses=pauses,
        kind=run.spec.kind,
        reason=run.outcome.reason if run.outcome else "",
        did=run.outcome.did if run.outcome else facts.did,
        timeout=run.spec.timeout,
        keep=run.spec.keep or run.kept,
        followers=len(run.feeds),
        output=run.log_size(),
        missing=run.outcome.lost if run.outcome else facts.lost,
        waits_for=next((pause.waits_for for pause in pauses if pause.waits_for), ""),
    )


def split_name(name: str) -> tuple[str, int | None]:
    """Take the name of a pause apart: `ID.2` is a run's id and a pause's number, `ID` means its only pause.

    Raises:
        RunNotFound: What stands after the dot is no number.
    """
    run, dot, number = name.partition(".")
    if not dot:
        return run, None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise errors.RunNotFound(f"no pause of this box has the id {name!r}", LOOK)
    return run, int(number)
