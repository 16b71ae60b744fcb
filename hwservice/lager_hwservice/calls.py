"""One call on an instrument, from the first attempt to the answer: joins session, fault and policy. The only sleep."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from lager import boxlock, errors
from lager_drivers.device import Interruption, NotSent
from lager_hwservice import restarts
from lager_hwservice.bench import a
from lager_hwservice.faults import Fault, as_error, classify
from lager_hwservice.recovery import Action, next_step, replaces_worker, spoils_session
from lager_hwservice.sessions import Session

log = logging.getLogger(__name__)


class Spent(Exception):  # no error of the call: it says that this process has to be replaced
    """This process is of no further use to the instrument.

    Attributes:
        error: What the caller is told; None where the call may be sent to the next process.
    """

    def __init__(self, error: errors.LagerError | None = None) -> None:
        super().__init__()
        self.error = error


class Request(NamedTuple):
    """What is asked of an instrument.

    Attributes:
        instrument: Model and address, as people are told.
        call: `supply1.set_voltage`, as people are told.
        action: What to do with the channel.
        reads_only: Whether it may be done twice.
        begin: Called when it is about to reach the instrument.
        known_restart: The instrument's last restart its caller knows of, Unix time, s; None where it never called.
        as_it_is: Whether it is refused where the instrument would first have to be brought into the role.
        check: Reads from the channel, and raises where the call is not allowed as it is set now.
        locked_by: Who has the box, where that is why `as_it_is`.
        again: Called when it is about to be tried once more; raises `NotSent` where others are to have it first.
        interruption: The leave to switch an output off and on for it; None where there is none.
    """

    instrument: str
    call: str
    role: str
    pin: str
    action: Callable[[Any], Any]
    reads_only: bool
    begin: Callable[[], object] = lambda: None
    known_restart: float | None = None
    as_it_is: bool = False
    check: Callable[[Any], object] = lambda _: None
    locked_by: str = ""
    again: Callable[[], object] = lambda: None
    interruption: Interruption | None = None


class Renewal:
    """Whether a fresh process may see a device that this one sees no more.

    libusb's list of devices is made when it is first used, and without udev it stays as it was then.

    Args:
        possible: Whether the instrument is on such a bus at all.
        after_vain: Whether the process before this one has ended for that very reason.
        clock: Monotonic time, s.
    """

    _PAUSE = 5.0  # s until a process whose predecessor failed likewise is replaced, too

    def __init__(
        self, possible: bool = False, after_vain: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._possible = possible
        self._clock = clock
        self._not_before = clock() + (self._PAUSE if after_vain else 0.0)

    def helps(self, session: Session) -> bool:
        """Decide it: always where this process has had the instrument open, else only once in a row."""
        return self._possible and (session.generation > 0 or self._clock() >= self._not_before)


NO_RENEWAL = Renewal()


def perform(
    session: Session,
    request: Request,
    renewal: Renewal = NO_RENEWAL,
    sleep: Callable[[float], None] = time.sleep,  # noqa: TID251
) -> Any:
    """Do what is asked, as often as the policy allows. The caller has the turn.

    Raises:
        LagerError: What it ended in. The session is then fit for the next call, or dropped.
        NotSent: It has given way, and is to be asked for anew; the session is fit for the next call, or dropped.
        Spent: This process is to be replaced.
    """
    attempt = 0
    while True:
        attempt += 1
        opening = True
        _find(session, request, renewal)
        try:
            channel = session.channel(request.role, request.pin)
            opening = False
            return _act(session, request, channel)
        except NotSent:
            raise
        except session.troubles as exc:
            fault = classify(exc, opening=opening)
            fresh = renewal.helps(session)
            step = next_step(fault, attempt, opening=opening, reads_only=request.reads_only, renewable=fresh)
            log.info("%s, attempt %d: %s (%r): %s", request.call, attempt, fault.name, exc, step.action.name)
            if spoils_session(fault):
                session.drop()
            if step.action is Action.MOVE:
                raise Spent from exc
            if step.action is Action.GIVE_UP:
                raise _ending(request, fault, exc, opening, replaces_worker(fault, fresh)) from exc
        except BaseException:  # a defect: nobody knows how far it came, and whose answer is on its way
            session.drop()
            raise
        request.again()
        sleep(step.delay)


def _find(session: Session, request: Request, renewal: Renewal) -> None:
    """See that the instrument is there, before anything of the call is sent."""
    if session.is_open:
        if not session.ended():
            return
        log.info("session %d has ended by itself", session.generation)
        session.drop()
        if renewal.helps(session):
            raise Spent
    elif session.generation and session.presence.gone() and renewal.helps(session):
        raise Spent
    if not session.presence.returns():
        raise as_error(Fault.GONE, LookupError("nothing of that name is on its bus"), request.instrument)


def _act(session: Session, request: Request, channel: Any) -> Any:
    if restarts.is_news(request.known_restart, session.restarted):
        method = request.call.rpartition(".")[2]
        if restarts.refused(method, request.reads_only):
            raise restarts.refusal(request.instrument, session.restarted, method)
    if request.as_it_is and (now := session.role_now(request.role)) != request.role:
        what = (
            f"the {request.instrument} is set up as {a(now) if now else 'something else'}, and was left so: "
            f"{request.call} would have made it {a(request.role)}"
        )
        if request.locked_by:
            raise boxlock.locked_by(request.locked_by, what)
        raise errors.RoleConflict(
            what, "use a net of that role, or let it be changed: `lager instruments test NET --yes`"
        )
    request.check(channel)
    request.begin()
    if request.interruption is None:
        return request.action(channel)
    with session.interrupted(request.interruption):
        return request.action(channel)


def _ending(request: Request, fault: Fault, exc: Exception, opening: bool, spent: bool) -> Exception:
    if fault is Fault.BUG:
        log.exception("%s", request.call)
    doubt = f"; it is not known whether {request.call} reached it"
    if opening:  # where it is gone or in use, that goes without saying
        doubt = f"; {request.call} was not sent" if fault is Fault.SLOW else ""
    if request.interruption is not None and request.interruption.off:
        doubt += "; its output was to be switched off for that, and may be off now"
    error = as_error(fault, exc, request.instrument, "" if request.reads_only else doubt)
    return Spent(error) if spent else error
