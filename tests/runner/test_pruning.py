"""Pruning: by count, bytes and age, never what lives or is followed."""

import asyncio
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager import limits, wire
from lager_debugbridge.bridge import Bridge
from lager_runner.pruning import Ended, Pruning, chosen, size_of
from lager_runner.run import Run
from lager_runner.rundirectory import Outcome, RunDirectories
from lager_runner.runs import Runs
from lager_runner.spawn import Sockets

DAY = 86400.0
NOW = 1000 * DAY
AS_LIMITED = wire.PruneRequest()


def ended(*facts):
    return [Ended(str(number), NOW - age * DAY, size, followed) for number, (age, size, followed) in enumerate(facts)]


def names(found):
    return sorted(one.run for one in found)


def test_by_number_size_and_age():
    runs = ended((1, 10, False), (2, 10, False), (3, 10, False), (40, 10, False))
    assert names(chosen(runs, NOW, limits.Limits(), AS_LIMITED)) == ["3"]
    assert names(chosen(runs, NOW, limits.Limits(keep_runs=2, keep_days=100), AS_LIMITED)) == ["2", "3"]
    assert names(chosen(runs, NOW, limits.Limits(keep_bytes=25, keep_days=100), AS_LIMITED)) == ["2", "3"]
    assert names(chosen(runs, NOW, limits.Limits(keep_bytes=5), AS_LIMITED)) == ["1", "2", "3"]  # never the newest


def test_what_somebody_asks_for():
    runs = ended((1, 10, False), (5, 10, True), (9, 10, False))
    assert names(chosen(runs, NOW, limits.Limits(), wire.PruneRequest(older=2 * DAY))) == ["2"]
    assert names(chosen(runs, NOW, limits.Limits(), wire.PruneRequest(all=True))) == ["0", "2"]


@given(
    st.lists(st.tuples(st.floats(0, 60), st.integers(0, 100), st.booleans()), max_size=30),
    st.integers(0, 20),
    st.integers(0, 500),
    st.floats(0, 60),
)
def test_the_oldest_go_and_what_is_left_is_within_the_limits(facts, most, size, days):
    runs = ended(*facts)
    allowed = limits.Limits(keep_runs=most, keep_bytes=size, keep_days=days)
    gone = chosen(runs, NOW, allowed, AS_LIMITED)
    left = [one for one in runs if one not in gone]
    free = [one for one in left if not one.followed]
    assert not any(one.followed for one in gone)
    assert all(old.ended <= young.ended for old in gone for young in free)
    newest = max((one.ended for one in runs), default=0)
    assert len(free) <= most
    assert sum(one.size for one in free) <= size or all(one.ended == newest for one in free)


@pytest.fixture
def four(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    runs = Runs(Bridge(on_event=lambda *_: None), Sockets("", ""), lambda _: None)
    for number in range(4):
        request = wire.RunRequest(name="t.py", script="t.py", content=b"")
        made = RunDirectories().create(f"00000000-0000-4000-8000-{number:012}", request, 0)
        made.write_outcome(Outcome(status=0, reason="exit", ended=number))
        runs._runs[made.path.name] = Run(made, made.spec(), made.outcome())
    return runs, tmp_path


def test_two_at_once(four):
    runs, state = four
    limits.write(limits.Limits(keep_runs=1))

    async def prune():
        pruning = Pruning(runs, lambda: 10.0)
        return await asyncio.gather(pruning.prune(AS_LIMITED), pruning.prune(AS_LIMITED))

    first, second = asyncio.run(prune())
    assert ([run[-1] for run in sorted(first.runs)], second) == (["0", "1", "2"], wire.Pruned([], 0))
    assert first.size > 0
    assert [info.id[-1] for info in runs.every()] == ["3"]
    assert [path.name[-1] for path in (state / "runs").iterdir()] == ["3"]


def test_limits_that_cannot_be_read_remove_nothing(four, caplog):
    runs, state = four
    (state / limits.FILE).write_text("{")
    asyncio.run(Pruning(runs, lambda: NOW).tidy())
    assert len(runs.every()) == 4
    assert "limits.json cannot be read" in caplog.text


def test_a_run_that_lives_or_is_followed_stays(own_runner):
    live = own_runner.run("import signal\nprint('x')\nsignal.pause()\n")
    done, watched = own_runner.run("print('done')"), own_runner.run("print('y' * 1000000)\nprint('z' * 9000000)")
    own_runner.watch(done)
    with own_runner.stream(watched) as watcher:
        watcher.next()  # and no more: so much fits into no buffer on the way
        while own_runner.http.get(f"/runs/{watched}").json()["ended"] is None:
            continue
        reply = own_runner.http.post("/runs/prune", content=b'{"all": true, "dry": true}').json()
        assert reply["runs"] == [done]
        assert own_runner.http.post("/runs/prune", content=b'{"all": true}').json() == reply
        assert watcher.rest()[2].status == 0
    assert own_runner.error(own_runner.http.get(f"/runs/{done}")) == (404, "run-not-found")
    assert sorted(os.listdir(own_runner.state / "runs")) == sorted([live, watched])
    own_runner.http.post(f"/runs/{live}/signal", content=b'{"signal":"SIGKILL"}')


def test_a_run_goes_when_the_next_has_ended(own_runner):
    (own_runner.state / limits.FILE).write_text('{"keep_runs": 1}')
    first = own_runner.run("print(1)")
    own_runner.watch(first)
    second = own_runner.run("print(2)")
    own_runner.watch(second)
    while own_runner.http.get(f"/runs/{first}").status_code == 200:
        continue
    assert [one["id"] for one in own_runner.http.get("/runs").json()] == [second]


def test_runs_of_an_older_box_stay_readable(own_runner):
    own_runner.stop()
    old = own_runner.state / "runs" / "00000000-0000-4000-8000-000000000001"
    old.mkdir(parents=True)
    spec = {"id": old.name, "name": "t.py", "script": "t.py", "args": [], "user": "u", "box": "", "timeout": 0.0}
    (old / "spec.json").write_text(json.dumps(spec | {"started": 1.8e9}))
    (old / "exit.json").write_text(json.dumps({"status": 3, "reason": "exit", "ended": 4e9}))
    own_runner.start()
    info = own_runner.http.get(f"/runs/{old.name}").json()
    assert (info["status"], info["reason"], info["did"], info["keep"], info["output"]) == (3, "exit", [], False, 0)
    assert own_runner.error(own_runner.http.get(f"/runs/{old.name}/files")) == (404, "file-not-there")


def test_the_size_of_a_directory(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"x" * 100_000)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert 100_000 <= size_of(str(tmp_path)) <= 130_000
    assert size_of(str(tmp_path / "nothing")) == 0
