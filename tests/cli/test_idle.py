"""When a private box ends, as a table."""

import pytest

from lager_cli.box.idle import Idleness


@pytest.mark.parametrize(
    ("allowed", "live", "last_use", "now", "left"),
    [
        (600, 0, 0, 0, 600),
        (600, 0, 0, 599, 1),
        (600, 0, 0, 600, 0),
        (600, 0, 0, 9999, 0),
        (600, 0, 500, 600, 500),
        (600, 1, 0, 9999, None),
        (None, 0, 0, 9999, None),
        (None, 2, 0, 9999, None),
        (0, 0, 5, 5, 0),
    ],
)
def test_left(allowed, live, last_use, now, left):
    assert Idleness(allowed, last_use, live).left(now) == left


def test_the_end_of_the_last_run_counts_as_a_use():
    idleness = Idleness(600, 0)
    idleness.runs(1, 10)
    assert idleness.left(5000) is None
    idleness.runs(0, 5000)
    assert idleness.left(5000) == 600
    idleness.used(5100)
    assert idleness.left(5100) == 600
