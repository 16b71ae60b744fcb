"""Following a run: nothing lost over broken connections, Enter only in a pause, Ctrl-C up the ladder."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from scripted import playing
from terminal import Terminal

from lager import errors, wire
from lager.client import Service
from lager_cli.runs.stream import RunStream

FOLLOW = """\
import sys
from lager.client import Service
from lager import wire
from lager_cli.runs.detaching import Handle
from lager_cli.runs.events import Events
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.showing import Plain
from lager_cli.runs.stream import RunStream
from lager_cli.runs.interrupts import Interrupts
from lager_cli.runs.watching import Manners, Watch
from lager_cli.runs.writing import Outlet
service = Service("", "127.0.0.1", int(sys.argv[1]), "t")
with Interrupts() as interrupts:
    stream = RunStream(lambda offset: service.connect(f"/runs/r/stream?from={offset}"), "lager python --reattach r")
    words = sys.argv[2:]
    show = Events(Outlet(), "r", lambda: 5.0) if "json" in words else Plain(Outlet(), "quiet" in words)
    manners = Manners(Handle("r", "bb"), "kept" in words, "attached" in words)
    info = wire.RunInfo(id="r", state="running", name="t.py", args=["a"], user="me", box="bb", started=4.0)
    sys.exit(Watch(stream, interrupts, Keyboard(), show, manners).until_end(info))
