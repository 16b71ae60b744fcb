"""Live connections that cannot be made: each kind of failure, met on real sockets, is two lines that say which."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import errors
from lager.client import Service
from lager_cli import livelink
from lager_cli.livefailure import Probe, action, failure
from lager_cli.livelink import LiveLink


def failing(port, host="127.0.0.1", box="bench1", fingerprint=""):
    """Connect to what is no healthy box; what is said of it."""

    async def connect():
        link = LiveLink(Service(box, host, port, "token", fingerprint=fingerprint), "/supply", [], lambda *_: None)
        await link.open()

    with pytest.raises(errors.LagerError) as caught:
        asyncio.run(connect())
    return caught.value


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_nobody_listens():
    port = closed_port()
    said = failing(port)
    assert isinstance(said, errors.ServiceUnreachable)
    assert said.what == (
        f"WebSocket connection to 127.0.0.1:{port} failed (Connection refused).\n"
        f"Action: cannot reach 127.0.0.1:{port}: nothing listens there. "
        "See that the box is on and its service runs: `lager ssh --box bench1 -- systemctl status lager-box`."
    )


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr(livelink, "CONNECT_WITHIN", 0.2)
    monkeypatch.setattr(livelink, "PROBE_WITHIN", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert failing(port).what == (
            f"WebSocket connection to 127.0.0.1:{port} failed (no answer in 0.2 s).\n"
            f"Action: timed out reaching 127.0.0.1:{port}. Check the network (VPN, Tailscale) between here and the "
            "box, and try `lager hello --box bench1`."
        )


def test_a_box_that_is_up_only_in_part():
    def broken(*_):
        raise errors.Defect("it is broken")

    with answering(broken) as port:
        assert failing(port).what == (
            f"WebSocket connection to 127.0.0.1:{port} failed (HTTP status 500).\n"
            "Action: box responded HTTP 500 on /health: its services are up only in part, or something else listens "
            "there. Restart its service: `lager ssh --box bench1 -- sudo systemctl restart lager-box`, and try again."
        )


def test_a_healthy_box_without_live_monitors():
    def healthy(_verb, path, _body):
        if not path.startswith("/health"):
            raise errors.UsageError("not served here")
        return {"status": "healthy"}

    with answering(healthy) as port:
        assert failing(port).what == (
            f"WebSocket connection to 127.0.0.1:{port} failed (HTTP status 400).\n"
            f"Action: box is reachable on :{port} but the WebSocket handshake failed: its services are up, but no live "
            "session started. It may run an older Lager without live monitors: `lager update --box bench1` updates "
            "it."
        )


def test_a_refused_token_is_no_connection_failure():
    def refusing(*_):
        raise errors.TokenRefused("the box refused this token", "take the right one")

    with answering(refusing) as port:
        said = failing(port)
    assert (type(said), said.what) == (errors.TokenRefused, "the box refused this token")


def test_a_box_without_tls_where_one_with_it_is_known():
    with answering(lambda *_: {"status": "healthy"}) as port:
        said = failing(port, fingerprint="ab" * 32)
    assert isinstance(said, errors.BoxNotTrusted)
    assert "does not speak TLS" in said.what


def test_a_name_that_is_none():
    said = failing(9000, host="nowhere.invalid")
    assert said.what.startswith("WebSocket connection to nowhere.invalid:9000 failed (")
    assert "\nAction: cannot reach nowhere.invalid:9000" in said.what


@pytest.mark.parametrize(
    ("probe", "begins"),
    [
        (Probe(status=200), "box is reachable on :9000 but the WebSocket handshake failed"),
        (Probe(status=404), "box responded HTTP 404 on /health"),
        (Probe(status=503), "box responded HTTP 503 on /health"),
        (Probe(timed_out=True), "timed out reaching 10.0.0.7:9000."),
        (Probe(refused=True), "cannot reach 10.0.0.7:9000"),
        (Probe(error="odd"), "HTTP probe to 10.0.0.7:9000 errored (odd)."),
        (Probe(), "HTTP probe to 10.0.0.7:9000 errored (no more is known)."),
    ],
)
def test_each_case_has_words_of_its_own(probe, begins):
    assert action("10.0.0.7:9000", "lab", probe).startswith(begins)


def test_what_is_not_known_is_left_out():
    assert failure("[::1]:9000", "", "", Probe(status=200)).what.startswith(
        "WebSocket connection to [::1]:9000 failed.\n"
    )
    assert "monitors: `lager update --box 'my box'` up" in failure("1.2.3.4:9000", "my box", "", Probe(status=200)).what
    assert "monitors: `lager box stop`;" in failure("1.2.3.4:9000", "", "", Probe(status=200)).what
    assert "--box 'my box'" in failure("1.2.3.4:9000", "my box", "", Probe(timed_out=True)).what
    assert "runs: `lager box status`." in failure("1.2.3.4:9000", "", "", Probe(refused=True)).what
    assert "service: `lager box stop --force`, and" in failure("1.2.3.4:9000", "", "", Probe(status=500)).what
    assert "`lager hello`" in failure("1.2.3.4:9000", "", "", Probe(timed_out=True)).what
