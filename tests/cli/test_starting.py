"""Starting a run: what is asked of the box, and waiting for one that somebody else has."""

import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import errors, wire

LOCKED = errors.BoxLocked("box is locked by bob", "wait")
HELD = "Box '127.0.0.1:{port}' is locked by bob"


@pytest.fixture
def asked(cli, folder, monkeypatch):
    """Run x.py detached on a box that does `does(number)` at each request to start it; give what was asked and said."""
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "LAGER_LOCK_WAIT", "LAGER_LOCK_HOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAGER_USER", "alice")
    (folder / "work" / "x.py").write_text("print(1)")

    def run(does, *words):
        puts = []

        def answer(verb, path, body):
            if verb == "GET":
                return wire.BoxLock(locked=True, user="bob")
            puts.append((path, wire.from_msgpack(body, wire.RunRequest)))
            does(len(puts))
            return wire.RunInfo(
                id=path.split("/")[-1], state="starting", name="x.py", args=[], user="", box="", started=0.0
            )

        with answering(answer) as port:
            done = cli("python", "x.py", "--box", f"127.0.0.1:{port}", *words)
        assert len({path for path, _ in puts}) == 1, "one id, however often it is asked for"
        return [request for _, request in puts], done, HELD.format(port=port)

    return run


def refuse(times):
    def does(number):
        if number <= times:
            raise LOCKED

    return does


def test_what_is_asked_of_the_box(asked, monkeypatch):
    monkeypatch.setenv("LAGER_BREAKPOINTS", "off")
    words = ["-d", "--timeout", "9", "--env", "A=1", "--on-exception", "pause", "a", "-x"]
    (request,), done, _ = asked(refuse(0), *words)
    assert (done.status, done.err) == (0, "")
    assert (request.name, request.script, request.content) == ("x.py", "x.py", b"print(1)")
    assert (request.args, request.timeout, request.user) == (["a", "-x"], 9.0, "alice")
    assert request.env == [("LAGER_BREAKPOINTS", "off"), ("LAGER_ON_EXCEPTION", "pause"), ("A", "1")]
    assert (request.keep, request.one_stream) == (True, False)
    assert (request.holder, request.holder_type, request.lock_wait) == ("alice", "ephemeral", 0.0)


def test_a_locked_box_is_an_error_at_once(asked):
    requests, done, held = asked(refuse(1), "-d")
    assert (len(requests), done.status, done.out) == (1, 1, "")
    assert done.err.startswith(f"Error: {held}\n")


def test_a_locked_box_is_waited_for(asked, monkeypatch):
    monkeypatch.setenv("LAGER_LOCK_WAIT", "600")
    requests, done, held = asked(refuse(2), "-d", "--quiet")
    assert (len(requests), done.status) == (3, 0)
    assert done.err == f"{held}; waiting up to 600s for release...\n"
    assert {request.lock_wait for request in requests} == {2.0}, "Ctrl-C is heard between two requests"


def test_waiting_in_vain(asked, monkeypatch):
    monkeypatch.setenv("LAGER_LOCK_WAIT", "0.01")
    _, done, held = asked(refuse(10**9), "-d")
    assert done.status == 1
    lines = done.err.splitlines()
    assert lines[:2] == [f"{held}; waiting up to 0.01s for release...", "Gave up after waiting 0.01s."]
    assert lines[2] == f"Error: {held}"


def test_ctrl_c_ends_the_waiting(asked, monkeypatch):
    monkeypatch.setenv("LAGER_LOCK_WAIT", "600")

    def does(number):
        os.kill(os.getpid(), signal.SIGINT)
        raise LOCKED

    requests, done, held = asked(does, "-d")
    assert (len(requests), done.status, done.out) == (1, 130, "")
    assert done.err == f"{held}; waiting up to 600s for release...\n Not waiting any longer; nothing was started.\n"


def test_a_box_that_breaks_off_is_asked_again_for_the_same_run(asked):
    def does(number):
        if number == 1:
            raise errors.ServiceUnreachable("the service is being restarted")

    requests, done, _ = asked(does, "-d", "--quiet")
    assert (len(requests), done.status) == (2, 0)


def test_a_box_that_dies_with_the_request_is_waited_for(cli, folder):
    """It is started again at once, on the same port; the run that it may have begun is not to be lost."""
    (folder / "work" / "x.py").write_text("print(1)")
    first, asked = socket.create_server(("127.0.0.1", 0)), []
    port = first.getsockname()[1]

    def begin(verb, path, body):
        asked.append(path)
        return wire.RunInfo(id=path.split("/")[-1], state="running", name="x.py", args=[], user="", box="", started=0.0)

    def dies():
        connection, _ = first.accept()
        asked.append(connection.recv(65536).split()[1].decode())
        first.close()
        connection.close()
        refused.wait(30)
        with answering(begin, port):
            over.wait(30)

    def dialled(event, args):
        if event == "socket.connect" and args[1] == ("127.0.0.1", port):
            dials.append(event)
            if len(dials) == 4:  # the one that looked for TLS, and the second request, were refused
                refused.set()

    dials, refused, over = [], threading.Event(), threading.Event()
    sys.addaudithook(dialled)
    box = threading.Thread(target=dies)
    box.start()
    done = cli("python", "x.py", "--box", f"127.0.0.1:{port}", "-d", "--quiet")
    refused.set()
    over.set()
    box.join(30)
    assert (done.status, done.err) == (0, "")
    assert asked == [f"/runs/{done.out.strip()}"] * 2
