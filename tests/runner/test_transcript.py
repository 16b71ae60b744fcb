"""The transcript of a run: what was done in its consoles, by whom; it outlives the run and the runner."""

import contextlib
import os
import resource
import signal

import pytest
from websockets.sync.client import connect

from lager import wire
from lager_runner.transcript import Transcript

TIMEOUT = 20  # s
SCRIPT = "from lager import pause\nn = 1\npause(timeout=0, interactive=True)\nprint(n)\n"


class Console:
    """A console's client."""

    def __init__(self, websocket):
        self.websocket = websocket
        self.count = 0

    def send(self, message):
        self.websocket.send(wire.to_msgpack(message))

    def next(self):
        return wire.from_msgpack(self.websocket.recv(TIMEOUT), wire.FromConsole)

    def run(self, source):
        self.count += 1
        self.send(wire.Evaluate(self.count, source))
        text = ""
        while not isinstance(message := self.next(), wire.ConsoleResult):
            text += getattr(message, "text", "")
        return text, message


@contextlib.contextmanager
def console(runner, run, name="mine", by="alice", leave=True, **join):
    url = f"ws://127.0.0.1:{runner.port}/runs/{run}/console"
    with connect(url, additional_headers=runner.headers, compression=None, open_timeout=TIMEOUT) as websocket:
        one = Console(websocket)
        one.send(wire.Join(name, by, **join))
        yield one
        if leave:
            one.send(wire.Leave())


@pytest.fixture
def paused(runner):
    """Start scripts and wait until they are paused; end those that are left."""
    started = []

    def start(script=SCRIPT, its=runner):
        started.append(its.run(script))
        with its.stream(started[-1]) as watcher:
            watcher.until_kind(wire.PauseBegan)
        return started[-1]

    yield start
    for run in started:
        runner.http.post(f"/runs/{run}/signal", content=b'{"signal":"SIGKILL"}')


def entries(runner, run):
    reply = runner.http.get(f"/runs/{run}/transcript")
    assert reply.status_code == 200, reply.text
    return [wire.from_json(line, wire.TranscriptEntry) for line in reply.text.splitlines()]


def go_on(runner, run):
    assert runner.http.post(f"/runs/{run}/continue", content=b'{"by":"bob"}').status_code == 200
    return runner.watch(run)


def test_what_was_done_in_consoles_is_written_down(runner, paused):
    run = paused()
    assert entries(runner, run) == []
    with console(runner, run) as one:
        assert isinstance(one.next(), wire.ConsoleReady)
        assert one.run("n = 5\nn")[0] == "5\n"
        one.run("1 / 0")
    with console(runner, run, "f", "carol", view=True) as follower:
        assert isinstance(follower.next(), wire.ConsoleReady)
    assert go_on(runner, run)[0] == b"1\n"
    told = entries(runner, run)
    assert told == entries(runner, run)
    mine = [one for one in told if one.console == "mine"]
    kinds = ["joined", "statement", "output", "result", "statement", "output", "result", "left"]
    assert [one.kind for one in mine] == kinds
    assert {(one.user, one.pause) for one in mine} == {("alice", 1)}
    assert [one.text for one in mine[1:3]] == ["n = 5\nn", "5\n"]
    assert [one.ok for one in mine if one.kind == "result"] == [True, False]
    assert "ZeroDivisionError" in mine[5].text
    assert [(one.kind, one.user, one.view) for one in told if one.console == "f"] == [
        ("joined", "carol", True),
        ("left", "carol", True),
    ]
    assert (told[-1].kind, told[-1].user, told[-1].pause) == ("resumed", "bob", 1)
    assert [one.time for one in told] == sorted(one.time for one in told)


def test_long_output_is_bounded(runner, paused):
    run = paused()
    with console(runner, run) as one:
        one.next()
        one.run("for _ in range(200): print('x' * 1000)")
    kept = entries(runner, run)
    assert sum(len(each.text) for each in kept if each.kind == "output") <= 65536


def test_changes_at_the_release_are_in_it(runner, paused):
    run = paused()
    asked = wire.ContinueRequest("bob", [("n", "7")])
    assert runner.http.post(f"/runs/{run}/continue", content=wire.to_json(asked)).status_code == 200
    runner.watch(run)
    assert [(one.kind, one.text) for one in entries(runner, run)] == [("resumed", "n = 7 (was 1)")]


