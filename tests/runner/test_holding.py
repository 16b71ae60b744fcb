"""The time limit of a run stands still while somebody is at one of its pauses, and only then: real scripts.

How long a limit is, another run tells that has the same one, starts later and does not pause: no time is measured here.
"""

import contextlib
import json
import uuid

import pytest
from websockets.sync.client import connect

from lager import wire

LIMIT = 1.5  # s; enough for a script to come to its pause on a slow machine
PAUSED = "from lager import pause\npause('looked at', timeout=0, interactive=True)\nprint('on')\n"
RUNAWAY = "import signal\nprint('ready')\nsignal.pause()\n"
TIMED_OUT = wire.Exited(124, "timeout", ["SIGINT (timeout)"])


@contextlib.contextmanager
def open_console(runner, run, name, **join):
    url = f"ws://127.0.0.1:{runner.port}/runs/{run}/console"
    with connect(url, additional_headers=runner.headers, compression=None, open_timeout=20) as websocket:
        websocket.send(wire.to_msgpack(wire.Join(name, "alice", **join)))
        while not isinstance(wire.from_msgpack(websocket.recv(20), wire.FromConsole), wire.ConsoleReady):
            pass
        yield websocket


def leave(console):
    console.send(wire.to_msgpack(wire.Leave()))


def pass_limit(runner, limit=LIMIT):
    """Wait until a run that starts now has come to the same limit."""
    assert runner.result(RUNAWAY, timeout=limit)[2] == TIMED_OUT


@contextlib.contextmanager
def paused(runner, script=PAUSED, limit=LIMIT):
    run = runner.run(script, timeout=limit)
    with runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        yield run, watcher


def test_the_limit_ends_a_paused_run_and_its_banner_says_when(runner):
    with paused(runner) as (_, watcher):
        _, err, last = watcher.rest()
    assert last == TIMED_OUT
    assert b"    the run's timeout ends it in " in err
    assert b"\n=== lager: the run's timeout of 1.5s is over; stopping it\n" in err


def test_without_a_limit_the_banner_says_nothing_of_one(runner):
    assert b"the run's timeout" not in runner.result("from lager import pause\npause('short', timeout=0.1)\n")[1]


def test_the_limit_waits_for_who_has_a_console_open_and_runs_again(runner):
    with paused(runner) as (run, watcher):
        first, second = str(uuid.uuid4()), str(uuid.uuid4())
        with open_console(runner, run, first) as one, open_console(runner, run, second) as other:
            leave(one)
            pass_limit(runner)
            assert runner.http.get(f"/runs/{run}").json()["state"] == "paused"
            leave(other)
            assert watcher.rest()[2] == TIMED_OUT  # it has used some of its limit, and now the rest


def test_who_only_watches_does_not_stop_it(runner):
    with paused(runner) as (run, watcher), open_console(runner, run, str(uuid.uuid4()), view=True):
        assert watcher.rest()[2] == TIMED_OUT


def test_it_runs_again_when_the_pause_is_over(runner):
    script = f"{PAUSED}import signal\nsignal.pause()\n"
    with paused(runner, script) as (run, watcher), open_console(runner, run, str(uuid.uuid4())):
        pass_limit(runner)
        runner.http.post(f"/runs/{run}/continue")
        assert watcher.rest()[2] == TIMED_OUT


def test_an_ide_is_as_good_as_a_console(runner):
    with paused(runner) as (run, watcher):
        url = f"ws://127.0.0.1:{runner.port}/runs/{run}/dap?by=alice"
        with connect(url, additional_headers=runner.headers, compression=None, open_timeout=20) as ide:
            ask = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}})
            ide.send(f"Content-Length: {len(ask)}\r\n\r\n{ask}".encode())
            assert isinstance(ide.recv(20), bytes), "it is let in"
            pass_limit(runner)
            assert runner.http.get(f"/runs/{run}").json()["ended"] is None
        assert watcher.rest()[2].status == 124


def test_without_a_runner_the_limit_runs_again(own_runner, tools):
    script = f"import os\nprint(os.getpid())\n{PAUSED}"
    with paused(own_runner, script) as (run, watcher):
        pid = int(watcher.until(b"\n").split()[0])
        with open_console(own_runner, run, str(uuid.uuid4())):
            own_runner.kill()
    tools.wait_gone(pid)
    own_runner.start()
    assert own_runner.watch(run)[2] == TIMED_OUT


def test_a_new_runner_makes_it_wait_as_the_one_before(own_runner):
    limit = 2 * LIMIT  # some of it passes until that runner is there
    name = str(uuid.uuid4())
    with paused(own_runner, limit=limit) as (run, _), open_console(own_runner, run, name):
        own_runner.kill()
    own_runner.start()
    with own_runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)  # the script has come back
        with open_console(own_runner, run, name, again=True):
            pass_limit(own_runner, limit)
            own_runner.http.post(f"/runs/{run}/continue")
            out, _, last = watcher.rest()
    assert (out.endswith(b"on\n"), last.status) == (True, 0)


@pytest.mark.parametrize("allowed", [5, 0])
def test_a_limit_that_the_box_does_not_allow_is_lowered_and_that_is_said(own_runner, allowed):
    (own_runner.state / "limits.json").write_text(json.dumps({"timeout": allowed}))
    run = own_runner.run("print('quick')", timeout=1000)
    out, err, last = own_runner.watch(run)
    assert (out, last) == (b"quick\n", wire.Exited(0, "exit"))
    said = b"=== lager: this box allows 5 s at most; the timeout of 1000 s was lowered\n"
    assert err == (said if allowed else b"")
    assert own_runner.http.get(f"/runs/{run}").json()["timeout"] == (allowed or 1000)
    for asked in (0, 2):
        assert own_runner.result("print('quick')", timeout=asked)[1] == b""
