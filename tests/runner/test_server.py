"""The runner's HTTP interface: look-ups, and every error as its class."""

import os
import subprocess
import sys
import uuid

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from lager import wire
from lager.limits import Limits

A, B = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"


@pytest.fixture(scope="module")
def two(runner):
    for run in (A, B):
        assert runner.put("pass", run).status_code == 201
        assert runner.watch(run)[2].status == 0


def test_look_ups(runner, two):
    get = runner.http.get
    assert get(f"/runs/{A}").json()["id"] == get(f"/runs/{A[:-1]}1").json()["id"] == A
    assert [one["id"] for one in get("/runs").json()][:2] == [B, A]
    assert runner.error(get("/runs/aaaaaaaa")) == (409, "ambiguous-id")
    assert A in get("/runs/aaaa").json()["what"]
    assert runner.error(get("/runs/ffff0000")) == (404, "run-not-found")


def test_a_finished_run(runner, two):
    info = wire.from_json(runner.http.get(f"/runs/{A}").content, wire.RunInfo)
    assert (info.state, info.status, info.name, info.pauses) == ("finished", 0, "test.py", [])
    assert info.started <= info.ended
    go_on = runner.http.post(f"/runs/{A}/continue", content=b"{}")
    assert runner.error(go_on) == (409, "nothing-paused")
    signalled = runner.http.post(f"/runs/{A}/signal", content=b'{"signal":"SIGINT"}')
    assert signalled.json()["state"] == "finished"


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/runs/ffff/continue", b"{}", (404, "run-not-found")),
        (f"/runs/{A}.x/continue", b"{}", (404, "run-not-found")),
        (f"/runs/{A}.3/continue", b"", (409, "nothing-paused")),
        (f"/runs/{A}/continue", b"[", (400, "usage")),
        (f"/runs/{A}/continue", b'{"by": 3}', (400, "usage")),
        (f"/runs/{A}/signal", b'{"signal":"SIGNONE"}', (400, "usage")),
        (f"/runs/{A}/signal", b"{}", (400, "usage")),
        (f"/runs/{A}/signal", b'{"signal":"' + b"x" * 1_000_000 + b'"}', (400, "usage")),
        ("/nothing", b"", (404, "usage")),
        ("/health", b"", (405, "usage")),
    ],
)
def test_bad_requests(runner, two, path, body, error):
    assert runner.error(runner.http.post(path, content=body)) == error


def test_bad_runs(runner, tools):
    new = str(uuid.uuid4())
    put = runner.http.put
    assert runner.error(put(f"/runs/{new}", content=b"no MessagePack")) == (400, "usage")
    assert runner.error(put(f"/runs/{new}", content=wire.to_msgpack({"name": 1}))) == (400, "usage")
    assert runner.error(runner.put("pass", "not-a-uuid")) == (400, "usage")
    assert runner.error(runner.put("pass", new, file="../x.py")) == (400, "usage")
    assert runner.error(runner.put("pass", new, args=["\0"])) == (400, "usage")
    assert runner.error(runner.put(b"no zip", new)) == (400, "bad-script")
    assert runner.error(runner.put(tools.zipped({"x.py": ""}), new)) == (400, "bad-script")
    assert runner.error(runner.put(tools.zipped({"main.py": "", "../x": ""}), new)) == (400, "usage")
    assert runner.error(runner.put(b"x" * (Limits().upload + 1), new, file="x.py")) == (400, "bad-script")
    assert runner.error(runner.http.get(f"/runs/{new}")) == (404, "run-not-found")
    assert runner.put("pass", new).status_code == 201  # nothing of all that is left


def test_streams_that_cannot_be(runner, two):
    with runner.stream("ffff") as watcher:
        assert watcher.next().error.code == "run-not-found"
    with runner.stream("aaaaaaaa") as watcher:
        assert watcher.next().error.code == "ambiguous-id"
    run = runner.run("import signal\nsignal.pause()\n")
    for bad in (b"no MessagePack", wire.to_msgpack(wire.Stop("SIGNONE")), "text"):
        with runner.stream(run) as watcher:
            watcher.websocket.send(bad)
            assert watcher.next().error.code == "usage"
    runner.http.post(f"/runs/{run}/signal", content=b'{"signal":"SIGKILL"}')
    assert runner.watch(run)[2].status == 137


@pytest.mark.parametrize("name", ["ffff", "aaaaaaaa", f"{A}.x", A, f"{A}.2"])
def test_consoles_that_cannot_be(runner, two, name):
    url = f"ws://127.0.0.1:{runner.port}/runs/{name}/console"
    with connect(url, additional_headers=runner.headers) as websocket:
        websocket.send(wire.to_msgpack(wire.Join("mine")))
        closed = wire.from_msgpack(websocket.recv(10), wire.FromConsole)
    assert closed.reason == "error"
    assert closed.error.code in {"run-not-found", "ambiguous-id", "nothing-paused"}


def test_the_token(runner, two):
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        reply = httpx2.get(f"http://127.0.0.1:{runner.port}/runs", headers=headers)
        assert runner.error(reply) == (401, "token-refused")
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{runner.port}/runs/{A}/stream", additional_headers=headers)
        assert refused.value.response.status_code == 401


def test_the_box(runner):
    get = runner.http.get
    assert get("/health").json()["status"] == "healthy"
    assert get("/hello").text == "Hello, world! Your box is connected.\n"
    assert get("/version").text.startswith("lager-python-box ")
    assert runner.error(get("/box")) == (503, "unreachable")
    (runner.state / "box.json").write_text('{"host":"x"}')
    assert get("/box").json() == {"host": "x"}


def test_answers_are_not_delayed(runner, two):
    """Nagle's algorithm would add 40 ms to each of them."""
    took = []
    for _ in range(10):
        reply = runner.http.post(f"/runs/{A}/signal", content=b'{"signal":"SIGINT"}')
        took.append(reply.elapsed.total_seconds())
    assert sorted(took)[5] < 0.03


def test_a_run_that_has_ended_is_not_paused_and_says_why(runner):
    run = runner.run("pass\n")
    runner.watch(run)
    for name in (run, run.upper()[:20], f"{run}.1"):
        refused = runner.http.post(f"/runs/{name}/continue")
        assert (refused.status_code, refused.json()["what"]) == (409, f"{run} is not paused: it has ended")
    assert runner.http.post(f"/runs/{run}.{'9' * 5000}/continue").status_code == 404


def test_a_runner_whose_box_is_gone_before_it_is_up_ends(tmp_path):
    words = [sys.executable, "-m", "lager_runner", "--port", "0", "--hardware-socket", "/run/hardware.sock"]
    env = os.environ | {"LAGER_STATE_DIR": str(tmp_path)}
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
