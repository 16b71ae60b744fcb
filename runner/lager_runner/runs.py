"""The runs of this box: start, adopt, look up, signal. It knows no HTTP, and of pauses only what the bridge tells it.

It lives in the runner's event loop. What is true stands in the run directories; this is the runner's view of them, and
a new runner has the same view as soon as it has adopted them.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Protocol

from lager import errors, wire
from lager.banner import one_line
from lager_debugbridge.effects import Soon
from lager_runner import link, spawn
from lager_runner.ending import LADDER
from lager_runner.leftovers import kill_leftovers
from lager_runner.run import LOOK, Bell, Event, Run, info_of
from lager_runner.rundirectory import Outcome, RunDirectories, RunDirectory, Spec

CTRL_C = "Ctrl-C"  # who stops a run, where nobody says so
LOST_STATUS = 1  # nobody knows how the script would have ended
log = logging.getLogger(__name__)
News = Event | Soon | None  # what `on_news` is told with: a pause begins, ends, or is about to time out; None: the end


class Pauses(Protocol):
    """What this room needs of the debugbridge."""

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run."""

    def adopt(self, run: str, highest: int) -> None:
        """Know the highest number that a pause of the run ever had."""

    def script_gone(self, run: str) -> None:
        """Drop what is left of a run that has ended."""


async def nothing_first(_spec: Spec, _outcome: Outcome) -> None:
    """See to nothing before a run's end is told."""


