"""What waits for a target: order, bounds, retries. The clock and the dice are the test's."""

import pytest

from lager_runner.notifying import notices, outbox
from lager_runner.notifying.outbox import ATTEMPTS, Outbox, wait_after


def notice(name):
    return notices.of_test(0.0, name)


def test_in_order_one_after_the_other():
    box = Outbox()
    assert box.wait(0) is None
    for name in "ab":
        box.add(notice(name))
    assert (len(box), box.wait(0)) == (2, 0)
    assert box.take().host == "a"
    box.delivered()
    assert box.take().host == "b"
    box.delivered()
    assert (len(box), box.wait(0)) == (0, None)


def test_a_failure_is_tried_again_with_longer_waits_and_then_given_up():
    box, now, waits = Outbox(), 100.0, []
    box.add(notice("a"))
    box.add(notice("b"))
    given_up = False
    while not given_up:
        assert box.take().host == "a"  # the order is kept
        given_up = box.failed(now, 0.5, final=False)
        if not given_up:
            waits.append(box.wait(now))
            now += waits[-1]
            assert box.wait(now) == 0
    assert waits == [4, 8, 16, 32]
    assert len(waits) == ATTEMPTS - 1
    assert (box.wait(now), box.take().missed) == (0, 1)


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 3.0), (0.5, 4.0), (1.0, 5.0)])
def test_waits_are_spread(chance, wait):
    assert wait_after(1, chance) == wait


def test_a_final_failure_is_not_tried_again():
    box = Outbox()
    box.add(notice("a"))
    box.take()
    assert box.failed(0, 0.5, final=True)
    assert len(box) == 0


def test_the_oldest_goes_and_the_next_one_says_how_many():
    box = Outbox(capacity=2)
    box.add(notice("under way"))
    assert box.take().host == "under way"
    for name in "abcde":
        box.add(notice(name))
    box.failed(0, 0.5, final=True)
    assert (box.take().host, box.take().missed) == ("d", 4)  # a, b, c, and the one that was under way
    box.delivered()
    assert (box.take().host, box.take().missed) == ("e", 0)


def test_what_is_missed_while_one_is_under_way_is_told_by_the_next():
    box = Outbox(capacity=1)
    box.add(notice("a"))
    box.take()
    for name in "bcd":
        box.add(notice(name))
    box.delivered()
    assert box.take().missed == 2


def test_nothing_is_left_for_who_wants_nothing_any_more():
    box = Outbox(capacity=1)
    for name in "abc":
        box.add(notice(name))
    box.take()
    box.clear()
    assert (len(box), box.wait(0)) == (0, None)
    box.add(notice("d"))
    assert box.take().missed == 0
    assert outbox.CAPACITY == 100
