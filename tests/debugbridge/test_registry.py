"""The rules of pausing, without a socket or a clock."""

import pytest

from lager import errors, wire
from lager_debugbridge import effects, events
from lager_debugbridge.registry import CHANGE_SECONDS, END_OF_RUN, GONE, Registry

VOLTS = wire.ContinueRequest("alice", [("volts", "3.3")])


def hit(key, run="run", left=None, **more):
    fields = {"pid": 1, "label": None, "file": "t.py", "line": 3, "function": "f", "thread": "MainThread"}
    fields |= {"timeout": left or 0.0, "left": left, "interactive": True}
    return wire.Hit(run=run, key=key, **(fields | more))


def arrive(registry, key, now=0.0, link=1, **more):
    return registry.handle(events.Hit(hit(key, **more), link, now, 1000.0))


def go(registry, key, reason="resumed", link=1, done=()):
    return registry.handle(events.Released(key, reason, link, done))


def change(registry, number=None, ask=VOLTS, ticket=7, now=0.0):
    return registry.handle(events.Change("run", number, ask, ticket, now))


def refusal(effects_):
    (refused,) = effects_
    assert isinstance(refused, effects.Refuse)
    return refused.error


def of(kind, effects_):
    return [effect for effect in effects_ if isinstance(effect, kind)]


def test_a_pause_is_announced_released_and_over():
    registry = Registry()
    began, announced = arrive(registry, "a", left=5.0, pid=77, on_timeout="abort")
    assert (announced.name, announced.number, announced.label, began.pause.since) == ("run", 1, None, 1000.0)
    assert (began.pause.until, began.pause.on_timeout, began.pause.pid, began.pause.kind) == (
        1005,
        "abort",
        77,
        "pause",
    )
    (release,) = registry.handle(events.Resume("run", None, "me"))
    assert (release.key, release.name, release.reason, release.by) == ("a", "run", "resumed", "me")
    assert registry.pauses("run") == []
    assert registry.next_deadline() is None
    assert go(registry, "a") == [effects.Ended("run", "a", 1, "resumed", "me")]
    assert go(registry, "a") == []


@pytest.mark.parametrize(("on_timeout", "reason"), [("resume", "timed out"), ("abort", "aborted")])
def test_the_deadline_releases_once_after_one_warning(on_timeout, reason):
    registry = Registry()
    arrive(registry, "a", now=10.0, left=5.0, on_timeout=on_timeout)
    assert registry.next_deadline() == 12.5
    assert registry.handle(events.Tick(12.4)) == []
    (soon,) = registry.handle(events.Tick(12.5))
    assert (soon.run, soon.pause) == ("run", registry.pauses("run")[0])
    assert registry.next_deadline() == 15.0
    assert registry.handle(events.Tick(14.9)) == []
    (release,) = registry.handle(events.Tick(15.0))
    assert (release.reason, release.by) == (reason, "")
    assert registry.handle(events.Tick(16.0)) == []
    assert go(registry, "a", reason)[-1].by == ""


def test_the_warning_comes_30_s_before_a_long_timeout():
    registry = Registry()
    arrive(registry, "a", left=300.0)
    assert registry.next_deadline() == 270.0


def test_two_pauses_have_numbers_and_resume_apart():
    registry = Registry()
    arrive(registry, "a", label="first")
    (_, announced) = arrive(registry, "b", thread="T")
    assert announced.name == "run.2"
    assert [pause.name for pause in registry.pauses("run")] == ["run.1", "run.2"]
    refused = refusal(registry.handle(events.Resume("run", None, "")))
    assert isinstance(refused, errors.AmbiguousId)
    assert 'run.1 ("first" at t.py:3, thread MainThread), run.2 (at t.py:3, thread T)' in refused.what
    assert refused.hint == "name one of them, such as run.1; `--all` means all of them"
    assert isinstance(refusal(registry.handle(events.Abort("run", None, ""))), errors.AmbiguousId)
    (release,) = registry.handle(events.Resume("run", 2, ""))
    assert (release.key, release.name) == ("b", "run.2")
    assert [pause.name for pause in registry.pauses("run")] == ["run"]


