"""First come, first served, and nobody waits for ever."""

import threading
import time

import pytest

from lager import errors
from lager_hwservice.turns import Closed, Turns


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


def test_when_it_is_closed_those_who_wait_are_sent_away_and_nobody_is_let_in():
    turns = Turns("it", Clock())
    outcomes = []

    def wait():
        try:
            with turns.take("second", 30):
                outcomes.append("in")
        except Closed:
            outcomes.append("closed")

    with turns.take("first", 0):
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not turns._queue:
            pass
        assert turns.close() is False
        waiting.join(30)
        assert outcomes == ["closed"]
    with pytest.raises(Closed), turns.take("late", 1):
        pytest.fail("let in")
    assert turns.close(1) is True


def test_who_closes_it_waits_for_the_one_that_is_in():
    turns = Turns("it", Clock())
    inside, leave = threading.Event(), threading.Event()

    def first():
        with turns.take("first", 0):
            inside.set()
            assert leave.wait(30)

    running = threading.Thread(target=first)
    running.start()
    assert inside.wait(30)
    assert turns.close(0.01) is False
    leave.set()
    running.join(30)
    assert turns.close(30) is True


def test_whoever_closes_it_waits_for_the_one_that_is_in_though_others_close_it_too():
    turns = Turns("it", time.monotonic)
    inside, leave, outcomes = threading.Event(), threading.Event(), []

    def first():
        with turns.take("first", 0):
            inside.set()
            assert leave.wait(30)
            assert turns.close() is False  # it retires, and its service ends it at the same time

    running = threading.Thread(target=first)
    running.start()
    assert inside.wait(30)
    closing = [threading.Thread(target=lambda: outcomes.append(turns.close(30))) for _ in range(2)]
    for one in closing:
        one.start()
    while len(turns._ends) < len(closing):
        pass
    leave.set()
    for one in (running, *closing):
        one.join(60)
    assert outcomes == [True, True]


def test_many_callers_are_one_at_a_time_whatever_becomes_of_them():
    turns = Turns("it", time.monotonic)
    inside, counts, lock = [], {"in": 0, "busy": 0}, threading.Lock()

    def call(n):
        for _ in range(200):
            try:
                with turns.take(str(n), 0.002):
                    inside.append(n)
                    assert inside == [n]
                    inside.remove(n)
                    outcome = "in"
            except errors.InstrumentBusy as exc:
                outcome = "busy" if " has had it for " in exc.what else exc.what
            with lock:
                counts[outcome] += 1

    threads = [threading.Thread(target=call, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts.values()) == 1600
    assert turns.current() is None
    assert not turns._queue
