"""The box's lock as a state machine: whatever happens in whatever order, one holder, and nobody loses a reservation."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lager import boxlock
from lager.boxlock import FREE, Ask, Beat, RunFree, RunGoes, RunPauses, RunsLive, Unlock, decide, same

PEOPLE = st.sampled_from(["alice", "bob", "ci:github:o/r#7-1/test@one", "ci:github:o/r#7-1/test@one:4711"])
RUNS = st.sampled_from(["r1", "r2", "r3"])
TTLS = st.sampled_from([None, 1.0, 5.0])


def after(*events, now=0.0):
    state = FREE
    for event in events:
        state = decide(state, event, now).state
    return state


class Lock(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.state = FREE
        self.now = 1000.0

    def tell(self, event):
        before = boxlock.current(self.state, self.now)
        decision = decide(self.state, event, self.now)
        assert decision.before == before
        if decision.refused:
            assert decision.state == before
        self.state = decision.state
        return before, decision

    @rule(seconds=st.floats(0, 10))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(user=PEOPLE, kind=st.sampled_from(["user", "ci", "ephemeral", "theirs"]), ttl=TTLS)
    def asks(self, user, kind, ttl):
        before, decision = self.tell(Ask(user, kind, ttl))
        assert decision.refused == bool(before.user and not same(before.user, user))
        if not decision.refused:
            assert same(self.state.user, user)
            if before.asked and before.asked.holder_type not in boxlock.AUTOMATIC:  # L5
                assert self.state.asked.holder_type == before.asked.holder_type
                assert self.state.asked.ttl == before.asked.ttl

    @rule(user=PEOPLE)
    def beats(self, user):
        before, decision = self.tell(Beat(user))
        assert self.state.user == before.user
        assert decision.refused == bool(before.user and not same(before.user, user))

    @rule(user=PEOPLE, force=st.booleans())
    def unlocks(self, user, force):
        before, decision = self.tell(Unlock(user, force))
        if force:
            assert not self.state.user
        elif decision.refused:
            assert not same(before.user, user)
        else:
            assert self.state.asked is None
            assert self.state.runs == before.runs

    @rule(run=RUNS, user=PEOPLE, ttl=st.sampled_from([1.0, 5.0]))
    def run_goes(self, run, user, ttl):
        before, decision = self.tell(RunGoes(run, user, "ephemeral", ttl))
        assert decision.refused == bool(before.user and not same(before.user, user))
        if not decision.refused:
            assert run in self.state.runs
            assert run not in self.state.paused
            assert self.state.asked == before.asked

    @rule(run=RUNS, user=PEOPLE)
    def run_pauses(self, run, user):
        before, _ = self.tell(RunPauses(run, user))
        assert run not in self.state.runs
        assert self.state.paused[run] == user
        assert self.state.asked == before.asked

    @rule(run=RUNS)
    def run_ends(self, run):
        before, _ = self.tell(RunFree(run))
        assert run not in (*self.state.runs, *self.state.paused)
        assert self.state.asked == before.asked

    @rule(live=st.frozensets(RUNS))
    def runner_says_who_lives(self, live):
        had = self.state  # also what its time has run out of, as long as nobody else took it
        before, _ = self.tell(RunsLive(live))
        assert set(self.state.runs) == set(had.runs) & live
        assert set(self.state.paused) == set(before.paused) & live
        assert self.state.asked == before.asked

    @invariant()
    def somebody_has_it_by_some_right_or_it_is_free(self):
        state = boxlock.current(self.state, self.now)
        assert bool(state.user) == bool(state.asked or state.running)
        assert bool(state.running) == bool(state.runs)

    @invariant()
    def it_shuts_out_others_only(self):
        state = boxlock.current(self.state, self.now)
        for user in ("alice", "bob"):
            shut = boxlock.shuts_out(self.state, user, "", self.now)
            assert shut == ("" if not state.user or same(state.user, user) else state.user)


TestLock = Lock.TestCase
TestLock.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def test_a_reservation_lives_for_ever_and_through_its_holders_runs():
    state = after(Ask("alice", "user", None), RunGoes("r1", "alice", "ephemeral", 5.0), RunFree("r1"))
    assert boxlock.current(state, 1e9).user == "alice"


def test_an_automatic_lock_that_is_refreshed_never_weakens_a_reservation():
    state = after(Ask("alice", "user", None), Ask("alice", "ephemeral", 1800.0), Beat("alice"))
    assert (state.asked.holder_type, state.asked.ttl) == ("user", None)


def test_a_reservation_strengthens_an_automatic_lock():
    state = after(Ask("alice", "ephemeral", 5.0), Ask("alice", "user", None))
    assert (state.asked.holder_type, state.asked.ttl) == ("user", None)


def test_a_type_of_somebody_elses_counts_as_a_reservation():
    state = after(Ask("alice", "farm", None), Ask("alice", "ephemeral", 1800.0))
    assert (state.asked.holder_type, state.asked.ttl) == ("farm", None)


def test_a_lock_without_a_sign_of_life_is_over_when_its_time_is():
    state = after(Ask("alice", "ephemeral", 5.0))
    assert boxlock.current(state, 4.9).user == "alice"
    assert boxlock.current(state, 5.0).user == ""
    beaten = decide(state, Beat("alice"), 4.0).state
    assert boxlock.current(beaten, 8.9).user == "alice"
    taken = decide(state, Ask("bob", "user", None), 6.0)
    assert (taken.state.user, taken.previous) == ("bob", "alice")


def test_runs_of_one_holder_share_it_and_the_last_one_lets_go():
    state = after(RunGoes("r1", "alice", "ephemeral", 5.0), RunGoes("r2", "alice", "ephemeral", 5.0))
    assert decide(state, RunGoes("r3", "bob", "ephemeral", 5.0), 0.0).refused
    state = decide(state, RunPauses("r1", "alice"), 0.0).state
    assert state.user == "alice"
    assert decide(state, RunFree("r2"), 0.0).state.user == ""


def test_unlock_without_force_leaves_it_to_the_runs_and_force_takes_it_from_them():
    state = after(Ask("alice", "user", None), RunGoes("r1", "alice", "ephemeral", 5.0))
    assert decide(state, Unlock("alice"), 0.0).state.runs == ("r1",)
    assert decide(state, Unlock("bob", force=True), 0.0).state == FREE


def test_a_clock_that_goes_back_frees_nothing():
    assert boxlock.current(after(Ask("alice", "ephemeral", 5.0), now=1000.0), 0.0).user == "alice"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "alice"),
        ("ci:github:o/r#7-1/test@one:12", "ci:github:o/r#7-1/test@one:4711"),
        ("ci:github:o/r#7-1/test@one", "ci:github:o/r#7-1/test@one:4711"),
        ("ci:alice", "alice"),
    ],
)
def test_names_of_one_holder(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "bob"),
        ("alice:1", "alice:2"),
        ("ci:gitlab:g/p:12", "ci:gitlab:g/p:13"),  # where the job's number is the last part
        ("ci:gitlab:g/p#12", "ci:gitlab:g/p#13"),
        ("ci:github:o/r#7-1/test@one", "ci:github:o/r#7-1/test@two"),
        ("ci:github:o/r#7-1/test@one", "alice"),
    ],
)
def test_names_of_two_holders(one, other):
    assert not same(one, other)


def test_who_is_shut_out():
    state = after(RunGoes("r1", "alice", "ephemeral", 5.0), RunPauses("r2", "bob"))
    assert boxlock.shuts_out(state, "alice", "", 0.0) == ""
    assert boxlock.shuts_out(state, "bob", "", 0.0) == "alice"  # its console, too
    assert boxlock.shuts_out(state, "bob", "r2", 0.0) == ""  # what goes on in a paused script
    assert boxlock.shuts_out(state, "carol", "r1", 0.0) == ""  # the run itself, whoever it says it is
    assert boxlock.shuts_out(state, "bob", "r3", 0.0) == "alice"
    assert boxlock.shuts_out(state, "bob", "", 5.0) == ""  # its time is over


def test_what_others_are_told():
    state = after(RunPauses("r1234567890", "alice"), RunPauses("r2", "alice"))
    assert boxlock.news(state, "alice", 0.0) == ""
    assert boxlock.news(state, "bob", 0.0) == "run r1234567 of alice is paused on this box, and 1 more"
    assert boxlock.news(after(Ask("alice", "user", None)), "bob", 0.0) == "the box is locked by alice; this only reads"
    assert boxlock.news(FREE, "bob", 0.0) == ""


def test_runs_that_live_have_the_box_still_when_the_clock_was_set_forward():
    state = decide(after(RunGoes("r1", "alice", "ephemeral", 10.0)), RunsLive(frozenset({"r1"})), 1e6).state
    assert (state.user, state.runs) == ("alice", ("r1",))
    assert boxlock.current(state, 1e6 + 9).user == "alice"


def test_what_another_has_taken_since_the_clock_was_set_forward_stays_theirs():
    taken = decide(after(RunGoes("r1", "alice", "ephemeral", 10.0)), Ask("bob", "user", None), 1e6).state
    state = decide(taken, RunsLive(frozenset({"r1"})), 1e6).state
    assert (state.user, state.runs) == ("bob", ())
