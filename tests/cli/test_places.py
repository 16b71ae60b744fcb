"""Asking boxes for their runs: all at once, none started, the dead and the slow ones told apart from the others."""

import json
import socket
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering
from test_listing import AT, ONE, TWO, pause, run

from lager import errors
from lager_cli.runs import places
from lager_cli.selection import Box


@pytest.fixture
def add(cli):
    def save(name, port):
        assert cli("boxes", "add", "--name", name, "--ip", f"127.0.0.1:{port}", "--token", "t", "--yes").status == 0

    return save


@pytest.fixture
def silent():
    """A port where somebody takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def runs_of(*runs):
    return lambda *_: list(runs)


def test_no_box_is_started_to_be_asked(cli, folder):
    done = cli("runs")
    assert (done.status, done.out, done.err) == (0, "Your private box does not run, so nothing runs there.\n", "")
    assert cli("runs", "--json").out == "[]\n"
    assert cli("runs", "--all-boxes").status == 0
    watched = cli("runs", "--watch")
    assert (watched.status, watched.out) == (5, "")
    assert watched.err.startswith("Error: your private box does not run.\nTry: start a script first")
    assert not (folder / "state" / "box.json").exists()


def test_one_box(cli, add):
    with answering(runs_of(run(pause()), run(id=TWO, ended=AT, status=0))) as port:
        add("bench1", port)
        done = cli("runs", "--box", "bench1")
        assert (done.status, done.err, len(done.out.splitlines())) == (0, "", 2)
        assert done.out.splitlines()[0].split() == ["ID", "STATE", "SCRIPT", "USER", "WHERE", "SINCE", "UNTIL"]
        (told,) = json.loads(cli("runs", "--box", "bench1", "--json").out)
        assert (told["id"], told["box"], told["pauses"][0]["label"]) == (ONE, "bench1", "check volts")
        assert sorted(told) == sorted([*run().__struct_fields__])


def test_nothing_runs(cli, add):
    with answering(runs_of(run())) as port:
        add("bench1", port)
        assert cli("runs", "--box", "bench1", "--paused").out == "Nothing is paused on bench1.\n"
        assert cli("runs", "--box", "bench1", "--paused", "--json").out == "[]\n"
    with answering(runs_of()) as port:
        add("bench1", port)
        done = cli("runs", "--box", "bench1")
        assert (done.status, done.out) == (0, "Nothing runs on bench1.\n")


def test_a_dead_box_that_was_chosen_is_an_error(cli, add):
    add("dead", nobody())
    done = cli("runs", "--box", "dead")
    assert (done.status, done.out) == (5, "")
    assert [line[:5] for line in done.err.splitlines()] == ["Error", "Try: "]


def test_of_all_boxes_a_dead_one_is_a_line_and_the_others_are_shown(cli, add):
    add("dead", nobody())
    with answering(runs_of(run())) as one, answering(runs_of(run(pause(), id=TWO))) as other:
        add("bench1", one)
        add("bench2", other)
        add("again", one)
        done = cli("runs", "--all-boxes")
        assert done.status == 0
        lines = done.out.splitlines()
        assert [line.split()[0] for line in lines] == ["BOX", "bench1", "bench2"]
        assert len(done.err.splitlines()) == 1
        assert done.err.startswith("Error: the box dead at 127.0.0.1:")
        told = json.loads(cli("runs", "--all-boxes", "--json").out)
        assert [(run["box"], run["id"]) for run in told] == [("bench1", ONE), ("bench2", TWO)]
    done = cli("runs", "--all-boxes")
    assert (done.status, done.out, len(done.err.splitlines())) == (5, "", 3)


def test_each_box_has_its_own_deadline(silent):
    with answering(runs_of(run())) as port:
        boxes = [
            places.Place("slow", Box("slow", "127.0.0.1", silent, "t")),
            places.Place("b", Box("b", "127.0.0.1", port, "t")),
            places.Place("x", error=errors.TokenRefused("no token", "add it")),
        ]
        began = time.monotonic()
        slow, good, unknown = places.ask(boxes, 0.5)
        assert time.monotonic() - began < 5
    assert isinstance(slow.error, errors.ServiceUnreachable)
    assert "no answer in 0.5 s" in slow.error.what
    assert [one.id for one in good.runs] == [ONE]
    assert unknown.error.what == "no token"
