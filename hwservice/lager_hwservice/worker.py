"""A worker: the process that owns one instrument, and answers everybody's calls on it over its own unix socket.

Forked from a process that is warm (`zygote.py`) when the hardware service wants one (`workerprocess.py`, `starter.py`),
and ended with it. A thread for each connection; one call at a time, in the order they came. It opens the instrument at
the first call, never before.

It ends by itself where another process can do better: when a call hangs, and when the instrument left a bus whose list
of devices this process cannot renew. Whoever waits for it is then sent to the next worker, unless its call may have
reached the instrument.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from lager import errors, roles, wire
from lager.lifeline import Lifeline
from lager.lines import Lines
from lager.times import CALL_WITHIN, TURN_WITHIN
from lager_drivers import catalog
from lager_drivers.device import NotSent
from lager_hwservice import admission, calls, dispatch, links, restarts
from lager_hwservice.admission import Admission
from lager_hwservice.assignment import Assignment
from lager_hwservice.callers import Callers
from lager_hwservice.diagnosis import unnamed
from lager_hwservice.diagnosis.probing import Place, Prober
from lager_hwservice.listening import listen
from lager_hwservice.monitors import Monitors
from lager_hwservice.presence import Presence
from lager_hwservice.sessions import Session
from lager_hwservice.turns import Closed, Turns

log = logging.getLogger(__name__)
HUNG = 70  # exit status of a worker whose call did not come back
_LOOK_EVERY = 0.5  # s between two looks at a call that is running
_END_WITHIN = 1.5  # s that a running call gets when the service has gone; the next worker waits longer
_ANSWER_WITHIN = 2.0  # s that answers may take to be sent when this process ends
_ANSWER_SOON = 0.3  # s that they may take while a call still has the instrument, for which the next worker waits
# A monitor's reading gives way so often, and so long after it was begun, s: then it is made, or it never would be.
_GIVES_WAY, _GIVES_WAY_FOR = 20, 4.0


class Instrument(NamedTuple):
    """What a worker is for.

    Attributes:
        model: The catalog's name.
        one_role_at_a_time: Whether nets of one role only can be used while one of them is being watched.
    """

    model: str
    address: str
    one_role_at_a_time: bool = False

    def __str__(self) -> str:
        """Name it for people."""
        return f"{self.model} at {self.address}"


class Limits(NamedTuple):
    """How long a call waits for those before it, and how long it may take then, s."""

    turn_within: float = TURN_WITHIN
    call_within: float = CALL_WITHIN


class Worker:
    """Calls on one instrument.

    Args:
        instrument: The instrument.
        session: Its session.
        limits: How long things may take.
        renewal: Whether another process could do better.
        on_spent: Called, in the turn of a call and after the instrument was let go, when another process should.
        admission: Which calls are let in.
    """

    def __init__(
        self,
        instrument: Instrument,
        session: Session,
        limits: Limits = Limits(),  # noqa: B008  # it never changes
        renewal: calls.Renewal = calls.NO_RENEWAL,
        on_spent: Callable[[], None] = lambda: None,
        admission: Admission = Admission(),  # noqa: B008  # it never changes
    ) -> None:
        self._instrument = str(instrument)
        self._session = session
        self._limits = limits
        self._renewal = renewal
        self._on_spent = on_spent
        self._admission = admission
        self._turns = Turns(f"the {instrument}", time.monotonic)
        self._monitors = Monitors(instrument.model, instrument.one_role_at_a_time, self.read)
        self._callers = Callers(self._take_request)
        self._working = threading.Event()
        self._running: tuple[wire.Call, Lines | None] | None = None
        self._probe: Callable[[float, float], wire.Probed] | None = None

    def probe_with(self, probe: Callable[[float, float], wire.Probed]) -> None:
        """Say how the instrument is asked whether it is well, within a time, s."""
        self._probe = probe

    def read(self, call: wire.Call) -> wire.WorkerReply:
        """Do a call that only reads, after whoever wants the instrument meanwhile."""
        begun = time.monotonic()
        for _ in range(_GIVES_WAY):
            with contextlib.suppress(NotSent):
                return self.answer(call, gives_way=True)
            if time.monotonic() - begun > _GIVES_WAY_FOR:
                break
        return self.answer(call)

    def answer(self, call: wire.Call, caller: Lines | None = None, *, gives_way: bool = False) -> wire.WorkerReply:
        """Do one call.

        Args:
            call: The call.
            caller: The connection it came over.
            gives_way: Whether it is not done where somebody wants the instrument meanwhile.

        Raises:
            NotSent: It was not done.
        """
        try:
            return self._perform(call, caller, gives_way)
        except NotSent:
            raise
        except Closed:
            return wire.Retired(call.id)
        except errors.InstrumentRestarted as exc:
            return wire.Failed(call.id, wire.ErrorBody.of(exc), self._session.restarted)
        except errors.LagerError as exc:
            return wire.Failed(call.id, wire.ErrorBody.of(exc))
        except Exception as exc:  # a call's top: the worker lives on, and the caller hears of it
            log.exception("%s.%s", call.net, call.method)
            return wire.Failed(call.id, wire.ErrorBody.of(_defect(f"{call.net}.{call.method}", exc)))

    def _perform(self, call: wire.Call, caller: Lines | None, gives_way: bool) -> wire.WorkerReply:
        self._monitors.refuse(call.net, call.role)
        method = dispatch.find(call.role, call.method)
        args = method.arguments(call.args, call.kwargs)
        name = f"{call.net}.{call.method}"
        reads_only = roles.reads_only(call.role, call.method, args)
        request = calls.Request(
            self._instrument,
            name,
            call.role,
            call.pin,
            self._gently(method, args) if gives_way else lambda on: method.call(on, args),
            reads_only,
            # From then on it may reach the instrument. A death of this process before that leaves nobody in doubt.
            (lambda: None) if caller is None else caller.take,
            call.known_restart,
            call.as_it_is,
            again=self._give_way if gives_way else lambda: None,
        )
        with self._turns.take(f"{call.caller or 'somebody'} ({name})", self._limits.turn_within) as waited:
            if waited and caller is not None and not _is_open(caller):
                raise errors.LagerError(f"{name}: its caller has gone")
            self._running = call, caller
            if not self._working.is_set():
                self._working.set()
            try:
                request = self._admission.admit(call, request, args)
                return self._answered(call, calls.perform(self._session, request, self._renewal))
            except calls.Spent as spent:
                self._retire()
                return wire.Retired(call.id) if spent.error is None else _failed(call, spent.error)
            finally:
                self._running = None

    def _give_way(self) -> None:
        if self._turns.wanted():
            raise NotSent

    def _gently(self, method: dispatch.Method, args: list[Any]) -> Callable[[Any], Any]:
        return lambda on: self._session.manners.giving_way(self._turns.wanted, lambda: method.call(on, args))

    def _answered(self, call: wire.Call, value: Any) -> wire.Answer:
        restarted = self._session.restarted
        news = restarts.is_news(call.known_restart, restarted)
        return wire.Answer(call.id, value, restarted, restarts.notice(self._instrument, restarted) if news else "")

    def _retire(self) -> None:
        """Let go of the instrument and let nobody in any more: another process takes over."""
        self._session.drop()
        self._on_spent()
        self._turns.close()

    def serve(self, listener: socket.socket) -> None:
        """Answer whoever connects, until this process ends."""
        threading.Thread(target=self._end_when_hung, name="watchdog", daemon=True).start()
        self._callers.serve(listener)

    def _take_request(self, link: Lines) -> bool:
        request: wire.WorkerRequest = link.look(wire.WorkerRequest)
        if isinstance(request, wire.Call):
            reply = self.answer(request, link)
            link.take()
            link.send(reply)
            return True
        link.take()
        if isinstance(request, wire.Describe):
            link.send(wire.Answer(request.id, self._state()))
        elif isinstance(request, wire.Probe):
            link.send(self._probed(request))
        else:
            try:
                if isinstance(request, wire.Watch):
                    self._monitors.watch(link, request)
                else:
                    link.send(self._clear(request))
            except errors.LagerError as exc:
                link.send(wire.Failed(request.id, wire.ErrorBody.of(exc)))
        return True

    def _state(self) -> wire.WorkerState:
        who, since = self._turns.current() or ("", 0.0)
        drivers = [
            {"role": role, "pin": pin, "driver": type(one).__name__}
            for (role, pin), one in self._session.channels().items()
        ]
        return wire.WorkerState(
            pid=os.getpid(),
            session=self._session.is_open,
            opened=self._session.generation,
            drivers=drivers,
            running=who,
            running_for=since,
            watchers=self._monitors.watched(),
            identity=self._session.identity,
        )

    def _probed(self, request: wire.Probe) -> wire.WorkerReply:
        """Ask the instrument whether it is well; not in the middle of a call, which is not waited for for long."""
        until = time.monotonic() + request.whole_within
        try:
            with self._turns.take(request.caller or "somebody", request.turn_within):
                self._working.set()  # to open it may hang, as calls may
                assert self._probe is not None
                patience = min(request.patience, until - time.monotonic())
                return wire.Answer(request.id, self._probe(request.within, patience))
        except Closed:
            return wire.Retired(request.id)
        except errors.InstrumentBusy:
            who, since = self._turns.current() or ("", request.turn_within)
            skipped = wire.Probed(via=wire.IN_SESSION, skipped=True, busy_with=who, busy_for=since)
            return wire.Answer(request.id, skipped)
        except Exception as exc:  # a call's top, as in `answer`
            log.exception("a question to %s", self._instrument)
            return wire.Failed(request.id, wire.ErrorBody.of(_defect("a question who it is", exc)))

    def _clear(self, request: wire.Clear) -> wire.WorkerReply:
        try:
            with self._turns.take("clearing the cache", self._limits.turn_within):
                self._working.set()  # closing it may hang, as calls may
                was_open = self._session.is_open
                cleared = self._session.forget()
                in_order = not request.sessions or self._session.drop()
                closed = int(was_open and request.sessions and in_order)
                kept = int(was_open and not request.sessions)
                return wire.Answer(request.id, wire.Cleared(cleared, closed, int(not in_order), kept))
        except Closed:
            return wire.Answer(request.id, wire.Cleared())  # this process forgets everything anyway

    def _end_when_hung(self) -> None:
        """Look after the running call; sleeps for as long as there is none."""
        pause = threading.Event()
        longest = wait = min(_LOOK_EVERY, self._limits.call_within)
        while self._working.wait():
            pause.wait(wait)  # so that quick calls, one after another, do not wake this thread each time
            self._working.clear()
            current = self._turns.current()
            if current is None:
                wait = longest
                continue
            self._working.set()
            who, since = current
            wait = min(longest, self._limits.call_within - since)
            if wait <= 0:
                self._end_hung(who, since)

    def _end_hung(self, who: str, since: float) -> None:
        """End this process, which nothing else can wake; those who wait for their turn go to the next one."""
        log.error("%s has had the instrument for %.1f s: this worker ends", who, since)
        self._turns.close()
        self._callers.dismiss(_ANSWER_SOON, but=1)
        if self._running is not None:
            self._tell_of_hang(*self._running, since)
        os._exit(HUNG)

    def _tell_of_hang(self, call: wire.Call, caller: Lines | None, since: float) -> None:
        """Answer the call that hangs, but for a read that was sent: it is asked once more, of the next worker."""
        if caller is None:
            return
        reads_only = roles.reads_only(call.role, call.method, call.args)
        if reads_only and not caller.unread:
            return
        doubt = "" if caller.unread or reads_only else "; it is not known whether that reached the instrument"
        caller.take()
        error = errors.InstrumentSilent(
            f"the {self._instrument} did not come back from {call.net}.{call.method} within {since:.3g} s{doubt}",
            f"look at its front panel and see what state {call.net} is in, then call again: nothing needs a restart",
        )
        with contextlib.suppress(OSError):  # it has gone
            caller.send(_failed(call, error))

    def leave(self, within: float = 0.0) -> None:
        """End this process after all that came was answered.

        Args:
            within: How long a call that is running gets, s; 0 where none is.
        """
        stuck = not self._turns.close(within) and within > 0
        if stuck:
            log.warning("ending in the middle of a call")
        elif within:
            self._session.drop()
        self._callers.dismiss(_ANSWER_SOON if stuck else _ANSWER_WITHIN, but=int(stuck))
        os._exit(0)


def _is_open(caller: Lines) -> bool:
    """Whether the other end is still there."""
    poll = select.poll()
    poll.register(caller.fileno(), select.POLLRDHUP)
    return not poll.poll(0)


def _failed(call: wire.Call, error: errors.LagerError) -> wire.Failed:
    return wire.Failed(call.id, wire.ErrorBody.of(error))


def _defect(doing: str, exc: Exception) -> errors.Defect:
    return errors.Defect(
        f"a defect of lager in {doing}: {type(exc).__name__}: {exc}",
        "the box's log has the details; please report them",
    )


def serve(mine: Assignment) -> int:
    """Be a worker until its service ends."""
    logging.basicConfig(level=logging.INFO, format=f"worker {mine.instrument} %(levelname)s %(message)s")
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # says again, in its words, what it raises
    ending = threading.Event()
    lifeline = Lifeline(ending.set)
    try:
        worker = _worker(mine, lifeline)
    except errors.LagerError as exc:
        lifeline.report("failed", code=exc.code, what=exc.what, hint=exc.hint)
        return exc.exit_code
    listener = listen(mine.socket)
    threading.Thread(target=worker.serve, args=(listener,), name="listener", daemon=True).start()
    lifeline.report("ready")
    ending.wait()
    worker.leave(_END_WITHIN)
    return 0


def _worker(mine: Assignment, lifeline: Lifeline) -> Worker:
    entry = catalog.find(mine.instrument) if mine.instrument else unnamed.entry(mine.address)
    way = links.prepare(entry.link, mine.address, mine.via)
    record = restarts.Record.of(mine.address, mine.via)
    session = Session(
        way.open, lambda link: entry.connect(link, session.note), way.troubles, Presence(way.present), record
    )

    def on_spent() -> None:
        lifeline.report("retired", vain=str(session.generation == 0))
        threading.Thread(target=worker.leave, name="end", daemon=True).start()

    renewal = calls.Renewal(way.renewable, mine.after_vain)
    instrument = Instrument(mine.instrument or "instrument", mine.address, entry.one_role_at_a_time)
    admitting = admission.of_instrument(mine.bench, mine.address)
    worker = Worker(instrument, session, Limits(call_within=mine.call_within), renewal, on_spent, admitting)
    place = Place(str(instrument), mine.address, entry, known=bool(mine.instrument))
    opens = functools.partial(links.prepare, entry.link, mine.address, mine.via, gently=True)
    worker.probe_with(Prober(place, session, opens).probe)
    return worker
