"""Paused runs: continue, with changes, abort, pause from outside, and the list that is watched.

The scripts here speak to the box themselves, in a few lines: how `lager.pause` does it is not what is tested.
"""

import asyncio

import pytest
from starlette.requests import Request
from websockets.sync.client import connect

from lager import errors, wire
from lager_runner import answers

TIMEOUT = 20  # s
PLAY = """\
import json, os, signal, socket, sys, threading
def hit(key="1", kind="pause", thread="MainThread", left=None, main=None):
    with socket.socket(socket.AF_UNIX) as box:
        box.connect(os.environ["LAGER_RUN_SOCKET"])
        with box.makefile("rw") as lines:
            place = {"label": None, "file": "test.py", "line": 5, "function": "f", "thread": thread, "kind": kind}
            more = {"run": os.environ["LAGER_PROCESS_ID"], "key": key, "pid": os.getpid(), "interactive": False}
            hit = {"type": "hit", "timeout": left or 0, "left": left, **place, **more}
            print(json.dumps(hit | {"main": main}), file=lines, flush=True)
            for line in lines:
                got = json.loads(line)
                if got["type"] == "release" and any(value == "0/0" for _, value in got["sets"]):
                    no = {"code": "change-refused", "what": "ZeroDivisionError", "hint": ""}
                    print(json.dumps({"type": "declined", "key": key, "error": no}), file=lines, flush=True)
                elif got["type"] == "release":
                    done = [f"{name} = {value}" for name, value in got["sets"]]
                    last = {"type": "released", "key": key, "reason": got["reason"], "done": done}
                    print(json.dumps(last), file=lines, flush=True)
                    print(got["reason"], got["by"], got["value"])
                    return
def on_sigurg(*_):
    hit("outside", "outside")
signal.signal(signal.SIGURG, on_sigurg)
"""
THREE = f"""{PLAY}
names = ["MainThread", "B", "C"]
for name in names[1:]:
    threading.Thread(target=hit, args=[name, "pause", name]).start()
hit("MainThread")
"""


@pytest.fixture
def start(runner):
    """Start scripts, and end those that are left."""
    started = []

    def start(script, **request):
        started.append(runner.run(script, **request))
        return started[-1]

    yield start
    for run in started:
        runner.http.post(f"/runs/{run}/signal", content=b'{"signal":"SIGKILL"}')
        runner.watch(run)


@pytest.fixture
def post(runner):
    def post(path, body, kind):
        reply = runner.http.post(path, content=wire.to_json(body))
        error = wire.from_json(reply.content, wire.ErrorBody).as_error() if reply.status_code >= 400 else None
        return error or wire.from_json(reply.content, kind)

    return post


def paused(watcher, count=1):
    return [watcher.until_kind(wire.PauseBegan).pause for _ in range(count)]


def test_several_pauses_are_named_and_released_one_by_one_or_at_once(runner, start, post):
    run = start(THREE)
    with runner.stream(run) as watcher:
        numbers = {pause.thread: pause.number for pause in paused(watcher, 3)}
        refused = post(f"/runs/{run}/continue", wire.ContinueRequest("me"), wire.Resumed)
        assert isinstance(refused, errors.AmbiguousId)
        assert f"{run}.{numbers['B']} (at test.py:5, thread B)" in refused.what
        assert isinstance(post(f"/runs/{run}/abort", wire.AbortRequest("me"), wire.Resumed), errors.AmbiguousId)
        one = f"{run}.{numbers['B']}"
        assert post(f"/runs/{one}/continue", wire.ContinueRequest("me"), wire.Resumed) == wire.Resumed(one, [one])
        assert watcher.until_kind(wire.PauseEnded) == wire.PauseEnded(numbers["B"], "resumed", "me")
        late = post(f"/runs/{one}/continue", wire.ContinueRequest("you"), wire.Resumed)
        assert (type(late), late.what) == (errors.NothingPaused, f"{one} was resumed by me")
        assert runner.http.get(f"/runs/{one}").json()["state"] == "paused"
        rest = post(f"/runs/{run}/continue", wire.ContinueRequest("me", all=True), wire.Resumed)
        others = sorted((numbers["MainThread"], numbers["C"]))
        assert rest == wire.Resumed(run, [f"{run}.{number}" for number in others])
        assert watcher.rest()[2].status == 0


