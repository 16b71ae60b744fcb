"""What is said of machines before anybody goes there, and of boxes at the end."""

import io
import json
import shlex
import sys
from pathlib import Path

import pytest

from lager import errors
from lager_cli.config import Config, SavedBox
from lager_cli.machine import choosing, installing, saying
from lager_cli.machine.progress import Progress
from lager_cli.machine.target import Target
from lager_cli.machine.updating import Outcome

ALONE = "--ip wants the machine alone, and"
NAMES = "write it as it is there, such as --user pi"


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        ("--ip ''", "'' is no address", "write an IP address or a host name, such as --ip 192.168.1.7"),
        ("--ip 'a b'", "'a b' is no address", "write an IP address or a host name, such as --ip 192.168.1.7"),
        (
            "--ip -oProxyCommand=x",
            "'-oProxyCommand=x' is no address",
            "write an IP address or a host name, such as --ip 192.168.1.7",
        ),
        (
            "--ip pi@10.0.0.7",
            "--ip wants the machine alone, and 'pi@10.0.0.7' says who, too",
            "--ip 10.0.0.7 --user pi",
        ),
        (
            "--ip 10.0.0.7:22",
            "--ip wants the machine alone, and '10.0.0.7:22' has a port",
            "--ip 10.0.0.7 --ssh-port 22",
        ),
        ("--ip 10.0.0.7 --user ''", "no user can be called ''", NAMES),
        ("--ip 10.0.0.7 --user -oX=y", "no user can be called '-oX=y'", NAMES),
        ("--ip 10.0.0.7 --user 'a b'", "no user can be called 'a b'", NAMES),
        (
            "--ip 10.0.0.7 --bind everywhere",
            "--bind 'everywhere' is no IP address",
            "give one of the machine's own, or 0.0.0.0 for all it has",
        ),
        (
            "--ip 10.0.0.7 --box local",
            "a box cannot be called 'local'",
            "choose another name; `local` is your private box",
        ),
        (
            "--ip 10.0.0.7 --wheel plain.txt",
            "plain.txt is no wheel of lager: it does not have the name of one",
            "give one as it was built: lager-VERSION-py3-none-any.whl",
        ),
    ],
)
def test_an_install_that_goes_nowhere(cli, words, what, hint):
    Path("plain.txt").write_text("x")
    done = cli("install", *shlex.split(words))
    assert (done.status, done.out, done.err) == (2, "", f"Error: {what}.\nTry: {hint}.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--box-port 9000 --http-port 9000", "--box-port, --hardware-port and --http-port must differ."),
        ("--hardware-port 80", "80 is not in the range 1024<=x<=65535."),
    ],
)
def test_ports_that_no_box_can_have(cli, words, said):
    done = cli("install", "--ip", "10.0.0.7", *words.split())
    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("command", ["update", "uninstall", "ssh", "box update"])
def test_the_private_box_has_no_machine(cli, command):
    done = cli(*command.split())
    assert (done.status, done.err) == (
        2,
        "Error: your private box is part of this installation, and has no machine of its own.\n"
        "Try: name a box with --box NAME; `lager boxes` lists those you know.\n",
    )
    assert cli(*command.split(), "--box", "nix").err.startswith("Error: there is no box 'nix'")


def test_options_of_the_command_there_are_kept_apart(cli):
    assert cli("ssh", "--box", "b", "journalctl", "-u", "x").err.splitlines()[-1] == (
        "Error: No such option '-u'; one of the command there stands behind --: lager ssh -- CMD -u"
    )


def test_an_uninstall_is_never_done_unasked(cli, folder):
    (folder / ".lager").write_text('{"BOXES": {"bench7": {"ip": "10.0.0.7", "user": "pi", "ssh_port": 2222}}}')
    done = cli("uninstall", "--box", "bench7", "--data")
    assert (done.status, done.err.splitlines()[-1]) == (
        2,
        "Error: Take Lager and all its data (nets, runs, token) off bench7 (pi@10.0.0.7 port 2222)? "
        "Nobody is here to answer: say --yes if it is to be done.",
    )
    both = cli("uninstall", "--box", "bench7", "--ip", "10.0.0.7")
    assert both.err.splitlines()[-1] == "Error: --box NAME and --ip HOST exclude each other."


