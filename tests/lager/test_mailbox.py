"""A mailbox gives what was put in, in order, and its waits end."""

import os
import signal
import threading
from queue import Empty

import pytest

from lager.mailbox import Mailbox


def test_things_come_out_in_the_order_they_were_put_in():
    box = Mailbox()
    for number in range(3):
        box.put(number)
    assert [box.get(), box.get(0), box.get(1)] == [0, 1, 2]
    assert box.empty()


@pytest.mark.parametrize("timeout", [0, 1e-6, 0.01])
def test_a_wait_for_nothing_ends(timeout):
    box = Mailbox()
    for _ in range(20_000 if timeout < 0.001 else 3):
        with pytest.raises(Empty):
            box.get(timeout)
        box.put("heard before, and taken")  # leaves the bell as it was rung
        assert box.get(timeout) == "heard before, and taken"


def test_one_who_waits_is_woken_by_another_thread():
    box, taken = Mailbox(), []
    taker = threading.Thread(target=lambda: taken.extend(box.get(30) for _ in range(2000)))
    taker.start()
    putters = [
        threading.Thread(target=lambda first=first: [box.put((first, n)) for n in range(500)]) for first in range(4)
    ]
    for one in putters:
        one.start()
    for one in [*putters, taker]:
        one.join()
    assert len(taken) == 2000
    for first in range(4):
        assert [n for who, n in taken if who == first] == list(range(500))


def test_a_signals_handler_may_fill_it_while_its_thread_waits():
    box = Mailbox()
    before = signal.signal(signal.SIGUSR1, lambda *_: box.put("signalled"))
    try:
        caller = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
        caller.start()
        assert box.get(30) == "signalled"
        caller.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
