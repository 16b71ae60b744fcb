"""What is in the wheel: six packages, each typed, and nothing beside them."""

import subprocess
import sys
import zipfile

import pytest
from rooms import ROOMS, ROOT


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return opened.namelist()


def test_top_level_names(names):
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == set(ROOMS)


@pytest.mark.parametrize("package", ROOMS)
def test_every_package_is_typed(names, package):
    assert f"{package}/py.typed" in names


def test_the_default_bench_is_aboard(names):
    assert "lager_drivers/simulated/default_bench.toml" in names


def test_what_the_runner_puts_before_scripts_is_aboard(names):
    assert "lager_runner/startup/sitecustomize.py" in names


def test_what_a_machine_needs_to_be_a_box_is_aboard(names):
    files = ("60-lager-instruments.rules", "blacklist-usbtmc.conf", "lager-box.service", "lager-update.service")
    assert {f"lager/shipped/{name}" for name in files} <= set(names)
