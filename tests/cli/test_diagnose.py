"""`lager diagnose` with boxes of every kind: whole screens, of answers as released boxes give them, and of none."""

import json
import re
import shlex
import socket
import sys
import threading
from pathlib import Path

import click
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import Raw, answering
from diagnosedbox import HELD, LAN, NETS, SEEN, TOLD, USB, diagnosed_box

sys.path.insert(0, str(Path(__file__).parents[1] / "lager"))
import test_diagnosis

from lager import diagnosis, errors
from lager_cli.app import lager
from lager_cli.diagnosis import asking, report

WELL = f"""
lager diagnose — bb → psu1
  NetType: power-supply    address: {USB}

== USB (host-side) ==
   enumerated:   True
   sysfs:        /sys/x
   device:       /dev/bus/usb/001/004
   usb-tmc class: yes
   usbtmc kmod:  not loaded (good)
   lsof:         no holders
   dmesg tail:   l1
l2

== VISA (instrument-side) ==
   idn:         KEITHLEY,2281S
   elapsed:     12 ms
   error:       —
   error_class: —
   skipped:     —

== Dispatcher (hw_service in-process) ==
   cached_session:  True
   cached_drivers:  keithley(Keithley)
   shared_pool:     1 entry/entries

Classification: HEALTHY — IDN: KEITHLEY,2281S
"""


@pytest.fixture
def box(cli):
    """A box `bb`, and what it answers."""
    with diagnosed_box() as box:
        cli("boxes", "add", "--name", "bb", "--ip", f"127.0.0.1:{box.port}", "--token", "t", "--yes")
        yield box


def raising(error):
    def answer():
        raise error

    return answer


def section(screen, title):
    """Give one section of a screen."""
    return screen.partition(f"== {title}")[2].partition("\n")[2].partition("\n\n")[0]


def test_a_healthy_net_looks_as_it_always_did(cli, box):
    done = cli("diagnose", "psu1", "--box", "bb")
    assert (done.status, done.out, done.err) == (0, WELL, "")
    assert sorted(box.asked) == [(f"/diagnose/{name}", USB) for name in ("dispatcher", "usb", "visa")]


def test_facts_for_scripts(cli, box):
    done = cli("diagnose", "psu1", "--box", "bb", "--json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == {
        "box": "bb",
        "net": "psu1",
        "role": "power-supply",
        "address": USB,
        "usb": SEEN,
        "visa": TOLD,
        "dispatcher": HELD,
        "classification": {
            "name": "healthy",
            "status": 0,
            "headline": "HEALTHY — IDN: KEITHLEY,2281S",
            "steps": [],
        },
    }


@pytest.mark.parametrize(("line", "lines"), [
    ("   error:       it is in use", ["   error:       it is in use"]),
    ("   error:       the instrument at USB0::0x05E6 is in use: python has it", [
        "   error:       the instrument at",
        "                USB0::0x05E6 is in use:",
        "                python has it"]),
    ("Next: let that program close it, or end it: `lager ssh --box lab -- sudo kill 16`;", [
        "Next: let that program close it, or end",
        "      it:",
        "      `lager ssh --box lab -- sudo kill 16`;"]),
    ("      then ask again: `lager diagnose supply1`.", [
        "      then ask again:",
        "      `lager diagnose supply1`."]),
    ("  NetType: power-supply    address: USB0::0x05E6::0x2281::4381218::INSTR", [
        "  NetType: power-supply    address:",
        "  USB0::0x05E6::0x2281::4381218::INSTR"]),
    ("Classification: \x1b[31mROUTE: nobody has the address.\x1b[0m", [
        "Classification: \x1b[31mROUTE: nobody has the",
        "                address.\x1b[0m"]),
    ("", [""]),
    ("   " + "x" * 60, ["   " + "x" * 60]),
    ("a lone ` of a message that goes on and on", ["a lone ` of a message that goes on and", "on"]),
])  # fmt: skip
def test_long_lines_break_between_words_and_never_within_a_command(line, lines):
    assert report.wrapped(line, 40).split("\n") == lines


