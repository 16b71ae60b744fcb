"""`lager diagnose --watch`: on a terminal it draws anew, elsewhere it writes each change, until Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from diagnosedbox import LAN, NETS, SEEN, TOLD, USB, diagnosed_box

sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from terminal import Terminal

LAGER = str(Path(sys.executable).with_name("lager"))
GONE = {"address": USB, "error": "it has left", "error_class": "nodev", "via": "worker", "elapsed_ms": 1}


@pytest.fixture
def box(folder, monkeypatch):
    monkeypatch.setenv("LAGER_TOKEN", "t")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR")
    with diagnosed_box() as box:
        yield box


@pytest.fixture
def watch(box, folder):
    """Watch from a pipe."""
    started = []

    def start(*words):
        words = [LAGER, "diagnose", "psu1", "--box", f"127.0.0.1:{box.port}", "--watch", "--interval", "0.1", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(words, cwd=folder, text=True, **pipes))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


def until(stream, words):
    """Read on until a line holds these words; what came before is of a moment when only half of it was changed."""
    while words not in (line := stream.readline()):
        assert line
    return line


def test_each_change_is_a_line(box, watch):
    watching = watch()
    assert re.fullmatch(r"\d\d:\d\d:\d\d HEALTHY — IDN: KEITHLEY,2281S\n", watching.stdout.readline())
    often, times = threading.Event(), []

    def well():
        times.append(1)
        if len(times) == 3:
            often.set()
        return TOLD

    box.told["visa"] = well
    assert often.wait(30)
    box.told["visa"] = GONE
    assert watching.stdout.readline()[9:] == "TRANSIENT: device disappeared from USB (re-enumeration).\n"
    box.told["usb"] = {**SEEN, "enumerated": False}
    box.told["visa"] = {**GONE, "error_class": "other"}
    assert watching.stdout.readline()[9:] == "NOT ENUMERATED: the box's USB has no such device.\n"
    box.told["visa"] = TOLD
    box.told["usb"] = SEEN
    assert "HEALTHY" in watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    assert (watching.wait(30), watching.stdout.read(), watching.stderr.read()) == (0, "", "")


def test_each_change_for_scripts(box, watch):
    watching = watch("--json")
    first = json.loads(watching.stdout.readline())
    assert (first["classification"]["name"], first["visa"]) == ("healthy", TOLD)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d", first["time"])
    box.told["visa"] = GONE
    assert json.loads(watching.stdout.readline())["classification"]["status"] == 13


def at(address):
    return [{**net, "address": address} if net["name"] == "psu1" else net for net in NETS]


def test_a_net_that_gets_another_address_is_followed_to_it(box, watch):
    other = USB.replace("4381218", "99")
    watching = watch()
    assert "HEALTHY" in watching.stdout.readline()
    box.told["nets"] = at(other)
    assert watching.stdout.readline()[9:] == f"ADDRESS: the net is at {other} now.\n"
    assert watching.stdout.readline()[9:] == "HEALTHY — IDN: KEITHLEY,2281S\n"
    box.told["visa"] = GONE
    assert "TRANSIENT" in watching.stdout.readline()
    assert ("/diagnose/visa", other) in box.asked, "what is asked is what the net is now"
    box.told["lan"] = {"address": LAN, "idn": "RIGOL,DL3021", "connect": "open"}
    box.told["nets"] = at(LAN)
    assert watching.stdout.readline()[9:] == f"ADDRESS: the net is at {LAN} now.\n"
    assert watching.stdout.readline()[9:] == "HEALTHY — IDN: RIGOL,DL3021\n"


def test_a_net_that_gets_another_address_is_told_scripts_as_a_whole(box, watch):
    watching = watch("--json")
    assert json.loads(watching.stdout.readline())["address"] == USB
    box.told["nets"] = at("USB0::0x05E6::0x2281::99::INSTR")
    found = json.loads(watching.stdout.readline())
    assert (found["address"], found["classification"]["name"]) == ("USB0::0x05E6::0x2281::99::INSTR", "healthy")


def test_a_net_that_is_taken_away_is_said_and_waited_for(box, watch):
    watching = watch()
    assert "HEALTHY" in watching.stdout.readline()
    box.told["nets"] = NETS[1:]
    line = watching.stdout.readline()
    assert line[9:].startswith("UNCLEAR — Net 'psu1' not found on box. Available: both, apart, load1, debug1.")
    box.told["nets"] = at("")
    assert "net 'psu1' (power-supply) has no address" in watching.stdout.readline()
    box.told["nets"] = NETS
    assert watching.stdout.readline()[9:] == "HEALTHY — IDN: KEITHLEY,2281S\n"


def test_a_reader_that_leaves_ends_it_quietly(box, watch):
    watching = watch()
    assert watching.stdout.readline()
    watching.stdout.close()
    box.told["visa"] = GONE
    assert (watching.wait(30), watching.stderr.read()) == (141, "")


@pytest.mark.parametrize(("rows", "columns", "shown"), [(40, 120, True), (14, 60, False)])
def test_a_terminal_is_drawn_anew(box, folder, rows, columns, shown):
    words = [LAGER, "diagnose", "psu1", "--box", f"127.0.0.1:{box.port}", "--watch", "--interval", "0.1"]
    screen = Terminal(words, folder, os.environ.copy(), size=(rows, columns))
    try:
        screen.expect(f"lager diagnose — 127.0.0.1:{box.port} → psu1\n  NetType: power-supply    address: {USB[:20]}")
        screen.expect("Classification: HEALTHY — IDN: KEITHLEY,2281S\n")
        screen.expect(
            r"  since (\d\d:\d\d:\d\d), looked at \d\d:\d\d:\d\d; Ctrl-C ends it\n\n== USB \(host-side\) ==\n"
        )
        if shown:
            screen.expect("   shared_pool:     1 entry/entries\n")
        box.told["visa"] = GONE
        screen.expect("Classification: TRANSIENT: device disappeared from USB")
        screen.expect("Next: the box finds it by itself on the next call")
        screen.expect(f"`lager diagnose psu1 --box 127.0.0.1:{box.port}`;")  # none of it is cut off
        screen.expect("Ctrl-C ends it")
        screen.type("\x03")
        assert screen.wait() == 0
    finally:
        screen.close()
    drawn = screen.seen.split("\x1b[H")[1:]
    assert max(one.count("\n") for one in drawn[:-1]) < rows
    assert max(len(line) for line in screen.text.replace("\r", "").splitlines()) <= columns
    assert ("shared_pool" in screen.text) is shown


def test_a_terminal_breaks_long_lines_between_words(box, folder):
    box.told["visa"] = {**GONE, "error": f"the Keithley_2281S at {USB} is not there", "errno": 19}
    words = [LAGER, "diagnose", "psu1", "--box", f"127.0.0.1:{box.port}"]
    screen = Terminal(words, folder, os.environ.copy(), size=(24, 60))
    try:
        screen.expect(f"   error:       the Keithley_2281S at\n {{16}}{USB} is not\n {{16}}there\n")
        screen.expect("      if it stays away, see its power, its cable, and the\n      hub's port.\n")
        assert screen.wait() == 13
    finally:
        screen.close()


def test_what_the_box_does_not_answer_is_said_and_watched_on(box, watch):
    watching = watch()
    assert "HEALTHY" in watching.stdout.readline()
    told = dict(box.told)
    box.told |= {"usb": [], "visa": [], "dispatcher": []}
    line = until(watching.stdout, "does not speak")
    assert line[9:] == "UNCLEAR — what answers does not speak as a box does (HTTP status 200).\n"
    box.told |= told
    until(watching.stdout, "HEALTHY")
