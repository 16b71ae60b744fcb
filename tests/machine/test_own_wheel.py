"""`lager install` without a wheel brings what it runs itself: a checkout, or a wheel that pip has installed here."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from laptop import LAGER


@pytest.fixture(scope="module")
def installed(folder, wheels):
    """The command of a wheel that is installed; what it needs, it shares with the Python that runs the tests."""
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin/python", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", wheels.current], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "shared.pth").write_text(sysconfig.get_path("purelib"))
    return venv / "bin/lager"


@pytest.mark.parametrize("kind", ["installed wheel", "checkout"])
def test_what_runs_here_is_what_runs_there(fresh, laptop, installed, seen, kind):
    program = LAGER if kind == "checkout" else installed
    done = laptop.lager("install", "--ip", fresh.address, "--user", "root", "--box", "bench", program=program)
    seen("install", done)
    running = Path(fresh.run("readlink /opt/lager/current").strip()).name
    assert fresh.run("/usr/local/bin/lager --version") == f"lager {running.partition('-')[0]}\n"
    assert laptop.lager("uninstall", "--box", "bench", "--data", "--yes").returncode == 0
