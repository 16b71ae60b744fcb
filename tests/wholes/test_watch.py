"""`--watch` as a person and a script have it: on a terminal, in a pipe, while the service is away, and at Ctrl-C."""

import json
import os
import re
import signal

import family

STATE = r"\[OK\] Channel 1: (ON|OFF), Set: ([0-9.]+)V/[0-9.]+A, Measured: [-0-9.]+V/[-0-9.]+A"


def hardware_service(home):
    """Give the process id of the box's hardware service."""
    return family.running("lager_hwservice", json.loads((home.folder / "state" / "box.json").read_text())["pid"]).pid


def test_one_line_that_follows_the_supply_until_ctrl_c(home):
    assert home.lager("supply", "supply2", "voltage", "1.5", "--yes").returncode == 0
    screen = home.terminal("supply", "supply2", "state", "--watch", "--interval", "0.1")
    assert screen.expect(STATE).group(2) == "1.5"
    assert home.lager("supply", "supply2", "voltage", "2.5", "--yes").returncode == 0
    screen.expect(r"Set: 2\.5V")
    screen.type("\x03")
    assert screen.wait() == 0
    shown = screen.text.replace("^C", "")
    assert (shown.count("\n"), shown.count("\r") >= 2) == (1, True)
    assert re.search(STATE, shown.split("\r")[-2] + shown.split("\r")[-1])


def test_a_narrow_terminal_gets_what_fits_in_one_line(home):
    assert home.lager("nets").returncode == 0  # so that the line about the start is not in the way
    screen = home.terminal("supply", "supply2", "state", "--watch", "--interval", "0.1", env={"COLUMNS": "40"})
    screen.expect(r"\[OK\] Channel 1: [^\r\n]*…\r")
    screen.expect(r"\[OK\] Channel 1: [^\r\n]*…\r")
    screen.type("\x03")
    assert screen.wait() == 0
    lines = screen.text.replace("^C", "").replace("\n", "\r").split("\r")
    assert max(map(len, lines)) <= 40


def test_readings_in_a_pipe_are_lines_and_go_on_when_the_service_is_back(home):
    assert home.lager("nets").returncode == 0
    watching = home.start("battery", "battery1", "state", "--watch", "--interval", "100ms", "--json")
    first = json.loads(watching.stdout.readline())
    assert sorted(first) == ["state", "time"]
    assert sorted(json.loads(watching.stdout.readline())) == ["state", "time"]
    refused = home.lager("supply", "supply1", "state")
    assert refused.returncode == 4
    assert "'supply1' is on the same Keithley 2281S as 'battery1'" in refused.stderr
    os.kill(hardware_service(home), signal.SIGKILL)
    lost = watching.stderr.readline()
    assert lost.startswith("Error: the box at 127.0.0.1:")
    while json.loads(watching.stdout.readline())["time"] <= first["time"]:
        pass
    for _ in range(3):  # the old service is dead by now, so readings come from the new one
        assert watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=30)
    assert (watching.returncode, "Traceback" in err) == (0, False)
    assert home.lager("supply", "supply1", "state").returncode == 0


def test_the_second_role_cannot_be_watched_and_says_why(home):
    watching = home.start("supply", "supply1", "state", "--watch", "--interval", "1")
    assert watching.stdout.readline().startswith("[OK] Channel 1: ")
    refused = home.lager("battery", "battery1", "state", "--watch")
    assert refused.returncode == 4
    assert "close the power-supply session first." in refused.stderr
    assert "Try: end the watching of supply1 (lager command of" in refused.stderr
    watching.kill()
    watching.communicate(timeout=30)


def test_a_watching_the_instrument_refuses_takes_the_supply_from_nobody(home):
    assert home.lager("supply", "supply1", "enable", "--yes").returncode == 0
    refused = home.lager("battery", "battery1", "state", "--watch")
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "is in use as a power supply and its output is on" in refused.stderr
    assert home.lager("supply", "supply1", "disable").returncode == 0


def test_what_cannot_be_watched_ends_at_once(home):
    for words, status in (
        (("supply", "nowhere", "state", "--watch"), 3),
        (("supply", "adc1", "state", "--watch"), 3),
        (("supply", "supply1", "state", "--interval", "1"), 2),
        (("supply", "supply1", "state", "--watch", "--interval", "-1"), 2),
        (("supply", "supply1", "state", "--watch", "--interval", "0"), 2),
        (("supply", "supply1", "state", "--watch", "--interval", "1000000"), 2),
    ):
        done = home.lager(*words)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        assert "Traceback" not in done.stderr
