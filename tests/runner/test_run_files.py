"""Files of runs: nothing outside, nothing but plain files, bytes exactly, while the run goes on."""

import os

import pytest

from lager import errors, rootedfiles, wire
from lager_runner import files

SCRIPT = """
import os, signal, sys
os.makedirs('sub/deep')
open('sub/deep/a b.bin', 'wb').write(bytes(range(256)) * 3000)
open('growing.log', 'w').write('one')
os.symlink('growing.log', 'latest')
os.symlink(os.path.abspath('sub'), 'folder')
os.symlink('/etc/passwd', 'out')
os.symlink('../spec.json', 'up')
os.symlink('../../../../../../etc', 'sub/etc')
os.symlink('round', 'round')
os.mkfifo('pipe')
os.mkdir('closed', 0)
print('ready')
signal.sigwait([signal.SIGUSR1])
open('growing.log', 'a').write('two')
print('more')
signal.sigwait([signal.SIGUSR1])
"""
BLOCK = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"


@pytest.fixture(scope="module")
def run(runner):
    name = runner.run(BLOCK + SCRIPT)
    with runner.stream(name) as watcher:
        watcher.until(b"ready\n")
        yield name, watcher
        watcher.send(wire.Stop("SIGKILL"))
        watcher.rest()


def test_bytes_are_exact_and_a_growing_file_gives_what_it_has(runner, run):
    name, watcher = run
    get = runner.http.get
    assert get(f"/runs/{name}/files/sub/deep/a b.bin").content == bytes(range(256)) * 3000
    assert get(f"/runs/{name[:9]}/files/growing.log").content == b"one"
    watcher.send(wire.Stop("SIGUSR1"))
    watcher.until(b"more\n")
    assert get(f"/runs/{name}/files/latest").content == b"onetwo"
    assert get(f"/runs/{name}/files/folder/deep/../deep/a%20b.bin").content[:3] == b"\0\1\2"
    work = os.path.realpath(runner.state / "runs" / name / "work")
    assert get(f"/runs/{name}/files/{work}/growing.log").content == b"onetwo"


def test_the_list(runner, run):
    name, _ = run
    found = wire.from_json(runner.http.get(f"/runs/{name}/files").content, list[wire.FileInfo])
    assert [one.path for one in found] == ["growing.log", "sub/deep/a b.bin", "test.py"]
    assert found[1].size == 768_000
    below = wire.from_json(runner.http.get(f"/runs/{name}/files?below=folder").content, list[wire.FileInfo])
    assert [one.path for one in below] == ["folder/deep/a b.bin"]
    for wrong in ("growing.log", "nowhere", "..", "out", "%00"):
        assert runner.error(runner.http.get(f"/runs/{name}/files?below={wrong}")) == (404, "file-not-there")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing",
        "sub",
        "out",
        "up",
        "round",
        "pipe",
        "sub/etc/passwd",
        "growing.log/x",
        "%2e%2e/spec.json",
        "sub/%2e%2e/%2e%2e/spec.json",
        "/etc/passwd",
        "/tmp/lager-output-not/x",
        "/tmp/lager-output/%2e%2e/%2e%2e/etc/passwd",
        "/dev/zero",
        "%00",
        "a%00b",
        "x" * 300,
        "sub/%2e%2e/" * 400 + "growing.log",
        "%ff",
    ],
)
def test_what_may_not_be_fetched(runner, run, path):
    name, _ = run
    assert runner.error(runner.http.get(f"/runs/{name}/files/{path}")) == (404, "file-not-there")


def test_the_released_roots(tmp_path, monkeypatch):
    root = tmp_path / "lager-output"
    root.mkdir()
    (root / "report.txt").write_text("fine")
    (root / "away").symlink_to(tmp_path)
    monkeypatch.setattr(rootedfiles, "RELEASED_ROOTS", (str(root),))
    found = rootedfiles.open_file(*files.rooted("/nowhere", f"{root}/report.txt"))
    assert os.read(found, 10) == b"fine"
    os.close(found)
    (tmp_path / "secret").write_text("x")
    for wrong in (f"{root}/away/secret", f"{root}/../secret", f"{tmp_path}/secret", str(root)):
        with pytest.raises(errors.FileNotThere):
            rootedfiles.open_file(*files.rooted("/nowhere", wrong))


def test_a_root_that_is_a_link_is_none(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_text("x")
    (tmp_path / "root").symlink_to("real")
    with pytest.raises(errors.FileNotThere):
        rootedfiles.open_file(str(tmp_path / "root"), "x")


def test_nothing_stays_open(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    (tmp_path / "link").symlink_to("a/../a/x")
    before = os.listdir("/proc/self/fd")
    os.close(rootedfiles.open_file(str(tmp_path), "link"))
    for wrong in ("a", "a/y", "../x"):
        with pytest.raises(errors.FileNotThere):
            rootedfiles.open_file(str(tmp_path), wrong)
    files.listed(str(tmp_path))
    assert os.listdir("/proc/self/fd") == before


def test_a_file_that_nobody_reads_after_all_is_closed(tmp_path):
    (tmp_path / "x").write_text("x")
    file = rootedfiles.open_file(str(tmp_path), "x")
    parts = rootedfiles.parts(file)
    del parts  # as where a client goes away before its answer begins
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_odd_names_and_very_many_files(tmp_path, monkeypatch):
    (tmp_path / os.fsdecode(b"no \xff text")).write_text("x")
    (tmp_path / "new\nline").write_text("x")
    assert [one.path for one in files.listed(str(tmp_path))] == ["new\nline", "no \ufffd text"]
    assert wire.to_json(files.listed(str(tmp_path)))
    monkeypatch.setattr(files, "MOST_LISTED", 1)
    with pytest.raises(errors.UsageError, match="more than 1 files"):
        files.listed(str(tmp_path))
