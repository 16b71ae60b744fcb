"""Asking before something is done: at a terminal, and before any box is asked."""

import os
import sys
from pathlib import Path

import click
import pytest
from terminal import Terminal

from lager_cli.app import run
from lager_cli.confirming import confirm

LAGER = str(Path(sys.executable).with_name("lager"))
NOWHERE = ["--box", "127.0.0.1:1"]


@pytest.fixture
def sitting(folder):
    opened = []

    def start(*words):
        opened.append(Terminal([LAGER, *words, *NOWHERE], folder, os.environ | {"TERM": "xterm"}))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["supply", "s", "voltage", "3300mV"], r"Set voltage to 3\.3 V\? \[y/N\]: "),
        (["supply", "s", "current", "0.5"], r"Set current to 0\.5 A\? \[y/N\]: "),
        (["eload", "l", "enable"], r"Enable Net\? \[y/N\]: "),
    ],
)
def test_no_is_no_and_no_box_was_asked(sitting, words, question):
    one = sitting(*words)
    one.expect(question)
    one.type("\n")
    one.expect("^Aborting$")
    assert one.wait() == 0


def test_a_closed_terminal_is_no_answer(sitting):
    one = sitting("battery", "b", "enable")
    one.expect(r"Enable Net\? \[y/N\]: ")
    one.type("\x04")
    one.expect("Aborted!$")
    assert one.wait() == 1


def test_ctrl_c_ends_it_as_everywhere(sitting):
    one = sitting("supply", "s", "enable")
    one.expect(r"Enable Net\? \[y/N\]: ")
    one.type("\x03")
    one.expect("Aborted!$")
    assert one.wait() == 130


def test_yes_goes_on_to_the_box(sitting):
    one = sitting("supply", "s", "enable")
    one.expect(r"Enable Net\? \[y/N\]: ")
    one.type("y\n")
    one.expect("^Error: ")
    assert one.wait() == 5


@pytest.mark.parametrize(
    "words",
    [
        ["supply", "s", "disable"],
        ["battery", "b", "disable"],
        ["eload", "l", "disable"],
        ["supply", "s", "enable", "--yes"],
        ["supply", "s", "voltage"],
        ["dac", "d", "1"],
        ["gpo", "g", "high"],
    ],
)
def test_what_is_safe_or_agreed_to_is_not_asked(sitting, words):
    one = sitting(*words)
    one.expect("^Error: ")
    assert one.wait() == 5
    assert "[y/N]" not in one.text


@pytest.mark.parametrize(("words", "status"), [([], 2), (["--yes"], 0)])
def test_what_cannot_be_had_back_wants_yes_where_nobody_is_there(capsys, words, status):
    @click.command()
    @click.option("--yes", is_flag=True)
    def wipe(yes):
        confirm("Delete all nets?", yes, destructive=True)
        click.echo("done")

    assert run(wipe, words) == status
    out, err = capsys.readouterr()
    assert out == ("" if status else "done\n")
    said = "Error: Delete all nets? Nobody is here to answer: say --yes if it is to be done."
    assert err.splitlines()[-1:] == ([said] if status else [])
