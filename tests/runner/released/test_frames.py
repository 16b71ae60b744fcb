"""Frames, exit codes, and signs of life of a stream that has nothing to say."""

import asyncio
import contextlib
import types

import pytest

from lager import errors, wire
from lager_runner import outputlog
from lager_runner.released import ending, frames, streaming
from lager_runner.run import Run
from lager_runner.rundirectory import Outcome, RunDirectory, Spec


@pytest.mark.parametrize(
    ("status", "reason", "did", "code"),
    [
        (0, "exit", [], 0),
        (130, "exit", [], 130),
        (255, "exit", [], 255),
        (137, "signal", [], -9),
        (139, "signal", [], -11),
        (193, "signal", [], -65),
        (124, "timeout", ["SIGINT (timeout)"], 124),
        (124, "timeout", ["SIGINT (timeout)", "SIGTERM", "SIGKILL"], 137),
        (130, "stopped", ["SIGINT (Ctrl-C)"], -2),
        (3, "stopped", ["SIGINT (Ctrl-C)"], 3),
        (1, "lost", [], -1),
    ],
)
def test_exit_codes(status, reason, did, code):
    assert frames.exit_code(status, reason, did) == code


def test_frames():
    assert frames.frame(3, b'3 7 {"a":1}') == b'3 11 3 7 {"a":1}'
    assert [frames.exit_frame(code) for code in (0, -9, 124)] == [b"- 1 0", b"- 2 -9", b"- 3 124"]
    assert frames.KEEPALIVE == b"0 0 "


def test_what_still_ends_is_not_called_killed():
    late = wire.Killed(run="r", name="t.py", did=["SIGINT (a client)"])
    with pytest.raises(errors.NotProcessed, match="still ending: r"):
        ending._reply([late], 15, watched=False)
    assert ending._reply([late], 15, watched=True).status_code == 200


def test_a_silent_run_sends_signs_of_life_and_the_exit_frame_last(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.work.mkdir()
    directory.log.touch()
    spec = Spec(id="r", name="t.py", script="t.py", args=[], user="", box="", timeout=0, started=0)
    run, sent = Run(directory, spec), []
    enough = asyncio.Event()

    async def send(message):
        sent.append(message)
        if len(sent) == 4:
            enough.set()

    async def scenario():
        streams = streaming.Streams(types.SimpleNamespace(), lambda _: contextlib.nullcontext(), keepalive=0.001)
        answer = streams.of(run, mine=True)
        task = asyncio.ensure_future(answer({"type": "http"}, asyncio.Event().wait, send))
        await enough.wait()
        directory.log.write_bytes(outputlog.encode(1, 0.0, b"late\n"))
        run.outcome = Outcome(status=0, reason="exit", ended=0.0)
        run.bell.ring()
        await task

    asyncio.run(scenario())
    bodies = [message["body"] for message in sent[1:]]
    assert set(bodies[:-2]) == {b"0 0 "}
    assert bodies[-2:] == [b"1 5 late\n", b"- 1 0"]
    assert [message.get("more_body") for message in sent[1:]] == [True] * (len(bodies) - 1) + [False]
