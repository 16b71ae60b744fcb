"""The list of what has ended: the newest first, how each ended, and no more than a screen of it."""

import datetime

import pytest

from lager import wire
from lager_cli.runs.ended import SHOWN, how, listed

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.timezone.utc)


def run(number, status=0, reason="exit", name="test.py", ended=True):
    started = NOW.timestamp() - 3600 * number - 90
    return wire.RunInfo(
        id=f"{number:08x}-0000-4000-8000-000000000000",
        state="finished" if ended else "running",
        name=name,
        args=[],
        user="alice",
        box="",
        started=started,
        ended=started + 90 if ended else None,
        status=status if ended else None,
        reason=reason if ended else "",
    )


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (7, "exit", "status 7"),
        (124, "timeout", "timeout, 124"),
        (130, "stopped", "stopped, 130"),
        (139, "signal", "SIGSEGV, 139"),
        (1, "lost", "lost"),
    ],
)
def test_how_a_run_ended_is_said_in_a_word(status, reason, words):
    assert how(run(1, status, reason)) == words


def test_the_newest_is_first_and_what_lives_is_left_out():
    lines = listed([run(2, 7), run(1), run(3, ended=False)], "b", NOW).splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["00000001", "00000002"]
    assert lines[3].split()[1:] == ["status", "7", "test.py", "alice", "09:58:30", "1m30s"]
    assert len(lines) == 5


def test_no_more_than_a_screen_of_them_is_shown():
    lines = listed([run(number) for number in range(1, SHOWN + 6)], "b", NOW).splitlines()
    assert len(lines) == SHOWN + 4
    assert lines[-1] == "5 more before these: lager runs --ended --json"


def test_a_name_that_would_move_the_cursor_is_written_out_and_a_long_one_is_cut():
    text = listed([run(1, name="a\x1b[2J" + "x" * 80)], "b", NOW)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_nothing_that_has_ended():
    assert listed([run(1, ended=False)], "bench1", NOW) == "No run that has ended is kept on bench1."
