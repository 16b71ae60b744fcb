"""A home of its own for each test, and command lines run in this process."""

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from terminal import Terminal

from lager_cli.app import lager, run


@dataclass
class Said:
    status: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A home with nothing in it; the working directory is below it."""
    for name in ("LAGER_BOX", "LAGER_TOKEN", "LAGER_CONFIG_FILE_NAME", "LAGER_DEBUG", "LAGER_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LAGER_CONFIG_FILE_DIR", str(tmp_path))
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


@pytest.fixture
def cli(folder, capsys, monkeypatch):
    """Run a command line as `main` does; give all of what it said."""

    def call(*words):
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        status = run(lager, list(words))
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return call


@pytest.fixture
def terminal(folder):
    """Open consoles of the run `r`, each on a terminal of its own."""
    opened = []

    def sit_down(port):
        command = [
            str(Path(sys.executable).with_name("lager")),
            "python",
            "--console",
            "r",
            "--box",
            f"127.0.0.1:{port}",
        ]
        opened.append(Terminal(command, folder, os.environ | {"TERM": "xterm", "PYTHONWARNINGS": "error"}))
        return opened[-1]

    yield sit_down
    for one in opened:
        one.close()
