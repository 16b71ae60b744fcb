"""Runs as a table: every pause a line, on any terminal, and nothing lost but what names and labels are cut by."""

import datetime
import zoneinfo

import pytest

from lager import wire
from lager_cli.runs import listing

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
NOW = datetime.datetime(2026, 5, 30, 12, 5, 0, tzinfo=ZONE)
AT = NOW.timestamp()
ONE = "5a3b1c22-0000-4000-8000-000000000001"
TWO = "77777777-0000-4000-8000-000000000002"


def pause(number=1, name=ONE, **more):
    facts = {
        "label": "check volts",
        "file": "t.py",
        "line": 7,
        "function": "f",
        "thread": "MainThread",
        "since": AT - 10,
        "timeout": 300,
        "interactive": False,
        "until": AT + 290,
    }
    return wire.PauseInfo(number=number, name=name, **(facts | more))


def run(*pauses, **more):
    facts = {"id": ONE, "name": "t.py", "args": [], "user": "alice", "box": "", "started": AT - 20, "ended": None}
    return wire.RunInfo(state="paused" if pauses else "running", pauses=list(pauses), **(facts | more))


def shown(runs, room=80, paused=False, box="bench1", with_box=False):
    return listing.table(listing.rows(box, runs, paused, NOW), room, with_box)


def test_a_pause_and_a_run_that_has_none():
    assert shown([run(pause()), run(id=TWO, name="examples/long.py", user="bob")]) == [
        "ID        STATE    SCRIPT   USER   WHERE          SINCE     UNTIL",
        '5a3b1c22  paused   t.py     alice  t.py:7 "che…"  12:04:50  auto-resume in 4m50s',
        "77777777  running  …ong.py  bob    -              12:04:40  -",
    ]  # fmt: skip


def test_several_pauses_of_a_run_are_a_line_each_with_the_name_to_type():
    runs = [run(pause(1, f"{ONE}.1", until=None, line=3), pause(2, f"{ONE}.2", until=AT + 5, on_timeout="abort"))]
    assert [line.split("  ")[0] for line in shown(runs)] == ["ID", "5a3b1c22.1", "5a3b1c22.2"]
    assert [line.split("  ")[-1].strip() for line in shown(runs)] == ["UNTIL", "waits for ever", "auto-abort in 5s"]


def test_what_has_ended_is_not_shown_and_with_paused_only_pauses_are():
    ended = run(id=TWO, ended=AT, status=0)
    assert shown([ended]) == shown([])
    assert len(shown([run(id=TWO), run(pause())], paused=True)) == 2


@pytest.mark.parametrize("room", [80, 100, 132])
@pytest.mark.parametrize("with_box", [False, True])
def test_long_names_and_labels_are_cut_to_the_terminal_and_nothing_else_is(room, with_box):
    label = 'the "long" label\n of somebody who writes a lot, 日本語'
    long = run(
        pause(12, f"{ONE}.12", label=label, file="a/quite/long/path/of/a/test_file.py", line=1234),
        pause(13, f"{ONE}.13", label=label, file="t.py"),
        name="somewhere/below/many/folders/test_of_supply.py",
        user="a.user.with.a.long.name@example.org",
    )
    lines = shown([long], room, box="a-box-of-the-lab", with_box=with_box)
    assert max(map(listing.cells, lines)) <= room
    assert ("a-box-of-the-lab:" in lines) is with_box
    lines = [line for line in lines if line != "a-box-of-the-lab:"]
    for line, number, place in zip(lines[1:], ("12", "13"), (":1234", "t.py:7"), strict=True):
        assert f"{ONE[:8]}.{number}  paused  " in line
        assert place in line
        assert line.endswith("12:04:50  auto-resume in 4m50s")
        assert ("y.py" in line, "a.u" in line) == (True, True)


def test_where_there_is_no_terminal_all_of_it_is_shown():
    label = "x" * 500
    (line,) = shown([run(pause(label=label))], room=None)[1:]
    assert f't.py:7 "{label}"' in line
    head, line = shown([run(pause())], room=None, with_box=True)
    assert (head.split()[0], line.split()[0]) == ("BOX", "bench1")


def test_on_a_terminal_a_box_stands_above_its_runs():
    rows = [
        *listing.rows("bench1", [run(pause(1, f"{ONE}.1"), pause(2, f"{ONE}.2"))], False, NOW),
        *listing.rows("c", [run()], False, NOW),
    ]
    assert [line.split()[0] for line in listing.table(rows, 80, True)] == [
        "ID", "bench1:", "5a3b1c22.1", "5a3b1c22.2", "c:", "5a3b1c22"
    ]  # fmt: skip


def test_a_very_narrow_terminal_gets_longer_lines_and_not_less():
    assert shown([run(pause())], room=20)[1].endswith("auto-resume in 4m50s")


def test_what_would_move_the_cursor_is_written_out():
    lines = shown([run(pause(label="a\nb\x1b[2J"), name="x\ty.py", user="\r")], room=None)
    assert 't.py:7 "a\\nb\\x1b[2J"' in lines[1]
    assert not any(ord(one) < 32 for line in lines for one in line)


def test_columns_are_as_wide_as_they_are_shown():
    one, other = shown([run(pause(label="日本語")), run(pause(label="é́"), id=TWO)], room=None)[1:]
    assert listing.cells(one[: one.index("12:04:50")]) == listing.cells(other[: other.index("12:04:50")])


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["abcdefgh-1"], ["abcdefgh"]),
        (["abcdefgh-1", "abcdefgh-2", "bbbbbbbb-1"], ["abcdefgh-1", "abcdefgh-2", "bbbbbbbb"]),
        (["abcdefgh-12", "abcdefgh-13", "abcdefgh-2"], ["abcdefgh-12", "abcdefgh-13", "abcdefgh-2"]),
        (["abc", "abcd"], ["abc", "abcd"]),
        ([], []),
    ],
)
def test_ids_are_as_short_as_they_are_told_apart(names, short):
    assert list(listing.short_ids(names).values()) == short


def test_ids_of_runs_that_have_ended_count_because_they_can_be_meant():
    ended = run(id=ONE[:-1] + "2", ended=AT)
    assert shown([run(), ended])[1].startswith(f"{ONE}  ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0s"),
        (0.4, "0s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (290, "4m50s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (86399, "23h59m"),
        (90000, "1d01h"),
    ],
)
def test_durations(seconds, words):
    assert listing.duration(seconds) == words


def test_another_day_is_said():
    assert listing.clock(AT, NOW) == "12:05:00"
    assert listing.clock(AT - 86400, NOW) == "05-29 12:05"
