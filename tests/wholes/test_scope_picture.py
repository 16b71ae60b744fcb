"""The picture of the demo bench's oscilloscope, as a newcomer draws it: is what is wired to the probes on it?"""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "scope_picture.py"
BLUE, ORANGE, GREEN, RED = (31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40)


@pytest.fixture(scope="module")
def drawn(home):
    from matplotlib import image

    done = home.lager("python", str(EXAMPLE), str(home.folder / "scope.png"))
    assert done.returncode == 0, done.stderr
    return done.stdout, (image.imread(home.folder / "scope.png")[..., :3] * 255).round().astype(int)


def rows_by_column(picture, colour):
    """Give the rows that have a colour, or nearly, for each column that has any."""
    near = (abs(picture - np.array(colour)) <= 40).all(axis=2)
    return {column: np.flatnonzero(near[:, column]) for column in np.flatnonzero(near.any(axis=0))}


def test_a_folder_that_is_not_there_is_told_before_anything_is_switched_on(home):
    done = home.lager("python", str(EXAMPLE), str(home.folder / "none" / "scope.png"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"there is no folder {home.folder / 'none'} on the box to draw into"


def test_the_numbers_are_those_of_what_is_wired(drawn):
    found = dict(re.findall(r"(scope\d): (.+)", drawn[0]))
    numbers = {name: [float(one) for one in re.findall(r"-?\d+\.\d+", line)] for name, line in found.items()}
    assert numbers["scope1"] == pytest.approx([0.0, 3.3, 1000.0], rel=0.02, abs=0.1)
    assert numbers["scope2"] == pytest.approx([-1.0, 1.0, 10_000.0], rel=0.02, abs=0.1)
    assert numbers["scope3"][:2] == pytest.approx([0.0, 3.3], abs=0.1)
    assert numbers["scope4"] == pytest.approx([2.5, 2.5], abs=0.1)
    assert "does not repeat" in found["scope4"]


def test_the_clock_is_square_and_rises_in_the_middle(drawn):
    rows = rows_by_column(drawn[1], BLUE)
    columns = sorted(rows)
    middle, high = (columns[0] + columns[-1]) // 2, min(one.min() for one in rows.values())
    is_high = [rows[column].min() <= high + 3 for column in columns]
    assert 0.45 < sum(is_high) / len(is_high) < 0.55
    rising = [b for (a, b) in itertools.pairwise(columns) if len(rows[b]) > 20 > len(rows[a])]
    assert min(abs(column - middle) for column in rising) <= 4


def test_the_tone_is_ten_times_as_fast(drawn):
    rows = rows_by_column(drawn[1], ORANGE)
    columns = sorted(rows)
    centre = [rows[column].mean() for column in columns]
    zero = (max(centre) + min(centre)) / 2
    crossings = sum((a < zero) != (b < zero) for a, b in itertools.pairwise(centre))
    assert crossings == pytest.approx(40, abs=2)  # of 20 periods


def test_the_serial_line_changes_often_and_the_supply_never(drawn):
    serial, supply = (rows_by_column(drawn[1], colour) for colour in (GREEN, RED))
    assert sum(len(one) > 20 for one in serial.values()) > 30
    assert max(one.max() for one in supply.values()) - min(one.min() for one in supply.values()) < 8


def test_without_matplotlib_it_says_how_to_get_it(home):
    hiding = "import sys\nsys.modules['matplotlib'] = None\n"
    done = home.lager("python", home.script(hiding + EXAMPLE.read_text(), "bare.py"))
    assert done.returncode == 1
    assert "pip install 'lager[plot]'" in done.stderr
    assert "Traceback" not in done.stderr
