"""Box and command line of different age: said once, with no request of its own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import __version__, wire
from lager_cli import versions

OLDER = (
    "\n[warning] Box lab is on lager 0.1.7; CLI is on 0.3.0.\n"
    "          Some commands may behave unexpectedly. To update the box:\n"
    "          lager update --box lab\n"
)


@pytest.mark.parametrize(
    ("box", "ours"),
    [("0.3.0", "0.3.0"), ("0.3.9", "0.3.0"), ("0.3", "0.3.1"), ("", "0.3.0"), ("x", "0.3.0"), ("0.1\x1b[2J", "0.3.0")],
)
def test_what_goes_together_or_cannot_be_read_is_not_spoken_of(box, ours):
    assert versions.warning("lab", box, ours) == ""


@pytest.mark.parametrize(("box", "ours"), [("0.1.7", "0.3.0"), ("0.9.0", "1.0.0"), ("0.2.0rc1", "0.3.0")])
def test_an_older_box(box, ours):
    assert versions.warning("lab", box, ours) == OLDER.replace("0.1.7", box).replace("0.3.0", ours)


def test_a_newer_box():
    assert versions.warning("lab", "0.4.0", "0.3.0") == (
        "\n[warning] Box lab is on lager 0.4.0; CLI is on 0.3.0.\n"
        "          Some commands may behave unexpectedly. To update this machine:\n"
        "          install lager 0.4.0 here, as the box lab has it\n"
    )


def test_the_private_box_is_started_anew():
    assert "lager box stop; the next command starts a new one" in versions.warning("local", "0.1.0", "0.3.0")


@pytest.fixture
def box(cli, monkeypatch):
    """A box of another age, which counts what it is asked; each test is as a process of its own."""
    monkeypatch.setattr(versions, "_warned", set())
    asked = []

    def answer(verb, path, _):
        asked.append((verb, path))
        if path != "/box":
            return []
        ports = {"runner": port, "hardware": port, "http": port}
        return wire.BoxInfo(host="127.0.0.1", bench="sim", version="", pid=1, embedded=False, started=0.0, **ports)

    with answering(answer, headers={"Lager-Version": "99.1.0"}) as port:
        cli("boxes", "add", "--name", "lab", "--ip", f"127.0.0.1:{port}", "--token", "t", "--yes")
        asked.clear()
        yield asked


def test_it_is_said_once_with_any_answer_and_costs_no_request(cli, box):
    done = cli("nets", "--box", "lab", "--json")
    assert (done.status, done.out) == (0, "[]\n")
    assert done.err.startswith(f"\n[warning] Box lab is on lager 99.1.0; CLI is on {__version__}.\n")
    assert done.err.count("[warning]") == 1, "two answers came"
    assert [path for _, path in box] == ["/box", "/nets/list"]
    assert cli("nets", "--box", "lab").err == "", "once in a process"


@pytest.mark.usefixtures("box")
def test_the_list_of_boxes_says_it_by_itself(cli):
    assert cli("boxes", "list").err == ""
