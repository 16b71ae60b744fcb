"""Worker processes as the service keeps them: slow ones, and such as do nothing. Real processes, short patience."""

import os
import subprocess
import sys
import time

import pytest
from ownbench import environment

from lager import errors, wire
from lager_hwservice.forked import Forked, effort
from lager_hwservice.workerprocess import Patience, WorkerProcess

NET = wire.NetRecord("adc1", "adc", "LabJack_T7", "modbus-tcp://127.0.0.1:1", "AIN0")
SLOW = """
import json, sys, time
until = time.monotonic() + 1.2
while time.monotonic() < until:
    pass
open(sys.argv[1], "w").close()
print(json.dumps({"event": "ready"}), flush=True)
sys.stdin.read()
"""
IDLE = "import sys; sys.stdin.read()"
DYING = "raise SystemExit(3)"


class Starter:
    """Starts these programs in turn, the last one again and again."""

    def __init__(self, env, *programs):
        self.env, self.programs, self.started = env, list(programs), 0

    def start(self, given):
        program = self.programs[min(self.started, len(self.programs) - 1)]
        self.started += 1
        command = [sys.executable, "-c", program, given.socket]
        (stdin, lifeline), (reports, stdout) = os.pipe(), os.pipe()
        ends = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
        pid = os.posix_spawn(sys.executable, command, self.env, file_actions=ends)
        os.close(stdin)
        os.close(stdout)
        return Forked(pid, open(lifeline, "wb", 0), open(reports, "rb"))

    def effort(self):
        """Nobody is needed here to start one."""
        return 0.0


@pytest.fixture
def keep(tmp_path):
    """Keep a worker that is started so."""
    kept = []

    def make(patience, *programs):
        starter = Starter(environment(tmp_path), *programs)
        kept.append(WorkerProcess(NET, tmp_path, starter, patience=patience))
        return kept[-1], starter

    yield make
    for one in kept:
        one.end()
        one.join()


def test_a_worker_that_starts_slowly_is_waited_for(keep):
    worker, starter = keep(Patience(ready=0.5, slow=30, idle=0.4), SLOW)
    assert worker.socket()
    assert starter.started == 1


def test_a_worker_that_does_nothing_is_replaced_while_its_caller_waits(keep):
    worker, starter = keep(Patience(ready=20, slow=30, idle=0.5), IDLE, SLOW)
    assert worker.socket()
    assert starter.started == 2


def test_workers_that_die_are_not_waited_for_as_long(keep):
    worker, starter = keep(Patience(ready=0.6, slow=60, idle=0.2), DYING)
    begun = time.monotonic()
    with pytest.raises(errors.ServiceUnreachable, match=r"LabJack_T7 at modbus-tcp.*does not start"):
        worker.socket()
    assert time.monotonic() - begun < 20
    assert starter.started > 1


def test_a_process_that_has_ended_makes_no_effort():
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait(30)
        assert effort(process) == 0