@pytest.mark.parametrize(("kind", "reason"), [(events.Resume, "resumed"), (events.Abort, "aborted")])
def test_all_of_a_run_at_once(kind, reason):
    registry = Registry()
    for key in "abc":
        arrive(registry, key)
    arrive(registry, "other", run="other")
    change(registry, 2)
    released = registry.handle(kind("run", None, "me", all=True))
    assert [(one.key, one.name, one.reason, one.by) for one in released] == [
        ("a", "run.1", reason, "me"),
        ("c", "run.3", reason, "me"),
    ]
    assert [pause.number for pause in registry.pauses("run")] == [2]
    assert "is being resumed by alice" in refusal(registry.handle(kind("run", None, "me", all=True))).what
    go(registry, "b", done=("volts = 3.3",))
    assert isinstance(refusal(registry.handle(kind("run", None, "me", all=True))), errors.NothingPaused)
    assert isinstance(refusal(registry.handle(kind("other", 1, "me", all=True))), errors.UsageError)
    assert len(registry.pauses("other")) == 1


def test_a_late_resume_never_frees_the_next_pause_and_hears_who_was_first():
    registry = Registry()
    arrive(registry, "a")
    registry.handle(events.Resume("run", 1, "bob"))
    late = refusal(registry.handle(events.Resume("run", 1, "alice")))
    assert (type(late), late.what) == (errors.NothingPaused, "run.1 is being resumed by bob")
    go(registry, "a")
    arrive(registry, "b")
    late = refusal(registry.handle(events.Resume("run", 1, "alice")))
    assert (type(late), late.what) == (errors.NothingPaused, "run.1 was resumed by bob")
    assert late.hint == "paused are run"
    assert [pause.number for pause in registry.pauses("run")] == [2]


def test_what_became_of_a_pause():
    registry = Registry()
    for key, reason, by in (("a", "aborted", "bob"), ("b", "resumed", ""), ("c", "interrupted", "")):
        arrive(registry, key)
        if by:
            registry.handle(events.Abort("run", None, by))
        go(registry, key, reason)
    arrive(registry, "d", left=1.0, on_timeout="abort")
    registry.handle(events.Tick(1.0))
    going = refusal(registry.handle(events.Resume("run", None, "")))
    assert going.what == "run is being released: its timeout is over"
    go(registry, "d", "aborted")
    said = [refusal(registry.handle(events.Resume("run", number, ""))).what for number in (1, 2, 3, 4, 5, None)]
    assert said == [
        "run.1 was aborted by bob",
        "run.2 was resumed",
        "run.3 is over: interrupted",
        "run.4 was aborted: its timeout was over",
        "run.5 is not paused: there was none of that number yet",
        "run is not paused: it is running; run.4 was aborted: its timeout was over",
    ]
    for number in range(20):
        arrive(registry, f"e{number}")
        go(registry, f"e{number}", "timed out")
    late = refusal(registry.handle(events.Resume("run", 1, "")))
    assert (late.what, late.hint) == ("run.1 is over", "`lager python --pause run` stops it at its next line")


# With changes ---------------------------------------------------------------------------------------------------------


def test_changes_are_answered_when_they_are_done():
    registry = Registry()
    arrive(registry, "a")
    (release,) = change(registry, ask=wire.ContinueRequest("alice", [("volts", "3.3"), ("n", "1")], "volts"))
    assert (release.sets, release.value, release.by) == ((("volts", "3.3"), ("n", "1")), "volts", "alice")
    assert [pause.name for pause in registry.pauses("run")] == ["run"]  # it may be paused again
    assert registry.next_deadline() == CHANGE_SECONDS
    busy = [
        registry.handle(events.Resume("run", None, "bob")),
        registry.handle(events.Resume("run", 1, "bob")),
        registry.handle(events.Abort("run", 1, "bob")),
        change(registry, ticket=8),
    ]
    assert {refusal(one).what for one in busy} == {"run is being resumed by alice"}
    answer, ended = go(registry, "a", done=("volts = 3.3 (was 5)",))
    assert answer == effects.Answer(7, wire.Resumed("run", ["run"], ["volts = 3.3 (was 5)"]))
    assert ended == effects.Ended("run", "a", 1, "resumed", "alice", ("volts = 3.3 (was 5)",))