def test_changes_are_made_or_refused(runner, start, post):
    run = start(f"{PLAY}hit()\n")
    with runner.stream(run) as watcher:
        paused(watcher)
        bad = wire.ContinueRequest("me", [("n", "0/0")])
        refused = post(f"/runs/{run}/continue", bad, wire.Resumed)
        assert (type(refused), refused.what) == (errors.ChangeRefused, "ZeroDivisionError")
        assert runner.http.get(f"/runs/{run}").json()["state"] == "paused"
        many = wire.ContinueRequest("me", value="1", all=True)
        assert isinstance(post(f"/runs/{run}/continue", many, wire.Resumed), errors.UsageError)
        good = wire.ContinueRequest("me", [("volts", "3.3"), ("n", "2")], "volts")
        done = ["volts = 3.3", "n = 2"]
        assert post(f"/runs/{run[:13]}/continue", good, wire.Resumed) == wire.Resumed(run, [run], done)
        assert watcher.until_kind(wire.PauseEnded).by == "me"
        assert watcher.rest()[0] == b"resumed me volts\n"


def test_abort_reaches_the_script(runner, start, post):
    run = start(f"{PLAY}hit()\n")
    with runner.stream(run) as watcher:
        paused(watcher)
        assert post(f"/runs/{run}.1/abort", wire.AbortRequest("me"), wire.Resumed) == wire.Resumed(run, [run])
        assert watcher.until_kind(wire.PauseEnded) == wire.PauseEnded(1, "aborted", "me")
        assert watcher.rest()[0] == b"aborted me None\n"
    for what, body in (("continue", wire.ContinueRequest("me")), ("abort", wire.AbortRequest("me"))):
        over = post(f"/runs/{run}.1/{what}", body, wire.Resumed)
        assert (type(over), over.what) == (errors.NothingPaused, f"{run} is not paused: it has ended")


def test_a_run_that_is_not_paused_says_how_to_pause_it(runner, start, post):
    run = start("import signal\nprint('ready')\nsignal.pause()\n")
    with runner.stream(run) as watcher:
        watcher.until(b"ready")
        for what, body in (("continue", wire.ContinueRequest("me")), ("abort", wire.AbortRequest("me"))):
            refused = post(f"/runs/{run}/{what}", body, wire.Resumed)
            assert (type(refused), refused.what) == (errors.NothingPaused, f"{run} is not paused: it is running")
            assert refused.hint == f"`lager python --pause {run}` stops it at its next line"
        one = runner.http.post(f"/runs/{run}.2/signal", content=b'{"signal":"SIGINT"}')
        assert runner.error(one) == (400, "usage")


# From outside ---------------------------------------------------------------------------------------------------------


def test_pause_from_outside(runner, start, post):
    run = start(f"{PLAY}print('ready')\nwhile True: signal.pause()\n")
    with runner.stream(run) as watcher:
        watcher.until(b"ready")
        asked = post(f"/runs/{run[:13]}/pause", wire.PauseRequest("alice", TIMEOUT), wire.PauseAsked)
        assert (asked.run, asked.already, asked.pause.kind) == (run, False, "outside")
        assert asked.pause.label == paused(watcher)[0].label == "asked for by alice"
        again = post(f"/runs/{run}.1/pause", wire.PauseRequest("bob", TIMEOUT), wire.PauseAsked)
        assert again == wire.PauseAsked(run, asked.pause, already=True)
        post(f"/runs/{run}/continue", wire.ContinueRequest("bob"), wire.Resumed)
        assert watcher.until_kind(wire.PauseEnded) == wire.PauseEnded(1, "resumed", "bob")


def test_a_script_that_comes_to_no_line_for_now(runner, start, post):
    run = start("import signal\nprint('ready')\nsignal.signal(signal.SIGURG, signal.SIG_IGN)\nsignal.pause()\n")
    with runner.stream(run) as watcher:
        watcher.until(b"ready")
        assert post(f"/runs/{run}/pause", wire.PauseRequest("me", 0.01), wire.PauseAsked) == wire.PauseAsked(run)


def test_a_main_thread_that_stands_still_in_a_task_is_paused_already(runner, start, post):
    run = start(f"{PLAY}hit(thread='MainThread, task A', main=True)\n")
    with runner.stream(run) as watcher:
        (there,) = paused(watcher)
        asked = post(f"/runs/{run}/pause", wire.PauseRequest("me", TIMEOUT), wire.PauseAsked)
        assert asked == wire.PauseAsked(run, there, already=True)


