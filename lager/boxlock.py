"""The box's lock: who has the box, by what right, and until when. A state machine without I/O.

It reads no clock and no file: the caller tells it what is asked (an event, with the time), and keeps the state that
comes back (`lager.lockfile`). No part of `import lager`.

A holder has the box by one or both of two rights. What was asked for over HTTP: a reservation, which nothing ends but
`unlock`; or the lock of a CI job or another client, which lives by its heartbeats. And the box's own runs of that
holder, as long as one of them runs and is not paused. The runs that are paused are listed: they hold nothing, but
others are told of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from lager import errors, wire

AUTOMATIC = (wire.CI, wire.EPHEMERAL)  # types of holders that nobody reserved the box for by hand
_PROCESS = re.compile(r"(ci:.*[#@].*):\d+")  # how released clients end the name of a CI job: with a process id
_SHOWN_ID = 8  # characters of a run's id that people are shown


class Share(Struct, frozen=True):
    """A right to the box.

    Attributes:
        holder_type: As in `wire.LockRequest`.
        ttl: How long it lives without a heartbeat, s; None for ever.
        beat: Unix time of the last one, s.
    """

    holder_type: str
    ttl: float | None
    beat: float

    def over(self, now: float) -> bool:
        """Whether its time is over."""
        return self.ttl is not None and now - self.beat >= self.ttl


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who has the box.

    Attributes:
        user: The holder; empty while the box is free.
        since: Unix time, s.
        asked: What was asked for over HTTP.
        running: The right of `runs`.
        runs: The box's own runs for which it is held.
        paused: Runs that have let go of it because they are paused, and whose they are.
    """

    user: str = ""
    since: float = 0.0
    asked: Share | None = None
    running: Share | None = None
    runs: tuple[str, ...] = ()
    paused: dict[str, str] = {}


FREE = State()


class Ask(NamedTuple):
    """Somebody wants the box, or wants it again; `ttl` in s, None for ever."""

    user: str
    holder_type: str
    ttl: float | None


class Beat(NamedTuple):
    """A holder lives."""

    user: str


class Unlock(NamedTuple):
    """Somebody gives the box back; with `force` another one's, too, and from under its runs."""

    user: str
    force: bool = False


class RunGoes(NamedTuple):
    """A run begins, or is to go on after a pause: its holder needs the box; `ttl` in s."""

    run: str
    user: str
    holder_type: str
    ttl: float


class RunPauses(NamedTuple):
    """A run is paused, and needs the box no more."""

    run: str
    user: str


class RunFree(NamedTuple):
    """A run has ended, or goes on without the box."""

    run: str


class RunsLive(NamedTuple):
    """These runs live, and no others."""

    runs: frozenset[str]


Event = Ask | Beat | Unlock | RunGoes | RunPauses | RunFree | RunsLive


class Decision(NamedTuple):
    """What became of an event.

    Attributes:
        state: What is true now.
        before: What was true just before, without what had expired.
        refused: Whether another has the box, and the event changed nothing.
        previous: Who had it until its time was over, where another has it now or nobody.
    """

    state: State
    before: State
    refused: bool = False
    previous: str = ""


def same(one: str, other: str) -> bool:
    """Whether two names mean one holder: equal, or of one CI job, or a CI job that has but its user's name."""
    return _bare(one) == _bare(other)


def _bare(holder: str) -> str:
    if not holder.startswith("ci:"):
        return holder
    of_process = _PROCESS.fullmatch(holder)
    job = of_process.group(1) if of_process else holder
    return job if ":" in job[3:] else job[3:]


def current(state: State, now: float) -> State:
    """Give the state without what has expired."""
    asked, running = state.asked, state.running
    kept = None if asked is None or asked.over(now) else asked
    going = None if running is None or running.over(now) else running
    return state if (kept, going) == (asked, running) else _settled(replace(state, asked=kept, running=going))


def _settled(state: State) -> State:
    """Give the state in which nobody has the box whose rights have ended."""
    if state.running is None and state.runs:
        state = replace(state, runs=())
    return state if state.asked or state.running else State(paused=state.paused)


def shuts_out(state: State, holder: str, run: str, now: float) -> str:
    """Give who has the box, where that shuts this holder, and this run of his, out from changing anything; else ''.

    What goes on in a paused run is let be. Its console counts as its user, and comes without the run.
    """
    if not state.user or same(state.user, holder) or run in state.paused or run in state.runs:
        return ""
    return current(state, now).user


