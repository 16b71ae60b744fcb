"""Boxes made of fresh machines: `make test-box`. Each machine is a Debian of its own, on a cable of its own.

Making one is what takes time, so it is done once: `made` is the disk of a machine after `lager install`, and what was
seen meanwhile; tests begin with a machine that boots from it.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))
import wheelmaking
from boxmachine import Machine, provide
from laptop import Laptop
from screens import plain

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lager" / "box-machine"
SEEN = Path(__file__).with_name("seen")
SPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "true"]


def pytest_addoption(parser):
    told = "what makes the moments at which a connection breaks the same again"
    parser.addoption("--seed", type=int, default=9, help=told)
    parser.addoption("--renew", action="store_true", help="write what is seen to `seen/`: read it then")
    parser.addoption("--kills", type=int, default=20, help="how often the connection breaks during an update")


def pytest_configure(config):
    if not hasattr(config, "workerinput") and not obstacle():
        provide()  # before any test's time begins


def obstacle():
    """Say why no machine can be made here; nothing if it can."""
    if os.geteuid() != 0:
        return "only root can boot a machine with a network of its own"
    if not shutil.which("systemd-nspawn") and not shutil.which("apt-get"):
        return "there is no systemd-nspawn here, and no apt-get to install it"
    tried = subprocess.run(SPACES, capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"this system gives nobody namespaces of his own: {tried.stderr.strip()}"
    return ""


def pytest_collection_modifyitems(items):
    if why := obstacle():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=why))


@dataclass(frozen=True)
class Wheels:
    """The product in the versions that are installed, and where what it needs is kept."""

    current: Path
    newer: Path
    sick: Path
    cache: Path


@dataclass(frozen=True)
class Made:
    """A machine that `lager install` has made a box of, switched off since."""

    layer: Path
    screen: str  # of the command that made it
    config: dict  # the laptop's afterwards
    name: str  # of what runs on it


@pytest.fixture(scope="session")
def seen(request):
    """Compare a whole screen, and the exit status it came with, to the one that is kept: `seen("name", done)`."""

    def compare(name, done, told=plain):
        kept = SEEN / f"{name}.txt"
        status = f"[{done.returncode}]\n" if done.returncode else ""
        now = told(f"{done.stderr or ''}{done.stdout}{status}").strip("\n") + "\n"
        if request.config.getoption("--renew"):
            kept.write_text(now)
        assert now.splitlines() == kept.read_text().splitlines()

    return compare


@pytest.fixture(scope="session")
def common(tmp_path_factory):
    """A folder that all workers of pytest-xdist have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@pytest.fixture(scope="session")
def wheels(common):
    with FileLock(common / "wheels.lock"):
        folder = common / "wheels"
        if not folder.exists():
            draft = common / "wheels.draft"
            draft.mkdir()
            current = wheelmaking.built(draft)
            wheelmaking.changed(current, draft, wheelmaking.NEWER)
            wheelmaking.changed(current, draft, wheelmaking.SICK, wheelmaking.UNWELL)
            draft.rename(folder)
    found = [
        next(folder.glob(f"lager-{one}-*")) for one in (wheelmaking.__version__, wheelmaking.NEWER, wheelmaking.SICK)
    ]
    return Wheels(*found, cache=CACHE / "cache")


@pytest.fixture(scope="session")
def made(common, wheels):
    with FileLock(common / "made.lock"):
        folder = common / "made"
        if not (folder / "seen.json").exists():
            _make(folder, wheels)
        seen = json.loads((folder / "seen.json").read_text())
    return Made(folder / "machine" / "disk" / "upper", seen["screen"], seen["config"], seen["name"])


def _make(folder, wheels):
    machine = Machine(folder / "machine")
    try:
        laptop = Laptop(folder / "laptop", wheels.cache)
        laptop.knows(machine)
        words = ("install", "--ip", machine.address, "--user", "root", "--box", "bench", "--wheel", wheels.current)
        done = laptop.lager(*words, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        config = json.loads((laptop.folder / ".lager").read_text())
        name = machine.run("basename $(readlink /opt/lager/current)").strip()
    finally:
        machine.close()
    (folder / "seen.json").write_text(json.dumps({"screen": done.stdout, "config": config, "name": name}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("box")


@pytest.fixture(scope="module")
def laptop(folder, wheels):
    one = Laptop(folder / "laptop", wheels.cache)
    yield one
    one.close()


@pytest.fixture(scope="module")
def fresh(folder, laptop):
    """A machine on which nothing was installed yet."""
    one = Machine(folder / "fresh")
    laptop.knows(one)
    yield one
    one.close()


@pytest.fixture(scope="module")
def box(folder, laptop, made):
    """A machine that is a box, switched on again, and known to the laptop as `bench`."""
    one = Machine(folder / "box", layers=[made.layer])
    laptop.knows(one)
    config = json.loads(json.dumps(made.config))
    config["BOXES"]["bench"]["ip"] = one.address
    laptop.file(".lager", json.dumps(config))
    yield one
    one.close()
