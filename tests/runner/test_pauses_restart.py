"""Pauses across the end of a runner: numbers, what is left over of a run, and who waits for an answer just then."""

import asyncio
import os
import signal
import threading

import pytest

from lager import wire
from lager_debugbridge.bridge import Bridge
from lager_runner import rundirectory
from lager_runner.run import Run
from lager_runner.rundirectory import Outcome, RunDirectories
from lager_runner.runs import Runs
from lager_runner.spawn import Sockets

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


def test_what_is_left_over_of_a_run_is_let_go_also_by_the_next_runner(own_runner, tools):
    leave = "if os.fork() == 0:\n    os.setsid()\n    print(os.getpid())\n    signal.sigwait([signal.SIGUSR1])\n"
    leave += "    sys.stdout = open('said', 'w')\n    print(hit('1'), flush=True)\n"
    run = own_runner.run(f"{PLAY}{leave}")
    out, _, last = own_runner.watch(run)
    assert last.status == 0
    own_runner.stop()
    own_runner.start()
    os.kill(int(out), signal.SIGUSR1)
    tools.wait_gone(int(out))
    said = own_runner.state / "runs" / run / "work" / "said"
    assert said.read_text().splitlines() == ["announced", "aborted by the end of its run"]


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


def test_old_runs_are_pruned_by_two_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(rundirectory, "KEEP", 1)
    runs = Runs(Bridge(on_event=lambda *_: None), Sockets("", ""), lambda _: None)
    for number in range(4):
        request = wire.RunRequest(name="t.py", script="t.py", content=b"")
        made = RunDirectories().create(f"00000000-0000-4000-8000-{number:012}", request, 0)
        made.write_outcome(Outcome(status=0, reason="exit", ended=number))
        runs._runs[made.path.name] = Run(made, made.spec(), made.outcome())

    async def prune():
        await asyncio.gather(runs._prune(), runs._prune())

    asyncio.run(prune())
    assert [info.id[-1] for info in runs.every()] == ["3"]
    assert [path.name[-1] for path in (tmp_path / "runs").iterdir()] == ["3"]
