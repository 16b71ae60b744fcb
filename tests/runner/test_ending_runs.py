"""Ending real runs: scripts that end at once, late, or not at all, and all that they have started."""

import json
import uuid

import psutil
import pytest

from lager import wire

LIMITS = {"idle_grace": 0.4, "grace": 6.0, "terminate_grace": 0.4, "output": 50_000}
IGNORES = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
IGNORES_BOTH = IGNORES + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
WAIT = "import signal\nprint('ready')\nsignal.pause()\n"
FOR_EVER = "import signal\nprint('ready')\nwhile True: signal.pause()\n"


@pytest.fixture(scope="module")
def runner(runner):
    """The runner of this module, whose box has little patience."""
    (runner.state / "limits.json").write_text(json.dumps(LIMITS))
    return runner


def kill(runner, run, **asked):
    reply = runner.http.post(f"/runs/{run}/kill", content=wire.to_json(wire.KillRequest(**asked)))
    assert reply.status_code == 200, reply.text
    return wire.from_json(reply.content, wire.Killed)


def began(runner, script, **request):
    """Run a script up to its `ready`; give the run, and the words before."""
    run = runner.run(script, **request)
    with runner.stream(run) as watcher:
        return run, watcher.until(b"ready\n").split()[:-1]


def info(runner, run):
    return wire.from_json(runner.http.get(f"/runs/{run}").content, wire.RunInfo)


def test_kill_says_what_it_did(runner):
    run, _ = began(runner, "import signal\ntry:\n    print('ready')\n    signal.pause()\nfinally:\n    print('off')\n")
    killed = kill(runner, run, by="bob")
    assert killed == wire.Killed(run=run, name="test.py", did=["SIGINT (bob)"], status=130)
    out, err, last = runner.watch(run)
    assert out == b"ready\noff\n"
    assert err.startswith(b"=== lager: stopping the run: ended by bob\n")
    assert last == wire.Exited(130, "stopped", ["SIGINT (bob)"])
    assert (info(runner, run).reason, info(runner, run).did) == ("stopped", ["SIGINT (bob)"])
    again = kill(runner, run, by="bob")
    assert again == wire.Killed(run=run, name="test.py", did=["SIGINT (bob)"], already=True, status=130)


@pytest.mark.parametrize(
    ("script", "status", "did"),
    [
        (IGNORES, 143, ["SIGINT (bob)", "SIGTERM"]),
        (IGNORES_BOTH, 137, ["SIGINT (bob)", "SIGTERM", "SIGKILL"]),
    ],
    ids=["the interrupt", "SIGTERM, too"],
)
def test_a_script_that_ignores_it_is_ended_all_the_same(runner, script, status, did):
    run, _ = began(runner, script + FOR_EVER)
    assert kill(runner, run, by="bob") == wire.Killed(run=run, name="test.py", did=did, status=status)


def test_a_timeout_ends_a_script_that_ignores_everything(runner):
    _, err, last = runner.result(IGNORES_BOTH + FOR_EVER, timeout=0.5)
    assert last == wire.Exited(124, "timeout", ["SIGINT (timeout)", "SIGTERM", "SIGKILL"])
    assert err == b"=== lager: the run's timeout of 0.5s is over; stopping it\n"


SLOW = """\
import signal, sys, threading
signal.signal(signal.SIGTERM, lambda *_: print('cut short'))
nobody = threading.Event()
try:
    print('ready')
    signal.pause()
finally:
    for step in range(25):
        nobody.wait(0.05)
        {work}
    print('switched off')
"""


@pytest.mark.parametrize("work", ["print('step')", "pass"], ids=["it writes", "it only runs"])
def test_a_finally_that_takes_long_is_given_its_time(runner, work):
    """25 steps of 50 ms: three times what a script gets that does nothing."""
    run, _ = began(runner, SLOW.format(work=work))
    killed = kill(runner, run, by="bob")
    out = runner.watch(run)[0]
    assert out.endswith(b"switched off\n")
    assert b"cut short" not in out
    assert killed.did == ["SIGINT (bob)"]


def test_a_timeout_gives_it_the_same_time(runner):
    out, _, last = runner.result(SLOW.format(work="pass"), timeout=0.5)
    assert out.endswith(b"switched off\n")
    assert last == wire.Exited(124, "timeout", ["SIGINT (timeout)"])


