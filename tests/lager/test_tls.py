"""TLS of a client and a server: the fingerprint is who the box is; every wrong pair of them is one clear sentence."""

import contextlib
import os
import socket
import stat
import sys
import threading

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from lager import errors, tls, tlscertificate
from lager.client import Service
from lager.stream import Dropped

ROUTES = []

# asyncio of Python 3.10 leaves a transport open where the handshake fails; later ones do not.
pytestmark = [pytest.mark.filterwarnings("ignore:unclosed transport")] if sys.version_info < (3, 11) else []


async def hello(request):
    ROUTES.append(request.url.scheme)
    return JSONResponse({"scheme": request.url.scheme, "token": request.headers["authorization"]})


async def echo(websocket):
    await websocket.accept()
    await websocket.send_bytes(await websocket.receive_bytes())
    await websocket.close()


@contextlib.contextmanager
def serving(certificate=None, port=0):
    """Serve as the box's services do; give the port."""
    app = Starlette(
        routes=[Route("/hello", hello, methods=["GET", "POST", "PUT"]), WebSocketRoute("/echo", echo)],
    )
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, timeout_graceful_shutdown=1, **tls.for_server(certificate, certificate)
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two certificates."""
    before, found = os.environ.get("LAGER_STATE_DIR"), []
    for name in ("one", "two"):
        os.environ["LAGER_STATE_DIR"] = str(tmp_path_factory.mktemp(name))
        found.append(tlscertificate.own())
    os.environ.pop("LAGER_STATE_DIR") if before is None else os.environ.update(LAGER_STATE_DIR=before)
    return found


@pytest.fixture(scope="module")
def secured(made):
    with serving(made[0]) as port:
        yield port


@pytest.fixture(scope="module")
def plain():
    with serving() as port:
        yield port


def service(port, fingerprint=""):
    return Service("lab", "127.0.0.1", port, "tok", fingerprint=fingerprint)


def ways(one):
    return [
        lambda: one.get("/hello", dict),
        lambda: one.post("/hello", {}, dict),
        lambda: one.put("/hello", {}, dict),
        lambda: list(one.lines("/hello", dict, timeout=5)),
        lambda: one.download("/hello", lambda _: None),
        lambda: one.connect("/echo"),
    ]


def test_a_certificate_is_made_once_and_is_its_users_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    path = tlscertificate.own()
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tlscertificate.own(), path.read_bytes()) == (path, content)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    tls.check(path, path)
    path.unlink()
    assert tlscertificate.own().read_bytes() != content


def test_requests_and_websockets_reach_the_box_whose_fingerprint_is_known(secured, made):
    one = service(secured, tls.of_file(made[0]))
    assert one.get("/hello", dict) == {"scheme": "https", "token": "Bearer tok"}
    assert one.post("/hello", {}, dict)["scheme"] == "https"
    parts = []
    assert one.download("/hello", parts.append) == len(b"".join(parts)) > 0
    with one.connect("/echo") as stream:
        stream.send_bytes(b"\0" * 100_000)
        assert stream.receive_bytes() == b"\0" * 100_000
        with pytest.raises(Dropped):
            stream.receive_bytes()


def test_a_websocket_that_is_broken_off_wakes_who_waits(secured, made):
    stream = service(secured, tls.of_file(made[0])).connect("/echo")
    ended = []

    def wait():
        with pytest.raises(Dropped):
            stream.receive_bytes()
        ended.append(True)

    waiting = threading.Thread(target=wait)
    waiting.start()
    stream.abort()
    waiting.join(20)
    stream.close()
    assert ended == [True]


@pytest.mark.parametrize("way", range(6))
def test_another_certificate_is_refused_before_anything_is_said(secured, made, way):
    ROUTES.clear()
    known, shown = tls.of_file(made[1]), tls.of_file(made[0])
    with pytest.raises(errors.BoxNotTrusted) as refused:
        ways(service(secured, known))[way]()
    assert refused.value.what == (
        f"the box lab at 127.0.0.1:{secured} shows another certificate than the one that is known of it: its SHA-256 "
        f"fingerprint is {shown}, and should be {known}; nothing was sent to it"
    )
    assert "`lager boxes add --name lab --ip IP --tls`" in refused.value.hint
    assert ROUTES == []


@pytest.mark.parametrize("way", range(6))
def test_tls_to_a_plain_box(plain, made, way):
    ROUTES.clear()
    with pytest.raises(errors.BoxNotTrusted) as refused:
        ways(service(plain, tls.of_file(made[0])))[way]()
    assert refused.value.what == (
        f"the box lab at 127.0.0.1:{plain} does not speak TLS, but a certificate of it is known here; "
        "nothing was sent to it"
    )
    assert ROUTES == []


@pytest.mark.parametrize("way", range(6))
def test_plain_http_to_a_tls_box(secured, way):
    with pytest.raises(errors.BoxNotTrusted) as refused:
        ways(service(secured))[way]()
    assert (
        refused.value.what == f"the box lab at 127.0.0.1:{secured} speaks TLS, and no certificate of it is known here"
    )
    assert refused.value.hint.startswith("have its fingerprint kept: `lager boxes add --name lab --ip IP --tls")


@pytest.mark.parametrize("way", range(6))
def test_nobody_there_is_no_matter_of_trust(made, way):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(errors.ServiceUnreachable, match="does not answer: connection refused"):
        ways(service(port, tls.of_file(made[0])))[way]()


@pytest.mark.parametrize("way", range(6))
@pytest.mark.parametrize("said", [b"", b"\x15\x03\x03\0\x02\x02\x28", b"SSH-2.0-x\r\n", b"\x16\x03\x03"])
def test_who_breaks_off_in_the_greeting_is_no_box(made, way, said):
    """As a box does that is being stopped; and as other programs do."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet():
            with listener.accept()[0] as connected:
                connected.recv(65536)
                connected.sendall(said)

        greeting = threading.Thread(target=greet)
        greeting.start()
        with pytest.raises((errors.ServiceUnreachable, errors.BoxNotTrusted)) as refused:
            ways(service(listener.getsockname()[1], tls.of_file(made[0])))[way]()
        greeting.join(20)
    if not said:
        assert isinstance(refused.value, errors.ServiceUnreachable)


