"""kill -9 of the runner, of a supervisor; a full disk: what is promised then."""

import json
import os
import resource
import signal
import subprocess
import sys

import pytest

from lager import wire

COUNT = """\
import os, signal
print(os.getpid())
print('first half')
signal.sigwait([signal.SIGUSR1])
for n in range(20000): print(n, 'ä')
raise SystemExit(7)
"""
HOLD = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"
NUMBERS = "".join(f"{n} ä\n" for n in range(20000)).encode()


def test_a_script_survives_its_runner(own_runner):
    run = own_runner.run(HOLD + COUNT)
    with own_runner.stream(run) as watcher:
        pid = int(watcher.until(b"half\n").split()[0])
    own_runner.kill()
    own_runner.start()
    assert own_runner.http.get(f"/runs/{run}").json()["state"] == "running"
    own_runner.kill()
    os.kill(pid, signal.SIGUSR1)  # it prints and ends while no runner is there
    own_runner.start()
    out, _, last = own_runner.watch(run)
    assert out == f"{pid}\nfirst half\n".encode() + NUMBERS
    assert last == wire.Exited(7, "exit")


def test_an_adopted_run_is_signalled_and_its_end_is_seen(own_runner):
    run = own_runner.run("print('ready')\nimport signal\nsignal.pause()\n")
    with own_runner.stream(run) as watcher:
        watcher.until(b"ready")
    own_runner.stop()  # in good order: the run lives on all the same
    own_runner.start()
    with own_runner.stream(run) as watcher:
        watcher.until(b"ready")
        watcher.send(wire.Stop("SIGINT"))
        assert watcher.rest()[2] == wire.Exited(130, "stopped", ["SIGINT (Ctrl-C)"])


@pytest.mark.parametrize("with_runner", [True, False], ids=["runner lives", "runner is away"])
def test_a_killed_supervisor(own_runner, tools, with_runner):
    script = "import os, signal, subprocess\nchild = subprocess.Popen(['sleep', '1000'])\n"
    script += "print(os.getpid(), child.pid)\nsignal.pause()\n"
    run = own_runner.run(script)
    supervisor = own_runner.supervisor(run)
    with own_runner.stream(run) as watcher:
        pids = [int(word) for word in watcher.until(b"\n").split()]
        if with_runner:
            supervisor.kill()
            last = watcher.rest()[2]
    if not with_runner:
        own_runner.kill()
        supervisor.kill()
        tools.wait_gone(pids[0])  # the kernel sees to that
        own_runner.start()
        last = own_runner.watch(run)[2]
    assert last.reason == "lost"
    for pid in pids:
        tools.wait_gone(pid)
    info = own_runner.http.get(f"/runs/{run}").json()
    assert (info["state"], info["status"]) == ("lost", 1)


def test_sigterm_to_a_supervisor_ends_the_script_in_good_order(runner):
    run = runner.run("import signal\nprint('ready')\ntry:\n    signal.pause()\nfinally:\n    print('cleaned')\n")
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
        runner.supervisor(run).terminate()
        out, _, last = watcher.rest()
    assert (out, last) == (b"ready\ncleaned\n", wire.Exited(130, "stopped", ["SIGINT (the machine)"]))


def test_a_full_disk(runner):
    run = runner.run(
        "import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])\n"
        "print('before')\nsignal.sigwait([signal.SIGUSR1])\nos.write(1, b'x' * 5000)\nos.write(2, b'out of\\n')\n"
        "signal.sigwait([signal.SIGUSR2])\nprint('after')\n"
    )
    with runner.stream(run) as watcher:
        watcher.until(b"before\n")
        supervisor = runner.supervisor(run).pid
        whole = resource.prlimit(supervisor, resource.RLIMIT_FSIZE)
        size = os.stat(runner.state / "runs" / run / "output.log").st_size
        resource.prlimit(supervisor, resource.RLIMIT_FSIZE, (size + 1000, whole[1]))
        watcher.send(wire.Stop("SIGUSR1"))
        watcher.until(b"out of\n", 2)  # small enough to fit
        assert b"=== lager: from here on output may be missing: File too large; the script goes on\n" in watcher.seen[2]
        assert b"are missing here" not in watcher.seen[2]  # how much, when there is room again
        resource.prlimit(supervisor, resource.RLIMIT_FSIZE, whole)
        watcher.send(wire.Stop("SIGUSR2"))
        out, err, last = watcher.rest()
    assert (out, last.status) == (b"before\nafter\n", 0)
    assert err.count(b"5000 bytes of output are missing here: File too large") == 1


