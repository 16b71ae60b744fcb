"""What screens are made of, without a terminal: figures, plots, words, what was typed, and how it stands."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager import errors, wire
from lager_cli.nets.wanted import Bench
from lager_cli.screens import typed
from lager_cli.screens.batterywords import BATTERY
from lager_cli.screens.figures import big, limit, plain, reading
from lager_cli.screens.picture import readings, safety, settings
from lager_cli.screens.plot import Frame, draw, span
from lager_cli.screens.slots import Slot, assigned, slots, suggested
from lager_cli.screens.standing import Standing
from lager_cli.screens.supplywords import SUPPLY
from lager_cli.screens.trace import KEPT, MOST, Trace
from lager_cli.screens.typed import Typed
from lager_cli.screens.vocabulary import common

STATE = {
    "channel": 1, "enabled": True, "mode": "CV", "voltage": 3.3, "current": -0.00004, "power": 0.0,
    "voltage_set": 3.3, "current_set": 0.5, "voltage_max": 20.0, "current_max": 0,
    "ovp_limit": 4.0, "ovp_tripped": False, "ocp_limit": 1.0, "ocp_tripped": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.3, "03.300"), (-0.00004, "00.000"), (-0.25, "-0.250"), (123.4567, "123.457"), (5, "05.000")]
    + [(one, "n/a") for one in (None, "3.3", math.nan, math.inf, True)],
)
def test_readings(value, text):
    assert reading(value) == text


def test_settings_and_limits():
    assert [plain(one, "V") for one in (3.3, 0.1 + 0.2, None, "LI_ION4_2", "")] == [
        "3.3 V", "0.3 V", "n/a", "LI_ION4_2", "n/a",
    ]  # fmt: skip
    assert [limit(one, "A") for one in (6.1, 0, -1, None)] == ["6.1 A", "n/a", "n/a", "n/a"]


def test_large_digits():
    assert big("1.7", "V") == ["╺┓  ╺━┓  ", " ┃    ┃  ", "╺┻╸▪  ╹ V"]
    assert big("n/a", "A") == ["     ", "n/a A", "     "]


@given(st.floats())
def test_large_digits_are_three_rows_of_one_length(value):
    rows = big(reading(value), "V")
    assert len(rows) == 3
    assert len({len(row) for row in rows}) == 1


def test_a_state_in_words():
    assert settings(SUPPLY, STATE, {"max_voltage": 3.6, "max_current": 1}).plain.splitlines() == [
        "Set 3.3 V / 0.5 A   Hardware max 20 V / n/a",
        "OVP 4 V ok   OCP 1 A TRIPPED: clear-ocp   Safe up to 3.6 V / 1 A",
    ]
    assert readings(SUPPLY, STATE).plain.splitlines()[0] == "Channel 1   ON   CV"
    assert safety({"max_current": 0.5}) == "0.5 A"


def test_what_was_not_read_is_no_number():
    assert readings(SUPPLY, {}).plain.splitlines() == [
        "Channel n/a  Output n/a",
        "Voltage               Current               Power",
        "",
        "n/a V                 n/a A                 n/a W",
    ]
    assert "0" not in settings(SUPPLY, {}, {}).plain
    assert "0" not in settings(BATTERY, {}, {}).plain


def test_every_line_fits_a_small_terminal():
    keys = "voc capacity esr volt_full volt_empty current_limit ovp_limit ocp_limit voltage_set current_set"
    state = dict.fromkeys(keys.split(), 12.3456) | {"ocp_tripped": False}
    state |= {"model": "LEAD_ACID12", "voltage_max": 20.5, "current_max": 6.1, "ovp_tripped": True}
    for kind in (SUPPLY, BATTERY):
        lines = settings(kind, state, {"max_voltage": 3.6, "max_current": 1}).plain.splitlines()
        assert max(map(len, lines)) <= 80


RAMP = [(float(n), n / 10) for n in range(61)]


def test_a_line_is_drawn():
    picture = draw(RAMP, Frame("Voltage, V", 19, 4), 60.0, 60.0)
    assert picture == [
        "Voltage, V  (last 1",
        "     6.0┤⠀⠀⠀⠀⠀⠀⢀⣠⠖⠋",
        "        ┤⠀⠀⠀⣀⡤⠚⠉⠀⠀⠀",
        "     0.0┤⣠⠴⠋⠁⠀⠀⠀⠀⠀⠀",
    ]


def test_a_line_has_gaps_where_nothing_was_read():
    gap = [(time, None if 20 < time < 40 else 1.0) for time, _ in RAMP]
    rows = draw(gap, Frame("A", 19, 4), 60.0, 60.0)
    drawn = "".join(max(column) for column in zip(*(row[9:] for row in rows[1:]), strict=True))
    assert [one == "\u2800" for one in drawn] == [False] * 4 + [True] * 2 + [False] * 4


@given(
    st.lists(st.tuples(st.floats(0, 700), st.none() | st.floats(-1e6, 1e6)), max_size=50),
    st.integers(1, 120),
    st.integers(1, 40),
)
def test_a_plot_is_never_larger_than_its_frame(samples, columns, rows):
    picture = draw(sorted(samples, key=lambda one: one[0]), Frame("V", columns, rows), 700.0, 600.0)
    assert len(picture) <= max(rows, 1)
    assert all(len(row) <= columns for row in picture)


def test_how_much_time_is_shown():
    assert [span(began, 1000.0) for began in (None, 990.0, 900.0, 800.0, 600.0, 0.0)] == [60, 60, 120, 300, 600, 600]


def test_a_trace_forgets_what_is_old_and_marks_gaps():
    trace = Trace()
    assert trace.began is None
    trace.gap(0.0)
    assert trace.began is None
    for now in range(0, 1000, 100):
        trace.add(float(now), {"voltage": now})
    assert trace.began == 900 - KEPT
    trace.gap(901.0)
    trace.gap(902.0)
    assert [value for _, value in trace.values("voltage")][-2:] == [900.0, None]
    for now in range(MOST + 10):
        trace.add(903.0 + now / 1e6, {})
    assert len(list(trace.values("voltage"))) == MOST


@pytest.mark.parametrize(
    ("kind", "line", "action", "params"),
    [
        (SUPPLY, "voltage 3300mV", "voltage", {"value": 3.3}),
        (SUPPLY, "VOLTAGE  3.3 V", "voltage", {"value": 3.3}),
        (SUPPLY, "current", "current", {}),
        (SUPPLY, "clear-ovp", "clear_ovp", {}),
        (BATTERY, "soc 80 %", "soc", {"value": 80.0}),
        (BATTERY, "capacity 1200mAh", "capacity", {"value": 1.2}),
        (BATTERY, "batt-full 4.2", "batt_full", {"value": 4.2}),
        (BATTERY, "mode static", "mode", {"mode_type": "static"}),
        (BATTERY, "model LI_ION4_2", "model", {"partnumber": "LI_ION4_2"}),
        (BATTERY, "clear-prot", "clear", {}),
        (BATTERY, "set", "set", {}),
    ],
)
def test_what_a_line_means(kind, line, action, params):
    meant = kind.words.read(line)
    assert (meant.action, meant.params, meant.own) == (action, params, "")


@pytest.mark.parametrize(("line", "own"), [("q", "quit"), ("exit", "quit"), ("quit", "quit"), ("?", "help")])
def test_what_a_line_means_to_the_screen(line, own):
    assert SUPPLY.words.read(line).own == own


@pytest.mark.parametrize(
    ("kind", "line", "what"),
    [
        (SUPPLY, "volt 3", "There is no command 'volt'. Did you mean voltage?"),
        (SUPPLY, "xyzzy", "There is no command 'xyzzy'."),
        (SUPPLY, "voltage 3 4", "one number is wanted, and '3 4' was given"),
        (SUPPLY, "voltage 3 V 4", "one number is wanted, and '3 V 4' was given"),
        (SUPPLY, "voltage -1", "'-1' is negative; write a number from 0 on, such as 3.3, 3.3V or 3300mV."),
        (SUPPLY, "voltage nan", "'nan' is not in V; write 3.3, 3.3V or 3300mV."),
        (SUPPLY, "voltage 1e999", "'1e999' is beyond all measure; write 3.3, 3.3V or 3300mV."),
        (SUPPLY, "enable 1", "enable takes nothing, and '1' was given."),
        (BATTERY, "mode fast", "'fast' is none of static, dynamic"),
    ],
)
def test_what_is_refused_before_anything_is_sent(kind, line, what):
    with pytest.raises(errors.UsageError) as caught:
        kind.words.read(line)
    assert caught.value.what == what


def test_completion():
    assert SUPPLY.words.complete("vo") == ["voltage "]
    assert SUPPLY.words.complete("cl") == ["clear", "clear-ocp", "clear-ovp"]
    assert BATTERY.words.complete("mode s") == ["mode static"]
    assert BATTERY.words.complete("soc 8") == []
    assert SUPPLY.words.complete("zz") == []
    assert [common(one) for one in (["clear", "clear-ocp"], ["a"], [], ["ab", "xy"])] == ["clear", "a", "", ""]


def test_the_help_has_every_command_and_fits():
    for kind in (SUPPLY, BATTERY):
        lines = list(kind.words.help())
        assert [line.split()[0] for line in lines] == kind.words.names
        assert max(map(len, lines)) <= 79


def test_going_through_what_was_typed():
    lines = Typed(["one"])
    assert lines.add("two")
    assert not lines.add("two")
    assert not lines.add(" ")
    assert [lines.older("begun"), lines.older(""), lines.older("")] == ["two", "one", "one"]
    assert [lines.newer(""), lines.newer(""), lines.newer("begun")] == ["two", "begun", "begun"]
    assert Typed([]).older("x") == "x"


def test_what_was_typed_is_kept_to_oneself_and_not_for_ever(folder):
    path = typed.file_of("power-supply")
    assert typed.load(path) == []
    for n in range(typed.KEPT + 3):
        typed.save(path, f"voltage {n}")
    assert typed.load(path) == [f"voltage {n}" for n in range(3, typed.KEPT + 3)]
    assert path.stat().st_mode & 0o77 == 0


def test_a_history_that_cannot_be_read_or_written_is_no_trouble(folder):
    path = typed.file_of("battery")
    path.mkdir()
    typed.save(path, "soc 80")
    assert typed.load(path) == []


def test_how_it_stands_from_the_first_connection_to_a_fault_and_back():
    now = Standing(1.0, 0.0)
    assert now.words(1.0) == ("Connecting ...", False)
    assert now.take("ready", {"voltage_max": 20}, 1.0) == ""
    assert now.take("state", STATE, 2.0) == ""
    assert (now.words(2.0), now.shown(2.0)) == (("Live, every 1 s", False), STATE)
    assert now.take("error", {"message": "it left\nthe bus"}, 3.0) == "it left the bus"
    assert now.take("error", {"message": "it left\nthe bus"}, 4.0) == ""
    assert (now.words(4.0), now.shown(4.0)) == (("NO READING: it left the bus", True), {})
    assert now.take("state", STATE, 5.0) == "Readings are back."
    assert now.take("gone", {"message": "lost"}, 6.0) == "lost"
    assert (now.words(60.0), now.shown(60.0)) == (("CONNECTION LOST, trying again: lost", True), {})
    assert now.take("back", {}, 61.0) == "The connection is back."
    assert now.shown(61.0) == {}
    assert now.take("state", STATE, 62.0) == "Readings are back."
    assert now.ready == {"voltage_max": 20}


def test_silence_is_told_and_what_was_read_before_is_no_reading():
    quick, slow = Standing(0.1, 0.0), Standing(10.0, 0.0)
    for one in (quick, slow):
        one.take("state", STATE, 0.0)
    assert (quick.silent(5.0), quick.silent(5.1), slow.silent(29.0), slow.silent(31.0)) == (False, True, False, True)
    assert quick.words(7.4) == ("NO NEWS for 7 s: the instrument, the box or the network is silent", True)
    assert quick.shown(7.4) == {}


SUPPLY_THERE = wire.Instrument(
    name="Rigol_DP821",
    address="USB0::0x1AB1::0x0E11::DP8::INSTR",
    channels={"power-supply": ["1", "2"]},
    present=True,
    via="usbip://h:1",
)
UNKNOWN = wire.Instrument(name="", address="USB0::1::2::3::INSTR", could_be=["A", "B"], present=True, note="one of two")
NETS = [wire.NetRecord("supply1", "power-supply", "Rigol_DP821", SUPPLY_THERE.address, "2", "usbip://h:1")]


def test_every_channel_is_a_slot():
    found = slots([SUPPLY_THERE, UNKNOWN], NETS)
    assert [(one.role, one.pin, one.net, one.title) for one in found] == [
        ("power-supply", "1", "", "Rigol DP821"),
        ("power-supply", "2", "supply1", "Rigol DP821"),
        ("", "", "", "unknown"),
    ]
    odd = [*NETS, wire.NetRecord("aux", "power-supply", "Rigol_DP821", SUPPLY_THERE.address, "9")]
    assert [one.net for one in slots([SUPPLY_THERE], odd)] == ["", "supply1", "aux"]


def test_a_slot_becomes_a_net():
    bench = Bench("box", NETS, [SUPPLY_THERE], {})
    free, used, _ = slots([SUPPLY_THERE, UNKNOWN], NETS)
    assert suggested(free, bench) == "supply2"
    assert suggested(used, bench) == ""
    assert assigned(free, " VBAT ", bench) == {
        "name": "VBAT",
        "role": "power-supply",
        "instrument": "Rigol_DP821",
        "address": SUPPLY_THERE.address,
        "pin": "1",
        "via": "usbip://h:1",
    }
    for name in ("supply1", " "):
        with pytest.raises(errors.UsageError):
            assigned(free, name, bench)
    assert Slot(wire.Instrument(name="A_B", address="", present=False)).title == "A B (not plugged in)"
