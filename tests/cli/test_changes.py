"""From list to list: what is new, a line each."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from test_listing import AT, NOW, ONE, TWO, pause, run

from lager_cli.runs.changes import changes


def new(before, after, paused=False, box=""):
    return changes(box, before, after, paused, NOW)


def test_the_first_list_is_all_new():
    assert new([], [run(pause()), run(id=TWO, user="bob")]) == [
        "12:05:00  running  5a3b1c22  t.py  alice",
        '12:05:00  paused   5a3b1c22  t.py  alice  t.py:7 "check volts"  auto-resume in 4m50s',
        "12:05:00  running  77777777  t.py  bob",
    ]


def test_a_run_that_pauses_goes_on_and_ends():
    running, paused = [run()], [run(pause(label=None, until=None))]
    assert new(running, paused) == ["12:05:00  paused   5a3b1c22  t.py  alice  t.py:7  waits for ever"]
    assert new(paused, running) == ["12:05:00  over     5a3b1c22  t.py  alice  t.py:7"]
    assert new(running, []) == ["12:05:00  ended    5a3b1c22  t.py  alice"]
    assert new(running, [run(ended=AT)]) == ["12:05:00  ended    5a3b1c22  t.py  alice"]
    assert new(paused, paused) == []
    assert [line.split()[1] for line in new(paused, [])] == ["over", "ended"]


def test_a_second_pause_renames_the_first_and_that_is_no_change_of_it():
    one, two = [run(pause())], [run(pause(1, f"{ONE}.1"), pause(2, f"{ONE}.2", label="other"))]
    assert new(one, two) == ['12:05:00  paused   5a3b1c22.2  t.py  alice  t.py:7 "other"  auto-resume in 4m50s']


def test_with_paused_only_pauses_count_and_a_box_is_named():
    assert new([], [run(pause()), run(id=TWO)], paused=True, box="bench1") == [
        '12:05:00  bench1  paused   5a3b1c22  t.py  alice  t.py:7 "check volts"  auto-resume in 4m50s'
    ]
    assert new([run()], [], paused=True) == []