def locked_by(user: str, why: str = "") -> errors.BoxLocked:
    """Say that somebody else has the box, and why that matters to what only reads."""
    hint = f"wait until {user} lets it go (LAGER_LOCK_WAIT=60 waits 60 s), or `lager boxes unlock --box BOX --force`"
    return errors.BoxLocked(f"the box is locked by {user}{f'; {why}' if why else ''}", hint)


def news(state: State, holder: str, now: float) -> str:
    """Say what somebody should know who does something on the box: who has it, whose runs are paused; mostly ''."""
    state = current(state, now)
    told = []
    if state.user and not same(state.user, holder):
        told.append(f"the box is locked by {state.user}; this only reads")
    theirs = [(run, user) for run, user in sorted(state.paused.items()) if not same(user, holder)]
    told += [f"run {run[:_SHOWN_ID]} of {user} is paused on this box" for run, user in theirs[:1]]
    if len(theirs) > 1:
        told[-1] += f", and {len(theirs) - 1} more"
    return "; ".join(told)


def decide(state: State, event: Event, now: float) -> Decision:
    """Take one event, at a Unix time, s."""
    # What lives has what its time has run out of and nobody took: the box slept, or its clock was set.
    decision = _RULES[type(event)](state if isinstance(event, RunsLive) else current(state, now), event, now)
    taken_over = state.user if state.user and not same(state.user, decision.state.user) else ""
    return decision._replace(previous=taken_over)


def _ask(state: State, event: Ask, now: float) -> Decision:
    if _of_another(state, event.user):
        return Decision(state, state, refused=True)
    share = Share(event.holder_type, event.ttl, now)
    if state.asked and state.asked.holder_type not in AUTOMATIC:
        share = replace(state.asked, beat=now)  # a reservation stays as it is, whatever comes after it
    return Decision(replace(_held_by(state, event.user, now), asked=share), state)


def _beat(state: State, event: Beat, now: float) -> Decision:
    if not state.user or _of_another(state, event.user):
        return Decision(state, state, refused=bool(state.user))
    return Decision(replace(state, asked=state.asked and replace(state.asked, beat=now)), state)


def _unlock(state: State, event: Unlock, _: float) -> Decision:
    if event.force:
        return Decision(State(paused=state.paused), state)
    if _of_another(state, event.user):
        return Decision(state, state, refused=True)
    return Decision(_settled(replace(state, asked=None)), state)


def _run_goes(state: State, event: RunGoes, now: float) -> Decision:
    if _of_another(state, event.user):
        return Decision(state, state, refused=True)
    paused = {run: user for run, user in state.paused.items() if run != event.run}
    runs = (*(run for run in state.runs if run != event.run), event.run)
    share = Share(event.holder_type, event.ttl, now)
    return Decision(replace(_held_by(state, event.user, now), running=share, runs=runs, paused=paused), state)


def _run_pauses(state: State, event: RunPauses, _: float) -> Decision:
    free = _without(state, lambda run: run != event.run)
    return Decision(replace(free, paused=free.paused | {event.run: event.user}), state)


def _run_free(state: State, event: RunFree, _: float) -> Decision:
    return Decision(_without(state, lambda run: run != event.run), state)


def _runs_live(state: State, event: RunsLive, now: float) -> Decision:
    alive = _without(state, lambda run: run in event.runs)
    beaten = replace(alive, running=alive.running and replace(alive.running, beat=now))
    return Decision(current(beaten, now), current(state, now))


def _without(state: State, stays: Callable[[str], bool]) -> State:
    runs = tuple(run for run in state.runs if stays(run))
    paused = {run: user for run, user in state.paused.items() if stays(run)}
    return _settled(replace(state, runs=runs, running=state.running if runs else None, paused=paused))


def _of_another(state: State, user: str) -> bool:
    return bool(state.user) and not same(state.user, user)


def _held_by(state: State, user: str, now: float) -> State:
    return state if state.user else replace(state, user=user, since=now)


_RULES: dict[type[Event], Callable[[State, Any, float], Decision]] = {
    Ask: _ask,
    Beat: _beat,
    Unlock: _unlock,
    RunGoes: _run_goes,
    RunPauses: _run_pauses,
    RunFree: _run_free,
    RunsLive: _runs_live,
}
