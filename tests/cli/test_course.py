"""How a console goes on over broken connections."""

import pytest

from lager import wire
from lager_cli.console.course import KEPT, PING_EVERY, SILENCE, Course

PAUSE = wire.PauseInfo(
    number=1, name="r", label=None, file="t.py", line=1, function="f", thread="M", since=0, timeout=0, interactive=True
)


def ready(statement=0):
    return wire.ConsoleReady("r", PAUSE, statement)


@pytest.fixture
def course():
    one = Course("c", "ada")
    assert one.opened(ready(), 0.0) == []
    return one


def test_the_first_join_makes_a_console_and_the_next_goes_on_with_it():
    course = Course("c", "ada")
    assert course.join() == wire.Join("c", "ada")
    course.opened(ready(), 0.0)
    course.hear(wire.ConsoleOutput(1, 1, "x", "c", 4), 1.0)
    assert course.join() == wire.Join("c", "ada", 4, False, True)


def test_a_statement_is_said_again_until_it_is_known_to_have_arrived(course):
    evaluate = wire.Evaluate(1, "x")
    assert course.tell(evaluate) == [evaluate, wire.Ping(1)]
    course.broke(1.0)
    assert course.opened(ready(), 2.0) == [evaluate, wire.Ping(2)]
    course.hear(wire.Pong(2), 2.1)
    assert course.opened(ready(1), 3.0) == []


def test_a_statement_that_the_box_has_had_is_not_said_again(course):
    course.tell(wire.Evaluate(1, "x"))
    assert course.opened(ready(1), 1.0) == []


def test_nothing_of_a_statement_that_is_done_is_said_again(course):
    course.tell(wire.Evaluate(1, "x"))
    course.tell(wire.Interrupt(1))
    course.hear(wire.ConsoleResult(1, False, "c", 1), 1.0)
    assert course.opened(ready(1), 2.0) == []


def test_an_interrupt_that_may_be_lost_is_said_again(course):
    course.tell(wire.Evaluate(1, "x"))
    course.hear(wire.Pong(1), 0.5)
    course.tell(wire.Interrupt(1))
    assert course.opened(ready(1), 1.0) == [wire.Interrupt(1), wire.Ping(3)]


def test_anothers_result_is_not_ours():
    course = Course("c", "ada")
    course.tell(wire.Evaluate(1, "x"))
    course.hear(wire.ConsoleResult(1, True, "other", 1), 0.1)
    assert course.opened(ready(), 1.0) == [wire.Evaluate(1, "x"), wire.Ping(2)]


def test_what_was_heard_is_not_heard_again(course):
    first, second = wire.ConsoleOutput(1, 1, "a", "c", 1), wire.ConsoleOutput(1, 1, "b", "c", 2)
    assert course.hear(first, 1.0)
    assert course.hear(second, 1.0)
    assert not course.hear(first, 2.0)
    assert course.hear(wire.Completions(1, [], 0, "c"), 2.0)
    assert not course.hear(wire.Ping(1), 2.0)


def test_it_pings_and_notices_silence(course):
    assert course.due(PING_EVERY - 0.1) is None
    assert course.due(PING_EVERY) == wire.Ping(1)
    assert course.due(PING_EVERY + 0.1) is None
    assert not course.is_silent(SILENCE - 0.1)
    assert course.is_silent(SILENCE)
    course.hear(wire.Pong(1), SILENCE)
    assert not course.is_silent(SILENCE + 1)
    assert 0 < course.next_look(SILENCE) <= PING_EVERY


def test_it_tries_again_soon_then_seldom_and_gives_up_when_the_box_does(course):
    course.broke(10.0)
    assert course.lost_since == 10.0
    assert [course.retry() for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert not course.is_given_up(10 + KEPT - 1)
    assert course.is_given_up(10 + KEPT)
    course.opened(ready(), 60.0)
    assert course.lost_since is None
    course.broke(61.0)  # it did not hold: that is no reason to be hasty
    assert course.retry() == 5.0
    course.opened(ready(), 70.0)
    course.broke(80.0)
    assert course.retry() == 0.2
