"""JSON lines over a real unix socket."""

import socket
import threading

import pytest

from lager import wire
from lager.errors import UsageError
from lager.lines import Lines


@pytest.fixture
def server(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        yield listening, str(tmp_path / "s")


def test_messages_in_pieces_and_together(server):
    listening, path = server
    lines = Lines(path, timeout=5)
    peer, _ = listening.accept()
    whole = wire.to_json(wire.Answer(1, "é")) + b"\n" + wire.to_json(wire.Answer(2)) + b"\n"
    peer.sendall(whole[:20])
    threading.Timer(0, lambda: peer.sendall(whole[20:])).start()
    assert lines.receive(wire.WorkerReply) == wire.Answer(1, "é")
    assert lines.receive(wire.WorkerReply) == wire.Answer(2)
    lines.send(wire.ListNets(3))
    assert peer.recv(100) == b'{"type":"nets","id":3}\n'
    peer.sendall(b"rubbish\n")
    with pytest.raises(UsageError):
        lines.receive(wire.WorkerReply)
    peer.close()
    with pytest.raises(ConnectionError):
        lines.receive(wire.WorkerReply)
    lines.close()


def test_a_waiting_thread_can_be_woken(server):
    listening, path = server
    lines = Lines(path)
    peer, _ = listening.accept()
    got = []

    def wait():
        try:
            lines.receive(wire.WorkerReply)
        except ConnectionError as exc:
            got.append(exc)

    waiting = threading.Thread(target=wait)
    waiting.start()
    lines.interrupt()
    waiting.join(10)
    assert len(got) == 1
    lines.close()
    peer.close()


def test_nobody_listening(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        Lines(str(tmp_path / "nobody"))