def test_what_is_said_goes_before_what_is_saved(tmp_path):
    saved = SavedBox("bench7", "10.0.0.7", user="pi", ssh_port=2222)
    assert choosing.of_box(saved, None, None, None) == Target("10.0.0.7", "pi", 2222)
    other = choosing.of_box(saved, "root", 22, tmp_path / "key")
    assert other.typed == f"ssh -p 22 -l root -i {tmp_path}/key 10.0.0.7"
    keyed = SavedBox("bench7", "10.0.0.7", identity=str(tmp_path / "kept"))
    assert choosing.of_box(keyed, None, None, None).identity == str(tmp_path / "kept")
    assert choosing.of_box(keyed, None, None, tmp_path / "key").identity == str(tmp_path / "key")
    assert choosing.of_box(SavedBox("x", "10.0.0.8"), None, None, None).typed == "ssh 10.0.0.8"


def test_where_ssh_listens_is_kept_of_a_box(folder, cli):
    before = {"ip": "10.0.0.7", "user": "pi", "ssh_port": 2222, "token": "t", "identity": "/k"}
    (folder / ".lager").write_text(json.dumps({"BOXES": {"b": before}}))
    assert Config().boxes["b"].ssh_port == 2222
    assert cli("boxes", "edit", "--name", "b", "--user", "root", "--yes").status == 0
    assert cli("boxes", "add", "--name", "b", "--ip", "10.0.0.7", "--yes").status == 0
    kept = json.loads((folder / ".lager").read_text())["BOXES"]["b"]
    assert (kept["ssh_port"], kept["user"], kept["token"]) == (2222, "root", "t")
    assert kept["identity"] == "/k"
    assert cli("boxes", "edit", "--name", "b", "--ssh-port", "2223", "--yes").status == 0
    exported = json.loads(cli("boxes", "export").out)["BOXES"]["b"]
    assert exported == {"ip": "10.0.0.7", "user": "root", "ssh_port": 2223}, "what another machine can use"
    (folder / ".lager").write_text('{"BOXES": {"b": {"ip": "10.0.0.7", "ssh_port": "x"}}}')
    assert "'x' in " in cli("boxes").err


MORE = {"fingerprint": "ab" * 32, "identity": "/home/me/key"}


def test_what_is_saved_of_a_new_box():
    ports = {"runner": 5000, "hardware": 8080, "http": 9000}
    given = {"token": "t", "fingerprint": "ab" * 32, "ports": ports, "version": "0.2.0"}
    saved = installing.saved_box(Target("10.0.0.7", port=22, identity="/home/me/key"), "pi", "bench7", given)
    assert saved.value == {"ip": "10.0.0.7", "user": "pi", "version": "0.2.0", "token": "t", **MORE}
    other = installing.saved_box(
        Target("10.0.0.7", "root", 2222), "pi", "b", given | {"ports": ports | {"runner": 5001}}
    )
    assert (other.user, other.ssh_port, other.port) == ("root", 2222, 5001)


@pytest.mark.parametrize("odd", [{"fingerprint": "no such"}, {"ports": {"runner": "x"}}, {"ports": {"runner": 70000}}])
def test_what_would_make_the_file_of_boxes_unreadable_is_not_saved(odd):
    given = {"token": "t", "fingerprint": "ab" * 32, "ports": {"runner": 5000}, "version": "0.2.0"}
    with pytest.raises(errors.SetupFailed, match=r"10\.0\.0\.7 gave out what no box has"):
        installing.saved_box(Target("10.0.0.7", port=22), "pi", "bench7", given | odd)


FILE = {"installed": "a" * 64, "ships": "a" * 64, "same": True}
STATUS = {
    "current": "0.2.0-0123abcd",
    "previous": "0.1.0-4567cdef",
    "update": {
        "state": "rolled-back",
        "from": "0.2.0-0123abcd",
        "to": "0.3.0-89ab4567",
        "why": "it does not answer",
    },
    "unit": FILE | {"active": "active", "enabled": "enabled", "restarts": 0},
    "udev": FILE | {"installed": "b" * 64, "same": False},
    "modprobe": {"installed": None, "ships": "c" * 64, "same": False, "loaded": True},
    "health": {"well": True, "version": "0.2.0", "why": ""},
    "runs": [{"id": "0123456789", "name": "burn_in.py", "state": "paused"}],
    "free": 3 * 2**30,
}


