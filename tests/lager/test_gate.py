"""The gate: who gets through, over real HTTP and WebSocket handling."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

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


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "localhost", "[::1]:5000", "192.168.1.4"])
def test_addresses_are_names_it_answers_to(client, host):
    assert client.get("/hello", headers={"Authorization": f"Bearer {TOKEN}", "Host": host}).status_code == 200


def test_a_page_of_the_box_itself_may(client):
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "http://127.0.0.1:5000"}
    assert client.get("/hello", headers=headers).status_code == 200


def test_websockets_pass_the_same_gate(client):
    with client.websocket_connect("/echo", headers={"Authorization": f"Bearer {TOKEN}"}) as socket:
        socket.send_text("x")
        assert socket.receive_text() == "x"
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/echo"):
        raise AssertionError("let in without a token")
    assert refused.value.status_code == 401


@pytest.mark.parametrize("given", ["Bearer", "Bearer ", ""])
def test_a_box_without_a_token_lets_nobody_in(given):
    app = Starlette(routes=[Route("/hello", hello)])
    with TestClient(Gate(app, ""), base_url="http://127.0.0.1:5000") as client:
        assert client.get("/hello", headers={"Authorization": given}).status_code == 401
