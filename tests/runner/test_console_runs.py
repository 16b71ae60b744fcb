"""Runs that are consoles without a script: nobody is told of them as of a script that waits."""

import sys

import pytest

from lager import wire
from lager_debugbridge.bridge import Bridge
from lager_runner.run import Run
from lager_runner.rundirectory import Outcome, RunDirectories
from lager_runner.runs import Runs
from lager_runner.spawn import Sockets

ID = "00000000-0000-4000-8000-000000000001"
PAUSE = wire.PauseInfo(
    number=1, name=ID, label=None, file="x", line=1, function="f", thread="t", since=0, timeout=0, interactive=True
)


@pytest.mark.parametrize(("kind", "state", "told"), [("console", "console", 0), ("script", "paused", 1)])
def test_who_is_told_of_it(tmp_path, monkeypatch, kind, state, told):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    news = []
    runs = Runs(Bridge(on_event=print), Sockets("", ""), lambda _: None, lambda *one: news.append(one))
    made = RunDirectories().create(ID, wire.RunRequest(name="n", script="t.py", content=b"", kind=kind), 0)
    run = runs._runs[ID] = Run(made, made.spec())
    assert (run.spec.kind, run.spec.script) == (kind, "" if kind == "console" else "t.py")
    monkeypatch.setattr(runs, "pauses", lambda _: [PAUSE])
    runs.announce(ID, wire.PauseBegan(PAUSE))
    assert (runs.info(run).state, len(runs.info(run).pauses), len(news)) == (state, told, told)
    run.outcome = Outcome(status=1, reason="exit", ended=1)
    assert (runs.info(run).state, runs.info(run).kind) == ("finished", kind)


def test_what_a_box_does_not_know(runner):
    assert runner.error(runner.put("1", kind="dance")) == (400, "usage")


def test_a_console_that_ends_at_once_is_told_of_when_it_has(runner):
    reply = runner.put(b"", file="", kind="console", env=[("PYTHONHOME", sys.prefix + "/nowhere")])
    assert reply.status_code == 201
    assert reply.json()["status"] == 1
