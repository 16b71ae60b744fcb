"""Where notifications arrive in these tests, and an environment without proxies."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from letterbox import Mailbox


@pytest.fixture
def mailbox(tmp_path):
    one = Mailbox(tmp_path)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """A state directory of the test's own; no test writes into the user's."""
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"
