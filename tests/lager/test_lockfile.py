"""The lock in its file: many processes that want it, one that dies with it in hand, readers that see every change."""

import signal
import subprocess
import sys

import pytest

from lager import boxlock, errors
from lager.lockfile import FILE, LockFile

CLAIMANTS = 50
# All are forked from one process, and go off when its end of the pipe is closed.
CLAIM = """
import os, sys
from pathlib import Path
import filelock
from lager import boxlock
from lager.lockfile import LockFile
start, go = os.pipe()
children = {}
for n in range(int(sys.argv[2])):
    pid = os.fork()
    if not pid:
        os.close(go)
        os.read(start, 1)
        won = not LockFile(Path(sys.argv[1])).tell(boxlock.Ask(f"user{n}", "user", None)).refused
        os._exit(0 if won else 7)
    children[pid] = f"user{n}"
os.close(go)
ends = [(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), name) for pid, name in children.items()]
print(*[name for status, name in ends if status == 0])
print(*sorted({status for status, _ in ends}))
"""


@pytest.fixture
def lock(tmp_path):
    return LockFile(tmp_path)


def test_of_fifty_processes_that_claim_it_at_once_exactly_one_wins(tmp_path, lock):
    command = [sys.executable, "-c", CLAIM, tmp_path, str(CLAIMANTS)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    won, statuses = said.splitlines()
    assert (won, statuses) == (lock.now().user, "0 7")


def test_a_process_that_is_killed_with_the_flock_in_hand_stops_nobody(tmp_path, lock):
    hold = """
import sys, filelock, time
lock = filelock.FileLock(sys.argv[1] + ".flock")
lock.acquire()
open(sys.argv[1] + ".new", "w").write('{"user":')
print("held", flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", hold, tmp_path / FILE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    assert not lock.tell(boxlock.Ask("alice", "user", None)).refused
    assert lock.now().user == "alice"


def test_a_reader_sees_every_change_however_fast_they_come(tmp_path, lock):
    reader = LockFile(tmp_path)
    for n in range(200):
        lock.tell(boxlock.Ask(f"u{n % 10}", "user", None))
        assert reader.state().user == f"u{n % 10}"
        lock.tell(boxlock.Unlock(f"u{n % 10}"))
        assert reader.state() == boxlock.FREE


def test_its_time_is_over_by_the_clock_that_was_handed_in(tmp_path):
    now = 1000.0
    lock = LockFile(tmp_path, wall=lambda: now)
    lock.tell(boxlock.Ask("alice", "ephemeral", 1800.0))
    now += 1799.0
    assert lock.shuts_out("bob", "") == "alice"
    now += 1.0
    assert lock.shuts_out("bob", "") == ""
    assert not lock.tell(boxlock.Ask("bob", "user", None)).refused


@pytest.mark.parametrize("content", [b"", b"{", b"\0" * 100, b'{"user": 7}', b"[]"])
def test_a_broken_file_locks_nobody_out_and_is_mended_by_the_next_change(tmp_path, lock, content):
    (tmp_path / FILE).write_bytes(content)
    assert lock.state() == boxlock.FREE
    lock.tell(boxlock.Ask("alice", "user", None))
    assert lock.now().user == "alice"


def test_a_file_that_cannot_be_written_is_said_and_stays_as_it_was(tmp_path, lock):
    lock.tell(boxlock.Ask("alice", "user", None))
    (tmp_path / f"{FILE}.new").mkdir()
    with pytest.raises(errors.LagerError, match="cannot be kept"):
        lock.tell(boxlock.Unlock("alice"))
    assert lock.now().user == "alice"


def test_only_its_owner_may_read_it(tmp_path, lock):
    lock.tell(boxlock.Ask("alice", "user", None))
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_read_stops_no_call_and_is_left_as_it_is(tmp_path, lock, caplog):
    (tmp_path / FILE).mkdir()
    for _ in range(3):
        assert lock.shuts_out("bob", "") == ""
    assert len(caplog.records) == 1
    with pytest.raises(errors.LagerError, match="cannot be kept"):
        lock.tell(boxlock.Ask("bob", "user", None))
    assert (tmp_path / FILE).is_dir()