def test_a_disk_that_stays_full(runner):
    run = runner.run(
        f"{HOLD}import os\nprint('before')\nsignal.sigwait([signal.SIGUSR1])\n"
        "os.write(1, b'x' * 5000)\nraise SystemExit(3)\n"
    )
    with runner.stream(run) as watcher:
        watcher.until(b"before\n")
        supervisor = runner.supervisor(run).pid
        size = os.stat(runner.state / "runs" / run / "output.log").st_size
        resource.prlimit(supervisor, resource.RLIMIT_FSIZE, (max(size, 4096), resource.RLIM_INFINITY))
        watcher.send(wire.Stop("SIGUSR1"))
        out, err, last = watcher.rest()
    assert out == b"before\n"
    assert (last.status, last.reason) == (3, "exit")
    assert b"5000 bytes of output are missing" in err


def test_a_runner_that_was_started_with_interrupts_ignored(tmp_path, runner):
    """As a shell does with what it puts in the background."""
    code = "import signal, os, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    code += "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
    one = type(runner)(tmp_path / "state")
    command = [sys.executable, "-c", code, "-m", "lager_runner", "--port", "0", "--hardware-socket", "/x"]
    one.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=one.env)
    one.connect()
    run = one.run("import signal\nprint('ready')\nsignal.pause()\n")
    with one.stream(run) as watcher:
        watcher.until(b"ready\n")
        watcher.send(wire.Stop("SIGINT"))
        assert watcher.rest()[2].status == 130
    one.stop()


def test_old_runs_are_pruned_and_live_ones_are_not(own_runner):
    live = own_runner.run("import signal\nprint('x')\nsignal.pause()\n")
    done = own_runner.run("print('done')")
    own_runner.watch(done)
    own_runner.stop()
    folder = own_runner.state / "runs"
    for number in range(205):
        old = folder / f"00000000-0000-4000-8000-{number:012}"
        old.mkdir()
        spec = json.loads((folder / done / "spec.json").read_text()) | {"id": old.name}
        (old / "spec.json").write_text(json.dumps(spec))
        ended = json.loads((folder / done / "exit.json").read_text())["ended"] - 1000 + number
        (old / "exit.json").write_text(json.dumps({"status": 0, "reason": "exit", "ended": ended}))
    own_runner.start()
    infos = own_runner.http.get("/runs").json()
    assert len(infos) == 201
    states = {info["id"]: info["state"] for info in infos}
    assert (states[live], states[done]) == ("running", "finished")
    assert "00000000-0000-4000-8000-000000000005" not in states
    assert "00000000-0000-4000-8000-000000000006" in states
    assert len(list(folder.iterdir())) == 201
    own_runner.http.post(f"/runs/{live}/signal", content=b'{"signal":"SIGKILL"}')
    own_runner.watch(live)


def test_the_ends_of_a_run_go_with_it(own_runner):
    ends = lambda run: {"control", "channel"} & set(os.listdir(own_runner.state / "runs" / run))  # noqa: E731
    run = own_runner.run(HOLD + COUNT)
    with own_runner.stream(run) as watcher:
        pid = int(watcher.until(b"half\n").split()[0])
        assert ends(run) == {"control", "channel"}
        supervisor = own_runner.supervisor(run)
        own_runner.kill()
    os.kill(pid, signal.SIGUSR1)
    supervisor.wait(20)
    own_runner.start()
    assert ends(run) == set()
    done = own_runner.run("print('done')")
    own_runner.watch(done)
    assert ends(done) == set()


def test_a_run_whose_runner_died_before_its_script_began_is_begun_when_it_is_asked_for_again(own_runner):
    done = own_runner.run("print('done')")
    own_runner.watch(done)
    own_runner.kill()
    folder = own_runner.state / "runs"
    run = "00000000-0000-4000-8000-000000000000"
    (folder / run / "work").mkdir(parents=True)
    (folder / run / "output.log").touch()
    spec = json.loads((folder / done / "spec.json").read_text()) | {"id": run}
    (folder / run / "spec.json").write_text(json.dumps(spec))
    own_runner.start()
    assert own_runner.error(own_runner.http.get(f"/runs/{run}")) == (404, "run-not-found")
    own_runner.run("import lager; lager.pause(timeout=0.1); print('begun'); raise SystemExit(7)", run=run)
    out, _, last = own_runner.watch(run)
    assert (out, last) == (b"begun\n", wire.Exited(7, "exit"))
