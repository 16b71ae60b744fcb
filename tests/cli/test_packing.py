"""What is sent to the box."""

import io
import os
import zipfile

import pytest

from lager.errors import BadScript
from lager_cli.runs.packing import Packed, pack


def names(packed):
    with zipfile.ZipFile(io.BytesIO(packed.content)) as bundle:
        assert {one.compress_type for one in bundle.infolist()} <= {zipfile.ZIP_DEFLATED}
        return sorted(bundle.namelist())


def test_a_file_is_its_bytes(tmp_path):
    (tmp_path / "t.py").write_bytes(b"x = '\xff'\r\n")
    assert pack(str(tmp_path / "t.py")) == Packed("t.py", b"x = '\xff'\r\n")


def test_a_folder_without_what_nobody_wants(tmp_path):
    for path in (
        "main.py",
        "a/b.py",
        "a/data.csv",
        ".git/config",
        "venv/pyvenv.cfg",
        "venv/lib/x.py",
        "a/__pycache__/b",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("1")
    (tmp_path / "a/old.pyc").write_text("1")
    (tmp_path / ".gitignore").write_text("1")
    os.symlink(tmp_path, tmp_path / "a" / "back_up")
    os.symlink(tmp_path / "nowhere", tmp_path / "a" / "dangling")
    os.utime(tmp_path / "main.py", (0, 0))  # before 1980, where zip begins
    packed = pack(str(tmp_path))
    assert packed.script == ""
    assert names(packed) == [".gitignore", "a/b.py", "a/data.csv", "main.py"]


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        ("tst.py", "there is no script 'tst.py'", "perhaps you meant test.py"),
        ("nothing_like_it.py", "there is no script 'nothing_like_it.py'", "check the path"),
        ("no/such/folder/x.py", "there is no script 'no/such/folder/x.py'", "check the path"),
        ("empty", "the folder 'empty' has no main.py", "add a main.py"),
        ("fifo", "'fifo' is neither a file nor a folder", "give a Python script"),
    ],
)
def test_what_cannot_be_run(tmp_path, monkeypatch, given, what, hint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.py").write_text("")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(BadScript) as caught:
        pack(given)
    assert caught.value.what == what
    assert hint in caught.value.hint
