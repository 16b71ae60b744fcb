"""The recipe in `docs/adding-an-instrument.md` is true: its files, put where it says, work as they stand there."""

import os
import re
import subprocess
import sys

import pytest
from rooms import ROOT

DOCUMENT = (ROOT / "docs" / "adding-an-instrument.md").read_text()
FILES = dict(re.findall(r"^`([\w./]+\.\w+)`\n\n```\w+\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))
DRIVERS = "drivers/lager_drivers/"
# The folder becomes a part of the package that is installed, as it would be in a checkout
SITE = "import sys, lager_drivers\nlager_drivers.__path__.append({folder!r})\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A folder with the recipe's files, and the tests' own around them."""
    folder = tmp_path_factory.mktemp("recipe")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "conftest.py").write_text(SITE.format(folder=str(folder / DRIVERS)))
    for name in ("drivers/cables.py", "drivers/test_every_supply.py", "thirdparty/conftest.py"):
        (folder / "tests" / name).write_text((ROOT / "tests" / name).read_text())
    (folder / "tests/drivers/conftest.py").write_text("import sys\nsys.path.insert(0, __file__.rpartition('/')[0])\n")
    return folder


def run(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )


def test_it_has_all_its_files():
    assert {name for name in FILES if name.startswith(DRIVERS)} == {
        f"{DRIVERS}acme_ps1/{name}.py" for name in ("__init__", "supply", "simulator")
    }
    assert {"acme.toml", "tests/drivers/test_acme_ps1.py", "tests/thirdparty/test_pyvisa_acme_ps1.py"} <= set(FILES)


def test_its_tests_pass(checkout):
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-W", "error"]
    found = run(checkout, "-m", "pytest", *options, "tests", "-k", "acme or Acme")
    assert found.returncode == 0, found.stdout + found.stderr
    assert int(re.search(r"(\d+) passed", found.stdout)[1]) > 20


def test_its_bench_can_be_built(checkout):
    code = (
        "import conftest, pathlib\n"
        "from lager_drivers.simulated import description, instruments\n"
        "bench = instruments.build(description.load(pathlib.Path('acme.toml')))\n"
        "print(bench['psu'].handle('*IDN?'))\n"
        "bench['psu'].handle(':CURR 1;:VOLT 5;:OUTP ON')\n"
        "print(f\"{float(bench['dmm'].handle(':MEAS:VOLT:DC?')):.2f}\")\n"
    )
    found = run(checkout, "-c", code)
    assert found.stdout == "ACME,PS1,0007,1.04\n5.00\n", found.stderr


def test_its_files_are_in_style(checkout):
    (checkout / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    files = [name for name in FILES if name.endswith(".py")]
    ours = "lint.isort.known-first-party=['lager', 'lager_drivers']"
    for arguments in (["check", "--config", ours], ["format", "--check"]):
        found = run(checkout, "-m", "ruff", *arguments, *files)
        assert found.returncode == 0, found.stdout + found.stderr


def test_what_it_points_at_is_there():
    for name in re.findall(r"`(tests/[\w/]+\.py|lager/[\w/]+(?:\.py)?)`", DOCUMENT):
        assert name in FILES or (ROOT / name).exists() or "PACKAGE" in name, name
    for name in re.findall(r"`(\w+_\w+)/`", DOCUMENT):
        assert (ROOT / DRIVERS / name).is_dir() or name == "acme_lager", name
