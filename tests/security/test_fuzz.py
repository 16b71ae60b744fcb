"""Every endpoint of both services, with requests that are nearly right and requests that are not right at all.

No answer is a 500, none stays away, and afterwards the box is as good as before. `--fuzz-seconds 600` is the long form,
which does something else each time and says with what number; without it the same requests are sent each time.
"""

import collections
import contextlib
import itertools
import random
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import nearly
import ofnets
import pytest
import surface
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus, InvalidURI
from websockets.sync.client import connect

from lager import errors, wire

SILENCE = 30.0  # s after which an answer that does not come is a hang
EXAMPLES = 500  # requests of the short form
ROUND = 250  # requests after which the box is looked at, and what they started is ended
KEPT = "import lager, os\nopen('written.txt', 'w').write('x')\nx = 1\nwhile True:\n    lager.pause()\n"
RESULT = "import time\nprint('a simple run')\n"


class Target:
    """The box, and the runs in it that requests can be about."""

    def __init__(self, served):
        self.served = served
        self.ids = {}
        self.answers = collections.Counter()
        self.bench = served.service(served.info.http).get("/nets/saved", wire.SavedNets).records

    def prepare(self):
        """See that there is a run that has ended, and one that is paused; end all others."""
        self.restore()
        self.served.follow(ended := self.served.put(b"print('over')\n"))
        for run in self.served.runner.get("/runs", list[wire.RunInfo]):
            if run.ended is None:
                with contextlib.suppress(errors.LagerError):  # it has just ended
                    self.served.runner.post(f"/runs/{run.id}/signal", wire.SignalRequest("SIGKILL"), object)
        paused = self.served.put(KEPT.encode())
        self.served.until(lambda: self.served.told(paused).state == "paused")
        self.ids = {"RUN": paused, "PAUSED": paused, "ENDED": ended}

    def restore(self):
        """Have the nets as they were, and the lock free."""
        http = self.served.service(self.served.info.http)
        http.post("/unlock", wire.UnlockRequest(force=True), object)
        http.post("/nets/change", wire.SaveNets(0, self.bench, alone=True), object)

    def meant(self, data):
        """Put the ids of this box into a request."""
        for word, run in self.ids.items():
            data = data.replace(word.encode(), run.encode())
        return data

    def port(self, endpoint):
        return getattr(self.served.info, endpoint.port)

    def check(self):
        """See that all of it still works."""
        for port in (self.served.info.runner, self.served.info.hardware, self.served.info.http):
            assert self.served.service(port).get("/health", dict)["status"] == "healthy"
        out, last = self.served.follow(self.served.put(RESULT.encode()))
        assert (out, last.status) == (b"a simple run\n", 0)
        log = self.served.log.read_text()
        assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:5000]
        assert "it is started again" not in log, log[-3000:]


@st.composite
def requests(draw):
    """Give the bytes of a request, and whether it is one that must be answered."""
    asked = [one for one in surface.endpoints() if one.methods]
    endpoint = draw(st.sampled_from(asked + [one for one in asked if "GET" not in one.methods] * 2))
    usual = [*endpoint.methods] * 30
    method = draw(
        st.sampled_from([*usual, "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"])
    )
    made = ofnets.bodies(endpoint)
    body = (
        b""
        if method == "GET" and draw(st.booleans())
        else draw(nearly.nearly(endpoint.bodies if made is None else made, endpoint.binary))
    )
    target = draw(targets(endpoint, body))
    headers = [f"{name}: {value}" for name, value in draw(st.lists(st.sampled_from(HEADERS), max_size=2))]
    return endpoint, method, target, headers, body


HEADERS = [
    ("Content-Type", "application/json"), ("Content-Type", "application/msgpack"), ("Content-Type", "é"),
    ("Content-Type", "multipart/form-data"), ("Accept", "*/*;q=x"), ("Accept-Encoding", "gzip"),
    ("Content-Encoding", "gzip"),
    ("Expect", "100-continue"), ("Range", "bytes=5-1"), ("Range", "bytes=0-99999999999999999999"),
    ("If-Match", "*"),
    ("Cookie", "a=b; a"), ("X-Forwarded-For", "evil"), ("X-Forwarded-Proto", "gopher"), ("Forwarded", "for=x"),
    ("Upgrade", "websocket"), ("Upgrade", "h2c"), ("X-" + "a" * 60, "b" * 6000), ("If-Modified-Since", "yesterday"),
    ("Content-Length", "-1"), ("Transfer-Encoding", "gzip"), ("Last-Event-ID", "x"), ("Connection", "keep-alive, x"),
]  # fmt: skip


@st.composite
def targets(draw, endpoint, body=b""):
    """Give the path and the query of a request."""

    def part(name):
        if name[1] == "id" and hit(draw):
            return draw(uuids)
        if name[2] and hit(draw):  # a net: the one its record is of, if it is one
            said = re.search(rb'"name":"(\w+)"', body)
            return said[1].decode() if said else draw(ofnets.names)
        return draw(paths())

    path = re.sub(r"\{(\w+)(:\w+)?\}", part, endpoint.path)
    if draw(st.integers(0, 15)) == 0:
        path += draw(st.sampled_from(["/", "//", "/..", "/%2e%2e/", "?", "#", ";a=b", "/x"]))
    names = [*endpoint.queries, "x"]
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), values), max_size=2))
    query = "&".join(f"{name}={quoted(value)}" for name, value in pairs)
    return f"{path}?{query}" if query else path


