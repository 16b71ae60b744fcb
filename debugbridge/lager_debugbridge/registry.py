"""The breakpoint registry: a state machine without I/O.

It never reads a clock, opens a socket or takes a lock. The caller tells it what happened (`lager_debugbridge.events`,
with the time) and carries out what it answers (`lager_debugbridge.effects`, in order). So every rule about pausing is
in this file, and every rule about numbers and names in `lager_debugbridge.pausedrun`.

    Hit ──► paused ──Resume, Abort, or Tick past the deadline──► leaving ──Released──► over
            │    ▲
         Change  Declined, or no answer in time
            ▼    │
           changing ──Released──► over               in any state: Released, ConnectionLost, ScriptGone ──► over

A run that has let go of the box's lock (`LetGo`) needs it again first: then a release is `wanted`, and comes with
`Claimed`. An abort needs no lock.

A pause is over exactly once (`Ended`). It is released by its key and the connection it came by, which no other pause
ever has, so that a late or repeated release frees nothing else. People name it by the run's id and a number that is
never given twice in a run. While one changes something in its frame, nobody else can release it; the timeout waits,
too, and comes as soon as the script has said no.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lager import errors, wire
from lager_debugbridge import effects, events
from lager_debugbridge.effects import Effect
from lager_debugbridge.events import Event
from lager_debugbridge.pausedrun import Pause, PausedRun

CHANGE_SECONDS = 15.0  # that a script has to answer whether it could make changes; it stops itself before
GONE = 1000  # runs that have ended, and are remembered
END_OF_RUN = "the end of its run"  # who aborts a process that is left over
CONSOLES = 64  # of one pause, with their followers
RUN_AGAIN = "run the script again"


class Registry:
    """Every pause of every run of the box."""

    def __init__(self) -> None:
        self._runs: dict[str, PausedRun] = {}
        self._gone: dict[str, None] = {}  # in the order they ended
        self._rules: dict[type[Event], Callable[[Any], Iterable[Effect]]] = {
            events.Adopted: self._adopted,
            events.Asked: self._asked,
            events.Hit: self._hit,
            events.Resume: self._resume,
            events.Abort: self._resume,
            events.Change: self._change,
            events.Tick: self._tick,
            events.Released: self._released,
            events.Declined: self._declined,
            events.Held: self._held,
            events.LetGo: self._let_go_of_lock,
            events.Claimed: self._claimed,
            events.Denied: self._denied,
            events.ScriptGone: self._script_gone,
            events.ConnectionLost: self._connection_lost,
            events.AttachConsole: self._attach,
            events.DetachConsole: self._detach,
        }

    def handle(self, event: Event) -> list[Effect]:
        """Take one event; return what must now be done, in order."""
        return list(self._rules[type(event)](event))

    def next_deadline(self) -> float | None:
        """Say when to send the next Tick; None while nothing is due."""
        moments = (pause.due() for run in self._runs.values() for pause in run.pauses.values())
        return min((moment for moment in moments if moment is not None), default=None)

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run, in the order of their numbers."""
        paused = self._runs.get(run)
        return [paused.info(pause, name) for pause, name in paused.names()] if paused else []

    def waits(self, run: str) -> bool:
        """Say whether a pause of a run is to be released as soon as the run has the box's lock."""
        return any(pause.wanted for pause in self._run(run).pauses.values())

    def _every(self) -> list[tuple[PausedRun, Pause]]:
        return [(run, pause) for run in self._runs.values() for pause in run.pauses.values()]

    def _run(self, run: str) -> PausedRun:
        return self._runs.get(run) or PausedRun(run)

    # A pause begins ---------------------------------------------------------------------------------------------------

    def _adopted(self, event: events.Adopted) -> list[Effect]:
        self._runs[event.run] = PausedRun(event.run, event.highest)
        return []

    def _asked(self, event: events.Asked) -> list[Effect]:
        askers = self._runs.setdefault(event.run, PausedRun(event.run)).askers
        if event.by and event.by not in askers:
            askers.append(event.by)
        return []

    def _hit(self, event: events.Hit) -> Iterator[Effect]:
        hit, link = event.hit, event.link
        if hit.run in self._gone:  # a process that is left over: nobody could ever name it
            yield effects.Announce(link, hit.key, hit.number, hit.run)
            yield effects.Release(link, hit.key, hit.run, "aborted", END_OF_RUN)
            return
        run = self._runs.setdefault(hit.run, PausedRun(hit.run))
        known = run.pauses.get(hit.key)
        pause = known or run.admit(hit, link, hit.since or event.wall)
        pause.link = link
        pause.deadline = None if hit.left is None else event.now + hit.left
        pause.until = None if hit.left is None else event.wall + hit.left
        if known is None:  # told first: who sees the script's banner can resume it
            yield effects.Began(hit.run, run.info(pause))
        yield effects.Announce(link, hit.key, pause.number, run.name(pause), pause.asked)
        if pause.ticket is not None:  # it may have gone down with the old connection; so may the answer
            yield from self._give_up(run, pause)
        elif pause.release:  # it went down with the old connection
            pause.release = dataclasses.replace(pause.release, link=link)
            yield pause.release

    # Somebody releases it ---------------------------------------------------------------------------------------------

    def _resume(self, event: events.Resume | events.Abort) -> list[Effect]:
        run, aborts = self._run(event.run), isinstance(event, events.Abort)
        if event.all:
            found = run.every_free(event.number, or_wanted=aborts)
        else:
            one = run.find_free(event.number, or_wanted=aborts)
            found = one if isinstance(one, errors.LagerError) else [(one, run.name(one))]
        if isinstance(found, errors.LagerError):
            return [effects.Refuse(found)]
        if isinstance(event, events.Abort):
            due = (_abort(pause, name, event.by or "somebody") for pause, name in found)
            return [effect for effects_of_one in due for effect in effects_of_one]
        return [_let_go(run, pause, name, "resumed", event.by) for pause, name in found]

    def _change(self, event: events.Change) -> list[Effect]:
        run = self._run(event.run)
        found = run.find_free(event.number)
        if isinstance(found, errors.LagerError):
            return [effects.Refuse(found)]
        name = run.name(found)
        if found.unanswered:
            what = f"{name}: the script is still busy with the changes of {found.unanswered.by or 'somebody'}"
            hint = "resume it without changes, or abort it"
            return [effects.Refuse(errors.ChangeRefused(what, hint))]
        if run.needs_lock:
            found.wanted = event
            return [effects.Claim(run.run, found.hit.key, name)]
        return [_make_changes(found, name, event, event.now)]

    def _tick(self, event: events.Tick) -> Iterator[Effect]:
        for run, pause in self._every():
            if pause.ticket is not None and pause.answer_by <= event.now:
                yield from self._give_up(run, pause)
            if pause.release is None and pause.wanted is None:
                yield from self._keep_time(run, pause, event.now)

    def _keep_time(self, run: PausedRun, pause: Pause, now: float) -> Iterator[Effect]:
        if pause.deadline is None:
            return
        warn_at = pause.warn_at()
        if pause.deadline <= now:
            if pause.hit.on_timeout == "abort":
                yield from _abort(pause, run.name(pause), "")
            else:
                yield _let_go(run, pause, run.name(pause), "timed out", "")
        elif warn_at is not None and warn_at <= now:
            pause.warned = True
            yield effects.Soon(run.run, run.info(pause))

    def _give_up(self, run: PausedRun, pause: Pause) -> Iterator[Effect]:
        """Stop waiting for the answer to changes: it is paused again, as far as anybody knows."""
        ticket, pause.ticket = pause.ticket, None
        pause.unanswered, pause.release = pause.release, None
        assert ticket is not None
        name = run.name(pause)
        why = f" ({pause.held})" if pause.held else ""
        silent = f"the script has not said whether it could make the changes{why}"
        what = f"{silent}, so that is unknown; {name} is still paused"
        hint = "look with `lager runs`; then resume it without changes, or abort it"
        yield effects.Answer(ticket, errors.LagerError(what, hint))

    # The box's lock ---------------------------------------------------------------------------------------------------

    def _let_go_of_lock(self, event: events.LetGo) -> list[Effect]:
        self._runs.setdefault(event.run, PausedRun(event.run)).needs_lock = True
        return []

    def _claimed(self, event: events.Claimed) -> Iterator[Effect]:
        run = self._run(event.run)
        run.needs_lock = False
        for pause in run.pauses.values():
            wanted, pause.wanted, pause.waits_for = pause.wanted, None, ("", "")
            if isinstance(wanted, events.Change):
                yield _make_changes(pause, run.name(pause), wanted, event.now)
            elif wanted is not None:
                pause.release = dataclasses.replace(wanted, link=pause.link)
                yield pause.release

    def _denied(self, event: events.Denied) -> Iterator[Effect]:
        run = self._run(event.run)
        for pause in run.pauses.values():
            if isinstance(pause.wanted, events.Change):
                what = f"{run.name(pause)} was not changed, and stays paused: {event.why}"
                error = errors.BoxLocked(what, f"wait until {event.user} lets it go, then try again")
                yield effects.Answer(pause.wanted.ticket, error)
                pause.wanted = None
            elif pause.wanted is not None:
                pause.waits_for = event.user, event.why
                yield effects.Wait(pause.link, pause.hit.key, event.why)

    # The script answers -----------------------------------------------------------------------------------------------

    def _declined(self, event: events.Declined) -> list[Effect]:
        for _, pause in self._every():
            if (pause.hit.key, pause.link) == (event.key, event.link):
                pause.unanswered = None
                if pause.ticket is None:
                    return []  # to changes that nobody waits for; a release without changes cannot be declined
                ticket, pause.ticket, pause.release = pause.ticket, None, None
                return [effects.Answer(ticket, event.error.as_error())]
        return []

    def _held(self, event: events.Held) -> list[Effect]:
        for _, pause in self._every():
            if (pause.hit.key, pause.link) == (event.key, event.link):
                pause.held = event.why
        return []

    def _released(self, event: events.Released) -> list[Effect]:
        for run, pause in self._every():
            if (pause.hit.key, pause.link) == (event.key, event.link):
                return list(_finish(run, pause, event.reason, list(event.done)))
        return []

    def _connection_lost(self, event: events.ConnectionLost) -> Iterator[Effect]:
        for run, pause in self._every():
            if pause.link == event.link:
                yield from _finish(run, pause, "script ended")

    def _script_gone(self, event: events.ScriptGone) -> Iterator[Effect]:
        self._gone[event.run] = None
        if len(self._gone) > GONE:
            del self._gone[next(iter(self._gone))]
        run = self._runs.pop(event.run, None)
        for pause in list(run.pauses.values()) if run else ():
            assert run is not None
            if not pause.leaving:  # of a process that has left the run's group, and lives
                yield effects.Release(pause.link, pause.hit.key, run.name(pause), "aborted", END_OF_RUN)
            yield from _finish(run, pause, "script ended")

    # Consoles ---------------------------------------------------------------------------------------------------------

    def _attach(self, event: events.AttachConsole) -> list[Effect]:
        if event.run in self._gone:
            return [effects.Refuse(errors.NothingPaused(f"{event.run} is not paused: it has ended", RUN_AGAIN))]
        run = self._run(event.run)
        found = run.find(event.number)
        if isinstance(found, errors.LagerError):
            return [effects.Refuse(found)]
        if not found.hit.interactive:
            what, hint = "This breakpoint has no interactive console", "Call pause(..., interactive=True) to enable it"
            return [effects.Refuse(errors.NoConsole(what, hint))]
        if len(found.consoles) >= CONSOLES:
            what = f"{run.name(found)} has {CONSOLES} consoles and followers already"
            return [effects.Refuse(errors.NoConsole(what, "leave one of them first"))]
        found.consoles.add(event.console)
        return [effects.OpenConsole(found.link, found.hit.key, event.console, event.run, run.info(found))]

    def _detach(self, event: events.DetachConsole) -> Iterator[Effect]:
        for _, pause in self._every():
            if event.console in pause.consoles:
                pause.consoles.discard(event.console)
                yield effects.ShutConsole(pause.link, event.console)


