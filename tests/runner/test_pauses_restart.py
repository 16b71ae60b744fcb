"""Pauses across the end of a runner: numbers, what is left over of a run, and who waits for an answer just then."""

import os
import subprocess
import sys
import threading

import pytest

from lager import wire

TIMEOUT = 20  # s
PLAY = """\
import json, os, signal, socket, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
def hit(key):
    \"\"\"Pause as a process does that has never paused before; say how the box lets it go.\"\"\"
    with socket.socket(socket.AF_UNIX) as box:
        box.connect(os.environ["LAGER_RUN_SOCKET"])
        with box.makefile("rw") as lines:
            place = {"label": None, "file": "test.py", "line": 5, "function": "f", "thread": "MainThread"}
            more = {"run": os.environ["LAGER_PROCESS_ID"], "key": key, "pid": os.getpid(), "interactive": False}
            print(json.dumps({"type": "hit", "timeout": 0, "left": None, **place, **more}), file=lines, flush=True)
            for line in lines:
                got = json.loads(line)
                if got["type"] == "release" and not got["sets"]:
                    return f"{got['reason']} by {got['by']}"
                print(got["type"])
"""


def see(watcher, words):
    """Wait for output, whatever else comes."""
    while words not in watcher.seen[1]:
        watcher.next()


def test_a_number_is_given_once_also_by_the_next_runner(own_runner):
    run = own_runner.run(f"{PLAY}hit('1')\nprint('ready')\nsignal.sigwait([signal.SIGUSR1])\nhit('2')\n")
    with own_runner.stream(run) as watcher:
        assert watcher.until_kind(wire.PauseBegan).pause.number == 1
        watcher.send(wire.Continue(1))
        watcher.until_kind(wire.PauseEnded)
        watcher.until(b"ready")
    own_runner.kill()
    own_runner.start()
    with own_runner.stream(run) as watcher:
        watcher.send(wire.Stop("SIGUSR1"))
        assert watcher.until_kind(wire.PauseBegan).pause.number == 2
        late = own_runner.http.post(f"/runs/{run}.1/continue")
        assert (own_runner.error(late), late.json()["what"]) == ((409, "nothing-paused"), f"{run}.1 is over")
        watcher.send(wire.Continue(2))
        assert watcher.rest()[2].status == 0


def test_what_is_left_over_of_a_run_is_let_go_also_by_the_next_runner(own_runner):
    """No process outlives its run that the box can find; one that somebody else started for it may say it is of it."""
    run = own_runner.run("import os\nprint(os.environ['LAGER_RUN_SOCKET'])\n")
    out, _, last = own_runner.watch(run)
    assert last.status == 0
    own_runner.stop()
    own_runner.start()
    env = os.environ | {"LAGER_PROCESS_ID": run, "LAGER_RUN_SOCKET": out.decode().strip()}
    command = [sys.executable, "-c", f"{PLAY}print(hit('1'), flush=True)"]
    left = subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert left.stdout.splitlines() == ["announced", "aborted by the end of its run"]


@pytest.mark.parametrize(
    ("script", "asked", "body"),
    [
        ("hit('1')", "continue", wire.ContinueRequest("me", [("n", "1")])),
        ("print('announced')\nwhile True: signal.pause()", "pause", wire.PauseRequest("me", TIMEOUT)),
    ],
    ids=["changes", "a pause from outside"],
)
def test_who_waits_when_the_box_ends_is_told_that(own_runner, script, asked, body):
    """Not that something failed, which may still be done."""
    run = own_runner.run(f"{PLAY}signal.signal(signal.SIGURG, lambda *_: print('release'))\n{script}\n")
    replies = []
    with own_runner.stream(run) as watcher:
        see(watcher, b"announced")
        ask = threading.Thread(
            target=lambda: replies.append(own_runner.http.post(f"/runs/{run}/{asked}", content=wire.to_json(body)))
        )
        ask.start()
        see(watcher, b"release")
        own_runner.process.stdin.close()
        ask.join(TIMEOUT)
    assert own_runner.error(replies[0]) == (503, "unreachable")
    assert replies[0].json()["what"].startswith("the box is shutting down")
