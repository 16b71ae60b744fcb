"""The time limit of a run stands still while any of its pauses is open: real scripts, real supervisors.

How long a limit is, another run tells that has the same one, starts later and does not pause: no time is measured here.
"""

from lager import wire

LIMIT = 1.5  # s; enough for a script to come to its pause on a slow machine
PAUSE = "import os\nfrom lager import pause\nprint(os.getpid())\n"
RUNAWAY = "import signal\nprint('ready')\nsignal.pause()\n"
TIMED_OUT = wire.Exited(124, "timeout")


def resume(runner, run):
    assert runner.http.post(f"/runs/{run}/continue", content=b'{"all":true}').status_code == 200


def pass_limit(runner, limit=LIMIT):
    """Wait until a run that starts now has come to the same limit."""
    assert runner.result(RUNAWAY, timeout=limit)[2] == TIMED_OUT


def test_the_limit_waits_for_the_last_pause_and_runs_again(runner):
    threads = "import threading\nthreading.Thread(target=pause, kwargs={'timeout': 0}).start()\npause(timeout=0)\n"
    run = runner.run(f"{PAUSE}{threads}import signal\nsignal.pause()\n", timeout=LIMIT)
    with runner.stream(run) as watcher:
        pauses = [watcher.until_kind(wire.PauseBegan).pause for _ in range(2)]
        watcher.send(wire.Continue(pauses[0].number))
        watcher.until_kind(wire.PauseEnded)
        pass_limit(runner)
        info = runner.http.get(f"/runs/{run}").json()
        assert (info["state"], [pause["number"] for pause in info["pauses"]]) == ("paused", [pauses[1].number])
        resume(runner, run)
        assert watcher.rest()[2] == TIMED_OUT  # it has used some of its limit, and now the rest


def test_without_a_runner_the_limit_runs_again(own_runner, tools):
    run = own_runner.run(f"{PAUSE}pause(timeout=0)\n", timeout=LIMIT)
    with own_runner.stream(run) as watcher:
        pid = int(watcher.until(b"\n").split()[0])
        watcher.until_kind(wire.PauseBegan)
    own_runner.kill()
    tools.wait_gone(pid)
    own_runner.start()
    assert own_runner.watch(run)[2] == TIMED_OUT


def test_a_new_runner_makes_it_wait_as_the_one_before(own_runner):
    limit = 2 * LIMIT  # some of it passes until that runner is there
    run = own_runner.run(f"{PAUSE}pause(timeout=0)\nprint('on')\n", timeout=limit)
    with own_runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
    own_runner.kill()
    own_runner.start()
    with own_runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)  # the script has come back
        pass_limit(own_runner, limit)
        resume(own_runner, run)
        out, _, last = watcher.rest()
    assert (out.endswith(b"on\n"), last.status) == (True, 0)
