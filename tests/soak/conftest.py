"""`make soak`: how long and how often, on a box of one's own."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from ownbox import OwnBox


def pytest_addoption(parser):
    group = parser.getgroup("soak")
    group.addoption("--seconds", type=float, default=60.0, help="how long twenty clients hammer the bench")
    group.addoption("--kills", type=int, default=50, help="how often each process is killed")
    group.addoption("--run-kills", type=int, default=100, help="how often runner, supervisors and clients are killed")
    group.addoption("--alternations", type=int, default=500, help="how often the dual-role supply changes its role")
    group.addoption("--seed", type=int, default=random.randrange(10**6), help="what makes a run the same again")


@pytest.fixture
def tell(capsys):
    """Say something at once; what the services log is shown only where a test fails."""

    def say(text):
        with capsys.disabled():
            print(f"\n{text}")

    return say


@pytest.fixture
def seed(pytestconfig, tell):
    tell(f"--seed {pytestconfig.getoption('seed')}")
    return pytestconfig.getoption("seed")


@pytest.fixture
def box(tmp_path):
    one = OwnBox(tmp_path)
    yield one
    one.close()
