"""Who is told what, and nobody twice: news in, real commands told."""

import json

import pytest

from lager import wire
from lager_debugbridge.effects import Soon
from lager_runner.notifying import targets
from lager_runner.notifying.notifier import Notifier
from lager_runner.notifying.targets import Target

ID = "3f1c0000-0000-4000-8000-000000000001"
NOW = 1000.0


def run(name=ID, **changed):
    facts = {"id": name, "state": "paused", "name": "test.py", "args": [], "user": "alice", "box": "", "started": 900.0}
    return wire.RunInfo(**(facts | changed))


def ended(name=ID, status=0, at=NOW):
    return run(name, state="finished", status=status, ended=at)


def pause(number=1, since=NOW):
    facts = {"label": None, "file": "test.py", "line": 7, "function": "main", "thread": "MainThread"}
    return wire.PauseInfo(number=number, name=ID, since=since, timeout=60.0, interactive=False, **facts)


class Told:
    """Targets that write what they are told into a file each."""

    def __init__(self, folder):
        self.folder = folder

    def target(self, name, *events, since=0.0):
        more = {"events": events} if events else {}
        return Target(command=f"cat >> {name}", folder=str(self.folder), since=since, **more)

    def set_up(self, *wanted):
        with targets.editing() as known:
            known[:] = wanted

    def by(self, name):
        path = self.folder / name
        lines = path.read_text().splitlines() if path.exists() else []
        return [one["pause"] or one["event"] for one in map(json.loads, lines)]

    def events(self, name):
        return [json.loads(line)["event"] for line in (self.folder / name).read_text().splitlines()]


@pytest.fixture
def told(tmp_path):
    return Told(tmp_path)


def tell(*news, adopted=()):
    """Be one runner, from its start to its end."""
    notifier = Notifier(wall=lambda: NOW)
    if adopted:
        notifier.adopt(adopted)
    for info, event in news:
        notifier.news(info, event)
    notifier.close(within=60.0)


BEGAN, ENDED = (run(), wire.PauseBegan(pause())), (run(), wire.PauseEnded(1, "resumed"))
SOON = (run(), Soon(ID, pause()))


def test_every_target_is_told_what_it_wants(told):
    told.set_up(told.target("all"), told.target("ends", "finished"), told.target("soon", "resuming-soon", "failed"))
    tell(BEGAN, SOON, ENDED, (ended(status=3), None), (ended("other"), None))
    assert told.events("all") == ["paused", "resuming-soon", "failed", "finished"]
    assert told.events("ends") == ["finished", "finished"]  # which is any end, where nobody asked for failures
    assert told.events("soon") == ["resuming-soon", "failed"]


def test_without_targets_nothing_is_done(told, state):
    tell(BEGAN, ENDED, (ended(), None))
    assert not (state / "notified.json").exists()


def test_targets_are_read_when_they_are_needed(told):
    notifier = Notifier(wall=lambda: NOW)
    told.set_up(told.target("all"))
    notifier.news(*BEGAN)
    notifier.close(within=60.0)
    assert told.events("all") == ["paused"]


def test_nobody_is_told_twice_also_by_the_next_runner(told):
    told.set_up(told.target("all"))
    tell(BEGAN, SOON, (ended("over"), None), BEGAN)
    tell(BEGAN, SOON, adopted=[run(), ended("over")])
    tell((run(), wire.PauseBegan(pause(2))), BEGAN, adopted=[run(), ended("over")])
    assert told.by("all") == [f"{ID}.1", f"{ID}.1", "finished", f"{ID}.2"]


def test_what_ended_while_there_was_no_runner_is_told_by_the_next_one(told):
    told.set_up(told.target("all"))
    tell(BEGAN)
    tell(adopted=[ended(status=1)])
    tell(adopted=[ended(status=1)])
    assert told.events("all") == ["paused", "failed"]


def test_what_happened_before_a_target_was_set_up_is_not_told_to_it(told):
    told.set_up(told.target("old"))
    tell(BEGAN)
    told.set_up(told.target("old"), told.target("new", since=NOW + 1))
    tell(BEGAN, adopted=[ended("over", at=NOW)])
    tell((run("other"), wire.PauseBegan(pause(since=NOW + 2))))
    assert told.events("old") == ["paused", "finished", "paused"]
    assert told.events("new") == ["paused"]


def test_where_it_is_not_known_what_was_told_old_ends_are_not(told, state):
    told.set_up(told.target("all"))
    tell(adopted=[ended()])
    (state / "notified.json").write_text("{")
    tell(BEGAN, adopted=[ended()])
    assert told.events("all") == ["paused"]


def test_settings_that_cannot_be_read_are_said_once(told, state, caplog):
    state.mkdir()
    targets.file().write_text("{")
    tell(BEGAN, SOON, (ended(), None))
    (said,) = caplog.records
    assert said.getMessage().startswith(f"nobody is notified: {targets.file()} holds no settings")


def test_a_disk_that_does_not_take_what_was_told_stops_nothing(told, state, caplog):
    told.set_up(told.target("all"))
    (state / "notified.json").mkdir()
    tell(BEGAN)
    assert told.events("all") == ["paused"]
    assert "notified.json cannot be written" in caplog.text
