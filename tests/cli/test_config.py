"""The configuration file: what is read, and what is written."""

import json
import os
import stat

import pytest

from lager.errors import UsageError
from lager_cli import config


def write(folder, value):
    path = folder / ".lager"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_no_file_is_an_empty_configuration(folder):
    now = config.Config()
    assert (now.boxes, now.default_box) == ({}, "")
    assert not (folder / ".lager").exists()


def test_values_of_a_box(folder):
    write(
        folder,
        {
            "BOXES": {
                "plain": "10.0.0.5",
                "lab": {"ip": "10.0.0.6", "user": "pi", "version": "0.21.0", "token": "t", "port": 5001},
                "odd": {"ip": "10.0.0.7:6000", "user": None},
            },
            "DEFAULTS": {"gateway_id": "lab"},
        },
    )
    now = config.Config()
    assert now.boxes == {
        "plain": config.SavedBox("plain", "10.0.0.5"),
        "lab": config.SavedBox("lab", "10.0.0.6", "pi", "0.21.0", "t", 5001),
        "odd": config.SavedBox("odd", "10.0.0.7", port=6000),
    }
    assert now.default_box == "lab"


@pytest.mark.parametrize("key", ["DUTS", "duts"])
def test_the_keys_of_older_files_are_read(folder, key):
    write(folder, {key: {"bb": "10.0.0.5"}, "LAGER": {"gateway_id": "bb"}})
    now = config.Config()
    assert now.boxes["bb"].ip == "10.0.0.5"
    assert now.default_box == "bb"


def test_files_of_projects_come_first_and_are_never_written(folder):
    write(folder, {"BOXES": {"bb": "10.0.0.1", "mine": "10.0.0.2"}})
    project = folder / "work" / ".lager"
    project.write_text(json.dumps({"BOXES": {"bb": "10.0.0.9"}, "DEFAULTS": {"gateway_id": "bb"}}))
    before = project.read_bytes()
    now = config.Config()
    assert {name: box.ip for name, box in now.boxes.items()} == {"bb": "10.0.0.9", "mine": "10.0.0.2"}
    assert now.default_box == ""
    with config.editing() as (boxes, _):
        boxes["new"] = "10.0.0.3"
    assert project.read_bytes() == before
    assert set(json.loads((folder / ".lager").read_text())["BOXES"]) == {"bb", "mine", "new"}


def test_writing_keeps_what_it_does_not_know_and_brings_old_keys_up_to_date(folder):
    path = write(folder, {"duts": {"bb": "10.0.0.5"}, "DEVENV": {"a": 1}, "includes": {"x": "y"}})
    with config.editing() as (_, defaults):
        defaults["gateway_id"] = "bb"
    assert json.loads(path.read_text()) == {
        "BOXES": {"bb": "10.0.0.5"},
        "DEFAULTS": {"gateway_id": "bb"},
        "DEVENV": {"a": 1},
        "includes": {"x": "y"},
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in folder.iterdir() if one.name.startswith(".lager")) == [".lager", ".lager.lock"]


def test_an_edit_that_fails_writes_nothing(folder):
    path = write(folder, {"BOXES": {"bb": "10.0.0.5"}})
    before = path.read_bytes()

    def fail():
        with config.editing() as (boxes, _):
            boxes.clear()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"BOXES": {\n  "bb": }\n}', "line 2, column 9"),
        ("[1]", "holds no JSON object"),
        ('{"BOXES": []}', "BOXES in"),
        ('{"BOXES": {"bb": 5}}', "box 'bb' in"),
        ('{"BOXES": {"bb": {"ip": "1.2.3.4", "port": "x"}}}', "'x' in"),
        ('{"BOXES": {"bb": {"ip": "1.2.3.4", "port": true}}}', "True in"),
        ('{"BOXES": {"bb": {"ip": " "}}}', "box 'bb' in"),
        ('{"BOXES": {"bb": {"ip": "1.2.3.4", "user": ["x"]}}}', "user of box 'bb' in"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_a_broken_file_is_one_error_and_stays_as_it_is(cli, folder, text, said):
    path = write(folder, text)
    for words in (["boxes"], ["boxes", "add", "--name", "n", "--ip", "1.2.3.4"], ["nets"]):
        done = cli(*words)
        assert done.status == 2
        assert said in done.err
        assert str(path) in done.err
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("10.0.0.5", ("10.0.0.5", 0)),
        ("10.0.0.5:5001", ("10.0.0.5", 5001)),
        ("::1", ("::1", 0)),
        ("[::1]:5001", ("::1", 5001)),
        ("[::1]", ("::1", 0)),
        ("localhost:5", ("localhost", 5)),
    ],
)
def test_addresses(text, split):
    assert config.split_address(text) == split


@pytest.mark.parametrize("text", ["10.0.0.5:x", "10.0.0.5:0", "10.0.0.5:70000"])
def test_ports_that_are_none(text):
    with pytest.raises(UsageError, match="is not a port"):
        config.split_address(text)


def test_a_default_that_is_no_name(cli, folder):
    write(folder, {"DEFAULTS": {"gateway_id": {"a": 1}}})
    done = cli("nets")
    assert done.status == 2
    assert "gateway_id in" in done.err


def test_a_working_directory_that_was_deleted_is_in_no_project(cli, folder):
    (folder / "work").rmdir()
    assert cli("boxes").status == 0


def test_tokens_are_written_into_no_file_of_somebody_else(folder):
    write(folder, {"BOXES": {"bb": "10.0.0.5"}})
    (folder / "theirs").write_text("theirs")
    (folder / f".lager.{os.getpid()}.new").symlink_to(folder / "theirs")
    with config.editing() as (boxes, _):
        boxes["b"] = {"ip": "10.0.0.6", "token": "secret"}
    assert (folder / "theirs").read_text() == "theirs"
    assert stat.S_IMODE((folder / ".lager").lstat().st_mode) == 0o600
    assert not (folder / ".lager").is_symlink()
