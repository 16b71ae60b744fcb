"""The hold of runs on the box's lock: taken as a run begins, let go while it is paused, taken again before it goes on.

Who may have it is decided in `lager.boxlock`, when a pause is released in the debugbridge. This room joins them, waits
where somebody else has the box, and says that the runs live. It lives in the runner's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lager import boxlock, errors, limits, wire
from lager.lockdesk import checked_holder
from lager.lockfile import LockFile
from lager_debugbridge import events
from lager_runner.rundirectory import Spec

log = logging.getLogger(__name__)
T = TypeVar("T")
_LOOK_EVERY = 0.1  # s between two looks at a lock that somebody else has: its file tells nobody of a change
_BEAT_EVERY = 60.0  # s between two signs of life of the runs; less where the lock lives for less than three of that
_ADOPTED_AFTER = 5.0  # s that the pauses of a run take to come back to a new runner
_LAST_WORDS = 60.0  # s for the `finally:` of an aborted script, whoever has the box: it may have to switch things off


class Pauses(Protocol):
    """What this room needs of the debugbridge."""

    def pauses(self, run: str) -> list[wire.PauseInfo]:
        """Give the open pauses of a run."""

    def handle(self, event: events.Event) -> object:
        """Take news of the lock: `LetGo`, `Claimed`, `Denied`."""

    def waits(self, run: str) -> bool:
        """Say whether a pause is to be released as soon as the run has the lock."""


@dataclass
class _Claim:
    """What a run is to the lock.

    Attributes:
        has: Whether it holds it, as far as is known here.
        let_go: How often it has let go of it.
        returning: What gets it the lock again; None while nothing does.
    """

    user: str
    kind: str
    has: bool = True
    let_go: int = 0
    returning: asyncio.Task[None] | None = None


class Claims:
    """The hold of all runs of this box.

    Args:
        lock: The lock.
        pauses: The runs' pauses.
        alive: Gives the ids of the runs that live.
        on_change: Called when a run begins to wait for the lock.
    """

    def __init__(
        self,
        lock: LockFile,
        pauses: Pauses,
        alive: Callable[[], Iterable[str]],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._lock = lock
        self._pauses = pauses
        self._alive = alive
        self._on_change = on_change
        self._claims: dict[str, _Claim] = {}
        self._starting: dict[str, asyncio.Event] = {}  # set when it has started, or has not
        self._turn = asyncio.Lock()  # what happens is told in the order it happened
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: set[asyncio.Task[Any]] = set()  # of those, what may take for ever

    @contextlib.asynccontextmanager
    async def starting(self, run: str, request: wire.RunRequest) -> AsyncIterator[None]:
        """Take the lock for a run that is to be started in the block, if it wants it; wait as long as is asked for.

        Raises:
            BoxLocked: Somebody else has it, and had it for all that time.
        """
        while begun := self._starting.get(run):  # asked for twice
            await begun.wait()
        if not request.holder or request.kind != wire.SCRIPT or run in {*self._claims, *self._alive()}:
            yield
            return
        begun = self._starting[run] = asyncio.Event()
        try:
            await self._begin(run, request)
            yield
        except errors.LagerError:
            self._over(run)
            raise
        finally:
            del self._starting[run]
            begun.set()
        if run not in self._alive():  # it had ended when it was asked for
            self._over(run)

    async def _begin(self, run: str, request: wire.RunRequest) -> None:
        claim = _Claim(checked_holder(request.holder), request.holder_type)
        until = time.monotonic() + min(request.lock_wait, wire.LONGEST_LOCK_WAIT)
        self._claims[run] = claim
        try:
            while other := (await self._take(run, claim)).user:
                if time.monotonic() >= until:
                    raise boxlock.locked_by(other)
                await self._until_free(claim, until)
        except BaseException:  # also when its client has gone
            self._over(run)
            raise

    async def adopt(self, live: Iterable[Spec]) -> None:
        """Take over the runs of the runner before this one. What is paused comes back to be paused again."""
        scripts = (spec for spec in live if spec.holder and spec.kind == wire.SCRIPT)
        wanting = {spec.id: _Claim(spec.holder, spec.holder_type) for spec in scripts}
        paused = self._lock.state().paused
        await self._tell(boxlock.RunsLive(frozenset(wanting)))
        for run, claim in wanting.items():
            self._claims[run] = claim
            if run in paused:
                claim.has = False
                self._pauses.handle(events.LetGo(run))
            elif other := (await self._take(run, claim)).user:
                claim.has = False
                log.warning("run %s goes on without the box's lock, which %s has", run, other)
        if wanting:
            self._waiting.add(self._later(self._reconsider()))

    async def _reconsider(self) -> None:
        """Get the lock for those that were paused when the runner before this one ended, and are so no more."""
        await asyncio.sleep(_ADOPTED_AFTER)
        for run in list(self._claims):
            self._resumed(run)

    def heard(self, run: str, news: object) -> None:
        """Take what is new of a run: a pause that begins or ends."""
        if isinstance(news, wire.PauseBegan):
            self._paused(run)
        elif isinstance(news, wire.PauseEnded):
            self._resumed(run)

    async def ended(self, run: str) -> None:
        """Let go of the lock for a run that has ended; who is told of its end after this finds the box free."""
        if freed := self._over(run):
            await asyncio.shield(freed)

    def _paused(self, run: str) -> None:
        """Let go of the lock for a run that has paused, unless a pause of it is to hold it."""
        claim = self._claims.get(run)
        if claim is None or any(pause.hold for pause in self._pauses.pauses(run)):
            return
        claim.has = False
        claim.let_go += 1
        self._pauses.handle(events.LetGo(run))
        self._told(boxlock.RunPauses(run, claim.user))

    def wanted(self, run: str) -> None:
        """Get a run the lock, so that a pause of it can be released."""
        claim = self._claims.get(run)
        if claim is None:
            self._claimed(run)
        elif claim.returning is None:
            claim.returning = self._later(self._return(run, claim))
            self._waiting.add(claim.returning)

    def _resumed(self, run: str) -> None:
        """Know that a pause of a run is over. One that went on by itself gets the lock where nobody has it."""
        claim = self._claims.get(run)
        if claim and not claim.has and claim.returning is None and not self._pauses.pauses(run):
            self._waiting.add(self._later(self._try(run, claim)))

    def _over(self, run: str) -> asyncio.Task[boxlock.Decision | None] | None:
        """Know that a run has ended, or was never begun; gives what lets go of the lock, if it had a claim to it."""
        claim = self._claims.pop(run, None)
        if claim is None:
            return None
        if claim.returning:
            claim.returning.cancel()
        return self._told(boxlock.RunFree(run))

    async def watch(self) -> None:
        """Say now and then that the runs live; for ever."""
        while True:
            await asyncio.sleep(min(_BEAT_EVERY, _ttl() / 3))
            kept = self._lock.state()
            if self._claims or kept.runs or kept.paused:  # also where its file could not be written as a run ended
                live = frozenset({*self._alive(), *self._starting})
                for run in self._claims.keys() - live:
                    del self._claims[run]
                await self._tell(boxlock.RunsLive(live))

    async def close(self) -> None:
        """End what is under way; the runs that live keep the lock."""
        for task in self._waiting:
            task.cancel()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _return(self, run: str, claim: _Claim) -> None:
        """Wait for the lock, for a pause that is released."""
        told = ""
        try:
            while self._pauses.waits(run):
                let_go = claim.let_go
                other = await self._take(run, claim)
                if not other.user and claim.let_go == let_go:
                    claim.has = True
                    self._claimed(run)
                    return
                if other.user and other.user != told:
                    told = other.user
                    self._pauses.handle(events.Denied(run, told, _why(other)))
                    self._on_change()
                await self._until_free(claim)  # at once, where another of its threads has paused meanwhile
        finally:
            claim.returning = None
        self._resumed(run)  # it was aborted meanwhile

    async def _try(self, run: str, claim: _Claim) -> None:
        let_go = claim.let_go
        other = (await self._take(run, claim)).user
        if other:
            log.warning("run %s goes on without the box's lock, which %s has", run, other)
            await asyncio.sleep(_LAST_WORDS)
        if self._claims.get(run) is not claim or claim.let_go != let_go:
            return  # it is over, or paused again
        if other:
            self._told(boxlock.RunFree(run))
        else:
            claim.has = True
            self._claimed(run)

    def _claimed(self, run: str) -> None:
        self._pauses.handle(events.Claimed(run, time.monotonic()))

    async def _until_free(self, claim: _Claim, until: float = float("inf")) -> None:
        while time.monotonic() < until:
            holder = self._lock.now().user
            if not holder or boxlock.same(holder, claim.user):
                return
            await asyncio.sleep(_LOOK_EVERY)

    async def _take(self, run: str, claim: _Claim) -> boxlock.State:
        """Take the lock; gives who has it instead."""
        if self._claims.get(run) is not claim:
            return boxlock.FREE  # it has ended, and must not have it after that
        decision = await self._tell(boxlock.RunGoes(run, claim.user, claim.kind, _ttl()))
        return decision.state if decision and decision.refused else boxlock.FREE

    async def _tell(self, event: boxlock.Event) -> boxlock.Decision | None:
        """Tell the lock, to the end also where nobody waits for it any more: what comes next must not overtake it."""
        return await asyncio.shield(self._told(event))

    def _told(self, event: boxlock.Event) -> asyncio.Task[boxlock.Decision | None]:
        """Have the lock told, after all that was to be told before."""
        return self._later(self._in_turn(event))

    async def _in_turn(self, event: boxlock.Event) -> boxlock.Decision | None:
        """Tell the lock. Where its file cannot be written, runs go on without: that is no reason to stop a test."""
        async with self._turn:
            try:
                return await asyncio.to_thread(self._lock.tell, event)
            except errors.LagerError as exc:
                log.warning("%s", exc.what)
                return None

    def _later(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._waiting.discard)
        return task


def _why(other: boxlock.State) -> str:
    """Say who has the box, and since when, for people."""
    now, since = time.localtime(), time.localtime(other.since)
    words = "%H:%M:%S" if now[:3] == since[:3] else "%Y-%m-%d %H:%M"
    return f"the box is locked by {other.user} since {time.strftime(words, since)}"


def _ttl() -> float:
    """Give how long the lock lives without a sign of the runs, s."""
    try:
        return limits.read().lock_ttl
    except errors.UsageError:  # said by `lager box limits`, and wherever one is about to be exceeded
        return limits.Limits().lock_ttl
