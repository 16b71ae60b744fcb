"""How a run is ended, step by step; the time is made up."""

from signal import SIGINT, SIGKILL, SIGTERM

from lager_runner.ending import Ending


def steps(ending, *moments):
    return [ending.due(moment) for moment in moments]


def test_a_timeout_asks_then_insists_then_kills():
    ending = Ending(10)
    assert steps(ending, 9.9, 10, 10, 14.9) == [None, SIGINT, None, None]
    assert steps(ending, 15, 15, 16.9) == [SIGTERM, None, None]
    assert steps(ending, 17, 17, 1000) == [SIGKILL, None, None]
    assert ending.timed_out


def test_no_timeout():
    assert steps(Ending(None), 0, 1e9) == [None, None]


def test_an_interrupt_that_was_sent_is_not_sent_again():
    ending = Ending(10)
    ending.interrupted = True
    assert steps(ending, 10, 14, 15) == [0, None, SIGTERM]


def test_ending_for_another_reason_is_no_timeout():
    ending = Ending(10)
    ending.begin(3)
    ending.begin(4)
    assert steps(ending, 3, 8, 10) == [SIGINT, SIGTERM, SIGKILL]
    assert not ending.timed_out


def test_a_time_limit_that_waits_and_runs_again():
    ending = Ending(10)
    ending.hold(4)
    ending.hold(5)
    assert ending.deadline is None
    assert steps(ending, 10, 1000) == [None, None]
    ending.go_on(1000)
    ending.go_on(1001)
    assert steps(ending, 1005.9, 1006) == [None, SIGINT]
    assert ending.timed_out


def test_no_limit_waits_for_nothing():
    ending = Ending(None)
    ending.hold(1)
    ending.go_on(2)
    assert steps(ending, 1e9) == [None]


def test_a_limit_that_is_over_does_not_wait_any_more():
    ending = Ending(10)
    ending.hold(10)
    assert steps(ending, 10) == [SIGINT]
    ending.hold(11)
    ending.go_on(12)
    assert steps(ending, 14.9, 15) == [None, SIGTERM]


def test_ending_for_another_reason_waits_for_nobody():
    ending = Ending(10)
    ending.hold(1)
    ending.begin(2)
    assert steps(ending, 2) == [SIGINT]
    ending.go_on(3)
    assert steps(ending, 6.9, 7) == [None, SIGTERM]
    assert not ending.timed_out