def test_an_instrument_on_the_network_is_asked_once_only(cli, box):
    box.told["lan"] = {
        "host": "10.0.0.5",
        "port": 5555,
        "resolved": ["10.0.0.5"],
        "route": "eth0 via 10.0.0.1",
        "connect": "open",
        "idn": "RIGOL TECHNOLOGIES,DL3021,DL3A2,00.01",
        "expected": "Rigol_DL3021",
        "matches": True,
        "elapsed_ms": 4,
        "via": "fresh",
        "could_not_look": {},
    }
    box.told["dispatcher"] = {"address": LAN, "cached_session": False, "cached_drivers": [], "shared_pool_size": 0}
    done = cli("diagnose", "load1", "--box", "bb")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "\nlager diagnose — bb → load1\n"
        f"  NetType: eload    address: {LAN}\n"
        "\n"
        "== Network (host-side) ==\n"
        "   host:        10.0.0.5\n"
        "   port:        5555\n"
        "   resolved:    10.0.0.5\n"
        "   route:       eth0 via 10.0.0.1\n"
        "   connect:     open\n"
        "\n"
        "== VISA (instrument-side) ==\n"
        "   idn:         RIGOL TECHNOLOGIES,DL3021,DL3A2,00.01\n"
        "   elapsed:     4 ms\n"
        "   error:       —\n"
        "   error_class: —\n"
        "   skipped:     —\n"
        "\n"
        "== Dispatcher (hw_service in-process) ==\n"
        "   cached_session:  False\n"
        "   cached_drivers:  —\n"
        "   shared_pool:     0 entry/entries\n"
        "\n"
        "Classification: HEALTHY — IDN: RIGOL TECHNOLOGIES,DL3021,DL3A2,00.01\n"
    )
    assert sorted(box.asked) == [("/diagnose/dispatcher", LAN), ("/diagnose/lan", LAN)]


def test_what_could_not_be_looked_at_says_why_and_is_never_empty(cli, box):
    box.told["usb"] = {
        "address": USB,
        "enumerated": None,
        "lsof": None,
        "usbtmc_loaded": None,
        "dmesg_tail": None,
        "could_not_look": {"sysfs": "A", "holders": "B", "modules": "C", "messages": "D"},
    }
    box.told["visa"] = {"address": USB, "error": "no", "error_class": "other", "elapsed_ms": None}
    done = cli("diagnose", "psu1", "--box", "bb")
    assert done.status == 18
    assert section(done.out, "USB") == (
        "   enumerated:   could not look: A\n"
        "   sysfs:        —\n"
        "   device:       —\n"
        "   usb-tmc class: —\n"
        "   usbtmc kmod:  could not look: C\n"
        "   lsof:         could not look: B\n"
        "   dmesg tail:   could not look: D"
    )
    assert done.out.endswith(
        "Classification: UNCLEAR — no.\n"
        "Next: it could not look at sysfs, holders, modules, messages, for the reasons above;\n"
        "      see the sections above, and check the box: `lager doctor --box bb`.\n"
    )


def test_a_device_without_interfaces_says_why_its_class_is_not_known(cli, box):
    box.told["usb"] = {**SEEN, "is_usbtmc": None, "could_not_look": {"sysfs": "it is not configured"}}
    said = cli("diagnose", "psu1", "--box", "bb").out
    assert "   enumerated:   True\n" in said
    assert "   usb-tmc class: could not look: it is not configured\n" in said


