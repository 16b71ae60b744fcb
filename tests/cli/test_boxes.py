"""Whole screens of `lager boxes` and `lager defaults`, which need no box of ours."""

import json
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from lager import __version__, errors, wire
from lager_cli.boxes import asking, roster, tailnet
from lager_cli.config import Config, SavedBox

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering


def add(cli, name, ip, *more):
    done = cli("boxes", "add", "--name", name, "--ip", ip, *more)
    assert (done.status, done.out) == (0, f"Added box '{name}' with IP '{ip}'\n")
    return done


# How the boxes are --------------------------------------------------------------------------------------------------


@pytest.fixture
def nowhere():
    """A port at which nobody answers, though connections are taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_boxes_say_how_each_of_them_is(cli, nowhere, monkeypatch):
    monkeypatch.setattr(asking, "WITHIN", 1.5)
    with answering(lambda *_: []) as other:
        add(cli, "refused", "127.0.0.1:1")
        add(cli, "silent", f"127.0.0.1:{nowhere}")
        add(cli, "web", f"127.0.0.1:{other}")
        add(cli, "far", "192.0.2.7")
        cli("defaults", "add", "--box", "web")
        done, facts = cli("boxes"), json.loads(cli("boxes", "--json").out)
    gap, wide = " " * (len(str(nowhere)) - 1), "=" * (len(str(nowhere)) + 10)
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"name      ip         {gap}   user   version   status\n"
        f"=======   {wide}   ====   =======   ============\n"
        f"refused   127.0.0.1:1{gap}   -      -         unreachable\n"
        f"silent    127.0.0.1:{nowhere}   -      -         timeout\n"
        f"web       127.0.0.1:{other}   -      -         bad response   default\n"
        f"far       192.0.2.7  {gap}   -      -         no token\n"
        f"\nYour CLI: {__version__}\n"
        "3 boxes could not be reached: `lager hello --box NAME` says why\n"
        "1 box has no token here: `lager hello --box NAME` says how to give it\n"
    )
    assert [(one["name"], one["status"], one["default"], one["version"]) for one in facts] == [
        ("refused", "unreachable", False, ""),
        ("silent", "timeout", False, ""),
        ("web", "bad response", True, ""),
        ("far", "no token", False, ""),
    ]
    assert all(one["error"] for one in facts)


def test_the_roster_of_boxes_of_all_ages_and_who_has_them():
    boxes = [SavedBox("a", "10.0.0.1"), SavedBox("b", "10.0.0.2", user="pi"), SavedBox("c", "10.0.0.3", port=5001)]
    found = [
        asking.Found(asking.CURRENT, "0.21.0"),
        asking.Found(asking.OLDER, "0.20.3", locked_by="alice"),
        asking.Found(asking.NEWER, "0.22.0"),
    ]
    assert roster.words(boxes, found, "b", "0.21.0").replace("\x1b[0m", "").replace("\x1b[33m", "").replace(
        "\x1b[32m", ""
    ).replace("\x1b[36m", "") == (
        "name   ip              user   version   status         locked by\n"
        "====   =============   ====   =======   ============   =========\n"
        "a      10.0.0.1        -      0.21.0    current        -\n"
        "b      10.0.0.2        pi     0.20.3    needs update   alice       default\n"
        "c      10.0.0.3:5001   -      0.22.0    newer          -\n"
        "\n"
        "Your CLI: 0.21.0\n"
        "1 box needs updating\n"
        "1 box is newer than your CLI"
    )
    lost = [asking.Found(word, error=errors.LagerError("x")) for word in (asking.NO_TOKEN, asking.NO_TOKEN, "timeout")]
    assert roster.words([SavedBox("日本", "10.0.0.1"), *boxes[:2]], lost, "", "0.21.0").replace("\x1b[0m", "").replace(
        "\x1b[31m", ""
    ) == (
        "name   ip         user   version   status\n"
        "====   ========   ====   =======   ========\n"
        "日本   10.0.0.1   -      -         no token\n"
        "a      10.0.0.1   -      -         no token\n"
        "b      10.0.0.2   pi     -         timeout\n"
        "\n"
        "Your CLI: 0.21.0\n"
        "1 box could not be reached: `lager hello --box NAME` says why\n"
        "2 boxes have no token here: `lager hello --box NAME` says how to give it"
    )


@pytest.mark.parametrize(
    ("box", "ours", "status"),
    [
        ("0.21.0", "0.21.0", asking.CURRENT),
        ("0.9.0", "0.21.0", asking.OLDER),
        ("1.0.0", "0.21.0", asking.NEWER),
        ("0.21.0+local", "0.21.0", asking.CURRENT),
        ("no idea", "0.21.0", asking.CURRENT),
        ("", "0.21.0", asking.CURRENT),
    ],
)
def test_versions_are_compared_as_numbers(box, ours, status):
    assert asking.status(box, ours) == status


# What is known of boxes ---------------------------------------------------------------------------------------------


def test_two_names_of_one_address_are_warned_of(cli):
    add(cli, "lab", "10.0.0.7")
    done = add(cli, "mine", "10.0.0.7")
    assert done.err == (
        "[WARNING] Duplicate box detected!\nThe address 10.0.0.7 is saved already, as:\n  lab (10.0.0.7)\n"
    )
    assert add(cli, "other", "10.0.0.7:5001").err == ""


def test_what_is_replaced_is_said(cli):
    add(cli, "lab", "10.0.0.7")
    assert add(cli, "lab", "10.0.0.8").err == "It was at 10.0.0.7 until now.\n"
    assert add(cli, "lab", "10.0.0.8").err == ""


def test_a_box_is_edited_and_renamed_and_stays_the_default(cli):
    add(cli, "lab", "10.0.0.7")
    add(cli, "b", "10.0.0.8")
    cli("defaults", "add", "--box", "lab")
    assert cli("boxes", "edit", "--name", "lab", "--user", "pi").out == "Updated box 'lab'\n"
    done = cli("boxes", "edit", "--name", "lab", "--new-name", "rack", "--ip", "10.0.0.9:5001")
    assert (done.out, done.err) == ("Updated box 'lab', which is 'rack' now\n", "")
    assert list(Config().own_boxes.values()) == [
        SavedBox("rack", "10.0.0.9", user="pi", port=5001),
        SavedBox("b", "10.0.0.8"),
    ]
    assert Config().default_box == "rack"


def test_an_edited_address_forgets_the_token_unless_a_certificate_proves_it(cli):
    add(cli, "lab", "10.0.0.7", "--token", "secret")
    done = cli("boxes", "edit", "--name", "lab", "--ip", "10.0.0.8")
    assert done.err == "It has another address now, so its token is forgotten: give it with --token.\n"
    assert Config().own_boxes["lab"].token == ""
    add(cli, "tls", "10.0.0.9", "--token", "secret", "--fingerprint", "ab" * 32)
    assert cli("boxes", "edit", "--name", "tls", "--ip", "10.0.0.10").err == ""
    assert Config().own_boxes["tls"].token == "secret"


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (["boxes", "edit", "--name", "lab"], "--ip, --user, --ssh-port, --version, --token or --new-name."),
        (["boxes", "edit", "--name", "lab", "--ip", "1.2.3"], "such as --ip 192.168.1.7."),
        (["boxes", "edit", "--name", "lab", "--new-name", "local"], "`local` is your private box."),
        (["boxes", "edit", "--name", "lab", "--new-name", "b"], "Try: choose another name, or delete that first."),
        (["boxes", "edit", "--name", "labb"], "saved there: lab, b. Did you mean lab?"),
        (["boxes", "delete", "--name", "labb"], "saved there: lab, b. Did you mean lab?"),
        (
            ["boxes", "delete-all"],
            "Error: Delete all 2 boxes (lab, b)? Nobody is here to answer: say --yes if it is to be done.",
        ),
        (["boxes", "import", "none.json"], "Error: Invalid value for 'FILE': File 'none.json' does not exist."),
        (["boxes", "import", "/dev/zero"], "Try: give a file that `lager boxes export -o FILE` has written."),
        (["boxes", "export", "-o", "none/b.json"], "Try: give another place with -o."),
        (
            ["boxes", "edit", "--name", "lab", "--new-name", "b" * 65],
            "at most 64 visible characters, without - before it.",
        ),
        (["nets", "add-batch", "/dev/zero"], "Try: was another file meant?"),
        (["nets", "set-script", "x", "/dev/zero"], "Try: was another file meant?"),
        (["nets", "add", "x", "debug", "1", "a", "--jlink-script", "/dev/zero"], "Try: was another file meant?"),
        (["boxes", "import", "/dev/null"], "Error: Invalid value for 'FILE': File '/dev/null' does not exist."),
        (["defaults", "add"], "Error: You must specify at least one setting: --box NAME, or another of --help."),
        (["defaults", "add", "--supply-net", ""], "Try: was a variable of the shell not set?"),
        (["defaults", "delete", "adc-net"], "Try: see `lager defaults`."),
        (["nets", "delete-all"], "say --yes if it is to be done."),
        (["nets", "describe", "x"], "--dut-connection, --notes, --hint or --tag."),
    ],
)
def test_mistakes_are_one_sentence_and_change_nothing(cli, words, last):
    add(cli, "lab", "10.0.0.7")
    add(cli, "b", "10.0.0.8")
    before = Config().own_boxes
    done = cli(*words)
    if "/dev/null" in words:  # whatever it is called, it is refused
        assert done.status == 2
    else:
        assert done.status in (1, 2)
        assert done.err.splitlines()[-1].endswith(last)
    assert Config().own_boxes == before


def test_deleting_all_boxes(cli):
    assert cli("boxes", "delete-all", "--yes").out == "No boxes are saved.\n"
    add(cli, "lab", "10.0.0.7")
    cli("defaults", "add", "--box", "lab")
    assert cli("boxes", "delete-all", "--yes").out == "Deleted 1 box from .lager file\n"
    assert (Config().own_boxes, Config().default_box) == ({}, "")


def test_boxes_are_exported_without_tokens_and_imported(cli, folder):
    add(cli, "lab", "10.0.0.7", "--token", "secret", "--user", "pi")
    add(cli, "b", "10.0.0.8:5001", "--token", "other")
    done = cli("boxes", "export")
    assert json.loads(done.out) == {
        "BOXES": {"lab": {"ip": "10.0.0.7", "user": "pi"}, "b": {"ip": "10.0.0.8", "port": 5001}}
    }
    assert cli("boxes", "export", "-o", "boxes.json").out == "Exported 2 boxes to boxes.json\n"
    cli("boxes", "delete", "--name", "b")
    add(cli, "c", "10.0.0.9")
    refused = cli("boxes", "import", "boxes.json")
    assert (refused.status, refused.err.splitlines()[-1]) == (
        2,
        "Error: Import 2 boxes, and delete c? (--merge keeps those.) Nobody is here to answer: say --yes if it is to "
        "be done.",
    )
    assert cli("boxes", "import", "boxes.json", "--merge").out == "Imported 2 boxes from boxes.json\n"
    assert {one.name: one.token for one in Config().own_boxes.values()} == {"lab": "secret", "c": "", "b": ""}
    assert cli("boxes", "import", "boxes.json", "--yes").status == 0
    assert list(Config().own_boxes) == ["lab", "b"]


def test_a_file_with_tokens_is_for_its_owner_only(cli, folder):
    add(cli, "lab", "10.0.0.7", "--token", "secret")
    cli("boxes", "export", "--with-tokens", "-o", "boxes.json")
    path = folder / "work" / "boxes.json"
    assert "secret" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    cli("boxes", "export", "--with-tokens", "-o", "boxes.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"BOXES": {}}', '{"BOXES": {"a": 5}}', '{"BOXES": {"local": "1.2.3.4"}}', "{", "\x80"]
)
def test_what_holds_no_boxes_is_not_imported(cli, folder, text):
    (folder / "work" / "odd.json").write_text(text, encoding="latin-1")
    done = cli("boxes", "import", "odd.json", "--yes")
    assert done.status == 2
    assert done.err.startswith("Error: ")
    assert "defect" not in done.err


# Tailscale ----------------------------------------------------------------------------------------------------------

STATUS = """\
100.64.0.1      lab-01     me@       linux   -
100.64.0.2      rack7      me@       linux   active; direct 10.0.0.2:41641
100.64.0.3      my-notebook me@      macOS   offline
100.64.0.4      abcd       me@       linux   -
100.64.0.5      local      me@       linux   -