class Runs:
    """All runs of this box.

    Args:
        bridge: Who knows of pauses.
        sockets: What scripts are told.
        on_live: Called with the number of live runs whenever it changes.
        on_news: Called with a run and what is new of it: `PauseBegan`, `PauseEnded`, `Soon` (a timeout is near), or
            None when it has ended. Of its pauses the run has only that one. Called in the event loop, so it must not
            wait.
        before_end: Awaited before anybody is told that a run has ended: it sees to its nets, and to the box's lock.
    """

    def __init__(
        self,
        bridge: Pauses,
        sockets: spawn.Sockets,
        on_live: Callable[[int], None],
        on_news: Callable[[wire.RunInfo, News], None] = lambda *_: None,
        before_end: Callable[[Spec, Outcome], Awaitable[None]] = nothing_first,
    ) -> None:
        self._bridge = bridge
        self._sockets = sockets
        self._on_live = on_live
        self._on_news = on_news
        self._before_end = before_end
        self.changes = Bell()  # rings when a run starts, pauses, goes on, or ends
        self._directories = RunDirectories()
        self._runs: dict[str, Run] = {}
        self._starting: dict[str, asyncio.Task[Run]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def adopt(self) -> None:
        """Take over the runs of the runner before this one."""
        for directory in await asyncio.to_thread(self._directories.every):
            run = Run(directory, directory.spec(), directory.outcome())
            self._runs[run.id] = run
            if run.outcome:
                directory.close()  # it may have ended while there was no runner
                self._bridge.script_gone(run.id)
                continue
            self._bridge.adopt(run.id, directory.highest_pause())
            try:
                await self._connect(run)
            except (ConnectionRefusedError, FileNotFoundError):
                await self._give_up(run)
        self._report_live()

    async def _give_up(self, run: Run) -> None:
        """Know that a run has no supervisor; one that never had any is begun when it is asked for again."""
        if run.directory.begun():
            await self._conclude(run)
        else:
            self.forget(run).remove()

    async def close(self) -> None:
        """Leave the live runs to their supervisors."""
        for run in self._runs.values():
            run.transcript.flush()
            if run.link:
                run.link.close()
        for task in [*self._tasks, *self._starting.values()]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._starting.values(), return_exceptions=True)

    async def start(self, name: str, request: wire.RunRequest, client: str = "") -> wire.RunInfo:
        """Start a run; asked again for the same id, start nothing and tell of the one there is.

        Args:
            name: Its id.
            request: What is to be run.
            client: The address of who asks.

        Raises:
            UsageError: The id or the upload is no good.
        """
        if name not in self._runs:
            task = self._starting.get(name)
            if task is None:
                task = self._starting[name] = asyncio.create_task(self._start(name, request, client))
                task.add_done_callback(lambda _: self._starting.pop(name, None))
            await asyncio.shield(task)  # a client that hangs up must not leave half a run
        return self.info(self._runs[name])

    async def _start(self, name: str, request: wire.RunRequest, client: str) -> Run:
        spawn.check(request)
        run: Run | None = None
        try:
            directory = await asyncio.to_thread(self._directories.create, name, request, time.time())
            run = Run(directory, directory.spec())
            env = spawn.environment(request, directory, self._sockets, os.environ, client)
            with directory.listen() as listener:
                run.supervisor = spawn.spawn(directory, run.spec, env, listener)
                await self._connect(run)
        except OSError as exc:
            _abandon(run)
            self._directories.forget(name)
            raise _not_started(exc) from exc
        self._runs[name] = run
        for pause in self._bridge.pauses(name):  # of a script that was quicker than this
            self.announce(name, wire.PauseBegan(pause))
        self._report_live()
        return run

    async def _connect(self, run: Run) -> None:
        run.link = await link.connect(run.directory, run.bell.ring, lambda: self._ended(run))
        run.attend(run.attended)

    def _ended(self, run: Run) -> None:
        self._spawn_task(self._conclude(run))

    async def _conclude(self, run: Run) -> None:
        """Note how a run ended whose supervisor has gone."""
        facts = run.link.facts if run.link else link.Facts()
        run.link = None
        run.bell.ring()
        outcome = run.directory.outcome() or facts.outcome
        if outcome is None:
            session = run.supervisor or facts.supervisor  # one killed early had no time to say its number
            await asyncio.to_thread(kill_leftovers, run.id, session)
            outcome = Outcome(status=LOST_STATUS, reason="lost", ended=time.time(), did=facts.did)
            _write_down(run, outcome)
        if run.supervisor:  # not before: until then nobody else can get its number
            await asyncio.to_thread(os.waitpid, run.supervisor, 0)
            run.supervisor = 0
        run.directory.close()
        self._bridge.script_gone(run.id)
        await self._before_end(run.spec, outcome)
        run.outcome = outcome
        run.transcript.flush()
        run.bell.ring()
        self._report_live()
        self._tell(run, None)

    def alive(self) -> list[Run]:
        """Give the runs that have not ended."""
        return [run for run in self._runs.values() if run.outcome is None]

    def ended(self) -> list[Run]:
        """Give the runs that have ended."""
        return [run for run in self._runs.values() if run.outcome]

    def forget(self, run: Run) -> RunDirectory:
        """Know no more of a run that has ended; gives its directory, to be removed."""
        del self._runs[run.id]
        return run.directory

    def _spawn_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _report_live(self) -> None:
        self.changes.ring()
        self._on_live(sum(run.outcome is None for run in self._runs.values()))

    def announce(self, name: str, event: Event | Soon) -> None:
        """Take the bridge's news of a pause."""
        run = self._runs.get(name)
        if run is None:
            return
        if isinstance(event, wire.PauseBegan):
            run.directory.note_pause(event.pause.number)
        if not isinstance(event, Soon):  # that is no news to who follows the output: the banner has said when
            run.tell(event)
            self.changes.ring()
        self._tell(run, event)

    def _tell(self, run: Run, news: News) -> None:
        """Tell what is new of a script; a console without one is nothing that anybody waits for."""
        if run.spec.kind == wire.SCRIPT:
            pauses = [] if news is None or isinstance(news, wire.PauseEnded) else [news.pause]
            self._on_news(info_of(run, pauses), news)

    def note(self, name: str, entry: wire.TranscriptEntry) -> None:
        """Write down what happened in a console of a run."""
        run = self._runs.get(name)
        if run is not None:
            run.transcript.add(entry)

    def find(self, name: str) -> Run:
        """Give the run whose id `name` is, or begins.

        Raises:
            AmbiguousId: Several ids begin so.
            RunNotFound: None does.
        """
        if name in self._runs:
            return self._runs[name]
        fitting = sorted(run for run in self._runs if run.startswith(name.lower())) if name else []
        if len(fitting) > 1:
            shown = ", ".join(fitting[:8]) + (", …" if len(fitting) > 8 else "")
            raise errors.AmbiguousId(f"{name!r} fits {len(fitting)} runs: {shown}", "type more of the id")
        if not fitting:
            raise errors.RunNotFound(f"no run of this box has the id {name!r}", LOOK)
        return self._runs[fitting[0]]

    def find_alive(self, name: str) -> Run:
        """Give the run whose id `name` is, or begins, where it may be paused.

        Raises:
            AmbiguousId: Several ids begin so.
            RunNotFound: None does.
            NothingPaused: It has ended.
        """
        run = self.find(name)
        if run.outcome:
            raise errors.NothingPaused(f"{run.id} is not paused: it has ended", "run the script again")
        return run

    def known(self, name: str) -> tuple[Spec, Outcome | None] | None:
        """Give what is known of a run by its whole id: what was asked for, and how it ended; None for none."""
        run = self._runs.get(name)
        return (run.spec, run.outcome) if run else None

    def every(self) -> list[wire.RunInfo]:
        """Tell of all runs, the newest first."""
        return self._tell_of(self._runs.values())

    def live(self) -> list[wire.RunInfo]:
        """Tell of the runs that have not ended, the newest first."""
        return self._tell_of(run for run in self._runs.values() if run.outcome is None)

    def _tell_of(self, some: Iterable[Run]) -> list[wire.RunInfo]:
        return sorted((self.info(run) for run in some), key=lambda info: info.started, reverse=True)

    def pauses(self, run: Run) -> list[wire.PauseInfo]:
        """Give the open pauses of a run."""
        return self._bridge.pauses(run.id)

    async def begun(self, run: Run) -> None:
        """Wait until a console's process takes its console, or has ended. A script is not waited for."""
        while run.spec.kind == wire.CONSOLE and not (run.outcome or self.pauses(run)):
            await run.bell.wait()

    def info(self, run: Run) -> wire.RunInfo:
        """Tell of a run."""
        return info_of(run, [] if run.outcome else self.pauses(run))

    async def started(self, name: str) -> Run:
        """Give the run whose id `name` is, or begins; one that is being started, as soon as it is there.

        Raises:
            AmbiguousId, RunNotFound: As `find`.
        """
        if task := self._starting.get(name):
            with contextlib.suppress(errors.LagerError):  # whoever starts it is told; here it is not found
                await asyncio.shield(task)
        return self.find(name)

    async def all_started(self) -> list[Run]:
        """Give the runs that live, when those that are being started are there."""
        await asyncio.gather(*map(asyncio.shield, self._starting.values()), return_exceptions=True)
        return self.alive()

    def attended(self, name: str, attended: bool) -> None:
        """Know whether somebody is at a pause of a run, by a console or an IDE."""
        run = self._runs.get(name)
        if run is not None:
            run.attend(attended)

    def left(self, name: str) -> float | None:
        """Give how much of a run's runtime is left, s; None where it has no limit, or that stands still."""
        run = self._runs.get(name)
        return run.left() if run else None

    def end(self, run: Run, why: str, by: str = "") -> None:
        """End a run: an interrupt, time for its `finally:`, then SIGTERM, then SIGKILL. Asked again, it does nothing.

        Args:
            run: The run.
            why: Said in its output, on one line.
            by: Who wants that; empty for nobody.
        """
        if run.link:
            run.link.end(signal.SIGINT, one_line(by), one_line(why))

    def stop(self, run: Run, name: str, by: str = "") -> None:
        """Take a stop request of somebody who watches: the steps of `end` by their signals, any other signal as it is.

        Raises:
            UsageError: There is no such signal.
        """
        number = _number_of(name)
        if run.link and number in LADDER:
            run.link.end(number, one_line(by) or CTRL_C, "")
        else:
            self.signal(run, name, by)

    def signal(self, run: Run, name: str, by: str = "") -> None:
        """Send one signal to a run's process group, and do nothing else; to one that has ended, nothing.

        Args:
            run: The run.
            name: Such as `SIGUSR1`.
            by: Who sends it.

        Raises:
            UsageError: There is no such signal.
        """
        number = _number_of(name)
        if run.link:
            run.link.signal(number, one_line(by))