def test_everybody_who_has_it_is_named(cli, box):
    run = "ff1507d9-c317-4444-9556-bc298eac2cc7"
    rivals = [{"command": "python3", "pid": "12", "user": "bob"}, {"command": "python", "pid": "13", "run": run}]
    own = [{"command": "lager_hwservice", "pid": "14", "ours": True}]
    box.told["usb"] = {**SEEN, "lsof": rivals, "holders_ours": own, "hidden": 2, "dmesg_tail": "", "driver": "usbfs"}
    box.told["visa"] = {"address": USB, "error": "it is taken", "error_class": "busy", "errno": 16, "elapsed_ms": 3}
    done = cli("diagnose", "psu1", "--box", "bb")
    assert done.status == 11
    assert (
        "   lsof:         python3(12), python(13, run ff1507d9), the box's own worker(14) "
        "(2 processes could not be looked into)\n   dmesg tail:   (empty)\n" in done.out
    )
    assert done.out.endswith(
        "\nClassification: HOST-SIDE: USB device claimed by multiple processes "
        "(python3(12), python(13, run ff1507d9)).\n"
        "Next: programs that open it by themselves race the box for it: end them, or let them close it;\n"
        "      end the run: `lager python --kill ff1507d9 --box bb`;\n"
        "      scripts share it through Net: `lager python SCRIPT --box bb`.\n"
    )
    box.told["usb"] = {**SEEN, "lsof": own, "could_not_look": {"holders": "9 processes could not be looked at in time"}}
    assert (
        "   lsof:         no holders but the box's own worker(14) (9 processes could not be looked at in time)\n"
        in cli("diagnose", "psu1", "--box", "bb").out
    )
    box.told["dispatcher"] = {**HELD, "cached_session": False}  # it is asked at this very moment, by this very command
    assert "   lsof:         no holders (9 " in cli("diagnose", "psu1", "--box", "bb").out


def test_what_is_remarkable_has_a_line_of_its_own(cli, box):
    box.told["usb"] = {
        **SEEN,
        "usbtmc_loaded": True,
        "driver": "usbtmc",
        "is_usbtmc": False,
        "interfaces": ["ff/00", "03/00"],
        "authorized": False,
    }
    box.told["visa"] = {**TOLD, "expected": "Rigol_DP832", "matches": False}
    done = cli("diagnose", "psu1", "--box", "bb")
    assert done.status == 10
    assert "   usbtmc kmod:  LOADED (problem)\n   lsof:         no holders\n   driver:       usbtmc\n" in done.out
    assert "   authorized:   no\n   interfaces:   ff/00, 03/00\n   dmesg tail:   l1\n" in done.out
    assert "   idn:         KEITHLEY,2281S\n   expected:    Rigol_DP832\n" in done.out
    box.told["usb"] = {**SEEN, "enumerated": False, "same_kind": ["4381219"]}
    assert "   same kind:    4381219\n" in cli("diagnose", "psu1", "--box", "bb").out


def test_an_endpoint_that_reports_an_error_shows_all_its_fields(cli, box):
    box.told["usb"] = Raw(400, json.dumps({"address": USB, "error": "not a USB VISA address"}).encode())
    box.told["visa"] = Raw(500, b'{"error": "pyvisa not available: no module"}')
    box.told["dispatcher"] = raising(errors.Defect("it is broken", "see the log"))
    done = cli("diagnose", "psu1", "--box", "bb")
    assert done.status == 18
    assert section(done.out, "USB") == (
        "   enumerated:   None\n"
        "   sysfs:        —\n"
        "   device:       —\n"
        "   usb-tmc class: —\n"
        "   usbtmc kmod:  —\n"
        "   lsof:         —\n"
        "   error:        not a USB VISA address\n"
        "   dmesg tail:   —"
    )
    assert section(done.out, "VISA") == (
        "   idn:         —\n"
        "   elapsed:     ? ms\n"
        "   error:       pyvisa not available: no module\n"
        "   error_class: —\n"
        "   skipped:     —"
    )
    assert section(done.out, "Dispatcher") == (
        "   cached_session:  None\n"
        "   cached_drivers:  —\n"
        "   shared_pool:     None entry/entries\n"
        "   error:           it is broken"
    )


def test_an_instrument_that_takes_long_is_asked_on_and_that_is_said(cli, box, monkeypatch):
    monkeypatch.setattr(asking, "STILL", 0.2)
    monkeypatch.setattr(asking, "WITHIN", 0.3)
    said, echo = threading.Event(), click.secho

    def heard(words, **how):
        echo(words, **how)
        said.set()

    monkeypatch.setattr(click, "secho", heard)
    box.told["visa"] = lambda: said.wait(20) and {**TOLD, "elapsed_ms": 3210}
    done = cli("diagnose", "psu1", "--box", "bb")
    assert done.err == "Note: no answer of psu1 in 0.2 s; it is waited for, up to 10 s.\n"
    assert done.status == 0
    assert "Classification: HEALTHY, BUT SLOW — it took 3.2 s to answer. IDN: KEITHLEY,2281S\n" in done.out