# Health check:
#     - something
"""


def pretend(folder, monkeypatch, script):
    """Put a program `tailscale` on the path."""
    program = folder / "bin" / "tailscale"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_machines_of_a_tailnet_are_those_with_names_like_boxes():
    assert tailnet.machines(STATUS) == {"lab-01": "100.64.0.1", "rack7": "100.64.0.2"}


def test_the_boxes_of_a_tailnet_are_added(cli, folder, monkeypatch):
    pretend(folder, monkeypatch, f"cat <<'END'\n{STATUS}END\n")
    add(cli, "mine", "100.64.0.2")
    done = cli("boxes", "add-all")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "Found 1 box that can be added:\n  lab-01 (100.64.0.1)\nAdded box 'lab-01' with IP '100.64.0.1'\n"
    )
    assert cli("boxes", "add-all").out == "Nothing to add: of 2 boxes on your tailnet, all are known.\n"


def test_a_tailnet_that_is_not_there_is_one_error(cli, folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    done = cli("boxes", "add-all")
    assert (done.status, done.err) == (
        1,
        "Error: there is no `tailscale` on this machine.\n"
        "Try: install Tailscale and sign in (`tailscale up`), or add boxes one by one: lager boxes add.\n",
    )
    pretend(folder, monkeypatch, "echo Logged out. >&2; exit 1\n")
    assert cli("boxes", "add-all").err.startswith("Error: `tailscale status` failed: Logged out.")


# Defaults -----------------------------------------------------------------------------------------------------------


def test_defaults_of_all_kinds(cli, folder):
    assert cli("defaults", "--json").out == "{}\n"
    done = cli("defaults", "add", "--supply-net", "supply1", "--user", "joe", "--watt-meter-net", "w")
    assert done.out == "Set defaults:\n  user: joe\n  supply-net: supply1\n  watt-meter-net: w\n"
    assert cli("defaults", "add", "--adc-net", "adc1").out == "Set default adc-net: adc1\n"
    assert cli("defaults").out == (
        "Default          Value\n"
        "==============   =======\n"
        "user             joe\n"
        "supply-net       supply1\n"
        "adc-net          adc1\n"
        "watt-meter-net   w\n"
    )
    assert json.loads((folder / ".lager").read_text())["DEFAULTS"] == {
        "user": "joe",
        "net_power_supply": "supply1",
        "net_watt_meter": "w",
        "net_adc": "adc1",
    }
    assert cli("defaults", "delete", "supply-net").out == "Deleted default supply net 'supply1'\n"
    again = cli("defaults", "delete", "supply-net")
    assert (again.status, again.err) == (1, "Error: no default supply net is set.\nTry: see `lager defaults`.\n")
    assert cli("defaults", "delete-all", "--yes").out == "Deleted all defaults: user, adc-net, watt-meter-net\n"
    assert cli("defaults", "delete-all", "--yes").out == "No defaults are currently set.\n"


NETS = [
    wire.NetRecord("supply1", "power-supply", "Keithley_2281S", "a", "1"),
    wire.NetRecord("supply2", "power-supply", "Rigol_DP821", "b", "1"),
    wire.NetRecord("adc1", "adc", "LabJack_T7", "c", "AIN0"),
]
PORTS = ("runner", "hardware", "http")


@pytest.fixture
def bench(cli, monkeypatch):
    """A box that has some nets, as the address that is typed for it; and what it was asked."""
    asked = []

    def answer(_verb, path, _body):
        asked.append(path)
        if path == "/box":
            ports = dict.fromkeys(PORTS, port)
            return wire.BoxInfo(host="127.0.0.1", bench="b", version="", pid=1, embedded=False, started=0.0, **ports)
        return NETS

    monkeypatch.setenv("LAGER_TOKEN", "t")
    with answering(answer) as port:
        yield f"127.0.0.1:{port}", asked


def test_a_default_net_that_the_box_does_not_have_is_refused_with_what_was_meant(cli, bench):
    box, _ = bench
    for words in ((), ("--adc-net", "adc1")):
        done = cli("defaults", "add", "--box", box, "--supply-net", "suply2", *words)
        assert (done.status, done.out, done.err) == (
            3,
            "",
            "Error: Net 'suply2' with role 'power-supply' not found.\n"
            "Try: did you mean supply2? Available power-supply nets: supply1, supply2.\n",
        )
    other = cli("defaults", "add", "--box", box, "--supply-net", "adc1")
    assert (other.status, other.err.splitlines()[0]) == (
        3,
        "Error: Net 'adc1' with role 'power-supply' not found: it is an adc net.",
    )
    assert cli("defaults", "--json").out == "{}\n"


def test_a_default_net_is_looked_for_on_the_box_that_will_be_asked_for_it(cli, bench):
    box, asked = bench
    assert cli("defaults", "add", "--box", box).err == ""
    assert asked == [], "a box is not asked for what is no net"
    done = cli("defaults", "add", "--supply-net", "supply2", "--watt-meter-net", "supply1")
    assert (done.status, done.err) == (0, "")
    assert asked[-1] == "/nets/list"
    assert cli("defaults", "add", "--supply-net", "supply9").status == 3
    assert json.loads(cli("defaults", "--json").out)["supply-net"] == "supply2"


def test_a_default_net_of_a_box_that_cannot_be_asked_is_taken_and_that_is_said(cli, monkeypatch):
    done = cli("defaults", "add", "--supply-net", "nosuch")
    assert (done.status, done.out) == (0, "Set default supply-net: nosuch\n")
    assert done.err == "Note: your box does not run, so nobody looked whether it has nosuch.\n"
    monkeypatch.setenv("LAGER_TOKEN", "t")
    done = cli("defaults", "add", "--box", "127.0.0.1:1", "--supply-net", "nosuch", "--adc-net", "a")
    assert (done.status, done.out) == (0, "Set defaults:\n  box: 127.0.0.1:1\n  supply-net: nosuch\n  adc-net: a\n")
    assert done.err == (
        "Note: the box at 127.0.0.1:1 does not answer: connection refused, so nobody looked whether it has nosuch, a.\n"
    )


def test_the_default_user_is_who_one_is_for_others(cli, monkeypatch):
    from lager_cli.selection import user_name

    cli("defaults", "add", "--user", "joe")
    assert user_name({"USER": "account"}) == "joe"
    assert user_name({"USER": "account", "LAGER_USER": "variable"}) == "variable"
