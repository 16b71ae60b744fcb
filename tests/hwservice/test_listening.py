"""Who listens is the first to go: a caller that lost its connection to a killed process does not reach it again."""

import socket
import subprocess
import sys

import pytest

from lager_hwservice.listening import closed_first

# Much is open, so that closing all of it takes a while; the caller's connection is what was opened last.
_DYING = """
import socket, sys
from lager_hwservice.listening import closed_first, listen
if sys.argv[1] == "tcp":
    listener = socket.create_server(("127.0.0.1", 0))
    listener = closed_first(listener)
    place = listener.getsockname()[1]
else:
    listener, place = listen(sys.argv[1]), sys.argv[1]
others = [socket.socketpair() for _ in range(200)]
print(place, flush=True)
connected, _ = listener.accept()
connected.sendall(b"!")
connected.recv(1)
"""


def _connected(place):
    one = socket.socket(socket.AF_UNIX if isinstance(place, str) else socket.AF_INET, socket.SOCK_STREAM)
    try:
        one.settimeout(20)
        one.connect(place)
    except BaseException:
        one.close()
        raise
    return one


@pytest.mark.parametrize("family", ["unix", "tcp"])
def test_nobody_reaches_a_killed_listener_who_has_seen_it_die(tmp_path, family):
    for n in range(5):
        path = "tcp" if family == "tcp" else str(tmp_path / f"s{n}")
        with subprocess.Popen([sys.executable, "-c", _DYING, path], stdout=subprocess.PIPE) as dying:
            place = dying.stdout.readline().decode().strip()
            place = ("127.0.0.1", int(place)) if family == "tcp" else place
            with _connected(place) as first:
                assert first.recv(1) == b"!"
                dying.kill()
                assert first.recv(1) == b""
                with pytest.raises(ConnectionRefusedError):
                    _connected(place)


def test_what_listens_stays_what_it_was():
    with closed_first(socket.create_server(("127.0.0.1", 0))) as listener:
        assert (listener.family, listener.type) == (socket.AF_INET, socket.SOCK_STREAM)
        assert listener.proto == socket.IPPROTO_TCP  # asyncio sends small answers at once where the protocol says so
        assert not listener.get_inheritable()
