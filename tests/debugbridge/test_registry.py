"""The rules of pausing, without a socket or a clock."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lager import errors, wire
from lager_debugbridge import registry as r


def hit(key, run="run", left=None, **more):
    fields = {"pid": 1, "label": None, "file": "t.py", "line": 3, "function": "f", "thread": "MainThread"}
    fields |= {"timeout": left or 0.0, "left": left, "interactive": True}
    return wire.Hit(run=run, key=key, **(fields | more))


def arrive(registry, key, now=0.0, link=1, **more):
    return registry.handle(r.Hit(hit(key, **more), link, now, 1000.0))


def of(kind, effects):
    return [effect for effect in effects if isinstance(effect, kind)]


def test_a_pause_is_announced_released_and_over():
    registry = r.Registry()
    announced, began = arrive(registry, "a", left=5.0)
    assert (announced.name, announced.number, began.pause.since) == ("run", 1, 1000.0)
    assert registry.next_deadline() == 5.0
    (release,) = registry.handle(r.Resume("run", None, "me"))
    assert (release.key, release.name, release.reason, release.by) == ("a", "run", "resumed", "me")
    assert registry.pauses("run") == []
    assert registry.next_deadline() is None
    assert registry.handle(r.Released("a", "resumed")) == [r.Ended("run", "a", 1, "resumed")]
    assert registry.handle(r.Released("a", "resumed")) == []


def test_the_deadline_releases_once():
    registry = r.Registry()
    arrive(registry, "a", now=10.0, left=5.0)
    assert registry.handle(r.Tick(14.9)) == []
    (release,) = registry.handle(r.Tick(15.0))
    assert release.reason == "timed out"
    assert registry.handle(r.Tick(16.0)) == []


def test_two_pauses_have_numbers_and_resume_apart():
    registry = r.Registry()
    arrive(registry, "a", label="first")
    (announced, _) = arrive(registry, "b")
    assert announced.name == "run.2"
    assert [pause.name for pause in registry.pauses("run")] == ["run.1", "run.2"]
    (refused,) = registry.handle(r.Resume("run", None, ""))
    assert isinstance(refused.error, errors.AmbiguousId)
    assert 'run.1 ("first" at t.py:3), run.2 (at t.py:3)' in refused.error.what
    (release,) = registry.handle(r.Resume("run", 2, ""))
    assert (release.key, release.name) == ("b", "run.2")
    assert [pause.name for pause in registry.pauses("run")] == ["run"]


def test_a_late_resume_never_frees_the_next_pause():
    registry = r.Registry()
    arrive(registry, "a")
    registry.handle(r.Resume("run", 1, ""))
    registry.handle(r.Released("a", "resumed"))
    arrive(registry, "b")
    (refused,) = registry.handle(r.Resume("run", 1, ""))
    assert isinstance(refused.error, errors.NothingPaused)
    assert [pause.number for pause in registry.pauses("run")] == [2]


def test_after_a_restart_of_the_box_a_pause_keeps_its_number_and_no_number_comes_again():
    registry = r.Registry()
    arrive(registry, "new", seen=2)
    (announced, _) = arrive(registry, "old", number=2)
    assert announced.number == 2
    assert [pause.number for pause in registry.pauses("run")] == [2, 3]


def test_a_pause_that_comes_again_by_another_connection_survives_the_loss_of_the_first():
    registry = r.Registry()
    arrive(registry, "a", link=1)
    assert of(r.Began, arrive(registry, "a", link=2, number=1)) == []
    assert registry.handle(r.ConnectionLost(1)) == []
    assert registry.handle(r.ConnectionLost(2)) == [r.Ended("run", "a", 1, "script ended")]


def test_a_release_that_was_lost_on_the_way_is_sent_again():
    registry = r.Registry()
    arrive(registry, "a", link=1)
    registry.handle(r.Resume("run", None, "me"))
    (again,) = of(r.Release, arrive(registry, "a", link=2, number=1))
    assert (again.link, again.reason) == (2, "resumed")


def test_consoles_end_with_their_pause():
    registry = r.Registry()
    arrive(registry, "a")
    (opened,) = registry.handle(r.AttachConsole("c1", "run", None))
    assert (opened.key, opened.pause.number) == ("a", 1)
    registry.handle(r.AttachConsole("c2", "run", 1))
    assert registry.handle(r.DetachConsole("c2")) == [r.ShutConsole(1, "c2")]
    registry.handle(r.Resume("run", None, ""))
    ended = registry.handle(r.Released("a", "resumed"))
    assert ended[0] == r.EndConsole("c1", "resumed")


@pytest.mark.parametrize(("interactive", "error"), [(False, errors.NoConsole), (None, errors.NothingPaused)])
def test_no_console_where_there_can_be_none(interactive, error):
    registry = r.Registry()
    if interactive is not None:
        arrive(registry, "a", interactive=interactive)
    (refused,) = registry.handle(r.AttachConsole("c", "run", None))
    assert type(refused.error) is error


class Promise(RuleBasedStateMachine):
    """Whatever the order of events: every pause is over exactly once, none is lost, and no release hits another."""

    def __init__(self):
        super().__init__()
        self.registry = r.Registry()
        self.now = 0.0
        self.open = {}  # key: (run, number)
        self.releasing = set()
        self.over = []
        self.count = 0

    def tell(self, event):
        effects = self.registry.handle(event)
        for effect in of(r.Release, effects):
            assert effect.key in self.open
            if not isinstance(event, r.Hit):
                assert effect.key not in self.releasing
            self.releasing.add(effect.key)
        for effect in of(r.Ended, effects):
            assert self.open.pop(effect.key) == (effect.run, effect.number)
            self.releasing.discard(effect.key)
            self.over.append(effect.key)
        return effects

    @rule(run=st.sampled_from("ab"), left=st.none() | st.floats(0.1, 5), link=st.integers(1, 3))
    def pause(self, run, left, link):
        self.count += 1
        key = f"k{self.count}"
        number = max((pause[1] for pause in self.open.values() if pause[0] == run), default=0)
        effects = self.registry.handle(r.Hit(hit(key, run, left), link, self.now, 0.0))
        announced = of(r.Announce, effects)[0]
        assert announced.number > number
        self.open[key] = (run, announced.number)

    @rule(data=st.data(), link=st.integers(1, 3))
    def again(self, data, link):
        if self.open:
            key = data.draw(st.sampled_from(sorted(self.open)))
            run, number = self.open[key]
            effects = self.tell(r.Hit(hit(key, run, number=number), link, self.now, 0.0))
            assert of(r.Announce, effects)[0].number == number

    @rule(run=st.sampled_from("ab"), number=st.none() | st.integers(1, 6))
    def resume(self, run, number):
        waiting = {k: v for k, v in self.open.items() if v[0] == run and k not in self.releasing}
        effects = self.tell(r.Resume(run, number, ""))
        for release in of(r.Release, effects):
            assert number in (None, waiting[release.key][1])
        meant = [v for v in waiting.values() if number in (None, v[1])]
        assert len(of(r.Release, effects)) == (len(meant) == 1)

    @rule(data=st.data())
    def goes_on(self, data):
        if self.open:
            self.tell(r.Released(data.draw(st.sampled_from(sorted(self.open))), "resumed"))

    @rule(data=st.data())
    def says_it_twice(self, data):
        if self.over:
            assert self.tell(r.Released(data.draw(st.sampled_from(self.over)), "resumed")) == []

    @rule(seconds=st.floats(0, 3))
    def time_passes(self, seconds):
        self.now += seconds
        self.tell(r.Tick(self.now))
        deadline = self.registry.next_deadline()
        assert deadline is None or deadline > self.now

    @rule(link=st.integers(1, 3))
    def connection_lost(self, link):
        self.tell(r.ConnectionLost(link))

    @rule(run=st.sampled_from("ab"), console=st.sampled_from("xy"))
    def attach(self, run, console):
        self.tell(r.AttachConsole(console, run, None))

    @invariant()
    def none_is_lost(self):
        assert len(self.over) == len(set(self.over))
        assert len(self.open) + len(self.over) == self.count
        listed = {(run, pause.number) for run in "ab" for pause in self.registry.pauses(run)}
        assert listed == {place for key, place in self.open.items() if key not in self.releasing}


Promise.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestPromise = Promise.TestCase
