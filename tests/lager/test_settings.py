"""Where things are kept: private to the user, one set for each state directory."""

import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lager import settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(settings.STATE_DIR, str(tmp_path / "state"))
    return tmp_path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_user_gets_in():
    assert mode(settings.state_dir()) == 0o700
    assert mode(settings.runtime_dir()) == 0o700
    assert settings.own_token()
    assert mode(settings.token_file()) == 0o600


def test_the_token_stays_the_same():
    assert settings.own_token() == settings.own_token()
    assert [path.name for path in settings.state_dir().iterdir()] == ["token"]


def test_an_empty_token_is_made_anew():
    settings.token_file().write_text("\n")
    assert len(settings.own_token()) > 20
    assert mode(settings.token_file()) == 0o600


def test_many_who_ask_first_get_one_token():
    code = "from lager import settings; print(settings.own_token())"
    asking = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({one.communicate()[0] for one in asking}) == 1


def test_each_state_directory_has_its_own_sockets(tmp_path, monkeypatch):
    first = settings.runtime_dir()
    monkeypatch.setenv(settings.STATE_DIR, str(tmp_path / "other"))
    assert settings.runtime_dir() != first


def test_socket_paths_stay_short(tmp_path, monkeypatch):
    monkeypatch.setenv(settings.STATE_DIR, str(tmp_path / ("long" * 40)))
    assert len(str(settings.runtime_dir() / ("x" * 36))) <= 107


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_refused(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    with pytest.raises(PermissionError, match="another user"):
        settings.private(theirs)


@pytest.mark.parametrize("given", ["relative", "/tmp/" + "x" * 60, ""])  # only a text
def test_a_runtime_directory_of_no_use_is_not_used(monkeypatch, given):
    monkeypatch.setenv("XDG_RUNTIME_DIR", given)
    folder = settings.runtime_dir()
    assert folder.is_absolute()
    assert len(str(folder / ("x" * 36))) <= 107


def test_threads_that_are_the_first_to_ask_get_one_token(monkeypatch, tmp_path):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    for _ in range(20):
        (tmp_path / "token").unlink(missing_ok=True)
        together = threading.Barrier(8)

        def ask(together=together):
            together.wait()
            return settings.own_token()

        with ThreadPoolExecutor(8) as threads:
            assert len({one.result() for one in [threads.submit(ask) for _ in range(8)]}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["token"]
