"""`lager supply NET tui` and `lager battery NET tui` in a terminal: keys in, screen out; faults, and their ends."""

import contextlib
import json
import os
import re
import signal
import sys

import family
import psutil
import pytest
from pictured import LAGER, Pictured

from lager import wire
from lager.client import Service
from lager_cli.screens.figures import big, reading

BENCH = "two_instruments.toml"
PLOT = re.compile("[\u2800-\u28ff]")
SMALL, LARGE = (24, 80), (60, 200)
KEYS = "help  Tab completes  Up/Down history  PgUp/PgDn log  q or Ctrl-C leaves"


@pytest.fixture
def screen(home):
    """Open screens, each on a terminal of its own; all is well again, and off, after the test."""
    assert home.lager("nets").returncode == 0
    opened = []

    def sit_down(*words, size=SMALL, env=None, program=LAGER):
        opened.append(Pictured([str(program), *words], home.folder, home.env | (env or {}), size))
        return opened[-1]

    yield sit_down
    for one in opened:
        one.close()
    home.lager("sim", "clear", "supply1")
    rest(home)


def rest(home):
    """Bring the supply where it was; without a process for each of these, as this is after every test."""
    box = json.loads((home.folder / "state" / "box.json").read_text())
    bench = Service("", "127.0.0.1", box["http"], (home.folder / "state" / "token").read_text().strip(), patience=20)
    for action, value in [("disable", None), ("clear_ovp", None), ("ovp", 21), ("voltage", 0), ("current", 0.1)]:
        params = {} if value is None else {"value": value}
        bench.post("/nets/supply1/act", wire.NetAction("power-supply", action, params, "a test", ""), wire.NetDone)


def service(home):
    """The box's hardware service."""
    return family.running("lager_hwservice", json.loads((home.folder / "state" / "box.json").read_text())["pid"])


def live(terminal):
    terminal.shows("Live, every 1 s", "Connected to the box at", KEYS)
    terminal.changes_to(lambda picture: "Hardware max 20 V" in picture or "VOC" in picture)
    terminal.changes_to(lambda picture: "n/a" not in picture)


def shows_big(terminal, value, unit, form="06.3f"):
    """Wait until a value stands there in large digits."""
    rows = [row.strip() for row in big(reading(value, form), unit)]
    terminal.changes_to(lambda picture: all(row in picture for row in rows))


def quiet(rows):
    """Take out what is another one each time: the clock, the port, and what is drawn."""
    text = "\n".join(PLOT.sub(" ", row).rstrip() for row in rows)
    text = re.sub(r"127\.0\.0\.1:\d+", "BOX", text)
    text = re.sub(r"(?m)^( SupplyTUI - \S+) +(the box at BOX)  \d\d:\d\d:\d\d$", r"\1  \2  CLOCK", text)
    return re.sub(r" *-?[\d.]+┤", " N┤", re.sub(r" {4,}┤", " ┤", text))


WHOLE = """\
 SupplyTUI - supply1  the box at BOX  CLOCK
Live, every 1 s
Channel 1   OFF
Voltage               Current               Power
┏━┓┏━┓ ┏━┓┏━┓┏━┓      ┏━┓┏━┓ ┏━┓┏━┓┏━┓      ┏━┓┏━┓ ┏━┓┏━┓┏━┓
┃ ┃┃ ┃ ┃ ┃┃ ┃┃ ┃      ┃ ┃┃ ┃ ┃ ┃┃ ┃┃ ┃      ┃ ┃┃ ┃ ┃ ┃┃ ┃┃ ┃
┗━┛┗━┛▪┗━┛┗━┛┗━┛ V    ┗━┛┗━┛▪┗━┛┗━┛┗━┛ A    ┗━┛┗━┛▪┗━┛┗━┛┗━┛ W
Set 0 V / 0.1 A   Hardware max 20 V / 6.1 A
OVP 21 V ok   OCP 6.1 A ok
Voltage, V  (last 1 min)                Current, A  (last 1 min)
 N┤ N┤
 ┤ ┤
 ┤ ┤
 ┤ ┤
 N┤ N┤
Connected to the box at BOX.






>
help  Tab completes  Up/Down history  PgUp/PgDn log  q or Ctrl-C leaves"""


def test_the_whole_screen_without_colours_and_the_terminal_after_it(screen):
    terminal = screen("supply", "supply1", "tui")
    before = terminal.settings
    live(terminal)
    with contextlib.suppress(AssertionError):  # told below, line by line
        terminal.changes_to(lambda _: quiet(terminal.rows) == WHOLE)  # its parts find their places one after another
    assert quiet(terminal.rows) == WHOLE
    assert terminal.colours == {"default"}
    terminal.type("q\r")
    assert terminal.wait() == 0
    assert terminal.settings == before
    assert terminal.seen.endswith("\x1b[?1049l\x1b[?25h\x1b[?1004l"), "the screen it began on, with its cursor"