def test_changes_that_are_declined_leave_it_paused_and_its_deadline_counts():
    registry = Registry()
    arrive(registry, "a", left=5.0)
    change(registry, now=4.0)
    assert registry.handle(events.Tick(6.0)) == []
    no = wire.ErrorBody("change-refused", "no volts here", "near: bolts")
    assert registry.handle(events.Declined("a", no, 2)) == []  # by another connection: not this pause
    (answer,) = registry.handle(events.Declined("a", no, 1))
    assert (answer.ticket, type(answer.said), answer.said.what) == (7, errors.ChangeRefused, "no volts here")
    assert len(registry.pauses("run")) == 1
    assert registry.next_deadline() < 6.0
    (release,) = registry.handle(events.Tick(6.0))
    assert (release.reason, release.sets) == ("timed out", ())
    assert registry.handle(events.Declined("a", no, 1)) == []


def test_changes_that_are_not_answered_in_time():
    registry = Registry()
    arrive(registry, "a", left=5.0)
    arrive(registry, "b")
    change(registry, 1)
    change(registry, 2, ticket=8)
    effects_ = registry.handle(events.Tick(CHANGE_SECONDS))
    assert [one.ticket for one in of(effects.Answer, effects_)] == [7, 8]
    assert "unknown" in effects_[0].said.what
    assert [(one.key, one.reason) for one in of(effects.Release, effects_)] == [("a", "timed out")]
    refused = refusal(change(registry, 2, ticket=9))  # whose answer would the next one be?
    assert isinstance(refused, errors.ChangeRefused)
    assert "busy with the changes of alice" in refused.what
    registry.handle(events.Declined("b", wire.ErrorBody("change-refused", "no"), 1))
    assert of(effects.Release, change(registry, 2, ticket=10))


def test_changes_that_are_done_too_late_are_still_whose_they_were():
    registry = Registry()
    arrive(registry, "a")
    change(registry)
    registry.handle(events.Tick(CHANGE_SECONDS))
    ended = effects.Ended("run", "a", 1, "resumed", "alice", ("volts = 3.3",))
    assert go(registry, "a", done=("volts = 3.3",)) == [ended]


def test_a_pause_that_ends_otherwise_was_not_changed():
    registry = Registry()
    arrive(registry, "a")
    change(registry)
    answer, ended = go(registry, "a", "interrupted")
    assert isinstance(answer.said, errors.NothingPaused)
    assert (ended.reason, ended.by) == ("interrupted", "")
    arrive(registry, "b", link=2)
    change(registry, ticket=8)
    answer, ended = registry.handle(events.ConnectionLost(2))
    assert answer.said.what == "run was not changed: script ended"
    assert ended.by == ""


# From outside ---------------------------------------------------------------------------------------------------------


def test_who_asked_for_a_pause_from_outside():
    registry = Registry()
    for by in ("alice", "bob", "alice", ""):
        registry.handle(events.Asked("run", by))
    assert arrive(registry, "a")[1].label is None  # one that the script has made itself
    began, announced = arrive(registry, "b", kind="outside")
    assert announced.label == began.pause.label == "asked for by alice and bob"
    assert arrive(registry, "b", kind="outside", number=2, link=2)[0].label == announced.label
    assert arrive(registry, "c", kind="outside")[1].label is None


# Lives of a box and of a script ---------------------------------------------------------------------------------------


def test_after_a_restart_of_the_box_a_pause_keeps_its_number_and_no_number_comes_again():
    registry = Registry()
    arrive(registry, "new", seen=2)
    (_, announced) = arrive(registry, "old", number=2)
    assert announced.number == 2
    assert [pause.number for pause in registry.pauses("run")] == [2, 3]


def test_a_pause_that_comes_again_by_another_connection_survives_the_loss_of_the_first():
    registry = Registry()
    arrive(registry, "a", link=1)
    assert of(effects.Began, arrive(registry, "a", link=2, number=1)) == []
    assert registry.handle(events.ConnectionLost(1)) == []
    assert registry.handle(events.ConnectionLost(2)) == [effects.Ended("run", "a", 1, "script ended")]


