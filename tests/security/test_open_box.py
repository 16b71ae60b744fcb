"""A box that serves released clients: what is open to whoever has no token, on the real ports."""

import http.client
import json
import re
import socket
import subprocess
import urllib.request

import psutil
import pytest
import surface
from ownserved import LAGER, PATIENCE
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from lager import __version__, releasedpaths

OPTIONS = ["--allow-legacy-clients"]
TABLES = {"runner": releasedpaths.RUNNER, "hardware": releasedpaths.HARDWARE, "http": releasedpaths.HTTP}


def ask(served, port, method, path, headers=(), body=None):
    """Ask as a client that knows no token; gives the status and the body."""
    number = getattr(served.info, port)
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=PATIENCE)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def closed(served):
    """Give what is asked for with the token only."""
    for endpoint in surface.endpoints():
        path = re.sub(r"\{\w+(:\w+)?\}", "x", endpoint.path)
        for method in endpoint.methods or ("WEBSOCKET",):
            if not TABLES[endpoint.port].fullmatch(f"{method} {path}"):
                yield endpoint.port, method, path


def test_all_of_its_own_keeps_its_token(served):
    asked = list(closed(served))
    assert ("runner", "PUT", "/runs/x") in asked
    assert ("http", "POST", "/nets/change") in asked
    assert ("runner", "WEBSOCKET", "/runs/x/console") in asked
    for port, method, path in asked:
        if method == "WEBSOCKET":
            url = f"ws://127.0.0.1:{getattr(served.info, port)}{path}"
            with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None, open_timeout=PATIENCE):
                raise AssertionError(f"let in at {path}")
            assert refused.value.response.status_code == 401, path
        else:
            assert ask(served, port, method, path)[0] == 401, (method, path)


def test_what_is_open_is_open_to_nobody_with_a_wrong_token_and_to_no_page(served):
    for port, path in (("runner", "/hello"), ("hardware", "/health"), ("http", "/status")):
        assert ask(served, port, "GET", path)[0] == 200
        for header in (
            ("Authorization", "Bearer wrong"),
            ("Origin", "http://evil.example"),
            ("Host", "evil.example"),
            ("Sec-Fetch-Site", "cross-site"),
        ):
            assert ask(served, port, "GET", path, [header])[0] == 401, (path, header)


def test_a_page_that_gets_in_cannot_read_what_it_is_told(served):
    """Any page may load a script from anywhere, and Socket.IO would write one."""
    for path in ("/nets/list", "/socket.io/?EIO=4&transport=polling&j=0"):
        with urllib.request.urlopen(f"http://127.0.0.1:{served.info.http}{path}", timeout=PATIENCE) as answer:
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_whoever_has_the_token_finds_the_same_and_is_told_our_version(served):
    known = [("Authorization", f"Bearer {served.token}")]
    for port, path in (("runner", "/status"), ("http", "/status"), ("runner", "/cli-version")):
        given, told = (json.loads(ask(served, port, "GET", path, headers)[1]) for headers in ((), known))
        field = "version" if path == "/status" else "box_version"
        assert (given[field], given["updater_version"], told[field]) == ("0.55.0", __version__, __version__)
    assert json.loads(ask(served, "runner", "GET", "/cli-version")[1])["raw"] == f"0.55.0|{__version__}"


def test_the_screen_says_what_is_open(served):
    assert (
        "WARNING: --allow-legacy-clients: released clients need no token, so any user of this machine who reaches "
        "these ports runs programs as you, sees and stops all runs, and sets the instruments.\n"
        "Released clients have to know it by an IP address: one that knows it by a name gets `HTTP 401`.\n"
        f"They ask on fixed ports only, and this box listens on {served.info.runner} instead of 5000, "
        f"{served.info.hardware} instead of 8080, {served.info.http} instead of 9000.\n"
    ) in served.said
    assert "  open:              to released clients, without a token\n" in served.lager("box", "status").stdout
    assert served.info.released


def test_doctor_warns_of_it(served):
    told = json.loads(served.lager("doctor", "--json", "--box", "local").stdout)
    text = json.dumps(told)
    assert "released clients need no token (--allow-legacy-clients): whoever uses its machine can run programs" in text


@pytest.mark.parametrize(("module", "port"), [("lager_runner", "runner"), ("lager_hwservice", "http")])
def test_a_service_that_is_started_again_is_as_open_as_before(served, module, port):
    box = psutil.Process(served.info.pid)
    dying = next(one for one in box.children() if module in one.cmdline())
    dying.kill()
    psutil.wait_procs([dying], timeout=PATIENCE)

    def answers():
        try:
            return ask(served, port, "GET", "/hello")[0]
        except OSError:
            return None

    assert served.until(answers) == 200
    assert ask(served, port, "GET", "/selfcheck" if port == "http" else "/runs")[0] == 401


REFUSALS = [
    (["--bind", "192.0.2.1", "--allow-legacy-clients"], "whoever reaches the ports of this box runs programs as you"),
    (["--bind", "0.0.0.0", "--allow-legacy-clients"], "say --allow-legacy-clients twice"),
    (["--bind", "0.0.0.0", *["--allow-legacy-clients"] * 2, "--legacy-console"], "is for loopback addresses only"),
    (["--allow-legacy-clients", "--tls"], "released clients speak no TLS"),
    (["--legacy-console"], "add --allow-legacy-clients"),
]


@pytest.mark.parametrize(("words", "why"), REFUSALS)
def test_what_would_open_more_than_was_said_is_refused_before_anything_starts(tmp_path, words, why):
    home = {"HOME": str(tmp_path), "LAGER_STATE_DIR": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([LAGER, "box", "serve", *words], env=home, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in " ".join(done.stderr.split())
    assert "\nTry: " in done.stderr


def test_said_twice_it_may_be_any_address_that_this_machine_has_not(tmp_path):
    """It is the address that is refused then: an address that is free would open the box to a network."""
    home = {"HOME": str(tmp_path), "LAGER_STATE_DIR": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    words = ["--bind", "192.0.2.1", *["--allow-legacy-clients"] * 2]
    done = subprocess.run([LAGER, "box", "serve", *words], env=home, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "cannot listen on port 5000 of 192.0.2.1" in done.stderr


def test_a_request_that_is_cut_off_keeps_nobody_else_out(served):
    with socket.create_connection(("127.0.0.1", served.info.runner), PATIENCE) as connection:
        head = b"POST /python HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        connection.sendall(head + b"Content-Length: 1000\r\n\r\n--B\r\n")
        assert ask(served, "runner", "GET", "/hello")[0] == 200
    assert ask(served, "runner", "GET", "/hello")[0] == 200