def test_commands_typed_at_once_are_carried_out_in_order(home, screen):
    terminal = screen("supply", "supply1", "tui", env={"NO_COLOR": ""} | {"TERM": "xterm-256color"})
    live(terminal)
    terminal.type("voltage 3.4\x7f3\rcurrent 500 mA\renable\rstate\r")
    terminal.shows("> enable\nSupply output enabled\n", "> state\nChannel 1: ON, Set: 3.3V/0.5A, Measured: 3.")
    terminal.shows("Set 3.3 V / 0.5 A", "Channel 1   ON   C")
    terminal.type("\x1b[5~")
    terminal.shows("> voltage 3.3\nVoltage set to 3.3V\n")
    assert home.lager("supply", "supply1", "state").stdout.startswith("[OK] Channel 1: ON, Set: 3.3V/0.5A")
    terminal.type("\x1b[6~vo\tx\r")
    terminal.shows("> voltage x\nError: 'x' is not in V; write 3.3, 3.3V or 3300mV.")
    terminal.type("voltage 3 4\r")
    terminal.shows("Error: one number is wanted, and '3 4' was given")
    terminal.type("volt 3\r")
    terminal.shows("Error: There is no command 'volt'. Did you mean voltage?")
    terminal.type("voltage 99\r")
    terminal.shows("Error: Voltage 99.0V exceeds hardware limit 20.0V")
    terminal.type("\x1b[A\x1b[A\x1b[B half")
    terminal.shows("> voltage 99 half")
    terminal.type("\x1b")
    terminal.changes_to(lambda picture: ">\nhelp" in picture)
    terminal.type("cl\t")
    terminal.shows("clear  clear-ocp  clear-ovp\n> clear\n")
    terminal.type("\x15disable\r")
    terminal.shows("Supply output disabled", "Channel 1   OFF")
    assert home.lager("supply", "supply1", "state").stdout.startswith("[OK] Channel 1: OFF, Set: 3.3V/0.5A")


def test_what_was_typed_is_known_the_next_time(screen):
    first = screen("supply", "supply1", "tui")
    live(first)
    first.type("ovp\r")
    first.shows("> ovp\nOVP limit: 21.0V")
    first.type("\x03")
    assert first.wait() == 0
    second = screen("supply", "supply1", "tui")
    live(second)
    second.type("\x1b[A")
    second.shows("> ovp\nhelp")


def test_a_trip_is_red_and_says_what_clears_it(screen):
    terminal = screen("supply", "supply1", "tui", env={"NO_COLOR": "", "TERM": "xterm-256color"}, size=LARGE)
    live(terminal)
    terminal.type("voltage 5\renable\r")
    terminal.shows("Supply output enabled")
    terminal.type("ovp 3\r")
    terminal.shows("TRIPPED: clear-ovp", "Channel 1   OFF")
    assert terminal.colour("TRIPPED")[1] == "red"
    terminal.type("clear-ovp\r")
    terminal.shows("OVP trip cleared", "OVP 3 V ok")


def test_safety_limits_are_shown_and_hold(home, screen):
    assert home.lager("nets", "set-limits", "supply1", "--max-voltage", "3.6", "--max-current", "1").returncode == 0
    try:
        terminal = screen("supply", "supply1", "tui")
        live(terminal)
        terminal.shows("Safe up to 3.6 V / 1 A")
        terminal.type("voltage 5\r")
        terminal.shows("> voltage 5\nError: ", "3.6")
        terminal.shows("Set 0 V / 0.1 A")
    finally:
        assert home.lager("nets", "set-limits", "supply1", "--clear").returncode == 0


def test_a_large_terminal_has_large_plots(screen):
    terminal = screen("supply", "supply1", "tui", size=LARGE)
    live(terminal)
    rows = terminal.rows
    first = next(y for y, row in enumerate(rows) if row.startswith("Voltage, V"))
    assert rows[first + 24].startswith("Connected"), terminal.picture
    assert rows[first].index("Current, A") == 100
    assert rows[-1] == KEYS


def test_put_aside_and_taken_up_again_on_a_terminal_of_another_size(screen):
    terminal = screen("-i", env={"PS1": "typed: "}, program="/bin/sh")
    terminal.type(f"{LAGER} supply supply1 tui\r")
    live(terminal)
    terminal.type("\x1a")
    terminal.shows("typed: ")
    terminal.type("clear; echo in the shell; fg\r")
    terminal.changes_to(lambda picture: "Channel 1   OFF" in picture and "in the shell" not in picture)
    terminal.shows(KEYS, "Connected to the box at", "Set 0 V / 0.1 A")
    terminal.resize(12, 40)
    terminal.until(
        lambda: (
            terminal.rows[2:4] == ["Channel 1   OFF", "Voltage               Current"]
            and terminal.rows[-2:] == [">", "help  Tab completes  Up/Down history"]
        )
    )
    terminal.resize(5, 20)
    terminal.until(lambda: terminal.rows[2:] == ["Channel 1   OFF", ">", "help  Tab completes"])
    terminal.type("help\r")
    terminal.resize(*SMALL)
    terminal.shows(KEYS, "Set 0 V / 0.1 A", "quit")  # the end of the help
    terminal.type("q\r")
    terminal.shows("typed: ")


