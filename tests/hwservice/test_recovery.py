"""The policy, as a table: no hardware, no time."""

import itertools

import pytest

from lager_hwservice.faults import Fault
from lager_hwservice.recovery import Action, Step, next_step, spoils_session

REOPEN, GIVE_UP = Step(Action.REOPEN), Step(Action.GIVE_UP)


@pytest.mark.parametrize(
    ("fault", "attempt", "opening", "reads_only", "step"),
    [
        *((Fault.BUSY, n + 1, True, False, Step(Action.RETRY, delay)) for n, delay in enumerate([0.2, 0.5, 1.0, 2.0])),
        (Fault.BUSY, 5, True, True, GIVE_UP),
        (Fault.BUSY, 1, False, True, GIVE_UP),
        *((fault, 1, False, True, REOPEN) for fault in (Fault.GONE, Fault.STALE, Fault.SLOW, Fault.GARBLED)),
        *((fault, 1, False, False, GIVE_UP) for fault in (Fault.GONE, Fault.STALE, Fault.SLOW, Fault.GARBLED)),
        *((fault, 1, True, False, REOPEN) for fault in (Fault.STALE, Fault.SLOW, Fault.GARBLED)),
        (Fault.GONE, 1, True, False, Step(Action.REOPEN, delay=0.5)),
        *((fault, 2, opening, True, GIVE_UP) for fault in (Fault.GONE, Fault.SLOW) for opening in (True, False)),
        *((fault, 1, opening, True, GIVE_UP) for fault in (Fault.REFUSED, Fault.BUG) for opening in (True, False)),
    ],
)
def test_next_step(fault, attempt, opening, reads_only, step):
    assert next_step(fault, attempt, opening=opening, reads_only=reads_only) == step


@pytest.mark.parametrize(("fault", "attempt"), list(itertools.product(Fault, range(1, 9))))
def test_what_may_have_reached_the_instrument_is_never_sent_twice(fault, attempt):
    assert next_step(fault, attempt, opening=False, reads_only=False) == GIVE_UP


@pytest.mark.parametrize(("fault", "opening", "reads"), list(itertools.product(Fault, (True, False), (True, False))))
def test_every_trouble_ends(fault, opening, reads):
    assert next_step(fault, 9, opening=opening, reads_only=reads) == GIVE_UP


def test_only_a_refusal_leaves_the_session_fit_for_use():
    assert [fault for fault in Fault if not spoils_session(fault)] == [Fault.REFUSED]
