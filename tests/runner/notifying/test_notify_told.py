"""What was told is not told again, and what is over is forgotten."""

from lager_runner.notifying import told


def test_once_each():
    known = told.Told()
    occasions = [
        ("a", 1, "paused"),
        ("a", 1, "resuming-soon"),
        ("a", 2, "paused"),
        ("b", 1, "paused"),
        ("a", None, "x"),
    ]
    assert [known.first(*one) for one in occasions] == [True] * 5
    assert [known.first(*one) for one in occasions] == [False] * 5


def test_what_is_over_is_forgotten():
    known = told.Told()
    for number in (1, 11):
        known.first("a", number, "paused")
        known.first("a", number, "resuming-soon")
    known.first("ab", 1, "paused")
    known.pause_over("a", 1)
    assert known.keys == ["a.11 paused", "a.11 resuming-soon", "ab.1 paused"]
    known.first("a", None, "finished")
    known.run_over("a")
    assert known.keys == ["ab.1 paused", "a finished"]


def test_it_does_not_grow_for_ever():
    known = told.Told()
    known.first("open", 1, "paused")
    for number in range(1000):
        known.first(f"run{number}", None, "finished")
        known.run_over(f"run{number}")
    assert len(known.keys) == 401
    assert (known.keys[0], known.keys[-1]) == ("open.1 paused", "run999 finished")


def test_it_outlives_its_process(tmp_path):
    path = tmp_path / "notified.json"
    assert told.load(path) is None
    known = told.Told()
    known.first("a", 1, "paused")
    told.save(path, known)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not told.load(path).first("a", 1, "paused")
    path.write_text("[1]")
    assert told.load(path) is None
