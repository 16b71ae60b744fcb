"""Hardware service tests share a module; the import mode gives test folders no place on the path."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from ownbench import Bench, Served


@pytest.fixture
def served():
    one = Served()
    yield one
    one.close()


@pytest.fixture
def bench(tmp_path, served):
    one = Bench(tmp_path, served.nets())
    one.t7 = served.t7
    yield one
    served.t7.flow.set()
    one.close()
