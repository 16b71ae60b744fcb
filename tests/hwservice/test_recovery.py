"""The policy, as a table: no hardware, no time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager_hwservice.faults import Fault
from lager_hwservice.recovery import Action, Step, next_step, replaces_worker, spoils_session

MOVE, REOPEN, GIVE_UP = Step(Action.MOVE), Step(Action.REOPEN), Step(Action.GIVE_UP)


@pytest.mark.parametrize(
    ("fault", "attempt", "opening", "reads_only", "step"),
    [
        *((Fault.BUSY, n + 1, True, False, Step(Action.RETRY, delay)) for n, delay in enumerate([0.2, 0.5, 1.0, 2.0])),
        (Fault.BUSY, 5, True, True, GIVE_UP),
        (Fault.BUSY, 1, False, True, GIVE_UP),
        *((fault, 1, False, True, REOPEN) for fault in (Fault.GONE, Fault.STALE, Fault.SLOW, Fault.STALLED)),
        *((fault, 1, False, False, GIVE_UP) for fault in (Fault.GONE, Fault.STALE, Fault.SLOW, Fault.GARBLED)),
        *((fault, 1, True, False, REOPEN) for fault in (Fault.STALE, Fault.SLOW, Fault.GARBLED)),
        (Fault.GONE, 1, True, False, Step(Action.REOPEN, delay=0.5)),
        *((fault, 2, opening, True, GIVE_UP) for fault in (Fault.GONE, Fault.SLOW) for opening in (True, False)),
        *(
            (fault, 1, opening, True, GIVE_UP)
            for fault in (Fault.REFUSED, Fault.BUG, Fault.HELD, Fault.DENIED)
            for opening in (True, False)
        ),
    ],
)
def test_next_step(fault, attempt, opening, reads_only, step):
    assert next_step(fault, attempt, opening=opening, reads_only=reads_only) == step


@pytest.mark.parametrize(
    ("opening", "reads_only", "step"),
    [(True, False, MOVE), (True, True, MOVE), (False, True, MOVE), (False, False, GIVE_UP)],
)
def test_a_device_that_left_is_left_to_a_fresh_process(opening, reads_only, step):
    assert next_step(Fault.GONE, 1, opening=opening, reads_only=reads_only, renewable=True) == step


def test_only_a_device_that_left_takes_a_fresh_process():
    assert [fault for fault in Fault if replaces_worker(fault, True)] == [Fault.GONE]
    assert not any(replaces_worker(fault, False) for fault in Fault)


FAULTS, ATTEMPTS, YES_OR_NO = st.sampled_from(Fault), st.integers(1, 100), st.booleans()


@given(FAULTS, ATTEMPTS, YES_OR_NO)
def test_the_rule_on_the_wall(fault, attempt, renewable):
    """What may have reached the instrument is never sent twice, by this process or the next one."""
    assert next_step(fault, attempt, opening=False, reads_only=False, renewable=renewable) == GIVE_UP


@given(FAULTS, YES_OR_NO, YES_OR_NO, YES_OR_NO)
def test_every_trouble_ends(fault, opening, reads_only, renewable):
    steps = [next_step(fault, n, opening=opening, reads_only=reads_only, renewable=renewable) for n in range(1, 7)]
    assert steps[-1].action in (Action.GIVE_UP, Action.MOVE)
    assert sum(step.delay for step in steps) < 4


def test_only_a_refusal_leaves_the_session_fit_for_use():
    assert [fault for fault in Fault if not spoils_session(fault)] == [Fault.REFUSED]
