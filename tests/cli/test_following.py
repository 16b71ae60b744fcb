"""Following a run: nothing lost over broken connections, Enter only in a pause, Ctrl-C up the ladder."""

import contextlib
import os
import select
import signal
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
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.stream import RunStream
from lager_cli.runs.watching import Interrupts, Watch
service = Service("", "127.0.0.1", int(sys.argv[1]), "t")
with Interrupts() as interrupts:
    stream = RunStream(lambda offset: service.connect(f"/runs/r/stream?from={offset}"))
    sys.exit(Watch(stream, interrupts, Keyboard()).until_end())
"""


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
    return contextlib.closing(RunStream(lambda offset: service.connect(f"/runs/r/stream?from={offset}"), **options))


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
    assert "lost contact with the run" in last.what


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

        with contextlib.closing(RunStream(connect)) as stream:
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

        with contextlib.closing(RunStream(connect)) as stream:
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
    assert "Stopping the script (SIGINT); once more sends SIGTERM. Waiting for its end." in one.text
    assert "Traceback" not in one.text


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        (wire.Exited(124, "timeout"), 124, "Script terminated due to timeout."),
        (wire.Exited(137, "timeout"), 137, "Script forcibly killed due to timeout."),
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
