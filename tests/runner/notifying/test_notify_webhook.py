"""Webhooks, against real servers: good ones, and ones that refuse, redirect, dribble, or are not there."""

import contextlib
import socket
import ssl
import threading

import pytest
from letterbox import Receiver

import lager
from lager_runner.notifying.webhook import Webhook

# Of a server on localhost, for these tests only.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgv6b3yeuiT+1jjzNj
9XUyJNxsEGmo/w5wOqKv4qy+4XGhRANCAATzWVdpkWV2WAFJi2QTU/bGfMdNoRnf
3yue3nkFegvPYD8/SUbMm7GLGGMTSTiWsGrUbJcDwR3IXRcBhv6iME0L
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPNZV2mRZXZYAUmL
ZBNT9sZ8x02hGd/fK57eeQV6C89gPz9JRsybsYsYYxNJOJawatRslwPBHchdFwGG
/qIwTQujWDBWMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4EFgQUwTl7Bx6n+6k8hNMGFc9g0e/EWAUw
CgYIKoZIzj0EAwIDSAAwRQIgYVHwfk25h4rlZ02F2UkHSHDhj5oQU0tqSAeX9tjW
i7ICIQDZdgJkQnNVhSDkia9JiEwgotAL8nXsqBnj+Q8MJJi17g==
-----END CERTIFICATE-----
"""


def send(url, within=10.0):
    return Webhook(url, within).deliver("paused", b'{"x": 1}')


def test_one_post_with_the_notification():
    with Receiver() as receiver:
        done = send(f"{receiver.url}?key=s3cret")
        assert (done.delivered, done.status, done.error) == (True, 204, "")
        path, headers, body = receiver.next()
        assert (path, body) == ("/hook/s3cret?key=s3cret", {"x": 1})
        assert headers["Content-Type"] == "application/json"
        assert (headers["Lager-Event"], headers["User-Agent"]) == ("paused", f"lager/{lager.__version__}")
        assert "Authorization" not in headers
        assert receiver.got.empty()


def test_a_name_and_a_password_in_the_url():
    with Receiver() as receiver:
        assert send(receiver.url.replace("127", "me:pass%20word@127")).delivered
        assert receiver.next()[1]["Authorization"] == "Basic bWU6cGFzcyB3b3Jk"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_statuses_that_mean_it_has_arrived(status):
    with Receiver(status) as receiver:
        assert send(receiver.url).delivered


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (401, True), (404, True), (410, True), (408, False), (429, False), (500, False), (503, False)],
)
def test_statuses_that_refuse_it(status, final):
    with Receiver(status) as receiver:
        done = send(receiver.url)
        assert (done.delivered, done.status, done.final) == (False, status, final)
        assert done.error == f"HTTP status {status}"
        receiver.next()
        assert receiver.got.empty()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status):
    with Receiver(status) as receiver:
        done = send(receiver.url)
        assert (done.delivered, done.status, done.final) == (False, status, True)
        assert done.error == f"HTTP status {status}: it is elsewhere; give that URL"
        receiver.next()
        assert receiver.got.empty()


@contextlib.contextmanager
def server(answer):
    """A server that sends `answer` to whoever connects, and then keeps the connection open."""
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as opened:

        def serve():
            with contextlib.suppress(OSError):  # the test is over
                while True:
                    connection, _ = listener.accept()
                    opened.enter_context(connection)
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/s3cret"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(20)


def dribble(connection):
    """Send one byte at a time until nobody takes them."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    wait = threading.Event()
    with contextlib.suppress(OSError):  # which is what is waited for
        while not wait.wait(0.02):
            connection.sendall(b"x")


@pytest.mark.parametrize("answer", [lambda _: None, dribble], ids=["silent", "dribbling"])
def test_an_attempt_is_bounded(answer):
    with server(answer) as url:
        done = send(url, within=0.3)
    assert (done.delivered, done.final) == (False, False)
    assert done.error in ("no answer in 0.3 s", "no answer in time")


def test_the_thread_of_an_attempt_ends_with_it():
    gone = threading.Event()

    def until_cut(connection):
        dribble(connection)
        gone.set()

    with server(until_cut) as url:
        send(url, within=0.2)
        assert gone.wait(20)


def test_servers_that_are_none():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = send(f"http://127.0.0.1:{port}/s3cret")
    assert (refused.delivered, refused.error, refused.final) == (False, "connection refused", False)
    with server(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")) as url:
        assert send(url).error == "what answers there does not speak HTTP"
    with server(lambda connection: connection.shutdown(socket.SHUT_RDWR)) as url:
        assert send(url).error == "it broke the connection off"
    with server(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as url:
        assert send(url.replace("http:", "https:")).error == "TLS could not be agreed upon"


def test_a_name_that_nobody_knows():
    done = send("http://no-such-host.invalid/s3cret", within=1.0)
    assert not done.final
    assert done.error in ("its name or address cannot be resolved", "no answer in 1 s")  # as its resolver does


def test_certificates_are_checked(tmp_path, monkeypatch):
    pem = tmp_path / "server.pem"
    pem.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Receiver(secure=context) as receiver:
        url = receiver.url.replace("http://127.0.0.1", "https://localhost")
        refused = send(url)
        assert (refused.delivered, refused.final) == (False, True)
        assert refused.error == "its certificate is not accepted: self-signed certificate"
        assert receiver.got.empty()
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert send(url).delivered
        wrong = send(url.replace("localhost", "127.0.0.1"))
        assert "not accepted" in wrong.error


@pytest.mark.parametrize(
    ("proxy", "words"),
    [("http:/x", "the proxy that the environment names cannot be used"), ("//x:y@", "no host given")],
)
def test_a_proxy_that_is_none(monkeypatch, proxy, words):
    monkeypatch.setenv("http_proxy", proxy)
    assert send("http://no-such-host.invalid/x").error == words


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    with Receiver() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert send("http://no-such-host.invalid/x").delivered
        assert proxy.next()[0] == "http://no-such-host.invalid/x"
