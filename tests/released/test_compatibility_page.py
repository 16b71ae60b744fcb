"""The page on released clients is held to facts: it misses nothing, invents nothing, and what it shows is so."""

import re
from pathlib import Path

import pytest
from releasedclient import Client
from releasedpage import COMMANDS, PAGE, STATES, blocks, command_rows, endpoint_rows, open_endpoints, said_rows, script

from lager import releasedpaths

BENCH = None  # the default one
PORTS = {"5000": releasedpaths.RUNNER, "8080": releasedpaths.HARDWARE, "9000": releasedpaths.HTTP}
PLAIN = re.compile(r"\x1b\[[0-9;]*m")


def test_every_command_has_one_row():
    named = [name for row in command_rows() for name in row.names]
    assert sorted(named) == sorted(set(named))
    assert sorted(set(COMMANDS) - set(named)) == []


def test_every_open_endpoint_has_one_row_and_every_row_is_of_one():
    named = [name for row in endpoint_rows() for name in row.names]
    assert sorted(named) == sorted(set(named))
    assert sorted(named) == sorted(open_endpoints(PORTS))


def test_what_is_not_as_it_was_has_a_note():
    for row in [*command_rows(), *endpoint_rows()]:
        assert set(row.states) <= STATES, row
        assert row.notes or not {"better", "not served"} & set(row.states), row


def test_four_lines(box, client):
    """The block of the laptop, typed as it stands there, at the address of this box."""
    (client.home / ".lager").unlink()
    client.file("rail.py", script())
    for command, shown in blocks("on the laptop"):
        done = client.run(*command.replace("127.0.0.2", box.address).split()[1:])
        expected = re.escape(shown.replace("127.0.0.2", box.address)).replace(r"\.\.\.", r"(?:.|\n)*?")
        printed = PLAIN.sub("", done.stdout + done.stderr).strip()
        assert re.fullmatch(expected, printed), f"{command}\n{printed}"
        assert done.returncode == 0


def test_what_the_box_says_at_its_start(box):
    ((_, shown),) = blocks("on the box")
    assert box.said.startswith(shown.partition("\n")[0].replace("127.0.0.2", box.address))


@pytest.fixture(scope="module")
def clients(box, tmp_path_factory):
    known = {version: Client(version, tmp_path_factory.mktemp("at") / version, box) for version in ("0.21.0", "0.55.0")}
    for one in known.values():
        one.file("t.py", "print('hello')\n")
    yield known
    for one in known.values():
        one.close()


@pytest.mark.parametrize("row", said_rows(), ids=lambda row: f"{row.typed}-{row.client}")
def test_what_is_not_served_is_said_so(clients, row):
    done = clients[row.client].run(*row.typed.split(), "--box", "bench")
    said = PLAIN.sub("", done.stdout + done.stderr)
    assert row.says in said.replace("`", "'")  # the page has it in backquotes
    assert "Traceback" not in said
    assert (done.returncode == 0) == row.typed.startswith(("python", "usb")), done


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).is_file(), target
