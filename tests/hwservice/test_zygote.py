"""What workers are forked from, and what each of them then is. Real processes, which say of themselves how they are."""

import contextlib
import ctypes
import errno
import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

import family
import psutil
import pytest
from ownbench import environment

from lager_hwservice.assignment import LARGEST, Assignment
from lager_hwservice.starter import ZYGOTE, Lost, Starter

PR_SET_CHILD_SUBREAPER = 36
SELF = """
import json, os, random, signal, socket, threading
from lager_hwservice import zygote

def is_open(number):
    return os.path.exists(f"/proc/self/fd/{number}")

def work(given):
    if given.instrument == "broken":
        raise ZeroDivisionError("a defect")
    facts = {
        "pid": os.getpid(),
        "descriptors": sorted(filter(is_open, map(int, os.listdir("/proc/self/fd")))),
        "directory": os.getcwd(),
        "environment": dict(os.environ),
        "threads": len(os.listdir("/proc/self/task")) + threading.active_count(),
        "handlers": {one.name: repr(signal.getsignal(one)) for one in signal.Signals},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "random": random.random(),
        "told": given.address,
    }
    os.write(1, json.dumps(facts).encode() + b"\\n")
    while os.read(0, 1):
        pass
    return 7

with socket.socket(fileno=os.dup(0)) as control:
    zygote.serve(control, work)
"""
TELLING = (sys.executable, "-W", "error", "-c", SELF)
DYING = (sys.executable, "-c", "import os; os.read(0, 1)")


def assignment(folder, address="A", instrument="K"):
    return Assignment(address, instrument, "", str(folder / "s.sock"))


@pytest.fixture
def starting(tmp_path, monkeypatch):
    """Make starters in a folder that is private, ended at the end; this process adopts nobody after that."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    with contextlib.ExitStack() as made:
        made.callback(ctypes.CDLL(None).prctl, PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

        def make(command=TELLING, **more):
            one = Starter(tmp_path / "run", command, **more)
            made.callback(one.close)
            return one

        yield make


@contextlib.contextmanager
def begun(starter, folder, address="A"):
    """A process that works; and what it says of itself."""
    one = again(lambda: starter.start(assignment(folder, address)))
    try:
        yield one, json.loads(one.stdout.readline())
    finally:
        one.kill()
        one.wait(20)
        one.close()


def again(start):
    """Start as the service does, for which the death of what it is forked from is no reason to give up."""
    while True:
        try:
            return start()
        except Lost:
            continue


def zygotes():
    """Those of this test; the other children of this process are workers, or other tests'."""
    found = [one for one, words in family.living() if words and "python" in words[0]]
    return [one for one in found if one.environ().get("LAGER_STATE_DIR") == os.environ["LAGER_STATE_DIR"]]


def test_a_worker_has_its_own_line_and_nothing_else(starting, tmp_path):
    starter, folder = starting(), tmp_path / "run"
    with begun(starter, folder, "first") as (first, one), begun(starter, folder, "second") as (second, two):
        for process, facts in ((first, one), (second, two)):
            assert facts["descriptors"] == [0, 1, 2]
            assert (facts["pid"], psutil.Process(process.pid).ppid()) == (process.pid, os.getpid())
            assert facts["threads"] == 2  # one, as the kernel counts, and one, as Python does
            assert facts["directory"] == str(folder)
            assert os.environ.items() <= facts["environment"].items()
            assert facts["blocked"] == []
        assert (one["told"], two["told"]) == ("first", "second")
        assert one["random"] != two["random"]
        first.stdin.close()  # its lifeline, and no other's
        assert first.wait(20) == 7
        assert second.poll() is None


def test_signals_find_a_worker_as_they_find_a_program_that_was_just_started(starting, tmp_path):
    with begun(starting(), tmp_path / "run") as (_, facts):
        default = {one.name for one in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP)}
        assert {name: facts["handlers"][name] for name in default} == dict.fromkeys(default, repr(signal.SIG_DFL))


def test_the_end_of_a_worker_is_seen_at_once_however_it_ends(starting, tmp_path, capfd):
    starter, folder = starting(), tmp_path / "run"
    with begun(starter, folder) as (worker, _):
        assert (worker.poll(), worker.returncode) == (None, None)
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.stdout.readline() == b""
        assert worker.wait(20) == -signal.SIGKILL
        worker.kill()  # there is nobody any more
    broken = starter.start(assignment(folder, instrument="broken"))
    assert broken.wait(20) == 1
    broken.close()
    assert "ZeroDivisionError: a defect" in capfd.readouterr().err
    with begun(starter, folder) as (worker, _):  # and what it was forked from goes on
        assert worker.poll() is None