def test_an_older_box_has_not_all_endpoints(cli, box):
    missing = Raw(404, b"<html>not found</html>")
    box.told |= {"usb": missing, "visa": missing, "dispatcher": missing}
    done = cli("diagnose", "psu1", "--box", "bb")
    assert done.status == 18
    for title in ("USB", "VISA", "Dispatcher"):
        assert section(done.out, title) == "   endpoint not on this box (pre-0.20 image)"
    assert (
        "UNCLEAR — the box is older, and cannot say all of it.\nNext: update it: `lager update --box bb`;\n" in done.out
    )
    facts = json.loads(cli("diagnose", "psu1", "--box", "bb", "--json").out)
    assert facts["visa"] == {"unavailable": "endpoint not on this box (pre-0.20 image)"}


def test_an_endpoint_that_is_broken_costs_its_section_only(cli, box, monkeypatch):
    monkeypatch.setattr(asking, "WITHIN", 0.3)
    over = threading.Event()
    box.told["usb"] = lambda: over.wait(20) and SEEN
    box.told["dispatcher"] = Raw(200, b"[]")
    try:
        done = cli("diagnose", "psu1", "--box", "bb")
    finally:
        over.set()
    assert done.status == 0
    assert section(done.out, "USB").startswith("   transport error: ")
    assert "0.3 s" in section(done.out, "USB")
    assert section(done.out, "Dispatcher") == (
        "   transport error: what answers does not speak as a box does (HTTP status 200)"
    )
    box.told["dispatcher"] = {"cached_drivers": "none"}
    box.told["usb"] = SEEN
    done = cli("diagnose", "psu1", "--box", "bb", "--json")
    assert json.loads(done.out)["dispatcher"]["transport_error"].startswith("what came is no answer of that endpoint")


