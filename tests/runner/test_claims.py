"""Runs and the box's lock, with a real runner: waited for, let go at a pause, taken again, kept over a kill -9."""

import concurrent.futures
import json
import uuid

import pytest

from lager import wire

TRIES = 2000  # requests; each takes milliseconds
WAITING = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"
ENDLESS = f"{WAITING}print('ready')\nsignal.sigwait([signal.SIGUSR1])\nprint('over')\n"
PAUSING = "from lager import pause\nprint('value', pause('here', timeout=0))\n"
CLAIMANTS = 50


def post(runner, path, **body):
    return runner.http.post(path, content=json.dumps(body).encode())


def lock_of(runner):
    return runner.http.get("/lock").json()


def until(runner, seen):
    """Look at the lock until it is so; what runs do about it, they do behind their pauses."""
    for _ in range(TRIES):
        if seen(lock := lock_of(runner)):
            return lock
    raise AssertionError(lock)


def until_locked(runner, user):
    for _ in range(TRIES):
        if post(runner, "/lock", user=user).status_code == 200:
            return
    raise AssertionError(lock_of(runner))


@pytest.fixture
def box(runner):
    yield runner
    post(runner, "/unlock", force=True)


def end(watcher):
    watcher.send(wire.Stop("SIGUSR1"))
    return watcher.rest()


def begun(runner, script, **request):
    """Start a script, and give its id when it has printed its first line."""
    run = runner.run(script, **{"holder": "alice", "user": "alice", **request})
    with runner.stream(run) as watcher:
        watcher.until(b"ready")
    return run


def test_a_run_has_the_box_until_it_ends_and_runs_of_its_holder_share_it(box):
    one = begun(box, ENDLESS)
    lock = lock_of(box)
    assert (lock["user"], lock["holder_type"], lock["runs"], lock["busy"]) == ("alice", "ephemeral", [one], True)
    refused = box.put(ENDLESS, holder="bob")
    assert box.error(refused) == (409, "box-locked")
    assert "alice" in refused.json()["what"]
    two = begun(box, ENDLESS)
    with box.stream(one) as watcher:
        assert end(watcher)[2].status == 0
    lock = lock_of(box)
    assert (lock["user"], lock["runs"]) == ("alice", [two])
    with box.stream(two) as watcher:
        end(watcher)
    assert not lock_of(box)["locked"]
    assert box.result("print('mine now')", holder="bob")[0] == b"mine now\n"


def test_who_is_ready_to_wait_gets_it_when_it_is_free(box):
    first = begun(box, ENDLESS)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        second = pool.submit(box.put, "print('at last')", holder="bob", lock_wait=20.0)
        with box.stream(first) as watcher:
            end(watcher)
        reply = second.result(20)
    assert reply.status_code == 201, reply.text
    assert box.watch(reply.json()["id"])[0] == b"at last\n"


def test_who_was_refused_has_left_nothing_behind_and_may_ask_again_with_the_same_id(box):
    assert post(box, "/lock", user="alice").status_code == 200
    run = str(uuid.uuid4())
    assert box.error(box.put("print(1)", run, holder="bob", lock_wait=0.1)) == (409, "box-locked")
    assert box.http.get(f"/runs/{run}").status_code == 404
    assert lock_of(box)["user"] == "alice"
    post(box, "/unlock", user="alice")
    assert box.put("print(1)", run, holder="bob").status_code == 201
    assert box.watch(run)[0] == b"1\n"


def test_who_is_told_that_a_run_has_ended_finds_the_box_free(box):
    ends = []
    for _ in range(20):
        assert box.result("print(1)", holder="alice")[2].status == 0
        ends.append(lock_of(box)["locked"])
    assert ends == [False] * 20


def test_a_run_that_could_not_be_started_lets_go(box):
    assert box.put(b"", file="", holder="alice").status_code == 400
    until(box, lambda lock: not lock["locked"])


def test_a_reservation_outlives_the_runs_of_its_holder(box):
    post(box, "/lock", user="alice")
    assert box.result("print(1)", holder="alice")[2].status == 0
    lock = lock_of(box)
    assert (lock["user"], lock["holder_type"], lock["ttl_seconds"]) == ("alice", "user", None)
    assert "runs" not in lock


def test_a_holders_name_is_shown_to_others_so_it_must_be_one(box):
    assert box.error(box.put("print(1)", holder="a\x1b[2Jb")) == (400, "usage")


def test_a_paused_run_lets_go_and_waits_for_who_has_it_then(box):
    run = box.run(PAUSING, holder="alice", user="alice")
    with box.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        until_locked(box, "bob")
        refused = post(box, f"/runs/{run}/continue", by="alice")
        assert box.error(refused) == (409, "still-busy")
        assert "the box is locked by bob since " in refused.json()["what"]
        watcher.until(b"=== released, but not going on yet: the box is locked by bob since ", stream=2)
        info = box.http.get(f"/runs/{run}").json()
        assert (info["state"], info["waits_for"], info["pauses"][0]["waits_for"]) == ("paused", "bob", "bob")
        post(box, "/unlock", user="bob")
        watcher.until_kind(wire.PauseEnded)
        out, said, last = watcher.rest()
    assert (out, last.status) == (b"value None\n", 0)
    assert said.endswith(b"=== resumed\n")


