"""Run directories: private, complete or not there at all."""

import stat

import pytest

from lager import errors, wire
from lager_runner.rundirectory import Outcome, RunDirectories, checked_id

ID = "0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0"
REQUEST = wire.RunRequest(name="t.py", script="t.py", content=b"x", args=["a"], env=[("A", "hush")], timeout=2.5)


@pytest.fixture
def directories(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    return RunDirectories()


def test_what_was_asked_for_is_kept_and_secrets_are_not(directories):
    made = directories.create(ID, REQUEST, 12.5)
    (found,) = directories.every()
    spec = found.spec()
    assert (spec.id, spec.name, spec.script, spec.args, spec.timeout, spec.started) == (
        ID,
        "t.py",
        "t.py",
        ["a"],
        2.5,
        12.5,
    )
    assert not [path for path in made.path.rglob("*") if path.is_file() and b"hush" in path.read_bytes()]


def test_only_the_user_can_read_it(directories):
    made = directories.create(ID, REQUEST, 0)
    made.write_outcome(Outcome(status=0, reason="exit", ended=1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [made.path, *made.path.iterdir()]}
    assert modes == {
        ID: 0o700,
        "work": 0o700,
        "spec.json": 0o600,
        "output.log": 0o600,
        "channel": 0o600,
        "exit.json": 0o600,
    }


def test_the_outcome(directories):
    made = directories.create(ID, REQUEST, 0)
    assert made.outcome() is None
    made.write_outcome(Outcome(status=3, reason="exit", ended=1))
    assert made.outcome() == Outcome(status=3, reason="exit", ended=1)


def test_the_highest_number_of_a_pause_is_kept(directories):
    made = directories.create(ID, REQUEST, 0)
    assert made.highest_pause() == 0
    kept = []
    for number in (9, 10, 2):
        made.note_pause(number)
        kept.append(made.highest_pause())
    assert kept == [9, 10, 10]
    (made.path / "pauses").unlink()
    (made.path / "pauses").mkdir()
    made.note_pause(1)  # a disk that does not take it holds nobody up
    assert made.highest_pause() == 0


@pytest.mark.parametrize("torn", [b"", b" " * 256, b'{"status":'])
def test_what_a_power_cut_has_torn_is_no_reason_not_to_start(directories, torn):
    made = directories.create(ID, REQUEST, 0)
    (made.path / "exit.json").write_bytes(torn)
    (found,) = directories.every()
    assert found.outcome() is None
    (made.path / "spec.json").write_bytes(torn)
    assert directories.every() == []
    assert made.log.exists()


def test_a_bad_upload_leaves_nothing(directories):
    with pytest.raises(errors.BadScript):
        directories.create(ID, wire.RunRequest(name="x", content=b"no zip"), 0)
    assert directories.every() == []
    directories.create(ID, REQUEST, 0)  # and the id is still free


def test_what_never_became_a_run_is_removed(directories, tmp_path):
    (tmp_path / "runs" / ID / "work").mkdir(parents=True)
    (tmp_path / "runs" / "no folder").touch()
    assert directories.every() == []
    assert not (tmp_path / "runs" / ID).exists()


@pytest.mark.parametrize("bad", ["", "x", "..", "../" + ID, ID.upper(), "{" + ID + "}", ID.replace("-", ""), ID + "\n"])
def test_ids_are_uuids(bad):
    with pytest.raises(errors.UsageError):
        checked_id(bad)


def test_the_control_socket_may_lie_deep(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / ("deep" * 30)))
    made = RunDirectories().create(ID, REQUEST, 0)
    with made.listen() as listener:
        assert listener.fileno() >= 0
        assert (made.path / "control").is_socket()
