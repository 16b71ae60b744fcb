"""A box that is attacked."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from ownserved import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory, request):
    """A box for the whole module; its OPTIONS are those of `lager box serve`."""
    one = Served(tmp_path_factory.mktemp("home"), *getattr(request.module, "OPTIONS", []))
    yield one
    one.stop()