@pytest.mark.parametrize(
    ("words", "status", "screen"),
    [
        (
            ["nosuch"],
            3,
            "Error: Net 'nosuch' not found on box. Available: psu1, both, apart, load1, debug1.\n"
            "Try: see `lager nets --box bb` for those the box has.\n",
        ),
        (
            ["psu"],
            3,
            "Error: Net 'psu' not found on box. Available: psu1, both, apart, load1, debug1.\n"
            "Try: see `lager nets --box bb` for those the box has. Did you mean psu1?\n",
        ),
        (
            ["debug1"],
            2,
            "Error: net 'debug1' (debug) has no address. Cannot diagnose without a VISA address.\n"
            "Try: see its record with `lager nets show debug1 --box bb`; `lager instruments --box bb` lists the "
            "addresses there are.\n",
        ),
        (
            ["psu1", "--type", "adc"],
            3,
            "Error: psu1 is no adc net.\nTry: it is power-supply: `lager diagnose psu1 --box bb`.\n",
        ),
        (
            ["apart"],
            2,
            "Error: apart is adc and scope, at different addresses.\n"
            "Try: `lager diagnose apart --type adc --box bb` or `lager diagnose apart --type scope --box bb`.\n",
        ),
        ([""], 3, "Error: Net '' not found on box. Available: psu1, both, apart, load1, debug1.\n"
         "Try: see `lager nets --box bb` for those the box has.\n"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else None,
)  # fmt: skip
def test_nets_that_cannot_be_diagnosed(cli, box, words, status, screen):
    done = cli("diagnose", *words, "--box", "bb")
    assert (done.status, done.out, done.err) == (status, "", screen)
    assert box.asked == []


def test_many_nets_are_not_all_listed_and_none_is_said(cli, box):
    box.told["nets"] = [{**NETS[0], "name": f"n{number}"} for number in range(40)]
    assert "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, ...\n" in cli("diagnose", "x", "--box", "bb").err
    box.told["nets"] = []
    done = cli("diagnose", "x", "--box", "bb")
    assert (done.status, done.err) == (
        3,
        "Error: Net 'x' not found on box. It has no nets.\nTry: add one: `lager nets add-all --box bb`.\n",
    )


def test_the_type_says_which_net_is_meant(cli, box):
    assert "NetType: power-supply " in cli("diagnose", "both", "--box", "bb").out, "one address: either will do"
    assert "NetType: battery " in cli("diagnose", "both", "--type", "battery", "--box", "bb").out
    assert f"NetType: scope    address: {USB}" in cli("diagnose", "apart", "--type", "analog", "--box", "bb").out
    done = cli("diagnose", "both", "--type", "suply", "--box", "bb")
    assert done.status == 2
    assert "'suply' is not one of 'auto', 'scope', 'logic'," in done.err


def test_a_box_that_is_down(cli):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    cli("boxes", "add", "--name", "bb", "--ip", f"127.0.0.1:{port}", "--token", "t", "--yes")
    done = cli("diagnose", "psu1", "--box", "bb")
    assert (done.status, done.out) == (5, "")
    assert done.err == (
        f"Error: the box bb at 127.0.0.1:{port} does not answer: connection refused.\n"
        "Try: see that the box is on and its service runs there (`lager box serve`, or systemd's lager-box); "
        "`lager hello --box bb` checks it.\n"
    )


def test_a_box_that_is_silent(cli, box, monkeypatch):
    monkeypatch.setattr(asking, "NETS_WITHIN", 0.2)
    over = threading.Event()
    box.told["nets"] = lambda: over.wait(20)
    done = cli("diagnose", "psu1", "--box", "bb")
    over.set()
    assert (done.status, done.out) == (5, "")
    assert done.err == (
        f"Error: the box bb at 127.0.0.1:{box.port} does not answer: no answer in 0.2 s.\n"
        "Try: see that the box is on and its service runs there (`lager box serve`, or systemd's lager-box); "
        "`lager hello --box bb` checks it.\n"
    )


def test_a_token_that_is_refused(cli):
    def refusing(*_):
        raise errors.TokenRefused("the box refused this token", "take the right one")

    with answering(refusing) as port:
        cli("boxes", "add", "--name", "cc", "--ip", f"127.0.0.1:{port}", "--token", "t", "--yes")
        done = cli("diagnose", "psu1", "--box", "cc")
    assert (done.status, done.err) == (6, "Error: the box refused this token.\nTry: take the right one.\n")


def test_commands_name_the_box_that_was_named_even_the_private_one(cli):
    cli("boxes", "add", "--name", "bb", "--ip", "127.0.0.1:1", "--token", "t", "--yes")
    assert cli("diagnose", "nosuch", "--box", "local").err.endswith(
        "Try: see `lager nets --box local` for those the box has.\n"
    )
    assert cli("box", "stop").status == 0


def test_a_box_that_goes_away_meanwhile(cli, box):
    told = box.told["nets"]

    def leaving():
        box.told |= dict.fromkeys(("usb", "visa", "dispatcher"), Raw(200, b"gone"))
        return told

    box.told["nets"] = leaving
    done = cli("diagnose", "psu1", "--box", "bb")
    assert (done.status, done.out) == (5, "")
    assert done.err == (
        "Error: what answers does not speak as a box does (HTTP status 200).\nTry: `lager hello --box bb` checks it.\n"
    )


def commands():
    """Give each command of `lager` that any verdict names."""
    steps = "\n".join(step for facts, *_ in test_diagnosis.ROWS for step in diagnosis.classify(facts).steps)
    return sorted(set(re.findall(r"`lager ([^`]+)`", steps)))


@pytest.mark.parametrize("words", commands())
def test_each_command_to_copy_is_one(words):
    name, *args = shlex.split(words)
    command = lager.get_command(None, name)
    if isinstance(command, click.Group) and (inner := command.get_command(None, args[0])):
        command = inner
        del args[0]
    # As below `lager`: click keeps what asks for help from the first context a command is in.
    assert command.make_context(name, args, parent=click.Context(lager, **lager.context_settings))


@pytest.mark.parametrize(("words", "last"), [
    ([], "Error: Missing argument 'NET'."),
    (["a", "b"], "Error: Got unexpected extra argument (b)"),
    (["a", "--interval", "1"], "Error: --interval goes with --watch."),
    (["a", "--watch", "--interval", "0"],
     "Error: --interval must be more than 0 s; the bench is asked every 0.1 s at most."),
])  # fmt: skip
def test_usage(cli, words, last):
    done = cli("diagnose", *words)
    assert (done.status, done.err.splitlines()[-1]) == (2, last)
