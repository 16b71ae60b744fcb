"""What is sent to a box: the product as a wheel, and all it needs, fetched once. pip is real; its index is a folder."""

import base64
import csv
import hashlib
import importlib.metadata
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lager import errors
from lager_cli.machine import ownwheel
from lager_cli.machine.wheels import Python, gathered, lacking

ROOT = Path(__file__).parents[2]
BOOKWORM = Python("3.11.2", "x86_64", "2.36")
OLDER = Python("3.10.12", "aarch64", "2.35")


def wheel(folder, name, version="1.0", needs=(), tag="py3-none-any"):
    """Make a wheel with next to nothing in it."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {one}\n" for one in needs)
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as out:
        for one, text in files.items():
            out.writestr(one, text)
        out.writestr(f"{info}/RECORD", "".join(f"{one},,\n" for one in (*files, f"{info}/RECORD")))
    return path


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for all there is."""
    folder = tmp_path / "index"
    for name, needs, tag in [
        ("pip", [], "py3-none-any"),
        ("anyway", ["only_for_old ; python_version < '3.11'"], "py3-none-any"),
        ("only_for_old", ["deeper"], "py3-none-any"),
        ("deeper", [], "py3-none-any"),
        ("compiled", [], "cp311-cp311-manylinux_2_28_x86_64"),
        ("compiled", [], "cp310-cp310-manylinux2014_aarch64"),
        ("compiled", [], "cp311-cp311-manylinux_2_40_x86_64"),  # too new for its glibc
    ]:
        wheel(folder, name, needs=needs, tag=tag)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder


def names(wheels):
    return [path.name for path in sorted(wheels.files, key=lambda one: one.name)]


def test_gathered_for_a_box_and_kept(index, tmp_path, monkeypatch):
    own = wheel(tmp_path / "given", "lager", "2.0.0", ["anyway", "compiled"])
    said = []
    first = gathered(BOOKWORM, own, tmp_path / "cache", said.append)
    assert (first.version, first.fetched, said[0]) == ("2.0.0", True, "package 1: lager")
    # Of what a marker names, pip asks the Python that it runs in, too: more than is needed, never less.
    older = ["deeper-1.0-py3-none-any.whl", "only_for_old-1.0-py3-none-any.whl"] if sys.version_info < (3, 11) else []
    wanted = ["anyway-1.0-py3-none-any.whl", "compiled-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"]
    assert names(first) == sorted([*wanted, "lager-2.0.0-py3-none-any.whl", "pip-1.0-py3-none-any.whl", *older])
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == digest for path, digest in first.files.items())
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))  # from now on there is nothing to fetch from
    again = gathered(BOOKWORM, own, tmp_path / "cache", said.append)
    assert (again.fetched, again.hash, again.files) == (False, first.hash, first.files)
    newer = gathered(
        BOOKWORM, wheel(tmp_path / "given", "lager", "2.1.0", ["anyway", "compiled"]), tmp_path / "cache", said.append
    )
    assert (newer.fetched, newer.version, newer.hash != first.hash) == (False, "2.1.0", True)


def test_for_another_python_conditions_are_read_for_that_one(index, tmp_path):
    own = wheel(tmp_path / "given", "lager", "2.0.0", ["anyway", "compiled"])
    assert names(gathered(OLDER, own, tmp_path / "cache", print)) == [
        "anyway-1.0-py3-none-any.whl",
        "compiled-1.0-cp310-cp310-manylinux2014_aarch64.whl",
        "deeper-1.0-py3-none-any.whl",
        "lager-2.0.0-py3-none-any.whl",
        "only_for_old-1.0-py3-none-any.whl",
        "pip-1.0-py3-none-any.whl",
    ]


def test_what_is_spoilt_is_fetched_anew(index, tmp_path):
    own = wheel(tmp_path / "given", "lager", "2.0.0", ["anyway"])
    first = gathered(BOOKWORM, own, tmp_path / "cache", print)
    spoilt = next(path for path in first.files if path.name.startswith("anyway"))
    spoilt.write_bytes(spoilt.read_bytes()[:-1])
    again = gathered(BOOKWORM, own, tmp_path / "cache", print)
    assert (again.fetched, again.hash) == (True, first.hash)


