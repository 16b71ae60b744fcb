"""One call on an instrument, from the first attempt to the answer: joins session, fault and policy. The only sleep."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from lager_hwservice.faults import Fault, as_error, classify
from lager_hwservice.recovery import Action, next_step, spoils_session
from lager_hwservice.sessions import Session

log = logging.getLogger(__name__)


class Request(NamedTuple):
    """What is asked of an instrument.

    Attributes:
        instrument: Model and address, as people are told.
        call: `supply1.set_voltage`, as people are told.
        action: What to do with the channel.
        reads_only: Whether it may be done twice.
    """

    instrument: str
    call: str
    role: str
    pin: str
    action: Callable[[Any], Any]
    reads_only: bool


def perform(session: Session, request: Request, sleep: Callable[[float], None] = time.sleep) -> Any:  # noqa: TID251
    """Do what is asked, as often as the policy allows. The caller has the turn.

    Raises:
        LagerError: What it ended in. The session is then fit for the next call, or dropped.
    """
    attempt = 0
    while True:
        attempt += 1
        opening = True
        try:
            channel = session.channel(request.role, request.pin)
            opening = False
            return request.action(channel)
        except session.troubles as exc:
            fault = classify(exc, opening=opening)
            step = next_step(fault, attempt, opening=opening, reads_only=request.reads_only)
            log.info("%s, attempt %d: %s (%r): %s", request.call, attempt, fault.name, exc, step.action.name)
            if spoils_session(fault):
                session.drop()
            if step.action is Action.GIVE_UP:
                if fault is Fault.BUG:
                    log.exception("%s", request.call)
                raise as_error(fault, exc, request.instrument, _doubt(request, opening)) from exc
        sleep(step.delay)


def _doubt(request: Request, opening: bool) -> str:
    if opening or request.reads_only:
        return ""
    return f"; it is not known whether {request.call} reached it"
