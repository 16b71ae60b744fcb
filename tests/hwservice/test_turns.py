"""First come, first served, and nobody waits for ever."""

import threading

import pytest

from lager import errors
from lager_hwservice.turns import Turns


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_caller_who_waited_too_long_is_told_who_is_ahead():
    clock = Clock()
    turns = Turns("the K at A", clock)
    with turns.take("run 4f2a (supply1.state)", 1) as waited:
        assert not waited
        clock.now += 8.25
        assert turns.current() == ("run 4f2a (supply1.state)", 8.25)
        with pytest.raises(errors.InstrumentBusy) as caught, turns.take("late", 0.01):
            pytest.fail("two had it at once")
    assert caught.value.what == (
        "the K at A is busy: run 4f2a (supply1.state) has had it for 8.2 s; this call waited 0.01 s"
    )
    assert turns.current() is None


def test_turns_come_in_order_and_one_at_a_time():
    turns = Turns("it", Clock())
    order, inside, entered = [], [], threading.Semaphore(0)

    def one(n):
        entered.release()
        with turns.take(str(n), 30):
            inside.append(n)
            assert len(inside) == 1
            order.append(n)
            inside.remove(n)

    with turns.take("first", 0):
        threads = []
        for n in range(10):
            threads.append(threading.Thread(target=one, args=(n,)))
            threads[-1].start()
            entered.acquire()
            while len(turns._queue) <= n:  # it is between its first line and the queue
                pass
    for thread in threads:
        thread.join(30)
    assert order == list(range(10))


def test_an_error_ends_the_turn():
    turns = Turns("it", Clock())
    with pytest.raises(KeyError), turns.take("a", 0):
        raise KeyError
    with turns.take("b", 0) as waited:
        assert not waited
