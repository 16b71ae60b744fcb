"""`lager box serve --allow-legacy-clients`: what it may be given with, and what is said of it."""

import re
from pathlib import Path

import pytest

from lager import errors, wire
from lager.releasedpaths import OPTION
from lager_cli.box import releasedclients, securing

INFO = {"bench": "sim", "version": "0.1.0", "pid": 1, "embedded": False, "started": 0.0}


@pytest.mark.parametrize(
    ("host", "times", "consoles"),
    [
        ("127.0.0.1", 0, False), ("0.0.0.0", 0, False), ("127.0.0.1", 1, False), ("127.9.8.7", 1, True),
        ("::1", 1, True), ("::1", 2, True), ("0.0.0.0", 2, False), ("::", 2, False), ("192.168.1.7", 3, False),
    ],
)  # fmt: skip
def test_what_may_be(host, times, consoles):
    releasedclients.check(host, times, consoles, secured=False)


@pytest.mark.parametrize(
    ("host", "times", "consoles", "secured", "why"),
    [
        ("0.0.0.0", 1, False, False, "whoever reaches the ports"), ("::", 1, False, False, "say .* twice"),
        ("192.168.1.7", 2, True, False, "loopback addresses only"), ("127.0.0.1", 0, True, False, "does not serve"),
        ("127.0.0.1", 1, False, True, "speak no TLS"), ("0.0.0.0", 2, False, True, "speak no TLS"),
    ],
)  # fmt: skip
def test_what_may_not_is_refused_with_the_reason_and_a_way_out(host, times, consoles, secured, why):
    with pytest.raises(errors.UsageError, match=f"(?s){why}") as refused:
        releasedclients.check(host, times, consoles, secured)
    assert refused.value.hint


def test_a_box_that_is_open_to_a_network_says_to_whom():
    info = wire.BoxInfo(host="0.0.0.0", runner=5000, hardware=8080, http=9000, released=True, **INFO)
    warning, address = releasedclients.words(info, consoles=False)
    assert "anybody on the network who reaches these ports runs programs as you" in warning
    assert address == "Released clients have to know it by an IP address: one that knows it by a name gets `HTTP 401`."


def test_it_does_not_say_that_they_need_the_token():
    info = wire.BoxInfo(host="0.0.0.0", runner=5000, hardware=8080, http=9000, released=True, **INFO)
    first, clear = securing.words(info)
    assert first == "It is open to the network. Elsewhere: `lager boxes add --name NAME --ip IP --token TOKEN`."
    assert clear.startswith("WARNING: all of it crosses that network in the clear")


def test_a_box_that_is_not_open_says_nothing():
    info = wire.BoxInfo(host="127.0.0.1", runner=1, hardware=2, http=3, **INFO)
    assert list(releasedclients.words(info, consoles=False)) == []


def test_consoles_over_plain_tcp_are_said_as_well():
    info = wire.BoxInfo(host="127.0.0.1", runner=5000, hardware=8080, http=9000, released=True, **INFO)
    _, console, _ = releasedclients.words(info, consoles=True)
    assert console.startswith("--legacy-console: while a script is paused with interactive=True, ")


def test_the_page_says_what_takes_the_place_of_tls_in_the_unit_that_ships():
    root = Path(__file__).parents[2]
    unit = (root / "lager/shipped/lager-box.service").read_text()
    (usual,) = re.findall(r"^Environment=LAGER_BOX_OPTIONS=(.+)$", unit, re.MULTILINE)
    (start,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    (line,) = re.findall(r"'LAGER_BOX_OPTIONS=(.+?)'", (root / "docs/box.md").read_text())
    assert (usual, line) == ("--tls", f"{OPTION} {OPTION}")
    assert "$LAGER_BOX_OPTIONS" in start.split()  # as a word of its own and without braces, so that it is split
    assert "--tls" not in start.split()
    assert unit.index("EnvironmentFile=") > unit.index("LAGER_BOX_OPTIONS=")
