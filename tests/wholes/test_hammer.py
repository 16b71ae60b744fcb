"""The soak in short (`make soak` has it in full): many clients at once, changes of role, deaths under load."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))
from hammering import alternate, hammer, kill
from ownbox import OwnBox
from traffic import FEW

SEED = 3


@pytest.fixture
def box(tmp_path):
    one = OwnBox(tmp_path)
    yield one
    one.close()


def test_clients_of_all_kinds_get_what_they_asked_for_whatever_dies(box):
    hammer(box, FEW, 0.5, SEED)
    alternate(box, 20)
    kill(box, FEW, 1, SEED)
