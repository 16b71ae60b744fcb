"""The breakpoint registry: a state machine without I/O.

It never reads a clock, opens a socket or takes a lock. The caller tells it what happened (an *event*, with the time)
and carries out what it answers (*effects*, in order). So every rule about pausing is in this file.

    Hit ──► paused ──Resume, or Tick past the deadline──► releasing ──Released──► over
               └───────────Released, ConnectionLost, ScriptGone───────────────────► over

A pause is over exactly once (`Ended`). It is released by its key, which no other pause ever has, so that a late or
repeated release frees nothing else. People name it by the run's id and a number that is never given twice in a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lager import errors, wire

# Events ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """A thread has paused, or says again that it is paused (the box was away). `link` is the connection it came by."""

    hit: wire.Hit
    link: int
    now: float
    wall: float


@dataclass(frozen=True)
class Resume:
    """Somebody wants pause `number` of `run` to go on; without a number, its only one."""

    run: str
    number: int | None
    by: str


@dataclass(frozen=True)
class Tick:
    """Time has passed."""

    now: float


@dataclass(frozen=True)
class Released:
    """The script says that the thread goes on."""

    key: str
    reason: str


@dataclass(frozen=True)
class ScriptGone:
    """The run has ended."""

    run: str


@dataclass(frozen=True)
class ConnectionLost:
    """The connection has closed: the process at its other end has gone."""

    link: int


@dataclass(frozen=True)
class AttachConsole:
    """Somebody wants a console on pause `number` of `run`."""

    console: str
    run: str
    number: int | None


@dataclass(frozen=True)
class DetachConsole:
    """That console has gone."""

    console: str


Event = Hit | Resume | Tick | Released | ScriptGone | ConnectionLost | AttachConsole | DetachConsole

# Effects --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Announce:
    """Tell the script what its pause is called."""

    link: int
    key: str
    number: int
    name: str


@dataclass(frozen=True)
class Began:
    """Tell watchers that the run has paused."""

    run: str
    pause: wire.PauseInfo


@dataclass(frozen=True)
class Release:
    """Tell the script to go on."""

    link: int
    key: str
    name: str
    reason: str
    by: str


@dataclass(frozen=True)
class Ended:
    """Tell watchers that the pause is over."""

    run: str
    key: str
    number: int
    reason: str


@dataclass(frozen=True)
class Refuse:
    """Tell whoever asked (the console, or the caller of a resume) why not."""

    error: errors.LagerError


@dataclass(frozen=True)
class OpenConsole:
    """Connect that console with the script."""

    link: int
    key: str
    console: str
    run: str
    pause: wire.PauseInfo


@dataclass(frozen=True)
class ShutConsole:
    """Tell the script that this console has gone."""

    link: int
    console: str


@dataclass(frozen=True)
class EndConsole:
    """Tell that console that it is over."""

    console: str
    reason: str


Effect = Announce | Began | Release | Ended | Refuse | OpenConsole | ShutConsole | EndConsole


@dataclass
class Pause:
    """One paused thread. `deadline` is on the clock of the events; None waits for ever."""

    hit: wire.Hit
    number: int
    link: int
    since: float
    deadline: float | None
    release: Release | None = None
    consoles: set[str] = field(default_factory=set)


class Registry:
    """Every pause of every run of the box."""

    def __init__(self) -> None:
        self._pauses: dict[str, Pause] = {}  # by key
        self._counts: dict[str, int] = {}  # the highest number each run has given

    def handle(self, event: Event) -> list[Effect]:
        """Take one event; return what must now be done, in order."""
        match event:
            case Hit():
                return self._hit(event)
            case Resume():
                return self._resume(event)
            case AttachConsole():
                return self._attach(event)
            case DetachConsole():
                return self._detach(event.console)
            case _:
                return [effect for pause, reason in self._touched(event) for effect in self._finish(pause, reason)]

    def next_deadline(self) -> float | None:
        """Say when to send the next Tick; None while nothing can time out."""
        return min(
            (p.deadline for p in self._pauses.values() if p.deadline is not None and not p.release), default=None
        )

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run, in the order of their numbers."""
        return [self._info(pause) for pause in self._open(run)]

    def _touched(self, event: Tick | Released | ScriptGone | ConnectionLost) -> list[tuple[Pause, str | None]]:
        """Give the pauses an event ends, with the reason; None is for a deadline, which only asks the script."""
        pauses = list(self._pauses.values())
        match event:
            case Tick(now):
                return [(p, None) for p in pauses if p.deadline is not None and p.deadline <= now and not p.release]
            case Released(key, reason):
                return [(p, reason) for p in pauses if p.hit.key == key]
            case ConnectionLost(link):
                return [(p, "script ended") for p in pauses if p.link == link]
            case ScriptGone(run):
                self._counts.pop(run, None)
                return [(p, "script ended") for p in pauses if p.hit.run == run]

    def _hit(self, event: Hit) -> list[Effect]:
        hit = event.hit
        known = self._pauses.get(hit.key)
        number = known.number if known else self._number(hit)
        pause = known or Pause(hit, number, event.link, hit.since or event.wall, None)
        pause.link = event.link
        pause.deadline = None if hit.left is None else event.now + hit.left
        self._pauses[hit.key] = pause
        self._counts[hit.run] = max(self._counts.get(hit.run, 0), number)
        effects: list[Effect] = [Announce(event.link, hit.key, number, self._name(pause))]
        if known is None:
            effects.append(Began(hit.run, self._info(pause)))
        elif known.release:  # it went down with the old connection
            release = known.release
            effects.append(Release(event.link, hit.key, release.name, release.reason, release.by))
        return effects

    def _number(self, hit: wire.Hit) -> int:
        """Keep the number it had on a box before this one; else take one that this run has never had."""
        taken = {pause.number for pause in self._pauses.values() if pause.hit.run == hit.run}
        if hit.number > 0 and hit.number not in taken:
            return hit.number
        return max(self._counts.get(hit.run, 0), hit.seen) + 1

    def _resume(self, event: Resume) -> list[Effect]:
        found = self._find(event.run, event.number)
        return [found] if isinstance(found, Refuse) else [self._let_go(found, "resumed", event.by)]

    def _let_go(self, pause: Pause, reason: str, by: str) -> Release:
        pause.release = Release(pause.link, pause.hit.key, self._name(pause), reason, by)
        return pause.release

    def _finish(self, pause: Pause, reason: str | None) -> Iterator[Effect]:
        if reason is None:
            yield self._let_go(pause, "timed out", "")
            return
        del self._pauses[pause.hit.key]
        for console in sorted(pause.consoles):
            yield EndConsole(console, reason if reason in ("resumed", "timed out") else "script ended")
        yield Ended(pause.hit.run, pause.hit.key, pause.number, reason)

    def _attach(self, event: AttachConsole) -> list[Effect]:
        found = self._find(event.run, event.number)
        if isinstance(found, Refuse):
            return [found]
        if not found.hit.interactive:
            what, hint = "This breakpoint has no interactive console", "Call pause(..., interactive=True) to enable it"
            return [Refuse(errors.NoConsole(what, hint))]
        found.consoles.add(event.console)
        return [OpenConsole(found.link, found.hit.key, event.console, event.run, self._info(found))]

    def _detach(self, console: str) -> list[Effect]:
        holders = [pause for pause in self._pauses.values() if console in pause.consoles]
        for pause in holders:
            pause.consoles.discard(console)
        return [ShutConsole(pause.link, console) for pause in holders]

    def _open(self, run: str) -> list[Pause]:
        mine = (pause for pause in self._pauses.values() if pause.hit.run == run and not pause.release)
        return sorted(mine, key=lambda pause: pause.number)

    def _find(self, run: str, number: int | None) -> Pause | Refuse:
        there = self._open(run)
        found = there if number is None else [pause for pause in there if pause.number == number]
        if len(found) == 1:
            return found[0]
        if not found:
            name = run if number is None else f"{run}.{number}"
            return Refuse(errors.NothingPaused(f"{name} is not paused", "look whether it still runs, or wait for it"))
        listed = ", ".join(f"{self._name(pause)} ({_where(pause.hit)})" for pause in found)
        hint = f"name one of them, such as {self._name(found[0])}"
        return Refuse(errors.AmbiguousId(f"{run} has {len(found)} pauses open: {listed}", hint))

    def _name(self, pause: Pause) -> str:
        alone = all(other is pause for other in self._open(pause.hit.run))
        return pause.hit.run if alone else f"{pause.hit.run}.{pause.number}"

    def _info(self, pause: Pause) -> wire.PauseInfo:
        hit = pause.hit
        return wire.PauseInfo(
            number=pause.number,
            name=self._name(pause),
            label=hit.label,
            file=hit.file,
            line=hit.line,
            function=hit.function,
            thread=hit.thread,
            since=pause.since,
            timeout=hit.timeout,
            interactive=hit.interactive,
        )


def _where(hit: wire.Hit) -> str:
    place = f"{hit.file}:{hit.line}"
    return f'"{hit.label}" at {place}' if hit.label else f"at {place}"