def test_a_release_that_was_lost_on_the_way_is_sent_again():
    registry = Registry()
    arrive(registry, "a", link=1)
    registry.handle(events.Resume("run", None, "me"))
    (again,) = of(effects.Release, arrive(registry, "a", link=2, number=1))
    assert (again.link, again.reason) == (2, "resumed")


def test_changes_that_may_have_been_lost_on_the_way_are_not_sent_again():
    registry = Registry()
    arrive(registry, "a", link=1)
    change(registry)
    effects_ = arrive(registry, "a", link=2, number=1)
    assert of(effects.Release, effects_) == []
    assert "unknown" in of(effects.Answer, effects_)[0].said.what


def test_two_runs_may_use_the_same_key():
    registry = Registry()
    arrive(registry, "1-1", link=1)
    arrive(registry, "1-1", run="other", link=2)
    assert go(registry, "1-1", link=2) == [effects.Ended("other", "1-1", 1, "resumed")]
    assert len(registry.pauses("run")) == 1


def test_a_run_that_has_ended_leaves_nothing_paused():
    registry = Registry()
    arrive(registry, "a", left=3.0)
    arrive(registry, "b", link=2)
    registry.handle(events.Resume("run", 2, "me"))
    left_over, *ended = registry.handle(events.ScriptGone("run"))
    assert (left_over.key, left_over.reason, left_over.by) == ("a", "aborted", END_OF_RUN)
    assert [one.reason for one in of(effects.Ended, ended)] == ["script ended", "script ended"]
    assert registry.pauses("run") == []
    assert registry.next_deadline() is None
    later = arrive(registry, "c", link=3)
    assert (later[1].reason, later[1].by, len(later)) == ("aborted", END_OF_RUN, 2)
    assert registry.pauses("run") == []
    for number in range(GONE):
        registry.handle(events.ScriptGone(f"run{number}"))
    assert of(effects.Began, arrive(registry, "d"))  # it does not remember for ever


# Consoles -------------------------------------------------------------------------------------------------------------


def test_consoles_end_with_their_pause():
    registry = Registry()
    arrive(registry, "a")
    (opened,) = registry.handle(events.AttachConsole("c1", "run", None))
    assert (opened.key, opened.pause.number) == ("a", 1)
    registry.handle(events.AttachConsole("c2", "run", 1))
    assert registry.handle(events.DetachConsole("c2")) == [effects.ShutConsole(1, "c2")]
    registry.handle(events.Resume("run", None, ""))
    assert go(registry, "a")[0] == effects.EndConsole("c1", "resumed")


@pytest.mark.parametrize(("interactive", "error"), [(False, errors.NoConsole), (None, errors.NothingPaused)])
def test_no_console_where_there_can_be_none(interactive, error):
    registry = Registry()
    if interactive is not None:
        arrive(registry, "a", interactive=interactive)
    assert type(refusal(registry.handle(events.AttachConsole("c", "run", None)))) is error


def test_listing_many_is_quick():
    registry = Registry()
    for number in range(3000):
        arrive(registry, f"k{number}", link=number)
    assert len({pause.name for pause in registry.pauses("run")}) == 3000  # a minute, if each looked at all others


def test_a_new_box_gives_no_number_that_the_one_before_has_given():
    registry = Registry()
    registry.handle(events.Adopted("run", 2))
    late = registry.handle(events.Resume("run", 1, "me"))
    assert refusal(late).what == "run.1 is over"
    _, announced = arrive(registry, "of a new process")
    assert announced.number == 3
    _, announced = arrive(registry, "of an older one", link=2, number=2, seen=2)
    assert announced.number == 2
    assert refusal(registry.handle(events.Resume("run", 4, "me"))).what.endswith("there was none of that number yet")


@pytest.mark.parametrize(
    ("said", "main"),
    [
        ({"thread": "MainThread"}, True),
        ({"thread": "T"}, False),
        ({"thread": "MainThread, task A", "kind": "outside"}, True),
        ({"thread": "MainThread, task A", "main": True}, True),
        ({"thread": "MainThread", "main": False}, False),
        ({"thread": "named anew", "main": True}, True),
    ],
)
def test_whether_the_main_thread_stands_still_is_told(said, main):
    registry = Registry()
    arrive(registry, "a", **said)
    assert registry.pauses("run")[0].main is main
