"""Released clients, as anybody installs them, against a box of ours: one box for each module.

A module may name its `BENCH` (a file of tests/wholes), further `OPTIONS` of its box, and the `VERSIONS` of the client.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from releasedclient import Client, ReleasedBox

HERE = Path(__file__).parent
VERSIONS = ("0.21.0", "0.55.0")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("released")
            item.add_marker(pytest.mark.timeout(300))  # the first has the clients installed


def pytest_generate_tests(metafunc):
    if "version" in metafunc.fixturenames:
        versions = getattr(metafunc.module, "VERSIONS", VERSIONS)
        metafunc.parametrize("version", versions, scope="module")


@pytest.fixture(scope="module")
def box(tmp_path_factory, request):
    bench = getattr(request.module, "BENCH", "two_instruments.toml")
    described = None if bench is None else HERE.parent / "wholes" / bench
    one = ReleasedBox(tmp_path_factory.mktemp("box"), described, getattr(request.module, "OPTIONS", ()))
    yield one
    one.close()


@pytest.fixture
def client(version, box, tmp_path):
    one = Client(version, tmp_path / "client", box)
    yield one
    one.close()
