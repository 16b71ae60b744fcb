"""The gate of a box that serves released clients: what needs no token there, and what still does."""

import re

import anyio
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lager import __version__, releasedpaths
from lager.gate import Gate

LET_IN, REFUSED = 200, 401
RULES = {name: releasedpaths.rule(getattr(releasedpaths, name)) for name in ("RUNNER", "HARDWARE", "HTTP")}


def knock(port, asked, *headers, rule=True):
    """Ask at the gate of a port, without a token; gives the HTTP status, and whether the request was marked."""
    said, marked = [], []
    method, path = asked.split(" ", 1)
    kind = "websocket" if method == "WEBSOCKET" else "http"

    async def answer(scope, receive, send):
        marked.append(releasedpaths.is_released(scope))
        await send({"type": "answer", "status": LET_IN})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        said.append(message)

    host = [] if "Host" in dict(headers) else [("Host", "127.0.0.1:5000")]
    raw = [(name.lower().encode(), value.encode()) for name, value in (*host, *headers)]
    scope = {"type": kind, "scheme": "ws" if kind == "websocket" else "http", "path": path, "headers": raw}
    if kind == "http":
        scope["method"] = method
    anyio.run(Gate(answer, "s3cret", without_token=RULES[port] if rule else None), scope, receive, send)
    return said[0]["status"], (marked or [None])[0]


OPEN = [
    ("RUNNER", "GET /health"), ("RUNNER", "GET /hello"), ("RUNNER", "GET /version"), ("RUNNER", "GET /cli-version"),
    ("RUNNER", "GET /status"), ("RUNNER", "GET /nets/list"), ("RUNNER", "PUT /nets/psu 1"),
    ("RUNNER", "DELETE /nets/psu"), ("RUNNER", "GET /instruments/list"), ("RUNNER", "GET /lock"),
    ("RUNNER", "POST /lock"), ("RUNNER", "POST /unlock"), ("RUNNER", "GET /download-file"),
    ("RUNNER", "POST /python"), ("RUNNER", "POST /python/kill"), ("RUNNER", "POST /python/attach"),
    ("RUNNER", "POST /python/continue"), ("RUNNER", "POST /python/breakpoint"), ("RUNNER", "POST /pip"),
    ("RUNNER", "GET /test-stream"), ("RUNNER", "POST /binaries/add"),
    ("HARDWARE", "GET /health"), ("HARDWARE", "POST /invoke"), ("HARDWARE", "POST /cache/release_direct_usb"),
    ("HARDWARE", "GET /diagnose/dispatcher"),
    ("HTTP", "GET /status"), ("HTTP", "POST /supply/command"), ("HTTP", "POST /battery/command"),
    ("HTTP", "POST /net/command"), ("HTTP", "POST /ble/command"),
    ("HTTP", "POST /lock/heartbeat"), ("HTTP", "DELETE /nets"), ("HTTP", "PUT /nets/a"),
    ("HTTP", "PUT /nets/a/safety-limits"), ("HTTP", "GET /nets/state"), ("HTTP", "GET /diagnose/usb"),
    ("HTTP", "GET /uart/nets/list"), ("HTTP", "GET /socket.io/"), ("HTTP", "POST /socket.io/"),
    ("HTTP", "WEBSOCKET /socket.io/"), ("HTTP", "GET /download-file"),
]  # fmt: skip


@pytest.mark.parametrize(("port", "asked"), OPEN)
def test_what_released_clients_use_needs_no_token_where_they_are_allowed(port, asked):
    assert knock(port, asked) == (LET_IN, True)
    assert knock(port, asked, rule=False) == (REFUSED, None)


CLOSED = [
    ("RUNNER", "GET /runs"), ("RUNNER", "PUT /runs/x"), ("RUNNER", "GET /box"), ("RUNNER", "WEBSOCKET /runs/x/console"),
    ("RUNNER", "POST /runs/x/abort"), ("RUNNER", "GET /python"), ("RUNNER", "POST /python/"),
    ("RUNNER", "POST /nets/a"),
    ("RUNNER", "PUT /nets/a/b"), ("RUNNER", "WEBSOCKET /python"), ("RUNNER", "GET /health/../runs"),
    ("RUNNER", "GET /health\n/runs"), ("RUNNER", "GET "), ("RUNNER", "HEAD /runs"), ("RUNNER", "OPTIONS /python"),
    ("RUNNER", "GET //health"), ("RUNNER", "POST /test-execute"), ("RUNNER", "POST /invoke"),
    ("HARDWARE", "GET /workers"), ("HARDWARE", "POST /simulated/unplug"), ("HARDWARE", "GET /simulated"),
    ("HTTP", "GET /selfcheck"), ("HTTP", "POST /nets/change"), ("HTTP", "GET /nets/saved"),
    ("HTTP", "PUT /nets/a/safe"),
    ("HTTP", "POST /bench/safe"), ("HTTP", "POST /nets/a/act"), ("HTTP", "POST /nets/a/call"),
    ("HTTP", "GET /nets/a/watch"), ("HTTP", "GET /socket_io/"), ("HTTP", "WEBSOCKET /nets/a/watch"),
]  # fmt: skip


@pytest.mark.parametrize(("port", "asked"), CLOSED)
def test_all_else_does(port, asked):
    assert knock(port, asked) == (REFUSED, None)


@pytest.mark.parametrize(
    "header",
    [
        ("Authorization", "Bearer wrong"), ("Authorization", ""), ("Authorization", "Basic YTpi"),
        ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://127.0.0.1:9000"),
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", ""),
        ("Sec-Fetch-Site", "none, cross-site"), ("Sec-Fetch-Site", "something new"), ("Host", "evil.example"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("asked", ["GET /hello", "POST /python"])
def test_no_page_and_no_wrong_token_comes_in_with_them(asked, header):
    assert knock("RUNNER", asked, header) == (REFUSED, None)


def test_a_page_that_says_two_things_is_none_of_the_box():
    both = [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")]
    assert knock("RUNNER", "GET /hello", *both) == knock("RUNNER", "GET /hello", *both[::-1]) == (REFUSED, None)


@pytest.mark.parametrize("site", ["none", "same-origin", "Same-Origin"])
def test_an_address_that_a_person_types_into_a_browser_is_served(site):
    assert knock("RUNNER", "GET /hello", ("Sec-Fetch-Site", site)) == (LET_IN, True)


def test_socket_io_clients_send_the_origin_of_the_box():
    assert knock("HTTP", "WEBSOCKET /socket.io/", ("Origin", "http://127.0.0.1:5000")) == (LET_IN, True)


def test_with_the_token_nothing_is_marked():
    assert knock("RUNNER", "GET /hello", ("Authorization", "Bearer s3cret")) == (LET_IN, False)
    assert knock("RUNNER", "GET /runs", ("Authorization", "Bearer s3cret")) == (LET_IN, False)


@given(st.sampled_from(OPEN), st.integers(0, 40), st.text(min_size=1, max_size=3))
def test_what_is_nearly_such_a_path_is_none(opened, where, text):
    port, asked = opened
    method, path = asked.split(" ", 1)
    longer = path[:where] + text + path[where:]
    assume(not re.fullmatch("/nets/[^/]+(/safety-limits)?|/unlock", longer))  # any name is a net's
    assert knock(port, f"{method} {longer}") == (REFUSED, None)


def test_they_are_told_the_level_and_all_others_our_version():
    assert releasedpaths.versions({"state": {"released": True}}) == {
        "version": "0.55.0",
        "updater_version": __version__,
    }
    assert releasedpaths.versions({"state": {}}) == releasedpaths.versions({}) == {"version": __version__}
