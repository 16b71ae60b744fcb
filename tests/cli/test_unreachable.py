"""The four ways in which a box does not answer, each by its real fault, and each with its own sentence."""

import contextlib
import socket

import pytest

from lager import client, errors, unreachable


@contextlib.contextmanager
def silent_port():
    """Listen with no room left: who dials is not answered, as behind a firewall that drops all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as callers:
        for _ in range(8):
            caller = callers.enter_context(socket.socket())
            caller.settimeout(0.3)
            try:
                caller.connect(server.getsockname())
            except TimeoutError:
                break
        yield server.getsockname()[1]


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr(client, "_CONNECT_TIMEOUT", 0.25)


def test_nobody_listens(cli):
    done = cli("nets", "--box", "127.0.0.1:1")
    assert (done.status, done.out, done.err) == (
        5,
        "",
        "Error: the box at 127.0.0.1:1 does not answer: connection refused.\n"
        "Try: see that the box is on and its service runs there (`lager box serve`, or systemd's lager-box).\n",
    )


def test_a_name_nobody_knows(cli):
    cli("boxes", "add", "--name", "lab", "--ip", "nosuch.invalid", "--token", "t")
    done = cli("nets", "--box", "lab")
    assert (done.status, done.err) == (
        5,
        "Error: the box lab at nosuch.invalid:9000 does not answer: its name or address cannot be resolved.\n"
        "Try: see that nosuch.invalid is spelt right (`lager boxes`), and that the VPN or network whose names it is "
        "among is on; an IP address needs no name.\n",
    )


@pytest.mark.usefixtures("_impatient")
def test_no_answer_at_all(cli):
    with silent_port() as port:
        done = cli("nets", "--box", f"127.0.0.1:{port}")
    assert (done.status, done.err) == (
        5,
        f"Error: the box at 127.0.0.1:{port} does not answer: no answer in 0.25 s.\n"
        "Try: see that the box is on and that this machine is on its network or VPN (`ping 127.0.0.1`); "
        f"a firewall that drops port {port} looks the same.\n",
    )
    assert "wedged" not in done.err, "a network that is silent is no instrument that is"


def test_no_way_there(cli, monkeypatch):
    monkeypatch.setenv("LAGER_TOKEN", "t")
    done = cli("nets", "--box", "255.255.255.255")  # all of them at once: that is no way to one
    assert (done.status, done.err) == (
        5,
        "Error: the box at 255.255.255.255:9000 does not answer: there is no route to it.\n"
        "Try: see that this machine is on the box's network, or that the VPN to it is on "
        "(`ip route get 255.255.255.255`).\n",
    )


def test_the_system_s_own_words_are_shown_on_demand(cli):
    done = cli("nets", "--box", "127.0.0.1:1", "--debug")
    assert done.err.endswith("\n--- raw error ---\nConnectionRefusedError: [Errno 111] Connection refused\n")
    assert "Traceback" in done.err
    assert "Traceback" not in cli("nets", "--box", "127.0.0.1:1").err, "--debug is for one command line"


def test_what_is_behind_it_can_be_told_apart():
    with pytest.raises(errors.ServiceUnreachable) as caught:
        client.Service("", "127.0.0.1", 1, "t").get("/box", object)
    assert unreachable.why(caught.value.__cause__) is unreachable.Why.REFUSED
    assert caught.value.number == 0, "numbers are for instruments"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(113, "No route to host"), unreachable.Why.NO_ROUTE),
        (OSError(110, "Connection timed out"), unreachable.Why.TIMED_OUT),
        (OSError(101, "words that say: timed out"), unreachable.Why.NO_ROUTE),
        (OSError(22, "timed out"), unreachable.Why.OTHER),
    ],
)
def test_numbers_count_and_words_do_not(error, reason):
    assert unreachable.why(error) is reason