def _let_go(run: PausedRun, pause: Pause, name: str, reason: str, by: str) -> effects.Release | effects.Claim:
    """Release a pause, or want that as soon as its run has the box's lock."""
    release = effects.Release(pause.link, pause.hit.key, name, reason, by)
    if run.needs_lock:
        pause.wanted = release
        return effects.Claim(run.run, pause.hit.key, name)
    pause.release = release
    return release


def _abort(pause: Pause, name: str, by: str) -> Iterator[Effect]:
    """Release a pause by an abort, which is for whatever was wanted before, too."""
    if isinstance(pause.wanted, events.Change):
        otherwise = errors.NothingPaused(f"{name} was not changed: aborted", RUN_AGAIN)
        yield effects.Answer(pause.wanted.ticket, otherwise)
    pause.wanted, pause.waits_for = None, ("", "")
    pause.release = effects.Release(pause.link, pause.hit.key, name, "aborted", by)
    yield pause.release


def _make_changes(pause: Pause, name: str, event: events.Change, now: float) -> effects.Release:
    ask, key = event.ask, pause.hit.key
    pause.ticket, pause.answer_by = event.ticket, now + CHANGE_SECONDS
    pause.release = effects.Release(pause.link, key, name, "resumed", ask.by, tuple(ask.sets), ask.value)
    return pause.release


def _finish(run: PausedRun, pause: Pause, reason: str, done: list[str] | None = None) -> Iterator[Effect]:
    """End a pause. It was released by who said what the script has done; where nobody did, it ended by itself."""
    counted = next((one for one in (pause.release, pause.unanswered) if one and one.reason == reason), None)
    by = counted.by if counted else ""
    name = run.name(pause)
    run.remove(pause, reason, by)
    if isinstance(pause.wanted, events.Change):
        yield effects.Answer(pause.wanted.ticket, errors.NothingPaused(f"{name} was not changed: {reason}", RUN_AGAIN))
    for console in sorted(pause.consoles):
        yield effects.EndConsole(console, reason if reason in wire.PAUSE_ENDS else "script ended")
    if pause.ticket is not None:
        otherwise = errors.NothingPaused(f"{name} was not changed: {reason}", RUN_AGAIN)
        yield effects.Answer(pause.ticket, wire.Resumed(name, [name], done or []) if counted else otherwise)
    yield effects.Ended(run.run, pause.hit.key, pause.number, reason, by, tuple(done or ()))
