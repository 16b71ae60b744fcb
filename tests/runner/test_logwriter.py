"""The writer of a run's log: its limit, a full disk, and Lager's own lines."""

import contextlib
import os
import resource
import subprocess

import pytest

from lager_runner import outputlog
from lager_runner.logwriter import LogWriter
from lager_runner.outputlog import CHANNEL, STDERR, STDOUT


def chunks(path):
    reader = outputlog.Reader(path)
    found = []
    while chunk := reader.next():
        found.append((chunk.stream, chunk.data))
    reader.close()
    return found


def made(tmp_path, **more):
    path = tmp_path / "output.log"
    path.touch()
    return path, LogWriter(str(path), **more)


def test_streams_are_kept_apart(tmp_path):
    path, log = made(tmp_path)
    for stream in (STDOUT, STDERR, CHANNEL):
        assert log.append(stream, b"%d" % stream)
    assert not log.append(STDOUT, b"")
    assert chunks(path) == [(STDOUT, b"1"), (STDERR, b"2"), (CHANNEL, b"3")]


def test_beyond_its_limit_nothing_is_kept_but_what_is_missing(tmp_path):
    path, log = made(tmp_path, limit=100)
    assert log.append(STDOUT, b"a" * 80)
    assert log.append(STDOUT, b"b" * 80), "something was written: that the limit is reached"
    assert not log.append(STDERR, b"c"), "also what would fit"
    assert (log.missing, log.lost) == (81, 81)
    assert log.say("=== lager: stopping it\n")
    assert log.mark_gap()
    assert (log.missing, log.lost) == (0, 81)
    (first, notes) = chunks(path)
    assert first == (STDOUT, b"a" * 80)
    reached, own, gap = notes[1].decode().replace("\n\n", "\n").strip().split("\n")
    assert notes[0] == STDERR
    assert reached.startswith("=== lager: from here on no output is kept: this box keeps 100 bytes of a run's output")
    assert own == "=== lager: stopping it"
    assert gap.startswith("=== lager: 81 bytes of output are missing here: this box keeps 100 bytes")


def test_of_one_stream_lagers_own_lines_are_a_part(tmp_path):
    path, log = made(tmp_path, notes=STDOUT)
    log.say("note\n")
    assert chunks(path) == [(STDOUT, b"note\n")]


BEGINS, SUM = "=== lager: from here on output may be missing", "bytes of output are missing here"


@contextlib.contextmanager
def full_disk(path, room):
    """Let a file grow by so many bytes, and no further."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path) + room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def notes(path):
    return [line for stream, data in chunks(path) if stream == STDERR for line in data.decode().splitlines() if line]


def test_a_full_disk_is_told_once_and_its_sum_once(tmp_path):
    path, log = made(tmp_path)
    assert log.append(STDOUT, b"before")
    with full_disk(path, 30_000):
        assert log.append(STDOUT, b"x" * 40_000), "something was written: that it begins"
        for n in range(300):
            assert not log.append(STDOUT, b"x" * 40_000)
            assert log.append(STDOUT, b"%d" % n), "what fits is kept"
        assert notes(path) == [f"{BEGINS}: File too large; the script goes on"]
    assert log.append(STDOUT, b"after")
    assert notes(path)[1:] == [f"=== lager: {301 * 40_000} {SUM}: File too large"]
    assert (log.missing, log.lost) == (0, 301 * 40_000)
    assert b"".join(data for stream, data in chunks(path) if stream == STDOUT) == (
        b"before" + b"".join(b"%d" % n for n in range(300)) + b"after"
    )
    with full_disk(path, 1000):
        log.append(STDOUT, b"x" * 5000)
        log.append(STDOUT, b"x" * 5000)
        log.mark_gap()  # the run ends
    assert notes(path)[2:] == [
        f"{BEGINS}: File too large; the script goes on",
        f"=== lager: 10000 {SUM}: File too large",
    ]


def test_a_disk_without_any_room_is_told_as_soon_as_there_is_some(tmp_path):
    path, log = made(tmp_path)
    with full_disk(path, 10):
        assert not log.append(STDOUT, b"x" * 5000)
        assert not log.append(STDOUT, b"y")
    with full_disk(path, 500):
        assert log.append(STDOUT, b"x" * 5000)
        assert not log.append(STDOUT, b"x" * 5000)
    assert log.mark_gap()
    assert [one.split(": ")[1] for one in notes(path)] == [BEGINS.split(": ")[1], f"15001 {SUM}"]


def test_a_small_file_system_that_others_fill(tmp_path):
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", tmp_path]).returncode:
        pytest.skip("only root can mount a file system")
    try:
        path, log = made(tmp_path)
        others = tmp_path / "others"
        for _ in range(2):
            others.write_bytes(bytes(2_000_000))
            for n in range(200):
                log.append(STDOUT, b"x" * 65_000)
                log.append(STDOUT, b"%d," % n)
            others.unlink()
            assert log.append(STDOUT, b"after")
        lines = notes(path)
        kept = b"".join(data for stream, data in chunks(path) if stream == STDOUT).replace(b"x", b"")
        os.close(log._file)
    finally:
        subprocess.run(["umount", tmp_path], check=True)
    assert [one.split(": ")[1].lstrip("0123456789 ") for one in lines] == 2 * [BEGINS.split(": ")[1], SUM]
    assert kept == 2 * (b"".join(b"%d," % n for n in range(200)) + b"after")
