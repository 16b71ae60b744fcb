"""A worker's own business: who waits for whom."""

import pytest

from lager import errors, wire
from lager_hwservice.sessions import Session
from lager_hwservice.worker import Worker


class Link:
    closed = 0
    ended = False

    def lost(self):
        return self.ended

    def close(self):
        self.closed += 1


class Supply:
    """A device whose calls do what the test hands it."""

    def __init__(self, does):
        self._does = does

    def channel(self, role, pin):
        return self

    def voltage(self):
        return self._does()

    def set_voltage(self, volts):
        return self._does()


def worker(does, wait=0.01):
    session = Session(Link, lambda link: Supply(does), (OSError, errors.LagerError))
    return Worker("K at A", session, wait), session


def call(method="voltage", *args, caller="run 4f2a"):
    return wire.Call(1, "supply1", "power-supply", "1", method, list(args), {}, caller)


def test_a_caller_who_waits_too_long_is_told_who_is_ahead():
    inner = []

    def does():
        inner.append(one.answer(call(caller="lager supply")))
        return 3.3

    one, _ = worker(does)
    assert one.answer(call()) == wire.Answer(1, 3.3)
    (refused,) = inner
    assert refused.error.code == "instrument-busy"
    assert refused.error.what.startswith("the K at A is busy: run 4f2a (supply1.voltage) has had it for 0.")


def test_a_read_is_repeated_on_a_fresh_session_and_a_write_is_not():
    outcomes = [OSError(19, "gone"), 3.3]

    def does():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    one, session = worker(does)
    assert one.answer(call()) == wire.Answer(1, 3.3)
    assert session.generation == 2
    outcomes[:] = [OSError(19, "gone"), None]
    failed = one.answer(call("set_voltage", 3))
    assert failed.error.code == "instrument-gone"
    assert failed.error.what.endswith("it is not known whether supply1.set_voltage reached it")
    assert len(outcomes) == 1
    assert one.answer(call("set_voltage", 3)) == wire.Answer(1, None)
    assert session.generation == 3


def test_a_defect_is_told_and_the_worker_lives_on():
    outcomes = [ZeroDivisionError("x"), 3.3]

    def does():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    one, _ = worker(does)
    failed = one.answer(call())
    assert failed.error.code == "defect"
    assert "supply1.voltage: ZeroDivisionError" in failed.error.what
    assert one.answer(call()) == wire.Answer(1, 3.3)


@pytest.mark.parametrize("method", ["voltage", "set_voltage"])
def test_the_instrument_is_opened_at_the_first_call(method):
    one, session = worker(lambda: None)
    assert session.generation == 0
    one.answer(call(method, *([] if method == "voltage" else [1])))
    assert session.generation == 1


def test_a_write_after_the_link_was_lost_while_idle_goes_to_a_fresh_one():
    links = []

    def opened():
        links.append(Link())
        return links[-1]

    session = Session(opened, lambda link: Supply(lambda: None), (OSError, errors.LagerError))
    one = Worker("K at A", session, 0.01)
    assert one.answer(call("set_voltage", 3)) == wire.Answer(1, None)
    links[0].ended = True
    assert one.answer(call("set_voltage", 4)) == wire.Answer(1, None)
    assert (session.generation, links[0].closed, links[1].closed) == (2, 1, 0)
