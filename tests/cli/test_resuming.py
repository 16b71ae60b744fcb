"""Asking a run to go on, to end, to pause: what is sent, and what is said of the answer."""

import contextlib
import datetime
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering
from test_listing import AT, NOW, ONE, pause

from lager import errors, wire
from lager_cli.runs.resuming import words

LAGER = str(Path(sys.executable).with_name("lager"))


@pytest.fixture
def box(cli):
    """Ask a box that answers as a test says; give what was said, and what was asked."""

    def ask(answer, *arguments):
        asked = []

        def take(verb, path, body):
            asked.append((verb, path, body))
            if isinstance(answer, Exception):
                raise answer
            return answer

        with answering(take) as port:
            assert cli("boxes", "add", "--name", "b", "--ip", f"127.0.0.1:{port}", "--token", "t", "--yes").status == 0
            return cli("python", "--box", "b", *arguments), asked

    return ask


def test_continue(box, monkeypatch):
    monkeypatch.setenv("LAGER_USER", "alice")
    done, asked = box(wire.Resumed(ONE, [ONE]), "--continue", "5a3b")
    assert (done.status, done.out, done.err) == (0, f"Resumed {ONE}\n", "")
    ((verb, path, body),) = asked
    assert (verb, path) == ("POST", "/runs/5a3b/continue")
    assert wire.from_json(body, wire.ContinueRequest) == wire.ContinueRequest("alice")


def test_continue_with_changes_says_what_was_done(box):
    changed = wire.Resumed(ONE, [ONE], ["volts = 3.3 (was 5.0)", "value 'pass'"])
    done, asked = box(changed, "--continue", "5a.2", "--set", "volts=3.3", "--set", "n = n+1", "--value", " 'pass' ")
    assert (done.status, done.out) == (0, f"Resumed {ONE}\n  volts = 3.3 (was 5.0)\n  value 'pass'\n")
    ((_, path, body),) = asked
    request = wire.from_json(body, wire.ContinueRequest)
    assert path == "/runs/5a.2/continue"
    assert (request.sets, request.value, request.all) == ([("volts", "3.3"), ("n", "n+1")], "'pass'", False)


def test_continue_all_is_a_line_for_each(box):
    done, asked = box(wire.Resumed(ONE, [f"{ONE}.1", f"{ONE}.3"]), "--continue", "5a", "--all")
    assert (done.status, done.out) == (0, f"Resumed {ONE}.1\nResumed {ONE}.3\n")
    assert wire.from_json(asked[0][2], wire.ContinueRequest).all


def test_continue_of_a_box_that_names_no_pauses(box):
    assert box(wire.Resumed(ONE), "--continue", "5a")[0].out == f"Resumed {ONE}\n"


def test_abort(box):
    done, asked = box(wire.Resumed(ONE, [f"{ONE}.1", f"{ONE}.2"]), "--abort", "5a", "--all")
    assert (done.status, done.out) == (0, f"Aborted {ONE}.1\nAborted {ONE}.2\n")
    assert asked[0][:2] == ("POST", "/runs/5a/abort")
    assert wire.from_json(asked[0][2], wire.AbortRequest).all


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NothingPaused("5a is not paused", "wait for it"), 1),
        (errors.RunNotFound("no run of this box has the id '5a'", "see `lager runs`"), 1),
        (errors.ChangeRefused("volts is no variable there", "use a name that is"), 1),
        (errors.AmbiguousId("5a has 2 pauses open", "name one"), 2),
    ],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize("what", ["--continue", "--abort", "--pause"])
def test_what_the_box_refuses(box, what, error, status):
    done, _ = box(error, what, "5a")
    assert (done.status, done.out) == (status, "")
    assert done.err == f"Error: {error.what}.\nTry: {error.hint}.\n"


def test_pause_says_where_and_how_it_goes_on(box):
    done, asked = box(wire.PauseAsked(ONE, pause(kind="outside", interactive=True, until=None)), "--pause", "5a")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"Paused {ONE} at t.py:7\n"
        f"    resume: `lager python --continue {ONE} --box b`\n"
        f"    inspect: `lager python --console {ONE} --box b`\n"
        "    no auto-resume\n"
    )
    assert asked[0][:2] == ("POST", "/runs/5a/pause")
    assert wire.from_json(asked[0][2], wire.PauseRequest).wait > 1


def test_a_pause_that_was_there_before_says_since_when():
    (first, *rest) = words(wire.PauseAsked(ONE, pause(), already=True), "", NOW)
    assert first == f'{ONE} is paused already, since 12:04:50, at t.py:7 "check volts"'
    assert rest == [f"    resume: `lager python --continue {ONE}`", "    auto-resume in 4m50s"]
    before = pause(since=AT - 90_000)
    assert "since 05-29 11:05," in words(wire.PauseAsked(ONE, before, already=True), "", NOW)[0]


def test_a_script_that_comes_to_no_line_pauses_later():
    (line,) = words(wire.PauseAsked(ONE), "", datetime.datetime.now().astimezone())
    assert line.startswith(f"{ONE} has not come to a line of its own yet; it pauses at its next one.")


@contextlib.contextmanager
def waiting(folder, *arguments):
    """Start a command that the box lets wait; give its process and what lets it have its answer."""
    release = threading.Event()

    def answer(*_):
        assert release.wait(30)
        return wire.PauseAsked(ONE, pause())

    with answering(answer) as port:
        env = os.environ | {"LAGER_TOKEN": "t", "LAGER_BOX": f"127.0.0.1:{port}", "LAGER_CONFIG_FILE_DIR": str(folder)}
        process = subprocess.Popen(
            [LAGER, "python", *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            yield process, release
        finally:
            release.set()
            process.kill()
            process.communicate()


def test_a_long_wait_says_what_for(folder):
    with waiting(folder, "--pause", "5a") as (process, release):
        assert process.stderr.readline() == (
            "Waiting for the script to come to a line of its own. Ctrl-C ends the waiting.\n"
        )
        release.set()
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out.splitlines()[0], err) == (0, f"Paused {ONE} at t.py:7", "")


def test_ctrl_c_ends_the_waiting_in_one_line(folder):
    with waiting(folder, "--pause", "5a") as (process, _):
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err == "Not waiting any longer. The script may still pause; `lager runs` shows it.\n"
