"""Connections that are carried to a script's port: bytes both ways, a half-close, a script that is not there yet."""

import contextlib
import hashlib
import socket

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lager import wire
from lager_runner import forwarding

TIMEOUT = 20
ECHO = """
import hashlib, os, signal, socket
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1])
while True:
    one, _ = listener.accept()
    got = b''
    while part := one.recv(65536):
        got += part
    one.sendall(hashlib.sha256(got).digest() + got)
    one.close()
"""


@contextlib.contextmanager
def forwarded(runner, run, port):
    url = f"ws://127.0.0.1:{runner.port}/runs/{run}/forward?port={port}"
    with connect(url, additional_headers=runner.headers, compression=None, max_size=None, open_timeout=TIMEOUT) as one:
        yield one


def received(websocket):
    """Give all that comes up to the end: bytes, and a text."""
    found, text = bytearray(), None
    with contextlib.suppress(ConnectionClosed):
        while True:
            part = websocket.recv(TIMEOUT)
            if isinstance(part, str):
                text = wire.from_json(part.encode(), wire.ErrorBody)
            else:
                found += part
    return bytes(found), text


@pytest.fixture(scope="module")
def echo(runner):
    run = runner.run(ECHO)
    with runner.stream(run) as watcher:
        yield run, int(watcher.until(b"\n"))
        watcher.send(wire.Stop("SIGKILL"))
        watcher.rest()


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_bytes_go_both_ways_with_a_half_close_between(runner, echo, size):
    sent = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with forwarded(runner, *echo) as websocket:
        for start in range(0, size, 50_000):
            websocket.send(sent[start : start + 50_000])
        websocket.send(b"")
        assert received(websocket) == (hashlib.sha256(sent).digest() + sent, None)


def test_a_client_that_breaks_off_leaves_the_next_one_alone(runner, echo):
    with forwarded(runner, *echo) as websocket:
        websocket.send(b"half a")
    with forwarded(runner, *echo) as websocket:
        websocket.send(b"whole")
        websocket.send(b"")
        assert received(websocket)[0].endswith(b"whole")


def test_a_script_that_listens_later(runner):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    late = f"import time\ntime.sleep(0.5)\n{ECHO.replace(', 0)', f', {port})')}"
    run = runner.run(late)
    with forwarded(runner, run, port) as websocket:
        websocket.send(b"early")
        websocket.send(b"")
        assert received(websocket)[0].endswith(b"early")
    runner.http.post(f"/runs/{run}/signal", content=b'{"signal":"SIGKILL"}')


def test_nobody_listens(runner, echo):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    run = runner.run("pass")
    runner.watch(run)
    with forwarded(runner, run, port) as websocket:
        found, error = received(websocket)
    assert (found, error.code) == (b"", "unreachable")
    assert "has ended" in error.what
    assert forwarding.LISTENS_WITHIN >= 5


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "x", "1" * 5000, "%C2%B2"])
def test_what_is_no_port(runner, echo, port):
    with forwarded(runner, echo[0], port) as websocket:
        assert received(websocket)[1].code == "usage"


def test_no_such_run_and_a_text_instead_of_bytes(runner, echo):
    with forwarded(runner, "ffff", 1) as websocket:
        assert received(websocket)[1].code == "run-not-found"
    with forwarded(runner, *echo) as websocket:
        websocket.send("text")
        assert received(websocket)[1].code == "usage"


def test_a_connection_ends_with_its_run(own_runner):
    script = "import socket\none = socket.create_server(('127.0.0.1', 0))\nprint(one.getsockname()[1])\n"
    run = own_runner.run(f"{script}two, _ = one.accept()\ntwo.recv(1)\n")
    with own_runner.stream(run) as watcher:
        port = int(watcher.until(b"\n"))
        with forwarded(own_runner, run, port) as websocket:
            websocket.send(b"x")
            assert received(websocket)[0] == b""  # the script ends as it has taken that
        assert watcher.rest()[2].status == 0
