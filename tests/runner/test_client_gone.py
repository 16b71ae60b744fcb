"""Clients that are gone: what becomes of their runs, decided in any order of events, and with real processes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager import limits, wire
from lager_runner.clientgone import Fate, Owners

PATIENCE = 10.0
STEP = st.tuples(st.sampled_from(["came", "left", "look", "look paused"]), st.floats(0, 15))


@given(st.booleans(), st.lists(STEP, max_size=40))
def test_only_a_run_that_nobody_owns_for_long_enough_is_decided_on(kept, steps):
    now = here = 0
    gone_since, decided = 0.0, []
    owners = Owners(0.0, kept)
    for what, later in steps:
        now += later
        if what == "came":
            here += 1
            owners.came()
        elif what == "left" and here:
            here -= 1
            gone_since = now
            owners.left(now)
        elif what.startswith("look"):
            wanted = Fate.KEEP if "paused" in what else Fate.END
            late = not kept and not here and not decided and now >= gone_since + PATIENCE
            due = owners.due(PATIENCE)
            assert (due is not None and due <= now) is late
            fate = owners.judge(now, PATIENCE, "paused" in what)
            assert fate is (wanted if late else Fate.GO_ON)
            decided += [fate] if late else []
    assert len(decided) <= 1


def test_a_limit_that_is_lowered_counts_at_once():
    owners = Owners(0.0)
    assert owners.judge(5.0, 60.0, False) is Fate.GO_ON
    assert owners.judge(5.0, 4.0, False) is Fate.END


@pytest.fixture
def impatient(own_runner):
    """A runner whose runs are not without their clients for long."""
    (own_runner.state / limits.FILE).write_text(json.dumps({"client_gone": 0.8}))
    return own_runner


def owned(runner, run):
    return runner.stream(run, "0&owner=1")


A_WHILE = "import time\nprint('on')\ntime.sleep(1.5)\nprint('done')\n"
PAUSED = "import lager, time\nlager.pause(timeout=0)\ntime.sleep(1.5)\nprint('done')\n"


def test_a_run_is_ended_when_its_client_is_gone(impatient):
    run = impatient.run("import signal\ntry:\n    signal.pause()\nfinally:\n    print('cleaned up')\n")
    out, err, last = impatient.watch(run)  # by somebody who does not answer for it
    assert out == b"cleaned up\n"
    assert (last.status, last.reason, last.did) == (130, "stopped", ["SIGINT (its client is gone)"])
    assert b"=== lager: stopping the run: its client is gone\n" in err


def test_a_run_goes_on_while_one_of_its_clients_is_there(impatient):
    run = impatient.run(A_WHILE)
    with owned(impatient, run) as first, owned(impatient, run) as second:
        first.until(b"on\n")
        first.websocket.close()
        assert second.rest()[2] == wire.Exited(0, "exit")


def test_a_client_that_comes_back_in_time(impatient):
    (impatient.state / limits.FILE).write_text(json.dumps({"client_gone": 30}))
    run = impatient.run(A_WHILE)
    with owned(impatient, run) as first:
        first.until(b"on\n")
    with owned(impatient, run) as again:
        (impatient.state / limits.FILE).write_text(json.dumps({"client_gone": 0.1}))
        assert again.rest()[2] == wire.Exited(0, "exit")


def test_a_run_that_is_to_be_kept(impatient):
    run = impatient.run(A_WHILE, keep=True)
    assert impatient.watch(run)[2] == wire.Exited(0, "exit")
    assert impatient.http.get(f"/runs/{run}").json()["keep"] is True


def test_a_paused_run_is_kept_from_then_on_also_by_the_next_runner(impatient):
    run = impatient.run(PAUSED)
    with owned(impatient, run) as watcher:
        watcher.until_kind(wire.PauseBegan)
    with impatient.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        watcher.until(b"it is paused, so it is kept", 2)
        assert f"lager python --reattach {run}".encode() in watcher.seen[2]
    impatient.kill()
    impatient.start()
    with impatient.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        assert impatient.http.get(f"/runs/{run}").json()["keep"] is True
        impatient.http.post(f"/runs/{run}/continue", content=b"{}").raise_for_status()
        out, _, last = watcher.rest()
    assert (out, last) == (b"done\n", wire.Exited(0, "exit"))


@pytest.mark.parametrize("again", [False, True], ids=["nobody comes", "its client comes again"])
def test_a_new_runner_counts_anew(impatient, again):
    (impatient.state / limits.FILE).write_text(json.dumps({"client_gone": 30}))
    run = impatient.run(A_WHILE if again else "import signal\nprint('on')\nsignal.pause()\n")
    with owned(impatient, run) as watcher:
        watcher.until(b"on\n")
        impatient.kill()
    if not again:
        (impatient.state / limits.FILE).write_text(json.dumps({"client_gone": 0}))
    impatient.start()
    with owned(impatient, run) if again else impatient.stream(run) as watcher:
        last = watcher.rest()[2]
    assert last == (wire.Exited(0, "exit") if again else wire.Exited(130, "stopped", ["SIGINT (its client is gone)"]))


def test_limits_that_cannot_be_read_end_nothing_at_once(impatient):
    run = impatient.run(A_WHILE)
    (impatient.state / limits.FILE).write_text("{")
    assert impatient.watch(run)[2] == wire.Exited(0, "exit")


def test_who_follows_is_counted(impatient):
    run = impatient.run(A_WHILE, keep=True)
    with impatient.stream(run) as first, impatient.stream(run) as second:
        first.until(b"on\n")
        second.until(b"on\n")
        assert impatient.http.get(f"/runs/{run}").json()["followers"] == 2


@pytest.mark.parametrize("since", ["x", "nan", "inf", ""])
def test_a_time_that_is_none(runner, since):
    run = runner.run("print(1)")
    with runner.stream(run, f"0&since={since}") as watcher:
        assert watcher.next().error.code == "usage"


def test_output_since_a_time(runner):
    run = runner.run("import time\nprint('old')\ntime.sleep(1.2)\nprint('new')\nprint('newer')\n")
    runner.watch(run)
    with runner.stream(run) as watcher:
        first, second = watcher.next(), watcher.next()
    assert (first.data, second.data[:4]) == (b"old\n", b"new\n")
    for since, seen in ((first.time, b"old\nnew\nnewer\n"), (first.time + 0.5, b"new\nnewer\n"), (4e9, b"")):
        with runner.stream(run, f"0&since={since}") as watcher:
            assert watcher.rest()[:2] == (seen, b"")
