"""What others do in their consoles, as lines and as entries."""

import datetime

from lager import wire
from lager_cli.console.playing import Play

MOMENT = 1_700_000_000.0  # 22:13:20 in UTC


def shown(*messages):
    play = Play(1, datetime.timezone.utc)
    return [f"{line.who} {line.text}" for message in messages for line in play.lines(message)]


def test_a_statement_and_what_it_writes():
    assert shown(
        wire.Said(1, "for a in x:\n    a", "ada", MOMENT, "c1"),
        wire.ConsoleOutput(1, 1, "1\n2", "c1"),
        wire.Wrote(1, "supply1.enable()", "c1"),
        wire.ConsoleResult(1, True, "c1"),
    ) == [
        "22:13:20 ada | >>> for a in x:",
        "         ada | ...     a",
        "         ada | 1",
        "         ada | 2",
        "         ada | [done on the bench: supply1.enable()]",
    ]


def test_two_consoles_keep_their_lines_apart():
    assert shown(
        wire.Said(1, "x", "ada", MOMENT, "c1"),
        wire.Said(1, "y", "ada", MOMENT, "c2"),
        wire.ConsoleOutput(1, 1, "begun ", "c1"),
        wire.ConsoleOutput(1, 2, "other\n", "c2"),
        wire.ConsoleOutput(1, 1, "and ended\n", "c1"),
        wire.ConsoleResult(1, True, "c1"),
    ) == [
        "22:13:20 ada | >>> x",
        "22:13:20 ada/2 | >>> y",
        "         ada/2 | other",
        "         ada | begun and ended",
    ]


def test_a_line_without_end_is_shown_when_its_statement_is_done():
    assert shown(wire.ConsoleOutput(1, 1, "12", "c1"), wire.ConsoleResult(1, True, "c1")) == ["         c1 | 12"]


def test_of_a_file_only_its_name_is_shown():
    said = wire.Said(1, "%run a.py\nx = 1\ny = 2\n", "ada", MOMENT, "c1")
    assert shown(said) == ["22:13:20 ada | >>> %run a.py  (2 lines)"]


def test_entries_are_those_of_the_transcript():
    play = Play(3)
    entries = [
        play.entry(one, 5.0)
        for one in (
            wire.Said(1, "x", "ada", MOMENT, "c1"),
            wire.ConsoleOutput(1, 2, "no\n", "c1", 2),
            wire.Wrote(1, "supply1.enable()", "c1"),
            wire.ConsoleResult(1, False, "c1", 3, "f"),
            wire.NotAnswering(2.0),
        )
    ]
    told = {"user": "ada", "console": "c1", "pause": 3, "statement": 1}
    assert entries == [
        wire.TranscriptEntry(time=MOMENT, kind="statement", text="x", **told),
        wire.TranscriptEntry(time=5.0, kind="output", stream=2, text="no\n", **told),
        wire.TranscriptEntry(time=5.0, kind="wrote", text="supply1.enable()", **told),
        wire.TranscriptEntry(time=5.0, kind="result", ok=False, file="f", **told),
        None,
    ]