def test_what_cannot_be_fetched_is_named_and_nothing_is_left(index, tmp_path):
    own = wheel(tmp_path / "given", "lager", "2.0.0", ["nowhere>=3"])
    with pytest.raises(errors.LagerError) as caught:
        gathered(BOOKWORM, own, tmp_path / "cache", print)
    assert caught.value.what == (
        "what a box with Python 3.11.2 on x86_64 needs cannot be fetched: No matching distribution found for nowhere>=3"
    )
    assert [one.name for one in (tmp_path / "cache").iterdir()] == ["fetching.lock"]


def test_a_wheel_that_is_none(tmp_path):
    (tmp_path / "broken-1-py3-none-any.whl").write_text("x")
    with pytest.raises(errors.LagerError, match="is no wheel that can be read"):
        lacking(tmp_path, BOOKWORM)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("lager.zip", bytes, "it does not have the name of one"),
        ("other-1.0.0-py3-none-any.whl", bytes, "it does not have the name of one"),
        ("lager-1.0.1-py3-none-any.whl", bytes, "lager-1.0.1.dist-info/METADATA is not in it"),
        ("lager-1.0.0-py3-none-any.whl", lambda wheel: b"not a wheel", "it is damaged, or cut off"),
        ("lager-1.0.0-py3-none-any.whl", lambda wheel: wheel[:-100], "it is damaged, or cut off"),
        ("lager-1.0.0-py3-none-any.whl", lambda wheel: wheel.replace(b"Name", b"Game"), "it is damaged, or cut off"),
    ],
)
def test_what_is_given_is_a_wheel_of_the_product(tmp_path, name, change, why):
    given = tmp_path / name
    given.write_bytes(change(wheel(tmp_path / "built", "lager", "1.0.0").read_bytes()))
    with pytest.raises(errors.UsageError) as caught:
        ownwheel.made(tmp_path, given)
    assert caught.value.what == f"{given} is no wheel of lager: {why}"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """This product's wheel, from its source, as an editable installation makes it."""
    return ownwheel.made(tmp_path_factory.mktemp("built"), None)


def test_an_editable_installation_is_built_the_same_each_time(built, tmp_path):
    assert ownwheel.made(tmp_path, None).read_bytes() == built.read_bytes()


def test_an_installation_is_packed_into_the_wheel_it_came_from(built, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(built) as opened:
        opened.extractall(site)
    (info,) = site.glob("lager-*.dist-info")
    beside = ["../../bin/lager,,", f"{info.name}/INSTALLER,,", "lager/__pycache__/net.cpython-311.pyc,,"]
    record = info / "RECORD"
    record.write_text(record.read_text() + "\n".join(beside) + "\n")
    (info / "INSTALLER").write_text("pip")
    packed = ownwheel._packed(importlib.metadata.PathDistribution(info), tmp_path)
    assert packed.name == built.name
    with zipfile.ZipFile(packed) as ours, zipfile.ZipFile(built) as theirs:
        assert set(ours.namelist()) == set(theirs.namelist())
        unlike = [one for one in ours.namelist() if ours.read(one) != theirs.read(one) and not one.endswith("RECORD")]
        assert unlike == []
        check_record(ours, f"{info.name}/RECORD")
    first = packed.read_bytes()
    assert ownwheel._packed(importlib.metadata.PathDistribution(info), tmp_path).read_bytes() == first


def check_record(opened, name):
    rows = list(csv.reader(io.StringIO(opened.read(name).decode())))
    assert {row[0] for row in rows} == set(opened.namelist())
    for path, digest, size in rows:
        if path != name:
            content = opened.read(path)
            said = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={said}", len(content))


def test_an_installation_that_has_lost_a_file_says_so(built, tmp_path):
    with zipfile.ZipFile(built) as opened:
        opened.extractall(tmp_path)
    (info,) = tmp_path.glob("lager-*.dist-info")
    (tmp_path / "lager/net.py").unlink()
    with pytest.raises(errors.LagerError, match="a file of this installation, cannot be read: no such file"):
        ownwheel._packed(importlib.metadata.PathDistribution(info), tmp_path)


def test_pip_is_found_where_this_python_has_none(tmp_path):
    """A Python that was made without it carries one for making environments."""
    path = [str(ROOT / "cli"), str(ROOT)]
    code = f"import sys; sys.path[:0] = {path}\nfrom lager_cli.machine.pipping import pip\nprint(*pip())"
    made = [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")]
    subprocess.run(made, check=True, capture_output=True)
    bare = [tmp_path / "bare/bin/python", "-I", "-B", "-c", code]
    assert "ensurepip/_bundled/pip-" in subprocess.run(bare, capture_output=True, text=True, check=True).stdout
