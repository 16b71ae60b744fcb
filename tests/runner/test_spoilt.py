"""Runs whose directory somebody spoils, and a machine that is short of something: a run ends, and is told of."""

import os
import resource
import shutil

import psutil

from lager import wire

SPOIL = [
    "shutil.rmtree(os.path.dirname(os.getcwd()), ignore_errors=True)",
    "os.makedirs('../exit.json/in/the/way')",
    "os.unlink('../output.log')",
]
BLOCK = "import os, shutil, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"


def test_runs_whose_directories_are_spoilt_end_with_their_own_status(own_runner):
    for spoil in SPOIL:
        script = f"{BLOCK}print('ready')\nsignal.sigwait([signal.SIGUSR1])\n{spoil}\nprint('done')\nos._exit(7)"
        with own_runner.stream(own_runner.run(script)) as watcher:
            watcher.until(b"ready\n")
            watcher.send(wire.Stop("SIGUSR1"))
            out, _, last = watcher.rest()
        assert (out, last) == (b"ready\ndone\n", wire.Exited(7, "exit", ["SIGUSR1"])), spoil
    own_runner.stop()
    own_runner.start()  # also a new runner is not in trouble
    assert own_runner.result("print('next')")[0] == b"next\n"


def test_a_lost_run_whose_directory_is_gone_ends(runner):
    run = runner.run("print('ready')\nimport signal\nsignal.pause()\n")
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
        shutil.rmtree(runner.state / "runs" / run)
        runner.supervisor(run).kill()
        assert watcher.rest()[2] == wire.Exited(1, "lost")


def test_the_output_of_a_run_without_its_log(runner):
    run = runner.run("print('done')")
    runner.watch(run)
    (runner.state / "runs" / run / "output.log").unlink()
    out, _, last = runner.watch(run)
    assert isinstance(last, wire.StreamFailed)
    assert (out, last.error.code) == (b"", "file-not-there")


def test_a_run_that_cannot_be_attended_is_not_left_behind(runner):
    """The runner has descriptors for all but the connection to the supervisor."""
    runner.watch(runner.run("pass"))
    process = psutil.Process(runner.process.pid)
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    answers = set()
    for more in range(12):
        highest = max(int(name) for name in os.listdir(f"/proc/{process.pid}/fd"))
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (highest + 1 + more, hard))
        answers.add(runner.put("import signal\nsignal.pause()\n").status_code)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        if 201 in answers:
            break
        assert not _supervisors(runner), more
    assert 500 in answers


def _supervisors(runner):
    found = []
    for one in psutil.Process(runner.process.pid).children(recursive=True):
        try:
            if "lager_runner.supervisor" in one.cmdline():
                found.append(one.pid)
        except psutil.Error:
            continue
    return found
