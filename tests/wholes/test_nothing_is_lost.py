"""The soak in short (`make soak` has it in full): kill -9 of the runner, a supervisor, a client, at any moment."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))
from losing import VICTIMS, lose
from ownrunner import OwnRunner

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    one = OwnRunner(tmp_path_factory.mktemp("box"))
    yield one
    one.close()


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost(box, victim, seed):
    lose(box, victim, seed)


def test_nothing_is_left(box):
    assert box.end() == 0
    assert box.ends() == []
    assert box.processes(str(box.runs)) == {}
