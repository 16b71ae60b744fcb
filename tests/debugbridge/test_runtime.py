"""Who is at the pauses of a run: told when the first comes, and when the last has gone."""

from lager_debugbridge.runtime import Runtime


def made():
    runtime, told = Runtime(), []
    runtime.connect(lambda run, there: told.append((run, there)), {"one": 4.0, "two": None}.get)
    return runtime, told


def test_the_first_and_the_last_count():
    runtime, told = made()
    runtime.come("a", "one")
    runtime.come("b", "one")
    runtime.come("b", "one")  # his connection had broken
    runtime.come("c", "two")
    runtime.leave("a")
    assert told == [("one", True), ("two", True)]
    runtime.leave("b")
    runtime.leave("b")
    runtime.leave("nobody")
    runtime.leave("c")
    assert told[2:] == [("one", False), ("two", False)]


def test_for_as_long_as_something_lasts():
    runtime, told = made()
    with runtime.attended("one"), runtime.attended("one"):
        assert told == [("one", True)]
    assert told[1:] == [("one", False)]


def test_what_is_left_is_asked_for_by_the_name_of_a_pause():
    runtime, _ = made()
    assert [runtime.left(name) for name in ("one", "one.2", "two.1")] == [4.0, 4.0, None]


def test_before_it_is_connected_nobody_is_told():
    runtime = Runtime()
    with runtime.attended("one"):
        assert runtime.left("one") is None
