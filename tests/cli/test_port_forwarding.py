"""Forwarded ports on this machine, through a real runner: what may be forwarded, and connections as TCP has them."""

import importlib.util
import socket
import sys
from pathlib import Path

import pytest

from lager import errors
from lager_cli.runs.forwarding import Ports, check, forwarding
from lager_cli.selection import Box

_spec = importlib.util.spec_from_file_location("runner_process", Path(__file__).parents[1] / "runner" / "conftest.py")
_runners = importlib.util.module_from_spec(_spec)
sys.modules["runner_process"] = _runners
_spec.loader.exec_module(_runners)

TIMEOUT = 20
SERVER = """
import socket
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1])
while True:
    one, _ = listener.accept()
    got = b''
    while part := one.recv(65536):
        got += part
        if got == b'break off':
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\\1\\0\\0\\0\\0\\0\\0\\0')
            break
    else:
        one.sendall(got[::-1])
    one.close()
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    runner = _runners.Runner(tmp_path_factory.mktemp("state"))
    runner.start()
    box = Box("", "127.0.0.1", runner.port, runner.headers["Authorization"].partition(" ")[2])
    name = runner.run(SERVER)
    with runner.stream(name) as watcher:
        yield box, name, int(watcher.until(b"\n"))
    runner.stop()
    _runners.end_all(runner.state)


def said_all(connection):
    found = bytearray()
    while part := connection.recv(65536):
        found += part
    return bytes(found)


def test_connections_with_a_half_close_also_several_at_once(run):
    box, name, port = run
    with forwarding(box, name, [Ports(0, port)]) as (here,):
        with socket.create_connection(("127.0.0.1", here), TIMEOUT) as one:
            one.sendall(b"abc" * 300_000)
            one.shutdown(socket.SHUT_WR)
            assert said_all(one) == b"cba" * 300_000
        with socket.create_connection(("127.0.0.1", here), TIMEOUT) as one:
            one.shutdown(socket.SHUT_WR)
            assert said_all(one) == b""


def test_what_breaks_off_there_breaks_off_here(run):
    box, name, port = run
    with forwarding(box, name, [Ports(0, port)]) as (here,):
        with socket.create_connection(("127.0.0.1", here), TIMEOUT) as one:
            one.sendall(b"break off")
            with pytest.raises(ConnectionResetError):
                one.recv(1)
        with socket.create_connection(("127.0.0.1", here), TIMEOUT):
            pass  # and who leaves at once leaves the others alone
        with socket.create_connection(("127.0.0.1", here), TIMEOUT) as one:
            one.sendall(b"on")
            one.shutdown(socket.SHUT_WR)
            assert said_all(one) == b"no"


def test_what_goes_wrong_is_said(run):
    box, _, port = run
    said = []
    with (
        forwarding(box, "ffff0000", [Ports(0, port)], said.append) as (here,),
        socket.create_connection(("127.0.0.1", here), TIMEOUT) as one,
        pytest.raises(ConnectionResetError),
    ):
        one.recv(1)
    assert said == [f"Port {here}: no run of this box has the id 'ffff0000'. Try: {_look()}."]


def _look():
    from lager_runner.run import LOOK

    return LOOK


def test_a_port_is_free_again_afterwards_and_one_that_is_taken_is_named(run):
    box, name, port = run
    with forwarding(box, name, [Ports(0, port), Ports(0, port)]) as (here, other):
        assert here != other
        taken = forwarding(box, name, [Ports(here, port)])
        with pytest.raises(errors.UsageError, match=f"port {here} of this machine cannot be had: address already"):
            taken.__enter__()
    with forwarding(box, name, [Ports(here, port)]) as again:
        assert again == [here]


@pytest.mark.parametrize("port", [2331, 3333, 4444, 8081, 5555, 8888])
def test_reserved_ports(port):
    for ports in (Ports(port, 80), Ports(8000, port)):
        with pytest.raises(errors.UsageError, match=f"port {port} cannot be forwarded: it is reserved"):
            check([ports])


def test_ports_that_cannot_be():
    for ports in ([Ports(1, 0)], [Ports(1, 65536)], [Ports(65536, 1)], [Ports(8000, 1), Ports(8000, 2)]):
        with pytest.raises(errors.UsageError):
            check(ports)
    check([Ports(0, 1), Ports(0, 1), Ports(8000, 65535)])
