"""`lager python --kill` and `--kill-all`: it says what it did."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import errors, wire
from lager_cli.runs.killing import words


@pytest.mark.parametrize(
    ("killed", "signal", "said"),
    [
        (wire.Killed(run="r", name="x", did=["SIGINT (me)"], status=130), "",
         "Process r killed: SIGINT (me) was enough; its exit status is 130"),
        (wire.Killed(run="r", name="x", did=["SIGINT (me)", "SIGTERM", "SIGKILL"], status=137), "",
         "Process r killed: SIGINT (me), then SIGTERM, then SIGKILL; its exit status is 137"),
        (wire.Killed(run="r", name="x", already=True, status=0), "",
         "Process r had ended before, with exit status 0"),
        (wire.Killed(run="r", name="x", did=["SIGUSR1 (me)"]), "SIGUSR1", "Process r was sent SIGUSR1 (me)"),
        (wire.Killed(run="r", name="x", did=["SIGINT (me)"]), "SIGINT",
         "Process r was sent SIGINT (me); it has not ended"),
    ],
)  # fmt: skip
def test_words(killed, signal, said):
    assert words(killed, signal) == said


def test_a_run_that_takes_its_time_is_waited_for_and_interrupted_once(cli, monkeypatch):
    monkeypatch.setenv("LAGER_USER", "me")
    asked = []

    def answer(verb, path, body):
        asked.append((verb, path, wire.from_json(body, wire.KillRequest)))
        did = ["SIGINT (me)"] if len(asked) < 3 else ["SIGINT (me)", "SIGTERM"]
        return wire.Killed(
            run="0c0e", name="x", did=did, already=len(asked) > 1, status=143 if len(asked) > 2 else None
        )

    with answering(answer) as port:
        done = cli("python", "--kill", "0c", "--box", f"127.0.0.1:{port}")
    assert (done.status, done.out) == (0, "Process 0c0e killed: SIGINT (me), then SIGTERM; its exit status is 143\n")
    assert done.err == "Process 0c0e is still ending; waiting for it. Ctrl-C ends the waiting.\n"
    assert [(verb, path) for verb, path, _ in asked] == [("POST", "/runs/0c/kill"), *[("POST", "/runs/0c0e/kill")] * 2]
    assert {(one.signal, one.by) for _, _, one in asked} == {("", "me")}


def test_one_signal_is_sent_once(cli, monkeypatch):
    asked = []

    def answer(verb, path, body):
        asked.append(wire.from_json(body, wire.KillRequest))
        return wire.Killed(run="0c0e", name="x", did=["SIGUSR1 (me)"])

    with answering(answer) as port:
        done = cli("python", "--kill", "0c", "--signal", "SIGUSR1", "--json", "--box", f"127.0.0.1:{port}")
    assert done.status == 0
    assert '"did": ["SIGUSR1 (me)"]' in done.out
    assert [(one.signal, one.wait) for one in asked] == [("SIGUSR1", 0.0)]


@pytest.mark.parametrize(
    ("killed", "said"),
    [
        ([], "No run lives there, so none was killed.\n"),
        (
            [wire.Killed(run=one, name="x", did=["SIGINT (me)"], status=130) for one in "ab"],
            "Process a killed: SIGINT (me) was enough; its exit status is 130\n"
            "Process b killed: SIGINT (me) was enough; its exit status is 130\nAll processes killed\n",
        ),
    ],
)
def test_kill_all(cli, killed, said):
    with answering(lambda verb, path, body: killed) as port:
        done = cli("python", "--kill-all", "--box", f"127.0.0.1:{port}")
    assert (done.status, done.out, done.err) == (0, said, "")


def test_a_box_that_does_not_run_is_not_started_to_kill_nothing(cli, folder):
    done = cli("python", "--kill-all")
    assert (done.status, done.out, done.err) == (0, "No run lives there, so none was killed.\n", "")
    assert not (folder / "state" / "box.json").exists()


def test_an_unknown_run(cli):
    def answer(verb, path, body):
        raise errors.RunNotFound("there is no run 'nope'", "see `lager runs`")

    with answering(answer) as port:
        done = cli("python", "--kill", "nope", "--box", f"127.0.0.1:{port}")
    assert (done.status, done.out, done.err) == (1, "", "Error: there is no run 'nope'.\nTry: see `lager runs`.\n")
