"""What `--watch` draws: what fits, what is wrong with a box, and how old what is shown is then."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from test_listing import AT, NOW, ONE, TWO, pause, run

from lager import errors
from lager_cli.runs.board import Side, nothing, picture
from lager_cli.runs.listing import cells
from lager_cli.runs.places import Place

AWAY = errors.ServiceUnreachable("the box b at 10.0.0.9:5000 does not answer: connection refused", "see")


def side(runs=None, name="b", error=None, **more):
    return Side(Place(name), runs, error, AT - 3, **more)


def drawn(*sides, paused=False, size=(80, 24)):
    return picture(sides, paused, len(sides) > 1, NOW, size)


def test_before_anything_was_heard_and_when_nothing_runs():
    assert drawn(side()) == ["Asking …"]
    assert drawn(side([])) == ["Nothing runs on b."]
    assert drawn(side([run()]), paused=True) == ["Nothing is paused on b."]
    assert drawn(side([]), side([], "c"), side([], "local")) == ["Nothing runs on b, c and your box on this machine."]
    assert nothing(["b", "c"], paused=True) == "Nothing is paused on b and c."


def test_the_time_left_is_counted():
    assert drawn(side([run(pause(until=AT + 61))]))[1].endswith("auto-resume in 1m01s")
    assert drawn(side([run(pause(until=AT + 0.3))]))[1].endswith("auto-resume in 0s")


def test_a_box_that_is_away_is_said_under_what_it_said_last():
    lines = drawn(side([run(pause())], error=AWAY), size=(200, 24))
    assert lines[1].startswith("5a3b1c22")
    assert lines[2:] == [
        "Error: the box b at 10.0.0.9:5000 does not answer: connection refused; trying again; "
        "b is shown as of 12:04:57."
    ]
    assert drawn(side(error=AWAY), side([], "c"), size=(200, 24)) == [
        "Nothing runs on c.",
        "Error: the box b at 10.0.0.9:5000 does not answer: connection refused; trying again.",
    ]
    assert drawn(side(error=AWAY, final=True), size=(200, 24))[-1].endswith("connection refused.")


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (20, 5), (200, 50)])
def test_it_fits_the_terminal_whatever_that_is(size):
    many = [run(pause(label="x" * 300)), *(run(id=f"{n:08}-0000", name="long/path/of/a.py") for n in range(60))]
    lines = drawn(side(many), side(error=AWAY, name="c"), size=size)
    assert len(lines) <= size[1] - 1
    assert max(map(cells, lines)) <= size[0]
    assert any(line.startswith("… ") and "more" in line for line in lines)


def test_with_a_box_each_where_there_are_several():
    lines = drawn(side([run(pause())]), side([run(id=TWO)], "c"))
    assert [line.split()[0] for line in lines] == ["ID", "b:", ONE[:8], "c:", TWO[:8]]
