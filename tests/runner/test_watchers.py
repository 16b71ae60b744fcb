"""The supervisor's end of its control socket, over real sockets: what it hears, and what it tells."""

import json
import selectors
import socket

import pytest

from lager_runner.watchers import Request, Watchers, request_of


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (b'{"signal": 2, "by": "bob"}', Request(signal=2, by="bob")),
        (b'{"pause": true}', Request(pause=True)),
        (b'{"hold": false}', Request(hold=False)),
        (b'{"end": {"step": 15}}', Request(end={"step": 15, "by": "", "why": ""})),
        (b'{"end": {}, "from": "a newer runner"}', Request(end={"step": 0, "by": "", "why": ""})),
        (b'{"say": "hello"}', Request(say="hello")),
        (b"{}", Request()),
    ],
)
def test_requests(line, request_):
    assert request_of(line) == request_


@pytest.mark.parametrize(
    "line", [b"", b"\xff", b"[]", b"1", b'"end"', b'{"end": 1}', b'{"signal": "x"}', b'{"signal": [1]}', b"{" * 20000]
)
def test_what_is_no_request(line):
    assert request_of(line) is None


class Desk:
    """Watchers of a socket, and what they did."""

    def __init__(self, path):
        self.path = str(path)
        self.facts = {"script": 1, "did": []}
        self.obeyed = []
        self.holds = []
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen(8)
        self.selector = selectors.DefaultSelector()
        self.watchers = Watchers(
            self.selector, listener.detach(), lambda: self.facts, self.obeyed.append, self.holds.append
        )

    def watcher(self):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(20)
        one.connect(self.path)
        self.turn()
        return one

    def turn(self):
        while ready := self.selector.select(0):
            for key, _ in ready:
                key.data()


@pytest.fixture
def desk(tmp_path):
    one = Desk(tmp_path / "control")
    yield one
    for key in list(one.selector.get_map().values()):
        key.fileobj.close()
    one.selector.close()


def lines_of(watcher, until):
    heard = b""
    while not heard.endswith(until):
        heard += watcher.recv(65536)
    return heard.split(b"\n")


def test_facts_come_first_then_wake_ups(desk):
    with desk.watcher() as one:
        desk.watchers.wake()
        desk.watchers.wake()
        first, *rest = lines_of(one, b"}\n\n\n")
        assert (json.loads(first), rest) == (desk.facts, [b"", b"", b""])


def test_facts_reach_also_who_has_not_read_for_long(desk):
    with desk.watcher() as slow, desk.watcher() as quick:
        for _ in range(100_000):  # more than a socket's buffer holds
            desk.watchers.wake()
        desk.facts = desk.facts | {"did": ["SIGINT (bob)"]}
        desk.watchers.tell()
        quick.setblocking(False)
        for one in (slow, quick):
            one.settimeout(20)
            heard = b""
            while b"SIGINT (bob)" not in heard:
                heard += one.recv(65536)
                desk.turn()
            assert json.loads(heard.strip(b"\n").rpartition(b"\n")[2]) == desk.facts


def test_the_time_waits_as_long_as_anybody_holds_it(desk):
    with desk.watcher() as one:
        with desk.watcher() as other:
            one.send(b'{"hold": true}\n')
            other.send(b'{"hold": true}\n{"hold": true}\n')
            desk.turn()
            one.send(b'{"hold": false}\n')
            desk.turn()
            assert desk.holds == [True]
        desk.turn()
        assert desk.holds == [True, False], "who is gone holds nothing"


def test_requests_come_in_pieces_and_nonsense_is_passed_over(desk):
    with desk.watcher() as one:
        one.send(b'nonsense\n{"signal": 2}\n{"pau')
        desk.turn()
        one.send(b'se": true}\n')
        desk.turn()
        assert desk.obeyed == [Request(signal=2), Request(pause=True)]


def test_who_says_too_much_at_once_is_dropped(desk):
    with desk.watcher() as one:
        one.send(b"x" * 70_000)
        desk.turn()
        lines_of(one, b"}\n")
        assert one.recv(1) == b""