def test_the_second_ctrl_c_goes_on_to_sigterm_and_the_third_to_sigkill(runner):
    (runner.state / "limits.json").write_text(json.dumps(LIMITS | {"idle_grace": 1000.0, "terminate_grace": 1000.0}))
    try:
        run = runner.run(IGNORES + "signal.signal(signal.SIGTERM, lambda *_: print('asked'))\n" + FOR_EVER)
    finally:
        (runner.state / "limits.json").write_text(json.dumps(LIMITS))
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
        watcher.send(wire.Stop("SIGINT", "alice"))
        watcher.send(wire.Stop("SIGINT", "bob"))  # one interrupt is enough
        watcher.send(wire.Stop("SIGTERM", "alice"))
        watcher.until(b"asked\n")
        watcher.send(wire.Stop("SIGKILL"))
        assert watcher.rest()[2] == wire.Exited(
            137, "stopped", ["SIGINT (alice)", "SIGTERM (alice)", "SIGKILL (Ctrl-C)"]
        )


COUNTS = """\
import signal, sys
count = 0
def note(*_):
    global count
    count += 1
    print('interrupt', count)
signal.signal(signal.SIGINT, note)
print('ready')
while not count: signal.pause()
signal.sigtimedwait([signal.SIGUSR1], 0.6)
sys.exit(count)
"""


def test_there_is_one_interrupt_whoever_asks_how_often(runner):
    block = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"
    (runner.state / "limits.json").write_text(json.dumps(LIMITS | {"idle_grace": 1000.0}))
    try:
        run = runner.run(block + COUNTS)
    finally:
        (runner.state / "limits.json").write_text(json.dumps(LIMITS))
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
        watcher.send(wire.Stop("SIGINT", "alice"))
        watcher.until(b"interrupt 1\n")
        kill(runner, run, by="bob", wait=0)
        kill(runner, run, signal="SIGINT", by="carol", wait=0)
        runner.supervisor(run).terminate()
        kill(runner, run, signal="SIGUSR1", by="carol", wait=0)
        out, _, last = watcher.rest()
    assert out == b"ready\ninterrupt 1\n"
    assert last == wire.Exited(1, "stopped", ["SIGINT (alice)", "SIGUSR1 (carol)"])


def test_one_signal_and_nothing_else(runner):
    script = "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('heard'))\nprint('ready')\n"
    run, _ = began(runner, script + "signal.pause()\nprint('on')\nsignal.pause()\n")
    alive = kill(runner, run, signal="SIGUSR1", by="bob", wait=0.2)
    assert alive == wire.Killed(run=run, name="test.py", did=["SIGUSR1 (bob)"])
    with runner.stream(run) as watcher:
        watcher.until(b"on\n")
    ended = kill(runner, run, signal="SIGTERM", by="bob")
    assert (ended.did, ended.status) == (["SIGUSR1 (bob)", "SIGTERM (bob)"], 143)
    assert runner.watch(run)[2].reason == "signal"
    bad = runner.http.post(f"/runs/{began(runner, WAIT)[0]}/kill", content=b'{"signal": "SIGNONE"}')
    assert runner.error(bad) == (400, "usage")


def test_a_script_that_was_stopped_is_ended_in_good_order(runner):
    run, _ = began(runner, "import signal\ntry:\n    print('ready')\n    signal.pause()\nfinally:\n    print('off')\n")
    kill(runner, run, signal="SIGSTOP", by="bob", wait=0)
    assert kill(runner, run, by="bob").did == ["SIGSTOP (bob)", "SIGINT (bob)"]
    assert runner.watch(run)[0] == b"ready\noff\n"


def test_whom_a_kill_can_not_mean(runner):
    assert runner.error(runner.http.post(f"/runs/{uuid.uuid4()}/kill")) == (404, "run-not-found")
    run, _ = began(runner, WAIT)
    assert runner.error(runner.http.post(f"/runs/{run}.1/kill")) == (400, "usage")
    assert kill(runner, run[:13]).status == 130


