"""Nothing that comes from a project's file, from a box, or from the working directory runs anything on the laptop."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lager import errors
from lager_cli.config import is_host
from lager_cli.machine import choosing, pipping, removing
from lager_cli.machine.root import Root
from lager_cli.machine.ssh import Done, Link, harmless
from lager_cli.machine.steps import Steps, carried
from lager_cli.machine.target import Target


@pytest.mark.parametrize("command", ["ssh", "update", "uninstall --yes"])
def test_a_box_of_a_project_is_no_option_of_ssh(cli, folder, command):
    box = {"bench": {"ip": "-oProxyCommand=touch pwned"}}
    (folder / "work" / ".lager").write_text(json.dumps({"BOXES": box}))
    said = cli(*command.split(), "--box", "bench")
    assert (said.status, said.err) == (
        2,
        "Error: '-oProxyCommand=touch pwned' is no address.\n"
        "Try: mend its `ip` in your .lager, or in that of this project.\n",
    )
    assert not (folder / "work" / "pwned").exists()


@pytest.mark.parametrize("user", ["-oX=y", "a b", "a;b", "a|b", "$(id)", "`id`", "a\nb", "a&b", "a>b", " "])
def test_a_user_of_a_project_is_none_either(user):
    with pytest.raises(errors.UsageError, match="no user can be called"):
        choosing.target("10.0.0.7", user, None, None)


@pytest.mark.parametrize("host", ["fe80::1%$(id)", "fe80::1%;id", "fe80::1%a b", "fe80::1%\n", "fe80::1%", "-x", ""])
def test_what_only_looks_like_an_address(host):
    assert not is_host(host)
    assert is_host("fe80::1%eth0.5")


@pytest.mark.parametrize("address", ["10.0.0.7:²", "10.0.0.7:0", "10.0.0.7:99999", "fe80::1%\nX"])
def test_an_address_that_is_none_is_said(cli, address):
    said = cli("install", "--ip", address)
    assert said.status == 2
    assert said.err.startswith("Error: ")
    assert "defect" not in said.err


def test_a_box_of_a_project_that_is_removed_does_not_take_along_one_of_that_name(folder):
    mine = {"bench": {"ip": "10.0.0.7", "token": "mine"}, "same": {"ip": "10.0.0.9"}}
    (folder / ".lager").write_text(json.dumps({"BOXES": mine}))
    assert removing.forget(Target("10.0.0.9"), "bench") == ["same"]
    assert removing.forget(Target("10.0.0.7", port=2222), "bench") == ["bench"]
    assert json.loads((folder / ".lager").read_text())["BOXES"] == {}


def test_an_address_to_listen_on_brings_no_line_of_its_own():
    assert choosing.bound("fe80::1%eth0") == "fe80::1%eth0"
    with pytest.raises(errors.UsageError, match="is no IP address"):
        choosing.bound("fe80::1%\nLD_PRELOAD=x")


# The box's words ------------------------------------------------------------------------------------------------------


def test_a_terminal_does_nothing_of_what_a_machine_says():
    assert harmless("\x1b]0;you\x07\r\na\tb\x9b2J\x00") == "\\x1b]0;you\\x07\na\tb\\x9b2J\\x00"


class _Machine(Root):
    """A machine that answers what it is told to, and keeps what it is asked."""

    def __init__(self, *lines):
        super().__init__(Link(Target("10.0.0.7"), Path("/nowhere")))
        self.lines, self.asked = lines, []

    def run(self, command, sent=None, heard=None):
        self.asked.append((command, sent.read() if sent else b""))
        for line in self.lines if heard else ():
            heard(line)
        return Done(0, "/tmp/lager-setup.x\n", "")


def test_what_a_step_says_is_harmless_wherever_it_stands():
    machine = _Machine(json.dumps({"done": {"why": "\x1b[2J", "runs": [{"name": "\x07"}], "count": 7}}))
    done = Steps(machine, "/usr/bin/python3", "/tmp/x").do("status")
    assert done == {"why": "\\x1b[2J", "runs": [{"name": "\\x07"}], "count": 7}
    machine.lines = (json.dumps({"failed": {"what": "\x1b[2J", "hint": "\x9b"}}),)
    with pytest.raises(errors.SetupFailed) as told:
        Steps(machine, "/usr/bin/python3", "/tmp/x").do("status")
    assert (told.value.what, told.value.hint) == ("\\x1b[2J", "\\x9b")


def test_what_root_runs_is_written_by_root_and_each_word_is_one():
    machine = _Machine(json.dumps({"done": {}}))
    with carried(machine, "/opt/a b;id/python3") as steps:
        steps.do("have", name="'$(id)'")
    commands = [command for command, _ in machine.asked]
    assert "cat >" in commands[0], "by root, and not by who logs in: who may change it would be root"
    assert machine.asked[0][1].startswith(b"PK")
    assert commands[1] == (
        "'/opt/a b;id/python3' -I /tmp/lager-setup.x/onbox.pyz have " + """'{"name": "'"'"'$(id)'"'"'"}'"""
    )
    assert commands[2] == "rm -rf /tmp/lager-setup.x"


def test_a_box_gets_no_key_and_no_port_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("LAGER_SSH", "ssh -F none")
    words = Link(Target("10.0.0.7"), tmp_path)._words
    for word in ("ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes"):
        assert word in words


# The working directory ------------------------------------------------------------------------------------------------


def test_a_pip_of_the_working_directory_is_not_run(tmp_path):
    for name in ("pip", "json", "typing", "secrets"):
        (tmp_path / f"{name}.py").write_text(f"print('{name} of the working directory')\n")
    done = subprocess.run([*pipping.pip(), "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pip ")
    assert "working directory" not in done.stdout
    assert pipping.pip()[0] == sys.executable
    assert os.path.isabs(pipping.pip()[1])