DIGITS = "0d13b256268907314669da944d5045902c6701420c951660e4d42b610d704c16"


@pytest.mark.parametrize(
    "text",
    [
        DIGITS,
        DIGITS.upper(),
        f" {DIGITS}\n",
        f"SHA256:{DIGITS}",
        "sha256 Fingerprint=" + ":".join(DIGITS[at : at + 2].upper() for at in range(0, 64, 2)),
    ],
)
def test_a_fingerprint_as_others_write_it(text):
    assert tls.normal(text) == DIGITS


@pytest.mark.parametrize("text", ["", "x", DIGITS[:-1], DIGITS + "0", "g" * 64, "sha256:", "=", ":" * 64, "٣" * 64])
def test_what_is_no_fingerprint(text):
    with pytest.raises(errors.UsageError, match="is no SHA-256 fingerprint"):
        tls.normal(text)


def test_the_fingerprint_is_of_the_first_certificate_of_a_chain(made, tmp_path):
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"a comment\n" + made[1].read_bytes() + made[0].read_bytes())
    assert tls.of_file(chain) == tls.of_file(made[1])


def test_it_is_the_fingerprint_that_others_see(made):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    assert (
        tls.of_file(made[0]) == x509.load_pem_x509_certificate(made[0].read_bytes()).fingerprint(hashes.SHA256()).hex()
    )


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nAA"])
def test_files_that_hold_no_certificate(made, tmp_path, content):
    bad = tmp_path / "bad.pem"
    bad.write_bytes(content)
    with pytest.raises(errors.UsageError, match=r"no certificate can be read from .*bad\.pem"):
        tls.check(bad, made[0])
    with pytest.raises(errors.UsageError, match=r"cannot be used for TLS"):
        tls.check(made[0], bad)


def test_a_key_that_does_not_belong(made, tmp_path):
    with pytest.raises(errors.UsageError, match=r"cannot be used for TLS"):
        tls.check(*made)
    with pytest.raises(errors.UsageError, match="No such file"):
        tls.check(tmp_path / "none.pem", made[0])


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(made, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(made[0].read_bytes().partition(b"-----END CERTIFICATE-----\n")[2], None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(errors.UsageError, match="cannot be used for TLS"):
        tls.check(made[0], locked)