def test_all_runs_can_be_ended_at_once(runner):
    runs = {began(runner, WAIT)[0] for _ in range(3)}
    reply = runner.http.post("/runs/kill", content=wire.to_json(wire.KillRequest(by="bob")))
    killed = wire.from_json(reply.content, list[wire.Killed])
    assert runs <= {one.run for one in killed if one.status == 130}
    assert all(run["ended"] for run in runner.http.get("/runs").json())
    assert runner.http.post("/runs/kill").json() == []


def test_a_run_can_be_ended_while_it_starts(runner):
    """Whether its Python is there already or not: it ends, and is known as a run that was ended."""
    for _ in range(5):
        run = runner.run(WAIT)
        killed = kill(runner, run, by="bob")
        assert killed.did[0] == "SIGINT (bob)"
        assert killed.status not in (None, 0)
        assert runner.watch(run)[2].reason == "stopped"


# All that it has started ----------------------------------------------------------------------------------------------

DAEMON = """\
import os, signal
reading, writing = os.pipe()
if not os.fork():
    os.setsid()
    if not os.fork():
        {signals}
        os.environ.clear()
        os.chdir('/')
        os.write(writing, b'%d' % os.getpid())
        os.closerange(0, 1000)
        while True: signal.pause()
    os._exit(0)
os.wait()
print(int(os.read(reading, 100)))
print('ready')
{rest}
"""


@pytest.mark.parametrize("rest", ["", "signal.pause()"], ids=["the script ends", "it is ended"])
def test_a_daemon_does_not_outlive_its_run(runner, tools, rest):
    ignore = "for one in (1, 2, 15): signal.signal(one, signal.SIG_IGN)"
    run, (pid,) = began(runner, DAEMON.format(signals=ignore, rest=rest))
    if rest:
        kill(runner, run)
    assert runner.watch(run)[2].reason == ("stopped" if rest else "exit")
    assert not tools.alive(int(pid)), "it is gone before the run is over"


def test_two_hundred_children_do_not_outlive_their_run(runner, tools):
    script = "import os\npids = [os.posix_spawn('/bin/sleep', ['sleep', '1000'], {}) for _ in range(200)]\n"
    run, pids = began(runner, f"{script}print(*pids)\n{WAIT}")
    assert len(pids) == 200
    assert kill(runner, run, signal="SIGKILL").status == 137
    assert not [pid for pid in pids if tools.alive(int(pid))]


def test_what_starts_others_while_it_is_killed_is_killed_with_them(runner):
    """A chain in which each process starts the next one, in a session of its own, and ends."""
    script = (
        "import os, time\nprint('ready')\n"
        "if not os.fork():\n"
        "    until = time.monotonic() + 60  # whatever comes: nothing else ends it\n"
        "    while time.monotonic() < until:\n"
        "        if not os.fork(): os.setsid(); continue\n"
        "        os._exit(0)\n"
        "    os._exit(0)\n"
    )
    run = runner.run(script + "import signal\nsignal.pause()\n")
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
    supervisor = runner.supervisor(run)
    assert kill(runner, run, signal="SIGKILL").status == 137
    assert not supervisor.is_running()
    assert not _of(runner, run)