def test_another_thread_or_process_is_not_what_was_meant(runner, start, post):
    script = "import subprocess\nthreading.Thread(target=hit, args=['2', 'pause', 'T'], daemon=True).start()\n"
    script += "child = os.fork()\nhit('3') if child == 0 else os.waitpid(child, 0)\n"
    run = start(f"{PLAY}signal.signal(signal.SIGURG, signal.SIG_IGN)\n{script}")
    with runner.stream(run) as watcher:
        assert {pause.thread for pause in paused(watcher, 2)} == {"MainThread", "T"}
        assert post(f"/runs/{run}/pause", wire.PauseRequest("me", 0.01), wire.PauseAsked) == wire.PauseAsked(run)


def test_a_run_that_ends_before_it_comes_to_a_line(runner, start, post):
    end = f"{PLAY}signal.signal(signal.SIGURG, lambda *_: os._exit(3))\nprint('ready')\nsignal.pause()\n"
    run = start(end)
    with runner.stream(run) as watcher:
        watcher.until(b"ready")
        ended = post(f"/runs/{run}/pause", wire.PauseRequest("me", TIMEOUT), wire.PauseAsked)
    assert (type(ended), "ended, with status 3" in ended.what) == (errors.NothingPaused, True)
    ended = post(f"/runs/{run}/pause", wire.PauseRequest("me"), wire.PauseAsked)
    assert ended.what == f"{run} is not paused: it has ended"


def test_nobody_waits_for_a_client_that_has_hung_up():
    cancelled = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    async def receive():
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def serve():
        with pytest.raises(errors.ServiceUnreachable):
            await answers.unless_gone(Request({"type": "http"}, receive), work())

    asyncio.run(serve())
    assert cancelled == [True]


# The list that is watched ---------------------------------------------------------------------------------------------


class Board:
    """A watcher of the list."""

    def __init__(self, runner):
        url = f"ws://127.0.0.1:{runner.port}/runs/watch"
        self.socket = connect(
            url, additional_headers=runner.headers, compression=None, max_size=None, max_queue=1, proxy=None
        )

    def next(self):
        return {one.id: one for one in wire.from_msgpack(self.socket.recv(TIMEOUT), wire.RunList).runs}

    def until(self, run, state):
        while (now := self.next()).get(run) is None or now[run].state != state:
            continue
        return now[run]

    def until_gone(self, run):
        lists = 0
        while run in self.next():
            lists += 1
        return lists


def test_the_list_is_sent_at_the_start_and_after_each_change(runner, start, post):
    before = start(f"{PLAY}hit()\n")
    with runner.stream(before) as watcher:
        paused(watcher)
    board = Board(runner)
    with board.socket:
        first = board.next()
        assert first[before].state == "paused"
        assert {one.state for one in first.values()} <= {"paused", "running"}
        run = start(f"{PLAY}sys.stdin.close()\nhit(left=60)\nhit('2')\n")
        pause = board.until(run, "paused").pauses[0]
        assert (pause.number, pause.timeout, pause.until - pause.since > 59) == (1, 60, True)
        post(f"/runs/{run}/continue", wire.ContinueRequest("me"), wire.Resumed)
        while board.until(run, "paused").pauses[0].number == 1:
            continue
        post(f"/runs/{run}/continue", wire.ContinueRequest("me"), wire.Resumed)
        board.until_gone(run)


def test_a_watcher_that_does_not_read_holds_up_nobody_and_gets_the_newest(runner, start, post):
    slow = Board(runner)
    with slow.socket:
        big = start(f"{PLAY}hit()\n", args=["x" * 100_000] * 10)  # a megabyte in each list
        with runner.stream(big) as watcher:
            paused(watcher)
        changes = 20
        for _ in range(changes // 2):
            assert runner.watch(start("print('x')"))[2].status == 0
        quick = Board(runner)
        with quick.socket:
            assert quick.next()[big].state == "paused"
            post(f"/runs/{big}/continue", wire.ContinueRequest("me"), wire.Resumed)
            quick.until_gone(big)
        slow.until(big, "paused")
        assert slow.until_gone(big) < changes