def _write_down(run: Run, outcome: Outcome) -> None:
    """Keep how a run has ended for the next runner; it has ended all the same where that cannot be."""
    try:
        run.directory.write_outcome(outcome)
    except OSError as exc:
        log.warning("how the run %s has ended cannot be kept: %s", run.id, exc)


def _abandon(run: Run | None) -> None:
    """End a run that nobody will ever know of; the kernel kills its script with its supervisor."""
    if run is not None and run.supervisor:
        os.kill(run.supervisor, signal.SIGKILL)  # it is not reaped yet, so the number is its own
        os.waitpid(run.supervisor, 0)


def _number_of(name: str) -> int:
    try:
        return signal.Signals[name]
    except KeyError:
        known = ", ".join(one.name for one in signal.Signals)
        raise errors.UsageError(f"{name!r} is not a signal", f"use one of {known}") from None


def _not_started(cause: OSError) -> errors.LagerError:
    hint = "see what its machine is short of"
    if cause.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "make room on its disk: `lager runs prune --all` removes the runs that have ended"
    elif cause.errno == errno.E2BIG:
        hint = "give less in arguments and environment, and the rest in a file: Linux allows 128 KiB each, 2 MiB in all"
    return errors.LagerError(f"the box cannot start the run: {(cause.strerror or str(cause)).lower()}", hint)
