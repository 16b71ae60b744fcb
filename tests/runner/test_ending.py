"""How a run is ended, step by step; the time is made up."""

from signal import SIGINT, SIGKILL, SIGTERM, SIGUSR1

from hypothesis import given, settings
from hypothesis import strategies as st

from lager_runner.ending import LADDER, Ending, Graces


def steps(ending, *moments):
    return [ending.due(moment) for moment in moments]


def test_a_timeout_asks_then_insists_then_kills():
    ending = Ending(10)
    assert steps(ending, 9.9, 10, 10, 14.9) == [None, SIGINT, None, None]
    assert steps(ending, 15, 15, 16.9) == [SIGTERM, None, None]
    assert steps(ending, 17, 17, 1000) == [SIGKILL, None, None]
    assert (ending.timed_out, ending.stopped) == (True, False)
    assert ending.did == ["SIGINT (timeout)", "SIGTERM", "SIGKILL"]


def test_no_timeout():
    assert steps(Ending(None), 0, 1e9) == [None, None]


def test_progress_extends_the_grace_up_to_its_whole_length():
    ending = Ending(None, Graces(idle=5, total=12, terminate=2))
    ending.end(0)
    assert steps(ending, 0, 4.9) == [SIGINT, None]
    ending.progress(4.9)
    assert steps(ending, 9.8) == [None]
    ending.progress(9.8)
    assert steps(ending, 11.9, 12) == [None, SIGTERM]
    ending.progress(13)  # it was asked; from here on it has two seconds, whatever it does
    assert steps(ending, 13.9, 14) == [None, SIGKILL]
    ending.progress(15)
    assert steps(ending, 100) == [None]


def test_progress_of_a_run_that_is_not_ended_means_nothing():
    ending = Ending(10)
    ending.progress(9)
    assert steps(ending, 10) == [SIGINT]


def test_an_interrupt_that_was_sent_is_not_sent_again():
    ending = Ending(10)
    ending.sent(8, SIGINT, "bob")
    assert steps(ending, 10, 14, 15) == [0, None, SIGTERM]
    assert ending.did == ["SIGINT (bob)", "SIGTERM"]


def test_an_interrupt_that_a_script_has_survived_for_long_is_forgotten():
    ending = Ending(100)
    ending.sent(1, SIGINT, "bob")
    assert steps(ending, 100) == [SIGINT]


def test_ending_for_another_reason_is_no_timeout():
    ending = Ending(10)
    assert ending.end(3, "alice")
    assert not ending.end(4, "bob")
    assert steps(ending, 3, 8, 10) == [SIGINT, SIGTERM, SIGKILL]
    assert (ending.timed_out, ending.stopped) == (False, True)
    assert ending.did == ["SIGINT (alice)", "SIGTERM", "SIGKILL"]


def test_who_has_no_patience_goes_on_to_the_next_step():
    ending = Ending(None)
    ending.end(0, "alice")
    assert steps(ending, 0) == [SIGINT]
    assert ending.end(1, "alice", SIGTERM)
    assert steps(ending, 1, 2.9) == [SIGTERM, None]
    assert not ending.end(2, "alice", SIGTERM)
    assert ending.end(2, "bob", SIGKILL)
    assert steps(ending, 2, 1000) == [SIGKILL, None]
    assert not ending.end(3, "bob", SIGKILL)
    assert ending.did == ["SIGINT (alice)", "SIGTERM (alice)", "SIGKILL (bob)"]


def test_a_later_step_of_a_timeout_may_be_asked_for():
    ending = Ending(10)
    assert steps(ending, 10) == [SIGINT]
    assert ending.end(11, "alice", SIGKILL)
    assert steps(ending, 11) == [SIGKILL]
    assert (ending.timed_out, ending.stopped) == (True, False)


def test_what_was_done_is_told_in_few_words():
    ending = Ending(None)
    for _ in range(100):
        ending.sent(0, SIGUSR1, "x" * 1000)
    ending.sent(0, 40, "")
    assert len(ending.did) <= 8
    assert all(len(one) < 60 for one in ending.did)


def test_a_time_limit_that_waits_and_runs_again():
    ending = Ending(10)
    ending.hold(4)
    ending.hold(5)
    assert (ending.deadline, ending.limit()) == (None, None)
    assert steps(ending, 10, 1000) == [None, None]
    ending.go_on(1000)
    ending.go_on(1001)
    assert ending.limit() == 1006
    assert steps(ending, 1005.9, 1006) == [None, SIGINT]
    assert ending.timed_out
    assert ending.limit() is None


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
    ending.end(2)
    assert steps(ending, 2) == [SIGINT]
    ending.go_on(3)
    assert steps(ending, 6.9, 7) == [None, SIGTERM]
    assert not ending.timed_out


DOINGS = st.one_of(
    st.tuples(st.just("end"), st.sampled_from(LADDER)),
    st.tuples(st.just("sent"), st.sampled_from([SIGINT, SIGUSR1])),
    st.sampled_from([("hold", None), ("go_on", None), ("progress", None), ("look", None)]),
)
GRACES = Graces(idle=5, total=20, terminate=2)


class Keeper:
    """Keeps the time of an ending, as a supervisor does, and notes the signals that are due."""

    def __init__(self, ending):
        self.ending, self.now, self.sent = ending, 0.0, []

    def ask(self):
        while (due := self.ending.due(self.now)) is not None:
            self.sent.append((self.now, due))

    def go_to(self, moment):
        while self.ending.deadline is not None and self.ending.deadline <= moment:
            self.now = max(self.now, self.ending.deadline)
            self.ask()
        self.now = moment

    def do(self, what, number):
        if what == "end":
            self.ending.end(self.now, "somebody", number)
        elif what == "sent":
            self.ending.sent(self.now, number)
        elif what != "look":
            getattr(self.ending, what)(self.now)
        self.ask()


@settings(deadline=None)
@given(st.one_of(st.none(), st.floats(0.1, 50)), st.lists(st.tuples(st.floats(0, 10), DOINGS), max_size=40))
def test_whatever_happens_a_run_that_is_ended_gets_one_interrupt_and_its_end_in_time(limit, doings):
    ending = Ending(limit, GRACES)
    keeper = Keeper(ending)
    for later, (what, number) in doings:
        keeper.go_to(keeper.now + later)
        keeper.do(what, number)
    if not ending.begun:
        assert keeper.sent == []
        keeper.do("end", SIGINT)
    keeper.go_to(1e6)  # nothing happens any more: it comes to its end by itself
    begun, ended = keeper.sent[0][0], keeper.sent[-1][0]
    steps = [number for _, number in keeper.sent if number]
    assert [one for one in LADDER if one in steps] == steps, "in this order, and each only once"
    assert steps[-1] == SIGKILL
    assert ended - begun <= GRACES.total + GRACES.terminate + 1e-6
    assert ending.killed
    assert not ending.end(1e6, "late", SIGKILL)
    assert ending.due(1e9) is None
