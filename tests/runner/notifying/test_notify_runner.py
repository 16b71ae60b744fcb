"""A runner that tells: nothing of it holds up a script, and a new runner tells nobody again."""

import json
import os
import socket
import time

from letterbox import Receiver

from lager import wire

PAUSING = "import lager\nlager.pause('rail up', timeout=0)\nraise SystemExit(3)\n"
WAITING = "import sys\nprint('up', flush=True)\nopen(sys.argv[1]).read()\n"


def set_up(runner, **target):
    runner.state.mkdir(exist_ok=True)
    (runner.state / "notify.json").write_text(json.dumps({"targets": [target]}))


def resume(runner, run):
    assert runner.http.post(f"/runs/{run}/continue", content=b"{}").status_code == 200


def test_a_pause_and_an_end(own_runner, mailbox):
    set_up(own_runner, command=mailbox.command)
    run = own_runner.run(PAUSING, user="alice", box="b1")
    paused = mailbox.next()
    assert (paused["event"], paused["run"], paused["label"], paused["file"]) == ("paused", run, "rail up", "test.py")
    assert paused["commands"]["continue"] == f"lager python --continue {run}.1 --box b1"
    resume(own_runner, f"{run}.1")
    failed = mailbox.next()
    assert (failed["event"], failed["status"], failed["user"]) == ("failed", 3, "alice")


def test_a_new_runner_tells_what_is_new_only(own_runner, mailbox, tmp_path):
    set_up(own_runner, command=mailbox.command)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    paused = own_runner.run(PAUSING)
    assert mailbox.next()["run"] == paused
    ending = own_runner.run(WAITING, args=[str(gate)])
    with own_runner.stream(ending) as watcher:
        watcher.until(b"up")
    supervisor = own_runner.supervisor(ending)
    own_runner.kill()
    gate.write_text("go on")
    supervisor.wait(20)
    own_runner.start()
    first = mailbox.next()
    assert (first["event"], first["run"]) == ("finished", ending)
    with own_runner.stream(paused) as watcher:
        watcher.until_kind(wire.PauseBegan)  # it has announced itself anew
    resume(own_runner, paused)
    second = mailbox.next()
    assert (second["event"], second["run"]) == ("failed", paused)
    assert mailbox.empty()


def test_a_target_that_does_not_answer_holds_up_nothing(own_runner):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        set_up(own_runner, webhook=f"http://127.0.0.1:{silent.getsockname()[1]}/s3cret")
        for _ in range(3):
            run = own_runner.run(PAUSING)
            with own_runner.stream(run) as watcher:
                watcher.until_kind(wire.PauseBegan)
                resume(own_runner, run)
                assert watcher.rest()[2].status == 3
        began = time.monotonic()
        own_runner.stop()
        assert time.monotonic() - began < 10  # though it has answered nothing


def test_what_waits_at_the_end_of_the_runner_is_sent(own_runner):
    with Receiver() as receiver:
        set_up(own_runner, webhook=receiver.url, events=["finished"])
        run = own_runner.run("pass\n")
        own_runner.watch(run)
        own_runner.stop()
        assert receiver.next()[2]["run"] == run
