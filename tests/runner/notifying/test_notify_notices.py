"""What a notification says."""

import pytest

from lager import wire
from lager_runner.notifying import notices

ID = "3f1c0000-0000-4000-8000-000000000001"


def run(**changed):
    facts = {"id": ID, "state": "paused", "name": "test.py", "args": ["--pin", "1234"], "user": "alice"}
    return wire.RunInfo(**(facts | {"box": "", "started": 900.0} | changed))


def pause(**changed):
    facts = {"number": 2, "name": ID, "label": "rail up", "file": "test.py", "line": 7, "function": "main"}
    facts |= {"thread": "MainThread", "since": 1000.0, "timeout": 60.0, "interactive": True, "until": 1060.0}
    return wire.PauseInfo(**(facts | changed))


def of_pause(event=notices.PAUSED, now=1001.0, **changed):
    return notices.of_pause(event, run(), pause(**changed), now, "bench")


def test_a_pause():
    made = of_pause()
    assert (made.event, made.run, made.pause, made.state) == ("paused", ID, f"{ID}.2", "paused")
    assert (made.time, made.since, made.until) == (1000.0, 1000.0, 1060.0)
    assert (made.since_iso, made.until_iso) == ("1970-01-01T00:16:40Z", "1970-01-01T00:17:40Z")
    assert (made.label, made.file, made.line, made.kind, made.on_timeout) == (
        "rail up",
        "test.py",
        7,
        "pause",
        "resume",
    )
    assert made.text == (
        "test.py of alice on bench is paused at test.py:7: rail up (it resumes by itself at 1970-01-01T00:17:40Z)"
    )


def test_the_commands_mean_this_pause_and_this_box_only():
    made = notices.of_pause(notices.PAUSED, run(box="my box"), pause(), 1001.0, "bench")
    assert made.commands == {
        verb: f"lager python --{verb} {ID}.2 --box 'my box'" for verb in ("continue", "console", "abort")
    }
    assert of_pause(interactive=False).commands == {
        verb: f"lager python --{verb} {ID}.2" for verb in ("continue", "abort")
    }


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "resumes by itself in 30 s; it is paused at test.py:7: rail up"),
        ({"on_timeout": "abort"}, "is aborted in 30 s; it is paused at test.py:7: rail up"),
        ({"label": None}, "resumes by itself in 30 s; it is paused at test.py:7"),
    ],
)
def test_a_pause_that_is_about_to_end(changed, words):
    made = of_pause(notices.SOON, now=1030.2, **changed)
    assert (made.event, made.time, made.since) == ("resuming-soon", 1030.2, 1000.0)
    assert made.text == f"test.py of alice on bench {words}"


def test_a_pause_without_end():
    made = of_pause(until=None, label=None)
    assert (made.until, made.until_iso) == (None, None)
    assert made.text == "test.py of alice on bench is paused at test.py:7"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "finished", "status": 0}, "finished"),
        ({"state": "finished", "status": 3}, "failed with status 3"),
        ({"state": "lost", "status": 1}, "was lost: nobody knows how it ended"),
    ],
)
def test_an_end(facts, words):
    ended = run(ended=1100.0, box="b1", user="", **facts)
    made = notices.of_end(notices.FINISHED, ended, 2000.0, "bench")
    assert made.text == f"test.py on b1 (bench) {words}"
    assert (made.time, made.time_iso, made.status) == (1100.0, "1970-01-01T00:18:20Z", facts["status"])
    assert (made.pause, made.since, made.commands) == (None, None, {})
    assert notices.has_failed(ended) == (words != "finished")


def test_texts_are_bounded_and_of_one_line():
    made = of_pause(label="ä\n" * 5000)
    assert len(made.label) == len(made.text) == 1000
    assert "\n" not in made.label + made.text
    assert len(wire.to_json(made)) < 10_000


def test_arguments_are_not_told():
    assert "1234" not in wire.to_json(of_pause()).decode()


def test_every_one_has_an_id_of_its_own():
    assert of_pause().id != of_pause().id


@pytest.mark.parametrize(("until", "shown"), [(5e11, "9999-12-31T23:59:59Z"), (-1e300, "1970-01-01T00:00:00Z")])
def test_a_timeout_beyond_all_dates_has_the_nearest_of_them(until, shown):
    made = of_pause(until=until)
    assert (made.until, made.until_iso) == (until, shown)
