"""Whole screens of `lager doctor`: this machine, boxes of all sorts, and what each of them says of itself."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lager import __version__, errors, settings, wire
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding
from lager_cli.doctor import examining, report, subjects

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering
from terminal import Terminal

LAGER = str(Path(sys.executable).with_name("lager"))
WELL = [Finding("udev rules", OK, "they are there"), Finding("disk", OK, "there is room")]


def box(version=__version__, ahead=0.0, findings=WELL, bench="", old=False, port=0, **others):
    """Give what a box answers; `port` is that of its services, but for `others`."""
    ports = {"runner": port, "hardware": port, "http": port} | others

    def answer(verb, path, _):
        assert verb == "GET"
        if path == "/box":
            return wire.BoxInfo(
                host="127.0.0.1", bench="sim", version=version, pid=7, embedded=False, started=1.0, **ports
            )
        if path == "/health":
            return {"status": "healthy"} | ({"bench_error": bench} if bench else {})
        if path == "/selfcheck" and not old:
            return wire.SelfCheck(
                host="bench7", user="lager", version=version, now=time.time() + ahead, findings=findings
            )
        raise errors.UsageError(f"{verb} {path} is not served here", "look at the port")

    return answer


@pytest.fixture(autouse=True)
def nothing_else_is_set(folder, monkeypatch):
    for name in list(os.environ):
        if name.startswith("LAGER_") and name not in ("LAGER_STATE_DIR", "LAGER_CONFIG_FILE_DIR"):
            monkeypatch.delenv(name)


@pytest.fixture
def served():
    """Serve boxes, each on one port for all of its services."""
    with contextlib.ExitStack() as opened:

        def serve(**facts):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            opened.enter_context(answering(box(port=port, **facts), port))
            return port

        yield serve


@pytest.fixture
def add(cli):
    def call(name, place, *more):
        assert cli("boxes", "add", "--name", name, "--ip", place, *more).status == 0

    return call


def machine_section(folder, known):
    """The first section, but for how full the disk is."""
    return [
        "This machine",
        f"  ok  lager  {__version__}, on Python {sys.version.split()[0]} ({sys.executable})",
        f"  ok  configuration  {known}",
        f"  ok  environment  LAGER_CONFIG_FILE_DIR={folder}, LAGER_STATE_DIR={folder}/state",
        f"  ok  disk  ROOM are free where {folder}/state is",
        "",
    ]


def lines(text):
    """Give lines without their columns: their widths have a test of their own; how full a disk is, nobody knows."""
    found = []
    for line in text.splitlines():
        words = [one.strip() for one in line.split("  ") if one.strip()]
        if words[1:2] == ["disk"] and " are free " in words[2]:
            words[2] = f"ROOM are free {words[2].partition(' are free ')[2]}"
            words[0] = OK
        indent = (
            "" if not line.startswith(" ") else "  " if words[0] != "" and not words[0].startswith("Try:") else "    "
        )
        found.append(indent + "  ".join(words))
    return found


def test_a_machine_that_knows_no_boxes(cli, folder):
    done = cli("doctor")
    assert (done.status, done.err) == (0, "")
    assert lines(done.out) == [
        *machine_section(folder, f"there is no {folder}/.lager yet: no boxes"),
        "All is well.",
    ]


def test_one_box_that_is_well_is_shown_in_full(cli, folder, served, add):
    port = served()
    add("b", f"127.0.0.1:{port}")
    done = cli("doctor")
    assert (done.status, done.err) == (0, "")
    assert lines(done.out) == [
        *machine_section(folder, f"{folder}/.lager: 1 box"),
        f"Box b (127.0.0.1:{port})",
        f"  ok  answers  at 127.0.0.1, port {port}, and takes the token",
        "  ok  certificate  none is needed: it is on this machine",
        f"  ok  version  {__version__}, as here",
        f"  ok  services  ports {port}, {port} and {port} answer",
        "  ok  clock  within some seconds of this machine's",
        "",
        "Its machine, bench7, as its service sees it (user lager)",
        "  ok  udev rules  they are there",
        "  ok  disk  there is room",
        "",
        "All is well.",
    ]


def test_boxes_of_all_sorts_side_by_side(cli, folder, served, add, monkeypatch):
    monkeypatch.setattr(subjects, "_this_machine", lambda: None)
    ill = [Finding("udev rules", PROBLEM, "missing", "install again"), Finding("disk", WARNING, "little room", "prune")]
    well, slow, broken = served(), served(version="0.0.1", ahead=-7200, old=True), served(findings=ill, bench="no JSON")
    for name, place in (("well", well), ("slow", slow), ("broken", broken), ("dead", 1)):
        add(name, f"127.0.0.1:{place}")
    add("far", "192.0.2.7")
    done, facts = cli("doctor"), cli("doctor", "--json")
    assert (done.status, done.err, facts.status) == (1, "", 1)
    assert lines(done.out)[6:] == [
        f"Box well (127.0.0.1:{well})",
        f"  ok  answers  at 127.0.0.1, port {well}, and takes the token",
        "  ok  certificate  none is needed: it is on this machine",
        f"  ok  version  {__version__}, as here",
        f"  ok  services  ports {well}, {well} and {well} answer",
        "  ok  clock  within some seconds of this machine's",
        "  ok  self-check  2 checks of its own machine, all well",
        "",
        f"Box slow (127.0.0.1:{slow})",
        f"  ok  answers  at 127.0.0.1, port {slow}, and takes the token",
        "  ok  certificate  none is needed: it is on this machine",
        f"  warning  version  0.0.1, which is older than {__version__} here",
        "    Try: lager update --box slow",
        f"  ok  services  ports {slow}, {slow} and {slow} answer",
        "  could not look  self-check  this box's version cannot check itself",
        "    Try: lager update --box slow",
        "",
        f"Box broken (127.0.0.1:{broken})",
        f"  ok  answers  at 127.0.0.1, port {broken}, and takes the token",
        "  ok  certificate  none is needed: it is on this machine",
        f"  ok  version  {__version__}, as here",
        f"  ok  services  ports {broken}, {broken} and {broken} answer",
        "  problem  bench  no JSON",
        "    Try: mend the bench file; the nets are as they were before",
        "  ok  clock  within some seconds of this machine's",
        "  problem  self-check  of its own machine: udev rules, disk",
        "    Try: lager doctor --box broken",
        "",
        "Box dead (127.0.0.1:1)",
        "  problem  answers  the box dead at 127.0.0.1:1 does not answer: connection refused",
        "    Try: see that the box is on and its service runs there (`lager box serve`, or systemd's lager-box); "
        "`lager ssh --box dead -- journalctl "
        "-u lager-box -n 50` shows its log, if it was set up by install",
        "",
        "Box far (192.0.2.7)",
        "  problem  token  the token of box far (192.0.2.7) is not known here",
        "    Try: take it from the file `token` in the box user's ~/.local/state/lager (/var/lib/lager where `lager "
        "install` made it), and run `lager boxes add --name far --ip 192.0.2.7 --token TOKEN`, or set LAGER_TOKEN",
        "",
        "4 problems, 2 warnings; 1 thing could not be looked at.",
    ]
    told = json.loads(facts.out)
    assert (told["problems"], told["warnings"], told["could_not_look"]) == (4, 2, 1)
    assert [one["name"] for one in told["boxes"]] == ["well", "slow", "broken", "dead", "far"]
    assert told["boxes"][2]["self_check"]["findings"][0] == {
        "name": "udev rules", "state": "problem", "words": "missing", "hint": "install again"
    }  # fmt: skip
    assert told["boxes"][3]["self_check"] is None


def test_a_box_of_which_one_port_answers_and_another_does_not(cli, served, add, monkeypatch):
    """That it is on is known by then; and what only the silent port could say is not waited for."""
    monkeypatch.setattr(subjects, "_this_machine", lambda: None)
    port = served(http=1)
    add("halved", f"127.0.0.1:{port}")
    done = cli("doctor")
    assert done.status == 1
    assert lines(done.out)[10:] == [
        "  problem  services  bench, port 1: the box halved at 127.0.0.1:1 does not answer: connection refused",
        "    Try: the box is on, and starts again what has died: ask once more; `lager ssh --box halved -- journalctl "
        "-u lager-box -n 50` shows its log, if it was set up by install",
        "  could not look  self-check  port 1 does not answer, which would say how its machine is",
        "",
        "1 problem; 1 thing could not be looked at.",
    ]


def test_a_port_that_stays_silent_while_another_answers_is_a_firewall_mostly(served, monkeypatch):
    monkeypatch.setattr(examining, "_ANSWER", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = served(hardware=mute.getsockname()[1])
        saved = subjects.SavedBox("b", "127.0.0.1", port=port, token="t")
        (found,) = examining.examine([subjects.saved(saved)], lambda _: None)
    (services,) = [one for one in found.findings if one.name == "services"]
    assert (services.state, services.hint) == (
        PROBLEM,
        "the box is on: see that a firewall lets this port through, too",
    )
    assert found.itself.host == "bench7"


@pytest.mark.parametrize(
    ("version", "state", "words"),
    [
        (__version__, OK, f"{__version__}, as here"),
        (f"{__version__}+local", OK, f"{__version__}+local, {__version__} here"),
        ("0.0.1", WARNING, f"0.0.1, which is older than {__version__} here"),
        ("99.0.0", WARNING, f"99.0.0, which is newer than {__version__} here"),
        ("", UNSEEN, "it says none"),
    ],
)
def test_versions(served, version, state, words):
    saved = subjects.SavedBox("b", "127.0.0.1", port=served(version=version), token="t")
    (found,) = examining.examine([subjects.saved(saved)], lambda _: None)
    (told,) = [one for one in found.findings if one.name == "version"]
    assert (told.state, told.words) == (state, words)


def test_the_box_that_is_asked_for_is_the_only_one(cli, served, add):
    ill = [Finding("udev rules", PROBLEM, "missing", "install again")]
    add("one", f"127.0.0.1:{served(findings=ill, ahead=100000)}")
    add("other", "127.0.0.1:1")
    done = cli("doctor", "--box", "one")
    assert done.status == 1
    assert "other" not in done.out
    assert lines(done.out)[11:] == [
        "  warning  clock  it is 28 h ahead of this machine's",
        "    Try: times in lists and logs are that much off: have both set by NTP (`timedatectl`)",
        "",
        "Its machine, bench7, as its service sees it (user lager)",
        "  problem  udev rules  missing",
        "    Try: install again",
        "",
        "1 problem, 1 warning.",
    ]


def test_a_box_of_this_machine_that_is_down_is_looked_at_from_here(cli, folder, add):
    add("mine", "127.0.0.1:1")
    done = cli("doctor", "--box", "mine")
    assert done.status == 1
    shown = lines(done.out)
    start = shown.index("Its machine, which is this one, as you see it: its service could not be asked")
    assert [line.split("  ")[2] for line in shown[start + 1 : start + 10]] == [
        "instruments", "udev rules", "usbtmc", "modprobe.d", "group", "unit", "unit file", "state", "disk"
    ]  # fmt: skip
    assert f"  ok  state  {folder}/state is the box's own" in shown


def test_no_private_box_is_no_trouble_and_none_is_started(cli, folder):
    done = cli("doctor", "--box", "local")
    assert done.status == 0
    assert "  ok  answers  none of yours runs; the first command that needs one starts it" in lines(done.out)
    assert not settings.box_file().exists()


def test_a_box_that_says_no_more_is_told_as_such(served, add):
    with socket.create_server(("127.0.0.1", 0)) as nowhere:
        subject = subjects.saved(subjects.SavedBox("b", "127.0.0.1", port=nowhere.getsockname()[1], token="t"))
        asked = []
        subject = subjects.Subject(subject.name, subject.place, subject.reach)
        (found,) = examining.examine([subject], lambda left: asked.append([one.name for one in left]), within=0.3)
    assert [(one.state, one.words) for one in found.findings] == [(PROBLEM, "it said nothing in 0.3 s")]
    assert asked == [["b"]]


# What is wrong here -------------------------------------------------------------------------------------------------


def test_a_broken_configuration_is_a_problem_and_no_end(cli, folder):
    (folder / ".lager").write_text("{")
    done = cli("doctor")
    assert done.status == 1
    assert lines(done.out)[2:5] == [
        f"  problem  configuration  {folder}/.lager is not valid JSON: line 1, column 2: Expecting property name "
        "enclosed in double quotes",
        "    Try: mend the file, or move it away",
        "  could not look  boxes  which there are is in that file: none of them was looked at",
    ]
    assert lines(done.out)[-1] == "1 problem; 1 thing could not be looked at."


def test_what_is_set_and_cannot_be(cli, folder, add, monkeypatch):
    monkeypatch.setattr(subjects, "_this_machine", lambda: None)
    add("b", "127.0.0.1:1", "--token", "secret")
    os.chmod(folder / ".lager", 0o644)
    monkeypatch.setenv("LAGER_BOX", "nosuch")
    monkeypatch.setenv("LAGER_BOX_IDLE_SECONDS", "soon")
    monkeypatch.setenv("LAGER_TOKEN", "hidden")
    done = cli("doctor")
    assert done.status == 1
    assert "hidden" not in done.out
    assert lines(done.out)[2:9] == [
        f"  ok  configuration  {folder}/.lager: 1 box",
        "  problem  configuration  LAGER_BOX is 'nosuch', and no box of that name is saved",
        "    Try: `lager boxes` lists those that are; `lager defaults` shows and sets the default one",
        f"  warning  configuration  others on this machine may read {folder}/.lager, and the tokens of boxes in it",
        f"    Try: chmod 600 {folder}/.lager",
        "  problem  environment  LAGER_BOX_IDLE_SECONDS is 'soon', which is no number of seconds",
        "    Try: set it to 600, or not at all",
    ]


def test_a_state_directory_of_somebody_else(cli, folder, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(folder / ".lager" / "state"))
    (folder / ".lager").write_text("")
    done = cli("doctor")
    assert done.status == 1
    assert f"  problem  state  {folder}/.lager/state: not a directory" in lines(done.out)


def test_that_does_not_hide_what_is_known_of_boxes(cli, folder, add, monkeypatch):
    add("b", "127.0.0.1:1")
    monkeypatch.setenv("LAGER_STATE_DIR", str(folder / ".lager" / "state"))
    done = cli("doctor")
    assert (done.status, done.err) == (1, "")
    assert lines(done.out)[-5:] == [
        "Box b (127.0.0.1:1)",
        f"  problem  answers  it cannot be asked: {folder}/.lager/state: not a directory",
        f"    Try: ls -l {folder}/.lager/state",
        "",
        "2 problems.",
    ]


def test_a_name_that_is_none(cli):
    done = cli("doctor", "--box", "nosuch")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("Error: there is no box 'nosuch'; no boxes are saved.")
    assert cli("doctor", "--box", " ").status == 2
    assert cli("doctor", "x").status == 2


# How it looks -------------------------------------------------------------------------------------------------------


def test_the_columns():
    seen = [Finding("a", OK, "well", "nothing to do"), Finding("longer", UNSEEN, "two\nlines", "look there")]
    assert report.words(seen, [], in_full=True).replace("\x1b[0m", "").replace("\x1b[1m", "").replace(
        "\x1b[32m", ""
    ).replace("\x1b[36m", "") == (
        "This machine\n"
        "  ok              a       well\n"
        "  could not look  longer  two\n"
        "                          lines\n"
        "                          Try: look there\n"
        "\n"
        "Nothing is wrong; 1 thing could not be looked at."
    )


def test_a_narrow_terminal_gets_lines_that_fit_and_commands_in_one_piece():
    hint = "mend it, and then see the log, which says why: `lager ssh --box bench -- journalctl -u lager-box -n 50`"
    seen = [Finding("services", PROBLEM, "this port does not answer at all, and " * 2 + "never did", hint)]
    shown = report.words(seen, [], in_full=True, columns=80)
    assert shown.replace("\x1b[31m", "").replace("\x1b[0m", "").splitlines()[1:-2] == [
        "  problem         services  this port does not answer at all, and this port does",
        "      not answer at all, and never did",
        "      Try: mend it, and then see the log, which says why:",
        "      `lager ssh --box bench -- journalctl -u lager-box -n 50`",
    ]
    wide = report.words(seen, [], in_full=True, columns=240)
    assert wide == report.words(seen, [], in_full=True)


@pytest.mark.parametrize(
    ("theirs", "state", "words"),
    [
        (1003.0, OK, "within some seconds of this machine's"),
        (1010.0, WARNING, "it is 8 s ahead of this machine's"),
        (300.0, WARNING, "it is 12 min behind this machine's"),
        (1000.0 + 3 * 86400, WARNING, "it is 3 days ahead of this machine's"),
    ],
)
def test_clocks(theirs, state, words):
    found = examining.clock(theirs, 1000.0, 1002.0)
    assert (found.state, found.words) == (state, words)


def test_at_a_terminal_one_sees_whom_is_waited_for_and_ctrl_c_ends_it(folder):
    with socket.create_server(("127.0.0.1", 0)) as nowhere:
        place = f"127.0.0.1:{nowhere.getsockname()[1]}"
        env = dict(os.environ)
        words = [LAGER, "boxes", "add", "--name", "silent", "--ip", place]
        subprocess.run(words, env=env, cwd=folder, check=True, capture_output=True, timeout=60)
        terminal = Terminal([LAGER, "doctor"], folder, env | {"TERM": "xterm"})
        terminal.expect("Checking silent")
        terminal.type("\x03")
        terminal.expect("Aborted!")
        assert terminal.wait() == 130
        terminal.close()