def test_the_block():
    assert saying.block("bench7", STATUS) == (
        "Machine of box bench7:\n"
        "  version:    0.2.0-0123abcd\n"
        "  previous:   0.1.0-4567cdef\n"
        "  update:     ROLLED BACK, from 0.2.0-0123abcd to 0.3.0-89ab4567: it does not answer\n"
        "  service:    active, enabled\n"
        "  healthy:    yes\n"
        "  unit:       installed aaaaaaaa, ships aaaaaaaa (the same)\n"
        "  udev rules: installed bbbbbbbb, ships aaaaaaaa (DIFFERENT)\n"
        "  modprobe.d: not installed, ships cccccccc; usbtmc IS LOADED\n"
        "  runs:       01234567 (burn_in.py, paused)\n"
        "  free:       3.0 GiB"
    )


def test_the_block_says_what_could_not_be_looked_at():
    unknown = {"installed": "a" * 64, "ships": None, "same": None, "loaded": None}
    ill = {"well": False, "version": "", "why": "port 5000 refuses"}
    lines = saying.block("b", {"udev": unknown, "modprobe": unknown, "health": ill, "runs": None}).splitlines()
    assert lines[1:] == [
        "  version:    nothing is installed",
        "  previous:   none",
        "  service:    unknown, unknown",
        "  healthy:    no: port 5000 refuses",
        "  unit:       not installed",
        "  udev rules: installed aaaaaaaa, what ships is unknown",
        "  modprobe.d: installed aaaaaaaa, what ships is unknown; whether usbtmc is loaded could not be seen",
        "  runs:       could not be asked",
        "  free:       0.0 GiB",
    ]


@pytest.mark.parametrize(
    ("before", "after", "due", "check", "words"),
    [
        ("1-a", "1-a", False, True, "Box b runs 1-a already, and is well."),
        ("1-a", "2-b", True, True, "Box b runs 1-a; `lager update --box b` brings it to 2-b."),
        ("1-a", "2-b", True, False, "Box b runs 2-b now; it ran 1-a."),
        (
            "1-a",
            "1-a",
            True,
            True,
            "Box b runs 1-a, and something of it was not as it ships: `lager update --box b` puts that right.",
        ),
        ("1-a", "1-a", True, False, "Box b runs 1-a, and something of it was not as it ships: that is put right."),
    ],
)
def test_what_came_of_an_update(before, after, due, check, words):
    outcome = Outcome(before, after, {}, due)
    assert saying.updated("b", outcome, check=check) == words
    facts = {"box": "b", "before": before, "after": after, "due": due, "checked_only": check, "machine": {}}
    assert saying.update_facts("b", outcome, check=check) == facts


def test_a_wheel_that_was_given_is_given_again():
    outcome = Outcome("2-b", "1-a", {}, is_due=True)
    assert saying.updated("b", outcome, check=True, wheel=Path("my wheels/lager-1-py3-none-any.whl")) == (
        "Box b runs 2-b; `lager update --box b --wheel 'my wheels/lager-1-py3-none-any.whl'` brings it to 1-a."
    )


def test_an_update_that_goes_on_is_said():
    going = {"update": {"state": "running", "from": "1-a", "to": "2-b"}}
    assert saying.updated("b", Outcome("1-a", "2-b", going, is_due=True), check=True) == (
        "Box b runs 1-a, and an update to 2-b is going on: `lager update --box b` follows it."
    )
    assert "  update:     going on, from 1-a to 2-b" in saying.block("b", going)


def test_steps_in_a_pipe_are_a_line_each(capsys):
    progress = Progress()
    progress.title("Doing it.")
    with progress.step("One") as step:
        step.say("half way")
        step.result = "all of it"
        step.warnings.append("one thing is odd")
    with pytest.raises(KeyboardInterrupt), progress.step("Two"):
        raise KeyboardInterrupt
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "Doing it.\n 1. One: all of it\n    Note: one thing is odd\n 2. Two: not done\n"
        "Interrupted. Nothing that was done is undone: run the same command again, and it goes on from there.\n",
    )


def test_on_a_terminal_a_step_says_what_it_is_at(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "24")
    progress = Progress()
    with progress.step("Send") as step:
        step.say("3 of 43 MB: a name that is too long")
    with progress.step("Ask", asks=True):
        assert screen.getvalue().endswith("1. Send: done\n"), "its line is left to who asks"
    drawn = screen.getvalue().replace("\x1b[K", "").split("\r")
    assert drawn == ["", " 1. Send …", " 1. Send: 3 of 43 MB …", " 1. Send: done\n", " 2. Ask: done\n"]
