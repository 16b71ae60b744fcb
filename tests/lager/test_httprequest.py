"""One request and its answer, whatever the other end sends."""

import contextlib
import http.client
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lager import client, errors, httprequest

LENGTH, CHUNKED, UNTIL_END = "length", "chunked", "until the end"


def exchange(answer, body=None, line="GET /x", headers=None):
    """Ask an end that has said its answer already; gives what came, and what was sent."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(answer)
        there.shutdown(socket.SHUT_WR)
        came = httprequest.ask(here, line, headers or {"Host": "box:9000"}, body)
        here.shutdown(socket.SHUT_WR)
        with there.makefile("rb") as source:
            return came, source.read()


def said(status, how, parts, interim=b""):
    """Make an answer."""
    head = f"HTTP/1.1 {status} Of Course\r\nLager-Version: 1.2.3\r\n"
    body = b"".join(parts)
    if how == LENGTH:
        head += f"content-length: {len(body)}\r\n"
    if how == CHUNKED:
        head += "Transfer-Encoding: chunked\r\n"
        body = b"".join(b"%x;more=1\r\n%s\r\n" % (len(one), one) for one in (*parts, b""))
    return interim + head.encode() + b"\r\n" + body


PARTS = st.lists(st.binary(min_size=1, max_size=50), max_size=5)
HOW = st.sampled_from([LENGTH, CHUNKED, UNTIL_END])


@given(st.sampled_from([200, 299, 400, 404, 423, 500]), HOW, PARTS)
def test_the_whole_answer_comes_as_http_client_reads_it(status, how, parts):
    answer = said(status, how, parts, b"HTTP/1.1 100 Continue\r\n\r\n")
    came, _ = exchange(answer)
    assert came == (status, came.headers, b"".join(parts))
    assert came.headers["lager-version"] == "1.2.3"
    here, there = socket.socketpair()
    with here, there:
        there.sendall(answer)
        there.shutdown(socket.SHUT_WR)
        with contextlib.closing(http.client.HTTPResponse(here)) as response:
            response.begin()
            assert (response.status, response.read()) == (came.status, came.body)


@given(st.sampled_from([LENGTH, CHUNKED]), PARTS, st.data())
def test_half_an_answer_is_none(how, parts, data):
    whole = said(200, how, parts)
    with pytest.raises(ConnectionResetError):
        exchange(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.binary(max_size=80), st.booleans())
@example(b"SSH-2.0-OpenSSH_9.2\r\n", False)
@example(b"\x15\x03\x01\x00\x02\x02\x46", False)
@example(b"HTTP/1.1 20 OK\r\n\r\n", False)
@example(b"Content-Length: -1\r\n\r\n", True)
@example(b"Content-Length: 1_0\r\n\r\n" + bytes(10), True)
@example(b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", True)
@example(b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", True)
@example(b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", True)
@example(b"Content-Length: 99999999999999\r\n\r\n", True)
@example(b"x" * 70_000, True)
@example(b"x: y\r\n" * 200, True)
def test_what_is_no_answer_is_told_as_such(garbage, begun):
    with contextlib.suppress(ValueError, OSError):
        exchange(b"HTTP/1.1 200 OK\r\n" + garbage if begun else garbage)


@pytest.mark.parametrize("size", [0, 5, 100_000])
def test_what_is_asked_is_sent_as_it_is(size):
    _, sent = exchange(said(200, LENGTH, []), bytes(size), "POST /nets/a%20b/act")
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head == b"POST /nets/a%%20b/act HTTP/1.1\r\nHost: box:9000\r\nContent-Length: %d" % size
    assert body == bytes(size)
    assert exchange(said(204, UNTIL_END, []))[1] == b"GET /x HTTP/1.1\r\nHost: box:9000\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET /a b", {}),
        ("GET /a\r\nX:", {}),
        ("GET /x", {"Authorization": "Bearer a\nEvil: 1"}),
        ("GET /x", {"Authorization": "Bearer \u20ac"}),
    ],
)
def test_what_would_be_another_header_is_not_sent(line, headers):
    with pytest.raises(ValueError, match=r"cannot be sent|latin-1"):
        exchange(said(200, LENGTH, []), None, line, headers)


def test_silence_is_a_time_out():
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(0.01)
        with pytest.raises(TimeoutError):
            httprequest.ask(here, "GET /x", {})


@pytest.mark.parametrize("token", ["two\nlines", "price \u20ac"])
def test_a_token_that_cannot_be_one_is_said_before_anybody_is_asked(token):
    with socket.create_server(("127.0.0.1", 0)) as nobody, pytest.raises(errors.TokenRefused, match="cannot be one"):
        client.Service("box", "127.0.0.1", nobody.getsockname()[1], token).get("/box", object)
