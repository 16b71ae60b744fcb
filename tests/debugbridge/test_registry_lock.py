"""A run that has let go of the box's lock has it again before a pause of it is released; an abort needs none."""

import pytest

from lager import errors, wire
from lager_debugbridge import effects, events
from lager_debugbridge.registry import Registry

RUN = "r1"
WHY = "the box is locked by bob since 12:00:00"


def hit(key="k1", link=1, timeout=0.0, **more):
    left = timeout or None
    given = {"label": None, "file": "a.py", "line": 1, "function": "f", "thread": "MainThread", "interactive": True}
    made = wire.Hit(run=RUN, key=key, pid=7, timeout=timeout, left=left, **given | more)
    return events.Hit(made, link, now=100.0, wall=1000.0)


@pytest.fixture
def registry():
    one = Registry()
    one.handle(hit())
    one.handle(events.LetGo(RUN))
    return one


def kinds(due):
    return [type(one).__name__ for one in due]


def waits_for(registry):
    return [pause.waits_for for pause in registry.pauses(RUN)]


def test_a_release_comes_with_the_lock(registry):
    assert registry.handle(events.Resume(RUN, None, "alice")) == [effects.Claim(RUN, "k1", RUN)]
    assert registry.waits(RUN)
    assert registry.handle(events.Claimed(RUN, 101.0)) == [effects.Release(1, "k1", RUN, "resumed", "alice")]
    assert not registry.waits(RUN)
    assert kinds(registry.handle(events.Released("k1", "resumed", 1))) == ["Ended"]


def test_a_run_that_has_it_is_released_at_once(registry):
    registry.handle(events.Claimed(RUN, 101.0))
    assert kinds(registry.handle(events.Resume(RUN, None, "alice"))) == ["Release"]


def test_where_somebody_else_has_it_the_pause_and_the_script_say_who(registry):
    registry.handle(events.Resume(RUN, None, "alice"))
    assert registry.handle(events.Denied(RUN, "bob", WHY)) == [effects.Wait(1, "k1", WHY)]
    assert waits_for(registry) == ["bob"]
    [refused] = registry.handle(events.Resume(RUN, None, "carol"))
    assert isinstance(refused.error, errors.NothingPaused)
    assert "is being resumed by alice" in refused.error.what
    assert WHY in refused.error.what
    [released] = registry.handle(events.Claimed(RUN, 200.0))
    assert (released.reason, released.by) == ("resumed", "alice")
    assert registry.handle(events.Denied(RUN, "bob", WHY)) == []


def test_an_abort_waits_for_nobody(registry):
    registry.handle(events.Resume(RUN, None, "alice"))
    registry.handle(events.Denied(RUN, "bob", WHY))
    assert registry.handle(events.Abort(RUN, None, "alice")) == [effects.Release(1, "k1", RUN, "aborted", "alice")]
    assert registry.handle(events.Claimed(RUN, 200.0)) == []
    [ended] = registry.handle(events.Released("k1", "aborted", 1))
    assert ended.by == "alice"


def test_its_timeout_waits_for_the_lock_too_and_no_other_moment_is_due():
    registry = Registry()
    registry.handle(hit(timeout=10.0))
    registry.handle(events.LetGo(RUN))
    assert kinds(registry.handle(events.Tick(110.0))) == ["Claim"]
    registry.handle(events.Denied(RUN, "bob", WHY))
    assert registry.next_deadline() is None
    assert registry.handle(events.Tick(500.0)) == []
    [released] = registry.handle(events.Claimed(RUN, 501.0))
    assert released.reason == "timed out"


def test_a_timeout_that_aborts_needs_none():
    registry = Registry()
    registry.handle(hit(timeout=10.0, on_timeout="abort"))
    registry.handle(events.LetGo(RUN))
    [released] = registry.handle(events.Tick(110.0))
    assert (type(released), released.reason) == (effects.Release, "aborted")


def change(ticket=5):
    return events.Change(RUN, None, wire.ContinueRequest("alice", [("x", "1")]), ticket, 100.0)


def test_changes_are_made_with_the_lock(registry):
    assert registry.handle(change()) == [effects.Claim(RUN, "k1", RUN)]
    [released] = registry.handle(events.Claimed(RUN, 200.0))
    assert released.sets == (("x", "1"),)
    assert registry.next_deadline() == 215.0  # from then on, and not from when they were asked for
    assert kinds(registry.handle(events.Released("k1", "resumed", 1, ("x = 1",)))) == ["Answer", "Ended"]


def test_changes_are_refused_while_somebody_else_has_it_and_it_stays_paused(registry):
    registry.handle(change())
    [answer] = registry.handle(events.Denied(RUN, "bob", WHY))
    assert isinstance(answer.said, errors.BoxLocked)
    assert (answer.ticket, registry.waits(RUN), waits_for(registry)) == (5, False, [""])
    assert kinds(registry.handle(events.Resume(RUN, None, "alice"))) == ["Claim"]


@pytest.mark.parametrize("end", [events.ConnectionLost(1), events.ScriptGone(RUN), events.Abort(RUN, None, "bob")])
def test_who_wants_changes_hears_of_any_other_end(registry, end):
    registry.handle(change())
    answers = [one for one in registry.handle(end) if isinstance(one, effects.Answer)]
    assert [(one.ticket, type(one.said)) for one in answers] == [(5, errors.NothingPaused)]
    assert not registry.waits(RUN)


def test_all_that_is_wanted_is_released_with_it(registry):
    registry.handle(hit("k2", 2))
    assert kinds(registry.handle(events.Resume(RUN, None, "alice", all=True))) == ["Claim", "Claim"]
    assert [one.key for one in registry.handle(events.Claimed(RUN, 101.0))] == ["k1", "k2"]


def test_the_script_may_end_while_it_waits(registry):
    registry.handle(events.Resume(RUN, None, "alice"))
    assert "Ended" in kinds(registry.handle(events.ConnectionLost(1)))
    assert registry.handle(events.Claimed(RUN, 101.0)) == []


def test_whether_a_pause_holds_it_is_told():
    registry = Registry()
    registry.handle(hit(hold=True))
    assert [pause.hold for pause in registry.pauses(RUN)] == [True]