values = st.one_of(
    nearly.texts, st.sampled_from(["0", "1", "0.05", "-1", "nan", "inf", "1e5", "65535", "99999999999999"])
)


def hit(draw):
    return draw(st.integers(0, 3)) > 0


uuids = st.integers(0, 2**128 - 1).map(lambda number: str(uuid.UUID(int=number)))


@st.composite
def paths(draw):
    """Give one part of a path: a name, its quoting, or something that should never be there."""
    text = draw(st.one_of(st.sampled_from(nearly.WORDS), uuids, nearly.texts))
    return draw(st.sampled_from([quoted, quoted, quoted, urllib.parse.quote, twice]))(text)


def quoted(text):
    return urllib.parse.quote(text, safe="", errors="surrogatepass")


def twice(text):
    return quoted(quoted(text))


def send(target, request):
    """Send a request; give the status, or None where it could not be one. Fails where no answer comes."""
    endpoint, method, path, headers, body = request
    path, body = target.meant(path.encode()), target.meant(body)
    port = target.port(endpoint)
    lines = [f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {target.served.token}", *headers]
    if not any(one.startswith(("Content-Length", "Transfer")) for one in headers):
        lines.append(f"Content-Length: {len(body)}")
    head = method.encode() + b" " + path + b" HTTP/1.1\r\n" + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), SILENCE) as connection:
        with contextlib.suppress(ConnectionError):  # it was refused before all of it was sent
            connection.sendall(head + body)
        with contextlib.suppress(ConnectionResetError):  # the same, and the answer was lost
            return answered(connection)
    return None


def answered(connection):
    """Give the status of the answer. "Go on and send" comes before it: on its own, or together with it."""
    said = b""
    while part := connection.recv(65536):
        said = re.sub(rb"^HTTP/1\.1 100 .*?\r\n\r\n", b"", said + part, flags=re.DOTALL)
        if said and not b"HTTP/1.1 100 ".startswith(said[:13]):
            return status_of(said)
    return None


def status_of(answer):
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found[1]) if found else None


@st.composite
def talks(draw):
    """Give a WebSocket's path, and what is sent on it."""
    endpoint = draw(st.sampled_from([one for one in surface.endpoints() if not one.methods]))
    if endpoint.path == surface.LIVE:
        return endpoint, ofnets.live_path(draw, draw(targets(endpoint))), draw(ofnets.frames())
    kinds = draw(st.sampled_from([endpoint.bodies, _TO]))
    frames = st.lists(st.one_of(nearly.nearly(kinds, endpoint.binary), nearly.texts), max_size=4)
    return endpoint, draw(targets(endpoint)), draw(frames)


# What consoles and those who follow a run may say.
_TO = tuple(one for kind in (wire.ToRun, wire.ToConsole) for one in getattr(kind, "__args__", ()))


def talk(target, said):
    """Speak on a WebSocket, and hear what comes; give the status it was refused with, or the code of its close."""
    endpoint, path, frames = said
    path = target.meant(path.encode()).decode()
    url = f"ws://127.0.0.1:{target.port(endpoint)}{path}"
    headers = {"Authorization": f"Bearer {target.served.token}"}
    try:
        connection = connect(
            url, additional_headers=headers, proxy=None, compression=None, open_timeout=SILENCE, max_size=None
        )
    except InvalidStatus as exc:
        return exc.response.status_code
    except (InvalidMessage, InvalidURI, ValueError, EOFError):  # no URL, for this client or for that server
        return None
    with connection:
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            for frame in frames:
                connection.send(target.meant(frame) if isinstance(frame, bytes) else frame)
                connection.recv(0.02)
        connection.close()
    return connection.close_code


def every_request(target, examples, number):
    """Give a test that sends that many requests: the same ones for the same number."""

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(st.one_of(requests(), requests(), requests(), requests(), talks()))
    def fuzz(asked):
        if len(asked) == 5:
            status = send(target, asked)
            assert status != 500, "the service failed at it"
            target.answers[status] += 1
        else:
            code = talk(target, asked)
            assert code not in (500, 1011), "the service failed at it"
            target.answers[code] += 1

    return fuzz


def test_no_request_is_too_odd(served, pytestconfig, capsys):
    seconds = pytestconfig.getoption("--fuzz-seconds")
    target = Target(served)
    begun, first = time.monotonic(), random.randrange(10**6) if seconds else 0
    for number in itertools.count(first):
        target.prepare()
        every_request(target, ROUND, number)()
        target.check()
        sent = (number - first + 1) * ROUND
        if seconds:
            with capsys.disabled():
                print(
                    f"\n{sent} requests in {time.monotonic() - begun:.0f} s; this was number {number}; {target.answers}"
                )
        if (time.monotonic() - begun > seconds) if seconds else (sent >= EXAMPLES):
            break
    target.restore()


