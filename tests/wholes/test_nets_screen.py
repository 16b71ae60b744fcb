"""`lager nets tui` in a terminal: channels become nets, nets are renamed and deleted, keys in and screen out."""

import json

import family
import pytest
from pictured import LAGER, Pictured

BENCH = "two_instruments.toml"
DOWN, PAGE_DOWN, HOME, ESCAPE = "\x1b[B", "\x1b[6~", "\x1b[H", "\x1b"
KEYS = "Enter names, renames  d deletes  u hides free channels  q or Ctrl-C leaves"


@pytest.fixture
def screen(home):
    assert home.lager("nets").returncode == 0
    opened = []

    def sit_down(size=(24, 80)):
        opened.append(Pictured([str(LAGER), "nets", "tui"], home.folder, home.env, size))
        opened[-1].shows("2 instruments, ", KEYS)
        return opened[-1]

    yield sit_down
    for one in opened:
        one.close()


def saved(home):
    return {net["name"]: net for net in json.loads(home.lager("nets", "--json").stdout)}


def row(terminal, start):
    return next(line.split() for line in terminal.rows if line.startswith(f" {start}"))


def test_the_whole_screen(home, screen):
    terminal = screen()
    terminal.shows(" supply1 ", " power-supply ", "Keithley 2281S")  # a column grows after its first row
    head, told, titles, *rows = terminal.rows
    assert head.startswith(" NetsTUI - the box at 127.0.0.1:")
    assert told == "2 instruments, 28 nets."
    assert titles.split() == ["Net", "Net", "Type", "Channel", "Instrument", "Address"]
    assert [line.split()[:5] for line in rows[:3]] == [
        ["supply1", "power-supply", "1", "Keithley", "2281S"],
        ["battery1", "battery", "1", "Keithley", "2281S"],
        ["adc1", "adc", "AIN0", "LabJack", "T7"],
    ]
    assert terminal.colours == {"default"}
    before = terminal.settings
    terminal.type("q")
    assert terminal.wait() == 0
    assert terminal.settings != before


def test_a_net_is_added_renamed_and_deleted(home, screen):
    terminal = screen((60, 200))
    terminal.type(DOWN * 10 + "\r")
    terminal.shows("Name of adc AIN8: adc9")
    terminal.type("\x15dq\r")  # keys that mean something elsewhere
    terminal.shows("Saved new net 'dq'.", " dq ")
    assert saved(home)["dq"]["pin"] == "AIN8"
    terminal.type("\r")
    terminal.shows("New name of net dq: dq")
    terminal.type("\x15supply1\r")
    terminal.shows("Error: ")
    assert "dq" in saved(home)
    terminal.type("\r\x15probe\r")
    terminal.shows("Renamed 'dq' → 'probe'.", " probe ")
    terminal.type("d")
    terminal.shows("Delete net probe (adc)? y, then Enter:")
    terminal.type("\r")
    terminal.changes_to(lambda picture: "Net probe is kept." in picture and "Delete net" not in picture)
    terminal.type("d")
    terminal.shows("Delete net probe (adc)?")
    terminal.type(ESCAPE)
    terminal.changes_to(lambda picture: "Delete net" not in picture)
    terminal.type("dy\r")
    terminal.shows("Deleted 'probe' (adc).")
    assert "probe" not in saved(home)
    terminal.type("\x03")
    assert terminal.wait() == 0


def test_what_cannot_be_done_is_said(home, screen):
    terminal = screen((60, 200))
    terminal.type(DOWN * 10 + "d")
    terminal.shows("This channel is no net: there is nothing to delete.")
    terminal.type("\r\x15adc1\r")
    terminal.shows("Error: A net named 'adc1' already exists.")
    terminal.type("u")
    terminal.changes_to(lambda picture: " AIN13 " not in picture)
    terminal.type("u")
    terminal.shows(" AIN13 ")


def test_what_others_change_is_seen(home, screen):
    terminal = screen((60, 200))
    assert home.lager("nets", "rename", "gpio1", "led").returncode == 0
    terminal.shows(" led ")
    assert home.lager("sim", "unplug", "supply1").returncode == 0
    terminal.shows("Keithley 2281S (not plugged in)")
    assert home.lager("sim", "replug", "supply1").returncode == 0
    terminal.changes_to(lambda picture: "not plugged in" not in picture)
    assert home.lager("nets", "rename", "led", "gpio1").returncode == 0


def test_a_box_that_is_silent_is_told_of_and_keeps_nobody_there(home, screen):
    terminal = screen()
    pid = json.loads((home.folder / "state" / "box.json").read_text())["pid"]
    stopped = family.running("lager_hwservice", pid)
    stopped.suspend()
    try:
        terminal.shows("CONNECTION LOST, trying again: no answer in ")
        terminal.type("q")
        assert terminal.wait() == 0
    finally:
        stopped.resume()


def test_without_a_terminal_it_says_what_serves(home):
    done = home.lager("nets", "tui")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: a screen needs a terminal, and standard input is none.\n"
        "Try: `lager nets` lists the nets; `lager nets add`, `rename` and `delete` change them.\n"
    )