def _of(runner, run):
    """Give the processes that have the mark of a run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("LAGER_PROCESS_ID") == run and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_children_may_clean_up_after_the_script(runner):
    child = (
        "import signal, threading\ntry:\n    print('ready', flush=True)\n    signal.pause()\nfinally:\n"
        "    for _ in range(10): threading.Event().wait(0.05)\n    print('child is off', flush=True)\n"
    )
    script = (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}])\nimport signal\nsignal.pause()\n"
    )
    run, _ = began(runner, script)
    kill(runner, run)
    assert runner.watch(run)[0].endswith(b"child is off\n")


def test_a_killed_supervisor_takes_the_others_with_it(own_runner, tools):
    """Also who has cleared his environment, while his session or his parents tell whose he is."""
    script = (
        "import os, signal\n"
        "def start(*words, env, session=False):\n"
        "    if pid := os.fork(): return pid\n"
        "    if session: os.setsid()\n"
        "    os.execve(words[0], words, env)\n"
        "pids = [start('/bin/sleep', '1000', env={}), start('/bin/sleep', '1000', env=os.environ, session=True)]\n"
        'parent = \'import os, subprocess; print(subprocess.Popen(["/bin/sleep", "1000"], env={}, \'\n'
        "parent += 'start_new_session=True).pid, flush=True); os.wait()'\n"
        "import sys\n"
        "pids.append(start(sys.executable, '-c', parent, env=os.environ, session=True))\n"
        "print(*pids)\nsignal.pause()\n"
    )
    run = own_runner.run(script)
    with own_runner.stream(run) as watcher:
        while len(watcher.seen[1].split()) < 4:
            watcher.next()
        pids = [int(word) for word in watcher.seen[1].split()]
        own_runner.supervisor(run).kill()
        assert watcher.rest()[2].reason == "lost"
    assert not [pid for pid in pids if tools.alive(pid)]


def test_the_end_of_a_run_leaves_others_alone(runner, tools):
    mine, _ = began(runner, WAIT)
    other, (pid,) = began(runner, f"import os\nprint(os.getpid())\n{WAIT}")
    kill(runner, mine)
    assert tools.alive(int(pid))
    kill(runner, other)


# Output ---------------------------------------------------------------------------------------------------------------


def test_a_log_that_has_reached_its_limit(runner):
    script = "import sys\nfor n in range(20_000): print(n)\nprint('the end', file=sys.stderr)\nsys.exit(7)\n"
    run = runner.run(script)
    out, err, last = runner.watch(run)
    assert last == wire.Exited(7, "exit")
    written = b"".join(b"%d\n" % n for n in range(20_000))
    assert written.startswith(out)
    missing = len(written) - len(out) + len(b"the end\n")
    assert err.count(b"bytes of output are missing here: this box keeps 50000 bytes") == 1
    assert b"=== lager: %d bytes of output are missing here" % missing in err
    assert err.count(b"from here on no output is kept") == 1
    told = info(runner, run)
    assert (told.missing, told.output <= LIMITS["output"] + 1000) == (missing, True)


def test_lagers_own_words_are_kept_beyond_the_limit(runner):
    script = "import os\nos.write(1, b'x' * 60_000)\nos.write(1, b'y' * 60_000)\n" + FOR_EVER
    err, last = runner.result(script, timeout=0.6)[1:]
    assert last.status == 124
    assert b"\n=== lager: the run's timeout of 0.6s is over; stopping it\n" in err


CHANNEL = """\
import os, sys
channel = open(os.environ['LAGER_OUTPUT_CHANNEL'], 'wb', buffering=0)
for n in range(300): channel.write(b'\\xff%d\\xe2' % n)
print('done')
"""


def test_the_output_channel_is_the_third_stream(runner):
    with runner.stream(runner.run(CHANNEL)) as watcher:
        watcher.seen[3] = bytearray()
        out, err, last = watcher.rest()
    assert (out, err, last.status) == (b"done\n", b"", 0)
    assert watcher.seen[3] == b"".join(b"\xff%d\xe2" % n for n in range(300))


def test_both_streams_as_one_in_the_order_they_were_written(runner):
    script = "import sys\nfor n in range(2000): print(n, file=[sys.stdout, sys.stderr][n % 2])\n"
    out, err, last = runner.result(script, one_stream=True)
    assert out == b"".join(b"%d\n" % n for n in range(2000))
    assert (err, last.status) == (b"", 0)
    out, err, _ = runner.result(FOR_EVER, one_stream=True, timeout=0.5)
    assert b"=== lager: the run's timeout of 0.5s is over" in out
    assert err == b""


def test_a_background_process_that_keeps_stdout_does_not_hold_up_the_status(runner, tools):
    script = "import subprocess\nprint(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)\n"
    run = runner.run(script)
    out, _, last = runner.watch(run)
    assert last == wire.Exited(0, "exit")
    assert not tools.alive(int(out))


def test_many_orphans_leave_no_zombies(runner, tools):
    script = (
        "import os\nfor _ in range(50):\n    if not os.fork():\n        os.fork()\n        os._exit(0)\n"
        "    os.wait()\nprint('ready')\nimport signal\nsignal.pause()\n"
    )
    run, _ = began(runner, script)
    supervisor = runner.supervisor(run)
    while zombies := [child for child in supervisor.children() if child.status() == psutil.STATUS_ZOMBIE]:
        tools.wait_gone(zombies[0].pid)  # the end of the test if it never is reaped
    kill(runner, run)
