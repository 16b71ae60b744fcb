"""Whether a box is well, as its machine asks: a real server with a certificate, and what is made of the answers."""

import contextlib
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lager import errors, shipped, tls, tlscertificate
from lager_cli.machine.onbox import configuration, health, keeping, liveruns, service, standing
from lager_cli.machine.onbox.health import Health
from lager_cli.machine.onbox.places import Places

NAME = "0.2.0-0123abcd"
WELL = Health(version="0.2.0", pid=5, name=NAME)


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Authorization"], self.headers["Host"]))
        status, body = self.server.answers.get(self.path, (404, {}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAGER_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        return tlscertificate.own()


@contextlib.contextmanager
def answering(serving):
    serving.asked, serving.answers = [], {}
    thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
    thread.start()
    yield serving
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def server(certificate):
    serving = HTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    serving.socket = context.wrap_socket(serving.socket, server_side=True)
    with answering(serving):
        yield serving


@pytest.fixture
def open_server():
    """A box that serves released clients, and so speaks no TLS."""
    with answering(HTTPServer(("127.0.0.1", 0), Answers)) as serving:
        yield serving


@pytest.fixture
def places(tmp_path, server, certificate):
    there = Places(tmp_path)
    keeping.write(there.config, f"LAGER_BOX_BIND=0.0.0.0\nLAGER_BOX_PORT={server.server_port}\n".encode())
    keeping.write(there.state / "token", b"secret\n")
    keeping.write(there.state / "tls.pem", certificate.read_bytes())
    return there


def test_the_box_is_asked_as_its_clients_ask(places, server):
    server.answers["/box"] = 200, {"version": "0.2.0"}
    assert health.ask(places, "runner", "/box") == {"version": "0.2.0"}
    assert server.asked == [("/box", "Bearer secret", "127.0.0.1")]


def test_its_fingerprint_is_that_of_its_clients(places, certificate):
    assert health.fingerprint(places) == tls.of_file(certificate)


def test_who_shows_another_certificate_is_told_nothing(places, server, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "other"))
    keeping.write(places.state / "tls.pem", tlscertificate.own().read_bytes())
    with pytest.raises(errors.LagerError, match=r"what listens on port \d+ is not this box"):
        health.ask(places, "runner", "/box")
    assert server.asked == []


def test_a_box_that_is_open_to_released_clients_is_asked_without_tls(places, open_server):
    port = open_server.server_port
    keeping.write(places.config, f"LAGER_BOX_BIND=0.0.0.0\nLAGER_BOX_PORT={port}\n".encode())
    keeping.write(places.state / "box.json", b'{"released": true}')
    open_server.answers["/box"] = 200, {"version": "0.2.0"}
    assert health.ask(places, "runner", "/box") == {"version": "0.2.0"}
    assert open_server.asked == [("/box", "Bearer secret", "127.0.0.1")]
    given = service.credentials(places, print, {})
    assert (given["token"], given["fingerprint"]) == ("secret", "")


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b"{}", b'{"released": false}', b'{"released": "yes"}'])
def test_a_box_that_says_nothing_of_that_speaks_tls(places, server, certificate, said):
    keeping.write(places.state / "box.json", said)
    server.answers["/box"] = 200, {"version": "0.2.0"}
    assert health.ask(places, "runner", "/box") == {"version": "0.2.0"}
    assert service.credentials(places, print, {})["fingerprint"] == tls.of_file(certificate)


def test_a_refusal_is_no_health(places, server):
    server.answers["/box"] = 401, {}
    with pytest.raises(errors.LagerError, match=r"/box on port \d+ answers 401"):
        health.ask(places, "runner", "/box")


def test_a_box_that_was_never_started_has_no_token(tmp_path):
    with pytest.raises(errors.LagerError, match="it has made no token and no certificate yet"):
        health.ask(Places(tmp_path), "runner", "/box")


def test_the_runs_that_live_are_those_the_box_names(places, server):
    ended = {"id": "a", "name": "x.py", "state": "finished", "ended": 1.0}
    paused = {"id": "b", "name": "y.py", "state": "paused", "ended": None}
    server.answers["/runs"] = 200, [ended, paused]
    assert liveruns.alive(places) == [{"id": "b", "name": "y.py", "state": "paused"}]


@pytest.mark.parametrize(
    ("seen", "not_pid", "why"),
    [
        (WELL, 0, ""),
        (WELL, 4, ""),
        (WELL, 5, "it was not started anew"),
        (WELL._replace(version="0.1.0"), 0, "it says it is version 0.1.0, not 0.2.0"),
        (WELL._replace(name="0.2.0-ffffffff"), 0, f"it runs from 0.2.0-ffffffff, not from {NAME}"),
        (WELL._replace(name=""), 0, f"it runs from an unknown place, not from {NAME}"),
        (WELL._replace(why="the service is failed", version=""), 0, "the service is failed"),
    ],
)
def test_it_is_well_only_as_what_was_expected(seen, not_pid, why):
    judged = health.judged(seen, NAME, not_pid)
    assert (judged.why, judged.well) == (why, not why)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ConnectionRefusedError(), "nobody listens on port 9000"),
        (TimeoutError(), "port 9000 does not answer in 5 s"),
        (ConnectionResetError(104, "Connection reset by peer"), "port 9000: [Errno 104] Connection reset by peer"),
        (errors.LagerError("it is not this box", ""), "it is not this box"),
    ],
)
def test_which_port_it_is_that_does_not_answer_is_said(failure, words):
    assert health._words(failure, 9000) == words


def test_one_that_ends_again_and_again_is_said_to():
    assert health.told("the service is activating", 3) == (
        "the box is not well: the service is activating, and ended 3 times by itself"
    )


def test_where_it_listens_is_read_as_people_write_it(places):
    places.config.write_text('# mine\nLAGER_BOX_BIND="10.0.0.7"\nLAGER_BOX_PORT=x\n')
    assert configuration.read(places) is None
    places.config.write_text('LAGER_BOX_BIND="10.0.0.7"\n')
    assert configuration.read(places) == configuration.Listening("10.0.0.7")


def test_a_version_that_is_too_old_for_one_of_the_files_is_as_it_ships(tmp_path):
    places = Places(tmp_path)
    there = places.environment(NAME) / "lib/python3.11/site-packages/lager/shipped"
    for one in (shipped.BOX_UNIT, shipped.UPDATE_UNIT):  # and no TMPFILES
        for path in (there / one.name, places[one.path]):
            keeping.write(path, one.content())
    found = standing._unit(places, NAME)
    assert (found["path"], found["same"]) == (shipped.BOX_UNIT.path, True)
    keeping.write(places[shipped.UPDATE_UNIT.path], b"changed by hand")
    assert standing._unit(places, NAME)["path"] == shipped.UPDATE_UNIT.path


def test_lines_of_others_stay_where_they_are_and_whole(places):
    keeping.write(places.config, b"LAGER_BOX_BIND=10.0.0.2\nLAGER_BOX_OPTIONS=--verbose --more")
    assert configuration.write(places, {})
    bind, options, *ports = places.config.read_text().splitlines()
    assert (bind, options) == ("LAGER_BOX_BIND=10.0.0.2", "LAGER_BOX_OPTIONS=--verbose --more")
    assert ports == ["LAGER_BOX_PORT=5000", "LAGER_BOX_HARDWARE_PORT=8080", "LAGER_BOX_HTTP_PORT=9000"]
    with places.config.open("a") as config:
        config.write("MINE=1")
    assert not configuration.write(places, {})
    assert places.config.read_text().endswith("\nMINE=1")