"""

AGAIN = "lager python --reattach r"


def text(offset, data, stream=1):
    return wire.Output(offset, 0.0, stream, data)


def pause(number, name="r"):
    info = wire.PauseInfo(
        number=number,
        name=name,
        label=None,
        file="t.py",
        line=1,
        function="f",
        thread="MainThread",
        since=0,
        timeout=0,
        interactive=True,
    )
    return wire.PauseBegan(info)


def everything(stream):
    found = []
    while not any(isinstance(one, wire.Exited | wire.StreamFailed | errors.LagerError) for one in found):
        assert select.select([stream], [], [], 20)[0]
        found += stream.messages()
    return found


def follow(port, **options):
    service = Service("", "127.0.0.1", port, "tok")
    return contextlib.closing(
        RunStream(lambda offset: service.connect(f"/runs/r/stream?from={offset}"), AGAIN, **options)
    )


def test_a_broken_connection_is_taken_up_where_it_was():
    seen = []

    def first(scene):
        seen.append((scene.path, scene.token))
        scene.say(text(5, b"hello"))

    def second(scene):
        seen.append((scene.path, scene.token))
        scene.say(text(11, b" world"), wire.Exited(3, "exit"))

    with playing(first, second) as port, follow(port) as stream:
        found = everything(stream)
    assert [one.data for one in found if isinstance(one, wire.Output)] == [b"hello", b" world"]
    assert found[-1] == wire.Exited(3, "exit")
    assert seen == [("/runs/r/stream?from=0", "Bearer tok"), ("/runs/r/stream?from=5", "Bearer tok")]


def test_a_box_that_stays_away_is_lost_contact():
    with playing(lambda scene: None) as port:
        pass
    with follow(port, lost_after=0.3) as stream:
        (last,) = everything(stream)
    assert isinstance(last, errors.LagerError)
    assert last.what == "lost contact with the run: the box has not answered for 0.3 s"
    assert f"reattach with `{AGAIN}`" in last.hint
    assert last.exit_code == 1


def test_a_stream_the_box_cannot_give_is_the_last_message():
    failed = wire.StreamFailed(wire.ErrorBody("run-not-found", "no run r", "look"))
    with playing(lambda scene: scene.say(failed)) as port, follow(port) as stream:
        assert everything(stream) == [failed]


@pytest.mark.parametrize("message", [wire.Stop("SIGINT"), wire.Continue(1, "me")])
def test_what_is_said_without_contact_is_said_when_there_is_some(message):
    heard, said = [], threading.Event()

    def scene(on):
        heard.append(on.hear(wire.ToRun))
        on.say(wire.Exited(130, "signal"))

    with playing(scene) as port:
        service = Service("", "127.0.0.1", port, "tok")

        def connect(offset):
            assert said.wait(20)
            return service.connect(f"/runs/r/stream?from={offset}")

        with contextlib.closing(RunStream(connect, AGAIN)) as stream:
            stream.send(message)
            said.set()
            everything(stream)
    assert heard == [message]


def test_an_enter_that_went_into_a_breaking_connection_is_sent_again():
    heard, sent = [], threading.Event()

    def breaks(on):
        on.say(text(1, b"a"))
        assert sent.wait(20)  # it has come as far as this process, and nobody takes it

    def takes(on):
        heard.append(on.hear(wire.ToRun))
        on.say(wire.PauseEnded(4, "resumed"))  # and then it breaks once more

    def ends(on):
        on.say(wire.Exited(0, "exit"))
        heard.extend(on.rest(wire.ToRun))

    with playing(breaks, takes, ends) as port, follow(port) as stream:
        assert select.select([stream], [], [], 20)[0]
        stream.send(wire.Continue(4, "me"))
        sent.set()
        everything(stream)
    assert heard == [wire.Continue(4, "me")]


def test_an_enter_whose_pause_ended_with_the_connection_is_not_sent_again():
    heard, rest = [], []

    def takes(on):
        heard.append(on.hear(wire.ToRun))
        on.say(wire.PauseEnded(4, "resumed"))

    def ends(on):
        on.say(wire.Exited(0, "exit"))
        rest.extend(on.rest(wire.ToRun))

    with playing(takes, ends) as port:
        service = Service("", "127.0.0.1", port, "tok")

        def connect(offset):
            stream = service.connect(f"/runs/r/stream?from={offset}")
            probe = stream.probe

            def late():
                stream._connection.recv_events_thread.join(20)  # until the box has taken it, and left
                return probe()

            if not heard:
                stream.probe = late
            return stream

        with contextlib.closing(RunStream(connect, AGAIN)) as stream:
            stream.send(wire.Continue(4, "me"))
            everything(stream)
    assert heard == [wire.Continue(4, "me")]
    assert rest == []


@pytest.fixture
def terminal(folder):
    opened = []

    def sit_down(*words):
        opened.append(Terminal([str(one) for one in words], folder, dict(os.environ)))
        return opened[-1]

    yield sit_down
    for one in opened:
        one.close()


def test_enter_continues_the_pause_that_is_open_and_no_other(terminal):
    asked = []

    def scene(on):
        on.say(text(1, b"early\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGINT")  # so the line before it was typed, and not read
        on.say(text(2, b"=== lager breakpoint 1\n"), pause(1))
        asked.append(on.hear(wire.ToRun))
        on.say(wire.PauseEnded(1, "resumed"), text(3, b"between\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGTERM")
        on.say(text(4, b"=== lager breakpoint 2\n"), pause(2))
        asked.append(on.hear(wire.ToRun))
        on.say(wire.Exited(7, "exit"))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port)
        one.expect("early\n")
        one.type("\n\n")
        one.expect("\n\n")  # the terminal has them
        one.process.send_signal(signal.SIGINT)
        one.expect("breakpoint 1")
        one.type("\n")
        one.expect("between\n")
        one.type("\n")
        one.expect("\n")
        one.process.send_signal(signal.SIGINT)
        one.expect("breakpoint 2")
        one.type("\n")
        assert one.wait() == 7
    assert [one.number for one in asked] == [1, 2]


def test_ctrl_c_goes_up_the_ladder_and_waits(terminal):
    def scene(on):
        on.say(text(1, b"up\n"))
        for name in ("SIGINT", "SIGTERM", "SIGKILL"):
            assert on.hear(wire.ToRun) == wire.Stop(name)
            on.say(text(1, f"got {name}\n".encode()))
        on.say(text(2, b"to stderr\n", 2), wire.Exited(137, "signal"))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port)
        one.expect("up")
        for name in ("SIGINT", "SIGTERM", "SIGKILL"):
            one.type("\x03")
            one.expect(f"got {name}")
        assert one.wait() == 137
    assert " Attempting to stop Lager Python job (SIGINT); once more sends SIGTERM. Waiting for its end." in one.text
    assert "Traceback" not in one.text


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        (wire.Exited(124, "timeout"), 124, "Script terminated due to timeout."),
        (wire.Exited(124, "timeout", ["SIGINT", "SIGTERM", "SIGKILL"]), 124, "Script forcibly killed due to timeout."),
        (wire.Exited(130, "stopped", ["SIGINT (bob)"]), 130, "Script stopped: SIGINT (bob)."),
        (wire.Exited(124, "exit"), 124, ""),
    ],
)
def test_ends(terminal, end, status, said):
    with playing(lambda on: on.say(end)) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port)
        assert one.wait() == status
        assert one.text.strip() == said


def test_enter_before_the_banner_is_no_answer_to_it(terminal):
    """The news of a pause comes before its banner: what was typed until then was typed at something else."""
    asked = []

    def scene(on):
        on.say(text(1, b"working\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGINT")  # so the line before it was typed, and not read
        on.say(pause(1), text(2, b"=== lager breakpoint\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGTERM")  # a Continue before it would be the line's
        asked.append(on.hear(wire.ToRun))
        on.say(wire.Exited(0, "exit"))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port)
        one.expect("working\n")
        one.type("\n")
        one.expect("\n")  # the terminal has it
        one.process.send_signal(signal.SIGINT)
        one.expect("breakpoint")
        one.process.send_signal(signal.SIGINT)
        one.expect("SIGTERM.*Waiting")
        one.type("\n")
        assert one.wait() == 0
    assert [one.number for one in asked] == [1]


def test_enter_frees_the_pause_whose_banner_is_the_lowest_on_the_screen(terminal):
    """Two threads have paused at once, and the banner of the second came first."""
    asked = []

    def scene(on):
        on.say(pause(1, "r"), pause(2, "r.2"), text(1, b'=== lager breakpoint "b" at t.py:2  (id r.2)\n    auto'))
        on.say(text(2, b"-resume in 3s\n=== lager breakp"), text(3, b"oint at t.py:1  (id r)\n    resume: press\n"))
        asked.append(on.hear(wire.ToRun))
        on.say(text(4, b"first\n"))
        asked.append(on.hear(wire.ToRun))
        on.say(text(5, b"second\n"))
        asked.append(on.hear(wire.ToRun))  # somebody else's release of it was declined: it is still paused
        on.say(wire.PauseEnded(1, "resumed", "me"), wire.PauseEnded(2, "aborted", "bob"), wire.Exited(130, "exit"))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port)
        one.expect("resume: press")
        for shown in ("first", "second"):
            one.type("\n")
            one.expect(shown)
        one.type("\n")
        assert one.wait() == 130
    assert [one.number for one in asked] == [1, 2, 1]
    assert one.text.count("first") == 1


def test_enter_at_a_banner_that_came_before_the_news_of_its_pause_counts_also_for_who_attached(terminal):
    asked, typed, seen = [], threading.Event(), threading.Event()

    def scene(on):
        on.say(text(1, b"=== lager breakpoint at t.py:1  (id r)\n    resume: press Enter\n"))
        assert typed.wait(20)
        on.say(text(2, b"    no auto-resume\n"))
        assert seen.wait(20)
        on.say(pause(1, "r"))
        asked.append(on.hear(wire.ToRun))
        on.say(wire.PauseEnded(1, "resumed", "me"), text(3, b"=== resumed\n"))
        on.say(text(4, b"up\n"))
        asked.extend(on.rest(wire.ToRun))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port, "attached", "kept")
        one.expect("resume: press Enter")
        one.type("\n")
        typed.set()
        one.expect("no auto-resume")
        seen.set()
        one.expect("up\n")
        one.type("\x04")  # the banner that was answered keeps nobody here
        assert one.wait() == 0
    assert [one.number for one in asked] == [1]


def test_ctrl_d_leaves_a_run_that_was_attached_to_and_the_run_hears_nothing(terminal):
    rest = []

    def scene(on):
        on.say(text(1, b"up\n"))
        rest.extend(on.rest(wire.ToRun))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port, "attached", "kept")
        one.expect("up\n")
        one.type("typed at nothing\n\x04")
        assert one.wait() == 0
    assert one.text.endswith(
        "\nDetaching...\nTo reattach: lager python --reattach r --box bb\nTo kill: lager python --kill r --box bb\n"
    )
    assert rest == []


def test_a_kept_run_outlives_a_terminal_that_closes_and_is_stopped_by_ctrl_c(terminal):
    rest = []

    def scene(on):
        on.say(text(1, b"up\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGINT")
        on.say(text(2, b"stopping\n"))
        rest.extend(on.rest(wire.ToRun))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port, "kept")
        one.expect("up")
        one.type("\x03")
        one.expect("stopping")
        one.process.send_signal(signal.SIGHUP)
        assert one.wait() == 129
    assert rest == []
    assert "The run goes on.\nTo reattach: lager python --reattach r --box bb" in one.text


def test_a_terminal_that_closes_in_a_pause_leaves_the_pause_to_others(terminal):
    rest = []

    def scene(on):
        on.say(pause(1), text(1, b"=== lager breakpoint\n"))
        rest.extend(on.rest(wire.ToRun))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port)
        one.expect("breakpoint")
        one.process.send_signal(signal.SIGHUP)
        assert one.wait() == 129
    assert rest == []


def follow_apart(port, *words, **more):
    command = [sys.executable, "-c", FOLLOW, str(port), *words]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, **more)


RESULTS = b'3 7 {"a":1}1 3 \xc3\xa4\x00'


def test_results_are_printed_as_they_are_and_as_events(folder):
    def scene(on):
        on.say(text(1, RESULTS[:5], 3), text(2, RESULTS[5:], 3), text(3, b"end\n"), wire.Exited(0, "exit"))

    with playing(scene) as port:
        done = follow_apart(port)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"{'a': 1}\n\xc3\xa4\x00\nend\n", b"")
    with playing(scene) as port:
        told = [json.loads(line) for line in follow_apart(port, "json").stdout.splitlines()]
    assert [one["value"] for one in told if one["event"] == "result"] == [{"a": 1}, "\xe4\x00"]


def test_events_are_all_there_is_on_standard_output(folder):
    end = wire.Exited(124, "timeout", ["SIGINT"])
    output = wire.Output(9, 6.5, 2, b"\xff\n")
    said = (text(1, "ä\n".encode()), output, pause(1), wire.PauseEnded(1, "resumed", "bob"), end)
    with playing(lambda on: on.say(*said)) as port:
        done = follow_apart(port, "json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (124, b"")
    assert {one["run"] for one in told} == {"r"}
    assert [(one["event"], one["time"]) for one in told] == [
        ("started", 4.0),
        ("output", 0.0),
        ("output", 6.5),
        ("paused", 0),
        ("resumed", 5.0),
        ("note", 5.0),
        ("exit", 5.0),
    ]
    assert told[0] | {"name": "t.py", "args": ["a"], "user": "me", "box": "bb"} == told[0]
    assert (told[1]["stream"], told[1]["text"]) == ("stdout", "ä\n")
    assert (told[2]["stream"], told[2]["base64"]) == ("stderr", "/wo=")
    assert (told[3]["number"], told[3]["file"], told[3]["line"]) == (1, "t.py", 1)
    assert (told[4]["number"], told[4]["reason"], told[4]["by"]) == (1, "resumed", "bob")
    assert told[5]["text"] == "Script terminated due to timeout."
    assert (told[6]["status"], told[6]["reason"], told[6]["did"]) == (124, "timeout", ["SIGINT"])


def test_quiet_shows_what_the_script_writes_and_what_went_wrong(terminal):
    def scene(on):
        on.say(text(1, b"up\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGINT")
        on.say(text(2, b"down\n", 2), wire.Exited(124, "timeout"))

    with playing(scene) as port:
        one = terminal(sys.executable, "-c", FOLLOW, port, "quiet")
        one.expect("up")
        one.type("\x03")
        assert one.wait() == 124
    assert one.text.replace("^C", "") == "up\ndown\nScript terminated due to timeout.\n"


@pytest.mark.parametrize("words", [[], ["json"]])
def test_a_reader_who_goes_stops_the_script_without_a_word(folder, words):
    def scene(on):
        on.say(text(1, b"one\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGINT")
        on.say(text(2, b"two\n"), wire.Exited(130, "stopped", ["SIGINT (me)"]))

    with playing(scene) as port:
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-c", FOLLOW, str(port), *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, timeout=60)
        os.close(write)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize("words", [[], ["json"]])
@pytest.mark.parametrize(("ended", "status"), [(130, 130), (0, 1)])
def test_a_full_disk_stops_the_script_and_is_said(folder, words, ended, status):
    def scene(on):
        on.say(text(1, b"one\n"))
        assert on.hear(wire.ToRun) == wire.Stop("SIGINT")
        on.say(wire.Exited(ended, "stopped" if ended else "exit", ["SIGINT (me)"]))

    with playing(scene) as port, open("/dev/full", "wb") as full:
        command = [sys.executable, "-c", FOLLOW, str(port), *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == status  # never a good one: what it wrote is not all there
    assert done.stderr.startswith(b"Error: the output cannot be written: no space left on device.\n")
