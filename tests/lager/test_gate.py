"""The gate: who gets through, over real HTTP and WebSocket handling."""

import anyio
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from lager import __version__
from lager.gate import Gate

TOKEN = "s3cret"
entries = []


async def hello(request):
    return PlainTextResponse("hello")


async def echo(websocket):
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


@pytest.fixture
def entered():
    return []


@pytest.fixture
def client(entered):
    app = Starlette(routes=[Route("/hello", hello), WebSocketRoute("/echo", echo)])
    with TestClient(Gate(app, TOKEN, lambda: entered.append(1)), base_url="http://127.0.0.1:5000") as client:
        yield client


def ask(headers, *more, kind="http", scheme="http", query=""):
    """Knock at a gate in front of nothing but an answer; gives the HTTP status. No client's own checks come before."""
    said = []

    async def answer(scope, receive, send):
        await send({"type": "answer", "status": 200})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        said.append(message)

    raw = [(name.encode(), value) for name, value in [*headers.items(), *more]]
    scheme = scheme.replace("http", "ws") if kind == "websocket" else scheme
    scope = {"type": kind, "scheme": scheme, "path": "/", "query_string": query.encode(), "headers": raw}
    anyio.run(Gate(answer, TOKEN), scope, receive, send)
    return said[0]["status"]


def test_the_token_opens(client, entered):
    reply = client.get("/hello", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (reply.status_code, reply.text, entered) == (200, "hello", [1])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"},
        {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example:5000"},
    ],
    ids=["none", "wrong", "bare", "basic", "other origin", "re-bound name"],
)
def test_nothing_else_does(client, entered, headers):
    reply = client.get("/hello", headers=headers)
    assert (reply.status_code, reply.json()["code"], entered) == (401, "token-refused", [])
    assert reply.json()["error"] == reply.json()["what"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:5000", "localhost:5000", "localhost", "LocalHost", "[::1]:5000", "192.168.1.4",
        "[fe80::1%eth0]:5000", "[2001:DB8::1]", "[::ffff:127.0.0.1]",
    ],
)  # fmt: skip
def test_addresses_are_names_it_answers_to(client, host):
    assert client.get("/hello", headers={"Authorization": f"Bearer {TOKEN}", "Host": host}).status_code == 200


NAMES = [
    "", "evil.example", "evil.example:5000", "testserver", "box", "box:80", "localhost.evil.example", "localhost.",
    "127.0.0.1.nip.io", "127.0.0.1:5000:80", "127.0.0.1@evil.example", "127.0.0.1:evil", "127.0.0.1:", "[::1", "::1",
    "[::1].evil.example", "[evil.example]", "127.1", "2130706433", "0x7f000001", "127.0.0.\xb9", " ",
    "127.0.0.1 ", "127.0.0.1,evil.example", "127.0.0.1/evil.example", "127.0.0.1\x00",
]  # fmt: skip


@pytest.mark.parametrize("host", NAMES)
def test_anything_else_is_a_name_that_somebody_may_have_re_bound(host):
    assert ask({"host": host.encode("latin-1"), "authorization": b"Bearer s3cret"}) == 401


def test_without_a_host_it_is_not_known_what_was_meant():
    assert ask({"authorization": b"Bearer s3cret"}) == 401


@pytest.mark.parametrize("origin", ["http://127.0.0.1:5000", "HTTP://127.0.0.1:5000"])
def test_a_page_of_the_box_itself_may(client, origin):
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": origin}
    assert client.get("/hello", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "http://127.0.0.1", "http://127.0.0.1:5001", "http://localhost:5000", "https://127.0.0.1:5000",
        "file://", "127.0.0.1:5000", "http://127.0.0.1:5000/", "http://evil/http://127.0.0.1:5000",
        "http://127.0.0.1:5000.evil.example", "http://127.0.0.1:5000 http://evil.example", "ws://127.0.0.1:5000",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_page_of_anybody_else_may_not(kind, origin):
    headers = {"host": b"127.0.0.1:5000", "authorization": b"Bearer s3cret", "origin": origin.encode()}
    assert ask(headers, kind=kind) == 401


def test_over_tls_a_page_is_of_the_box_only_over_tls():
    headers = {"host": b"127.0.0.1:5000", "authorization": b"Bearer s3cret", "origin": b"https://127.0.0.1:5000"}
    assert ask(headers, scheme="https") == 200
    assert ask(headers | {"origin": b"http://127.0.0.1:5000"}, scheme="https") == 401


@pytest.mark.parametrize("name", ["host", "authorization", "origin"])
def test_a_header_that_decides_is_there_once(name):
    good = {"host": b"127.0.0.1:5000", "authorization": b"Bearer s3cret", "origin": b"http://127.0.0.1:5000"}
    assert ask(good) == 200
    assert ask(good, (name, good[name])) == 401


@pytest.mark.parametrize("query", ["token=s3cret", "access_token=s3cret", "authorization=Bearer%20s3cret"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_token_counts_in_its_header_only(kind, query):
    elsewhere = {"sec-websocket-protocol": b"bearer, s3cret", "cookie": b"token=s3cret", "x-token": b"s3cret"}
    assert ask(elsewhere | {"host": b"127.0.0.1"}, kind=kind, query=query) == 401
    assert ask(elsewhere | {"host": b"127.0.0.1", "proxy-authorization": b"Bearer s3cret"}, kind=kind) == 401


@given(
    st.text(st.characters(max_codepoint=255), max_size=20),
    st.sampled_from(["", "Bearer ", "bearer\t", "Bearer  ", "Basic ", "Bearer s3cre", "Bearer s3crets"]),
)
def test_no_other_token_opens(text, before):
    given = (before + text).encode("latin-1")
    assume(given.partition(b" ")[2].strip() != b"s3cret" or given[:6].lower() != b"bearer")
    assert ask({"host": b"127.0.0.1", "authorization": given}) == 401


def test_websockets_pass_the_same_gate(client):
    url = "ws://127.0.0.1:5000/echo"
    with client.websocket_connect(url, headers={"Authorization": f"Bearer {TOKEN}"}) as socket:
        socket.send_text("x")
        assert socket.receive_text() == "x"
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(url):
        raise AssertionError("let in without a token")
    assert refused.value.status_code == 401


@pytest.mark.parametrize("given", ["Bearer", "Bearer ", ""])
def test_a_box_without_a_token_lets_nobody_in(given):
    app = Starlette(routes=[Route("/hello", hello)])
    with TestClient(Gate(app, ""), base_url="http://127.0.0.1:5000") as client:
        assert client.get("/hello", headers={"Authorization": given}).status_code == 401


def test_every_answer_says_which_lager_the_box_has(client):
    known = {"Authorization": f"Bearer {TOKEN}"}
    for answer in (client.get("/hello", headers=known), client.get("/nowhere", headers=known), client.get("/hello")):
        assert answer.headers["lager-version"] == __version__
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    with client.websocket_connect("/echo", headers=known | {"Host": "127.0.0.1"}) as socket:
        assert dict(socket.extra_headers)[b"lager-version"] == __version__.encode()
        socket.send_text("x")