def test_it_outlives_the_runner(own_runner):
    run = own_runner.run(SCRIPT)
    with own_runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
    with console(own_runner, run, leave=False) as one:
        one.next()
        one.run("n = 5")
        own_runner.kill()
    own_runner.start()
    with own_runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
    with console(own_runner, run, again=True, leave=False) as one:
        assert one.next().statement == 1  # the script has kept it
    with console(own_runner, run, "new") as one:
        one.next()
        one.run("n")
    go_on(own_runner, run)
    kinds = [(one.console, one.kind) for one in entries(own_runner, run)]
    assert kinds[:3] == [("mine", "joined"), ("mine", "statement"), ("mine", "result")]
    assert [kind for name, kind in kinds if name == "new"] == ["joined", "statement", "output", "result", "left"]
    assert [kind for name, kind in kinds if name == "mine"][3:] == ["again", "broken", "left"]
    assert ("", "resumed") in kinds


def test_who_comes_back_after_the_end_of_the_run_hears_of_it(runner, paused):
    run = paused()
    with console(runner, run, leave=False) as one:
        one.next()
        one.run("n")
    go_on(runner, run)
    with console(runner, run, seen=2, again=True, leave=False) as one:
        assert isinstance(one.next(), wire.ConsoleReady)
        assert one.next().reason == "resumed"
    with console(runner, run, "new", leave=False) as one:
        assert one.next().error.what == f"{run} is not paused: it has ended"


def test_files_of_consoles(runner, paused, tmp_path):
    run = paused()
    folder = runner.state / "runs" / run / "console"
    folder.mkdir(exist_ok=True)
    content = bytes(range(256)) * 2000
    (folder / "mine-1.txt").write_bytes(content)
    (folder / "link").symlink_to(runner.state / "token")
    (folder / "inside").mkdir()
    get = runner.http.get
    assert get(f"/runs/{run}/console-files/mine-1.txt").content == content
    for name in ("no", "link", "inside", "%2e%2e%2fspec.json", ".hidden", "x" * 300):
        assert runner.error(get(f"/runs/{run}/console-files/{name}"))[1] == "usage", name
    assert runner.error(get("/runs/ffff/console-files/x")) == (404, "run-not-found")
    assert runner.error(get("/runs/ffff/transcript")) == (404, "run-not-found")


# The file ------------------------------------------------------------------------------------------------------------


def entry(kind, text=""):
    return wire.TranscriptEntry(time=1.0, kind=kind, text=text)


def read(path):
    return [wire.from_json(line, wire.TranscriptEntry).kind for line in path.read_bytes().splitlines()]


def test_half_a_line_is_cut_off(tmp_path):
    path = tmp_path / "t.jsonl"
    Transcript(path).add(entry("joined"))
    with path.open("ab") as file:
        file.write(b'{"time":1.0,"kind":"state')
    Transcript(path).add(entry("left"))
    assert read(path) == ["joined", "left"]
    path.write_bytes(b"x" * 100_000)
    Transcript(path).add(entry("left"))
    assert read(path) == ["left"]
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_what_the_disk_does_not_take_is_said_later(tmp_path):
    path = tmp_path / "t.jsonl"
    one = Transcript(path)
    one.add(entry("joined"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room in (0, 10):  # none for a line, or only for a part of it
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, before[1]))
            one.add(entry("statement"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    one.add(entry("left"))
    assert read(path) == ["joined", "gap", "left"]


def test_a_folder_that_has_gone_is_no_error(tmp_path):
    one = Transcript(tmp_path / "gone" / "t.jsonl")
    one.add(entry("joined"))
    one.flush()


def test_what_a_script_puts_in_its_place_holds_up_nobody(tmp_path):
    path = tmp_path / "t.jsonl"
    os.mkfifo(path)
    one = Transcript(path)
    one.add(entry("joined"))  # nobody reads from there
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    one.add(entry("statement"))
    path.unlink()
    one.add(entry("left"))
    assert read(path) == ["gap", "left"]
    assert not (tmp_path / "elsewhere").exists()