def test_all_there_is_to_be_asked_is_known(served):
    """A route that is not found by the fuzzer would not be tested by it."""
    paths = {(one.port, one.path) for one in surface.endpoints()}
    assert {
        ("runner", "/runs/{id}"), ("runner", "/runs/{name}/console"), ("runner", "/runs/{name}/stream"),
        ("runner", "/box"), ("hardware", "/invoke"), ("http", "/nets/{name:path}/call"),
    } <= paths  # fmt: skip
    for endpoint in [one for one in surface.endpoints() if "GET" in one.methods]:
        path = re.sub(r"\{\w+(:\w+)?\}", "x", endpoint.path)
        said = refusal(served.service(getattr(served.info, endpoint.port)), path)
        assert "serve" not in said, endpoint  # as both services say of what they do not have


def refusal(service, path):
    try:
        service.download(path, lambda _: None)
    except errors.LagerError as exc:
        return exc.what
    return ""


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Origin": "http://evil.example"}])
def test_no_endpoint_is_without_the_gate(served, headers):
    for endpoint in surface.endpoints():
        path = re.sub(r"\{\w+(:\w+)?\}", "x", endpoint.path)
        port = getattr(served.info, endpoint.port)
        given = {"Authorization": f"Bearer {served.token}"} if "Origin" in headers else {}
        lines = [f"{name}: {value}" for name, value in {**given, **headers, "Host": f"127.0.0.1:{port}"}.items()]
        for method in endpoint.methods or ("GET",):
            upgrade = [] if endpoint.methods else _UPGRADE
            head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, *upgrade, "", ""])
            with socket.create_connection(("127.0.0.1", port), SILENCE) as connection:
                connection.sendall(head.encode())
                assert status_of(connection.recv(65536)) == 401, endpoint


_UPGRADE = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: " + "A" * 22 + "==",
]


# What each endpoint of the nets that changes something is sent; those of reading, and of the lock itself, are not here.
CHANGES = {
    ("DELETE", "/nets"): None,
    ("POST", "/nets/{name:path}/rename"): {"new_name": "other"},
    ("PUT", "/nets/{name:path}"): {"name": "supply1", "role": "power-supply", "instrument": "x"},
    ("DELETE", "/nets/{name:path}"): None,
    ("POST", "/nets/change"): {"type": "delete-nets", "id": 0},
    ("POST", "/nets/{name:path}/call"): {"role": "power-supply", "method": "enable"},
    ("POST", "/nets/{name:path}/act"): {"role": "power-supply", "action": "enable"},
    ("POST", "/supply/command"): {"netname": "supply1", "action": "enable"},
    ("POST", "/battery/command"): {"netname": "battery1", "action": "enable"},
    ("POST", "/net/command"): {"netname": "gpio1", "action": "output_high"},
    ("PUT", "/nets/{name:path}/safety-limits"): {},
    ("PUT", "/nets/{name:path}/safe"): {},
    ("PUT", "/nets/{name:path}/while-connected"): {},
    ("POST", "/bench/safe"): {},
    ("POST", "/binaries/add"): {},
    ("POST", "/binaries/remove"): {"name": "flasher"},
}


def test_nobody_else_changes_a_bench_whose_box_is_locked(served):
    http = served.service(served.info.http)
    before = http.get("/nets/saved", wire.SavedNets)
    http.post("/lock", wire.LockRequest("ada"), object)
    try:
        asked = [(method, one.path) for one in surface.endpoints() if one.port == "http" for method in one.methods]
        changing = [one for one in asked if one[0] in ("POST", "PUT", "DELETE") and "lock" not in one[1]]
        assert {one for one in changing if one[1] != surface.LIVE} == set(CHANGES)
        for (method, path), body in CHANGES.items():
            request = urllib.request.Request(
                f"http://127.0.0.1:{served.info.http}{path.replace('{name:path}', 'supply1')}",
                None if body is None else wire.to_json(body),
                {"Authorization": f"Bearer {served.token}"},
                method=method,
            )
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=SILENCE).close()
            with caught.value as refused:
                assert wire.from_json(refused.read(), wire.ErrorBody).code == errors.BoxLocked.code, path
        assert '"success":false' in (said := answer_of_the_live_monitor(served))
        assert "locked by ada" in said
    finally:
        http.post("/unlock", wire.UnlockRequest(force=True), object)
    assert http.get("/nets/saved", wire.SavedNets) == before


def answer_of_the_live_monitor(served):
    """Watch a supply, and give what is answered to a command to switch it on."""
    url = f"ws://127.0.0.1:{served.info.http}{surface.LIVE}?EIO=4&transport=websocket"
    headers = {"Authorization": f"Bearer {served.token}"}
    with connect(url, additional_headers=headers, proxy=None, open_timeout=SILENCE) as connection:
        connection.send("40/supply,")
        for event in ("start_supply_monitor", "supply_command"):
            connection.send(f'42/supply,["{event}",{{"netname":"supply1","action":"enable"}}]')
        while "supply_command_response" not in (frame := connection.recv(SILENCE)):
            continue
    return frame