def test_workers_go_on_when_what_they_were_forked_from_is_killed_and_others_can_be_had(starting, tmp_path):
    starter, folder = starting(), tmp_path / "run"
    with begun(starter, folder, "old") as (old, _):
        killed = []
        for _ in range(3):
            (dying,) = zygotes()
            dying.kill()
            killed.append(dying)
            with begun(starter, folder, "new") as (_, facts):
                assert facts["told"] == "new"
            assert not set(killed) & set(zygotes())
        assert old.poll() is None
        old.stdin.close()
        assert old.wait(20) == 7


def test_one_that_was_stopped_is_replaced(starting, tmp_path):
    starter, folder = starting(idle=0.3), tmp_path / "run"
    with begun(starter, folder):
        (stopped,) = zygotes()
        stopped.suspend()
        with begun(starter, folder) as (worker, _):
            assert worker.poll() is None
        assert not stopped.is_running()


def test_one_that_dies_over_an_assignment_is_no_reason_to_wait(starting, tmp_path):
    starter = starting(DYING)
    for _ in range(2):
        with pytest.raises(Lost):
            starter.start(assignment(tmp_path / "run"))
    assert starter.effort() >= 0


def test_a_directory_that_was_removed_is_there_again(starting, tmp_path):
    starter, folder = starting(), tmp_path / "run"
    with begun(starter, folder):
        shutil.rmtree(folder)
        with begun(starter, folder) as (_, facts):
            assert facts["directory"] == str(folder)


def test_an_assignment_that_is_too_long_is_refused(starting, tmp_path):
    starter = starting()
    with pytest.raises(OSError, match=os.strerror(errno.EMSGSIZE)):
        starter.start(assignment(tmp_path / "run", "A" * LARGEST))
    with begun(starter, tmp_path / "run") as (worker, _):
        assert worker.poll() is None


def test_its_end(starting, tmp_path):
    starter, folder = starting(), tmp_path / "run"
    with begun(starter, folder) as (worker, _):
        (zygote,) = zygotes()
        starter.close()
        assert not zygote.is_running()
        with pytest.raises(OSError, match="there is no process that forks workers"):
            starter.start(assignment(folder))
        assert worker.poll() is None


def test_who_waits_for_one_that_cannot_be_started_is_told_when_all_ends(starting, tmp_path):
    starter, failed = starting((str(tmp_path / "none"),)), threading.Event()

    def start():
        with contextlib.suppress(OSError):
            starter.start(assignment(tmp_path / "run"))
        failed.set()

    waiting = threading.Thread(target=start)
    waiting.start()
    starter.close()
    assert failed.wait(20)
    waiting.join()


def test_the_real_one_has_one_thread_and_has_opened_nothing(starting, tmp_path):
    starter, folder = starting(ZYGOTE), tmp_path / "run"
    worker = again(lambda: starter.start(assignment(folder, "USB0::0x1AB1::0x0E11::NOBODY::INSTR", "Rigol_DP821")))
    assert json.loads(worker.stdout.readline()) == {"event": "ready"}
    (zygote,) = zygotes()
    assert zygote.num_threads() == 1
    held = {one: os.readlink(f"/proc/{zygote.pid}/fd/{one}") for one in os.listdir(f"/proc/{zygote.pid}/fd")}
    control = held.pop("0")
    assert control.startswith("socket:")
    assert set(held.values()) <= {control, os.readlink("/proc/self/fd/1"), os.readlink("/proc/self/fd/2")}
    assert "libusb" not in Path(f"/proc/{zygote.pid}/maps").read_text()
    assert psutil.Process(worker.pid).cmdline()[:2] == ["lager_hwservice.worker", "Rigol_DP821"]
    assert psutil.Process(worker.pid).ppid() == os.getpid()
    zygote.send_signal(signal.SIGINT)  # Ctrl-C in the terminal of a box
    psutil.Process(worker.pid).send_signal(signal.SIGINT)
    worker.stdin.close()
    assert worker.wait(20) == 0
    worker.close()
    assert zygotes() == [zygote]