def test_an_instrument_that_is_unplugged_and_back(home, screen):
    terminal = screen("supply", "supply1", "tui")
    live(terminal)
    assert home.lager("sim", "unplug", "supply1").returncode == 0
    terminal.shows("NO READING: ", "n/a V", "n/a A", "Channel n/a  Output n/a", "OVP n/a")
    assert home.lager("sim", "replug", "supply1").returncode == 0
    terminal.shows("Live, every 1 s", "Readings are back.")
    terminal.changes_to(lambda picture: "n/a" not in picture)


def test_the_other_role_of_an_instrument_in_use(home, screen):
    terminal = screen("supply", "supply1", "tui")
    live(terminal)
    other = screen("battery", "battery1", "tui")
    assert other.wait() == 4
    told = " ".join(other.text.split("Error: ")[-1].split())
    assert told.startswith("'battery1' is on the same Keithley 2281S as 'supply1', which is currently in use as a ")
    terminal.type("\x03")
    assert terminal.wait() == 0
    again = screen("battery", "battery1", "tui")
    live(again)
    again.type("soc 80%\rmode st\t\r")
    again.shows("> soc 80%\nSOC set to 80.0%", "> mode static\nMode set to static")
    shows_big(again, 80.0, "%", "5.1f")


def test_a_service_killed_and_back(home, screen):
    terminal = screen("supply", "supply1", "tui")
    live(terminal)
    service(home).kill()
    terminal.shows("is lost")
    terminal.shows("The connection is back.", "Live, every 1 s")
    terminal.changes_to(lambda picture: "n/a" not in picture)
    terminal.type("state\r")
    terminal.shows("> state\nChannel 1: OFF")


def test_silence_is_told_within_seconds_and_over_when_it_is(home, screen):
    terminal = screen("supply", "supply1", "tui")
    live(terminal)
    stopped = service(home)
    stopped.suspend()
    try:
        terminal.shows("NO NEWS for ", "n/a V", timeout=20)
    finally:
        stopped.resume()
    terminal.shows("Live, every 1 s")
    terminal.changes_to(lambda picture: "n/a" not in picture)


def test_told_to_end_it_gives_the_terminal_back(screen):
    terminal = screen("supply", "supply1", "tui")
    before = terminal.settings
    live(terminal)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert terminal.settings == before


def test_it_ends_with_its_terminal(screen):
    terminal = screen("supply", "supply1", "tui")
    live(terminal)
    os.close(terminal._ours)
    terminal._ours = os.open(os.devnull, os.O_RDWR)
    assert terminal.process.wait(20) == -signal.SIGHUP
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == terminal.process.args]


BROKEN = """\
import sys
import click
from lager_cli.app import run
from lager_cli.screens.terminalscreen import TerminalScreen
class Broken(TerminalScreen):
    def on_mount(self):
        self.set_timer(0.01, self.fail)
    def fail(self):
        secret = 1 / 0
sys.exit(run(click.Command("broken", callback=lambda: Broken().show()), []))
"""


def test_a_defect_of_ours_is_one_error_on_a_terminal_as_it_was(home):
    terminal = Pictured([sys.executable, "-c", BROKEN], home.folder, home.env)
    before = terminal.settings
    assert terminal.wait() == 1
    assert terminal.settings == before
    told = terminal.text.rpartition("\x1b")[2].splitlines()[-2:]
    assert told[0].endswith("Error: ZeroDivisionError: division by zero. This is a defect of lager.")
    assert "Traceback" not in terminal.text
    terminal.close()


INSTEAD = "Try: `lager supply NET state --watch` shows the readings line by line, and with --json for programs."


def test_without_a_terminal_it_says_what_serves(home):
    done = home.lager("supply", "supply1", "tui")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: a screen needs a terminal, and standard input is none.\n{INSTEAD}\n"


@pytest.mark.parametrize(
    ("env", "words", "status", "told"),
    [
        ({"TERM": "dumb"}, ["supply1"], 2, f"Error: a terminal of type 'dumb' (TERM) can show no screen.\n{INSTEAD}\n"),
        ({}, ["supply9"], 3, "Error: Net 'supply9' with role 'power-supply' not found.\n"),
        ({}, ["battery1"], 3, "Error: Net 'battery1' with role 'power-supply' not found: it is a battery net.\n"),
        ({}, ["supply1", "--interval", "0"], 2, "Error: --interval must be more than 0 s, and at most 3600 s; "),
        ({}, ["supply1", "--interval", "1e9"], 2, "Error: --interval must be more than 0 s, and at most 3600 s; "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_said_before_there_is_a_screen(home, screen, env, words, status, told):
    terminal = screen("supply", words[0], "tui", *words[1:], env=env, size=LARGE)
    assert terminal.wait() == status
    assert told in terminal.text
    assert "\x1b[?1049h" not in terminal.seen