def test_it_has_the_box_again_when_it_goes_on(box):
    run = box.run(f"from lager import pause\npause()\n{ENDLESS}", holder="alice")
    with box.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        until(box, lambda lock: not lock["locked"])
        assert post(box, f"/runs/{run}/continue").status_code == 200
        watcher.until_kind(wire.PauseEnded)
        watcher.until(b"ready")
        assert lock_of(box)["runs"] == [run]
        end(watcher)


def test_a_value_is_refused_while_somebody_else_has_the_box(box):
    run = box.run(PAUSING, holder="alice")
    with box.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        until_locked(box, "bob")
        assert box.error(post(box, f"/runs/{run}/continue", value="7")) == (409, "box-locked")
        post(box, "/unlock", user="bob")
        assert post(box, f"/runs/{run}/continue", value="7").status_code == 200
        watcher.until_kind(wire.PauseEnded)
        assert watcher.rest()[0] == b"value 7\n"


def test_a_waiting_run_can_be_aborted_and_its_place_stays_with_who_has_it(box):
    run = box.run(PAUSING, holder="alice")
    with box.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        until_locked(box, "bob")
        post(box, f"/runs/{run}/continue")
        assert post(box, f"/runs/{run}/abort", by="alice").status_code == 200
        watcher.until_kind(wire.PauseEnded)
        assert watcher.rest()[2].status == 130
    assert lock_of(box)["user"] == "bob"


def test_the_end_of_a_timeout_waits_as_well(box):
    run = box.run(PAUSING.replace("timeout=0", "timeout=0.3"), holder="alice")
    with box.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        until_locked(box, "bob")
        watcher.until(b"=== released, but not going on yet", stream=2)
        post(box, "/unlock", user="bob")
        watcher.until_kind(wire.PauseEnded)
        assert watcher.rest()[1].endswith(b"=== auto-resumed after 0.3s\n")


def test_a_pause_that_holds_it_keeps_it(box):
    run = box.run(PAUSING.replace("timeout=0", "timeout=0, hold=True"), holder="alice")
    with box.stream(run) as watcher:
        assert watcher.until_kind(wire.PauseBegan).pause.hold
        assert post(box, "/lock", user="bob").status_code == 409
        assert lock_of(box)["runs"] == [run]
        assert post(box, f"/runs/{run}/continue").status_code == 200
        watcher.until_kind(wire.PauseEnded)
        watcher.rest()


def test_unlock_by_force_takes_it_from_a_run_which_goes_on(box):
    run = begun(box, ENDLESS)
    kept = post(box, "/unlock", user="alice").json()
    assert (kept["locked"], kept["runs"]) == (True, [run])
    assert post(box, "/unlock", user="bob", force=True).json()["locked"] is False
    assert post(box, "/lock", user="bob").status_code == 200
    with box.stream(run) as watcher:
        assert end(watcher)[2].status == 0
    assert lock_of(box)["user"] == "bob"


def test_a_runner_that_is_killed_lets_nobody_in_and_the_next_one_goes_on_with_it(own_runner):
    running = begun(own_runner, ENDLESS)
    own_runner.kill()
    own_runner.start()
    lock = lock_of(own_runner)
    assert (lock["user"], lock["runs"]) == ("alice", [running])
    assert own_runner.error(own_runner.put("print(1)", holder="bob")) == (409, "box-locked")
    with own_runner.stream(running) as watcher:
        assert end(watcher)[2].status == 0
    until(own_runner, lambda lock: not lock["locked"])


def test_a_run_that_ended_without_a_runner_holds_nothing_for_the_next_one(own_runner, tools):
    running = begun(own_runner, ENDLESS)
    supervisor = own_runner.supervisor(running)
    own_runner.kill()
    supervisor.kill()
    tools.wait_gone(supervisor.pid)
    own_runner.start()
    until(own_runner, lambda lock: not lock["locked"])


def test_a_run_that_was_paused_under_a_killed_runner_holds_nothing_and_gets_it_back(own_runner):
    paused = own_runner.run(PAUSING, holder="alice")
    with own_runner.stream(paused) as watcher:
        watcher.until_kind(wire.PauseBegan)
    until(own_runner, lambda lock: not lock["locked"])
    own_runner.kill()
    own_runner.start()
    until_locked(own_runner, "bob")
    with own_runner.stream(paused) as watcher:
        watcher.until_kind(wire.PauseBegan)
        watcher.send(wire.Continue(1, "alice"))
        watcher.until(b"the box is locked by bob", stream=2)
        post(own_runner, "/unlock", user="bob")
        watcher.until_kind(wire.PauseEnded)
        assert watcher.rest()[2].status == 0


def test_of_fifty_who_ask_at_once_exactly_one_gets_it(box):
    with concurrent.futures.ThreadPoolExecutor(CLAIMANTS) as pool:
        replies = list(pool.map(lambda n: post(box, "/lock", user=f"user{n}"), range(CLAIMANTS)))
    assert sorted({reply.status_code for reply in replies}) == [200, 409]
    [won] = [reply.json()["user"] for reply in replies if reply.status_code == 200]
    assert {reply.json()["lock"]["user"] for reply in replies if reply.status_code == 409} == {won}
    assert lock_of(box)["user"] == won


def test_an_interrupt_ends_a_paused_run_whoever_has_the_box(box):
    run = box.run(PAUSING, holder="alice")
    with box.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
        until_locked(box, "bob")
        watcher.send(wire.Stop("SIGINT"))
        watcher.until_kind(wire.PauseEnded)
        assert watcher.rest()[2].status == 130
    assert lock_of(box)["user"] == "bob"
