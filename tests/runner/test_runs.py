"""Scripts under a real runner: what they get, what they say, how they end."""

import uuid

import pytest

from lager import wire
from lager_runner import outputlog

WAIT = "import signal, sys\nprint('ready')\nsignal.pause()\n"


def test_output_arguments_and_status(runner):
    script = "import os, sys\nprint(sys.argv, os.environ['A'], sys.stdin.read())\n"
    script += "print('bad', file=sys.stderr)\nsys.exit(7)\n"
    out, err, last = runner.result(script, args=["one", "two words", "--x", "ä", ""], env=[("A", "b=c d")])
    assert out.decode() == "['test.py', 'one', 'two words', '--x', 'ä', ''] b=c d \n"
    assert err == b"bad\n"
    assert last == wire.Exited(7, "exit")


def test_a_folder_runs_in_its_own_directory(runner, tools):
    main = "import os, helper\nhere = os.path.dirname(helper.__file__)\n"
    files = {"main.py": main + "print(helper.X, os.path.isfile('main.py'), os.getcwd() == here)"}
    out, err, last = runner.result(tools.zipped(files | {"helper.py": "X = 5"}))
    assert out == b"5 True True\n", err
    assert last.status == 0


def test_a_name_like_an_option(runner):
    assert runner.result("print('ran')", file="-c.py")[0] == b"ran\n"


@pytest.mark.parametrize("size", [1023, 1024, 1025, 4095, 4097, 65533, 65535, 65536, 65537])
def test_bytes_are_exact_and_characters_whole(runner, size):
    script = f"import os\nfor data in ('x' * {size - 1} + 'äöü€😀' * 9000).encode(), b'\\xff\\xfe\\xe2\\x82':\n"
    script += "    while data: data = data[os.write(1, data[:4097]):]\n"
    run = runner.run(script)
    with runner.stream(run) as watcher:
        out, err, _ = watcher.rest()
    assert out == ("x" * (size - 1) + "äöü€😀" * 9000).encode() + b"\xff\xfe\xe2\x82"
    assert err == b""


def test_every_message_is_whole_text(runner):
    script = "import os\nfor byte in ('äöü€😀' * 20).encode():\n    os.write(1, bytes([byte])); os.sched_yield()\n"
    with runner.stream(runner.run(script)) as watcher:
        while isinstance(message := watcher.next(), wire.Output):
            message.data.decode()
    assert watcher.seen[1].decode() == "äöü€😀" * 20


def test_output_comes_as_it_is_printed(runner):
    with runner.stream(runner.run(WAIT)) as watcher:
        watcher.until(b"ready\n")
        watcher.send(wire.Stop("SIGKILL", "alice"))
        assert watcher.rest()[2] == wire.Exited(137, "stopped", ["SIGKILL (alice)"])


@pytest.mark.parametrize(("name", "status"), [("SIGKILL", 137), ("SIGTERM", 143), ("SIGSEGV", 139)])
def test_death_by_a_signal(runner, name, status):
    script = f"import os, signal\nprint('last words')\nos.kill(os.getpid(), signal.{name})\n"
    assert runner.result(script) == (b"last words\n", b"", wire.Exited(status, "signal"))


def test_an_interrupt_runs_finally_and_comes_once(runner):
    script = (
        "import os, signal\nprint('ready')\ntry:\n    signal.pause()\nfinally:\n"
        "    print('cleaning')\n    signal.sigtimedwait([signal.SIGUSR1], 10)\n    print('cleaned')\n"
    )
    run = runner.run(f"import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n{script}")
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
        watcher.send(wire.Stop("SIGINT"))
        watcher.until(b"cleaning\n")
        watcher.send(wire.Stop("SIGINT"))  # the same client, out of patience: `finally:` is not cut short
        watcher.send(wire.Stop("SIGUSR1"))
        out, err, last = watcher.rest()
    assert out.endswith(b"cleaned\n")
    assert last == wire.Exited(130, "stopped", ["SIGINT (Ctrl-C)", "SIGUSR1"])
    assert err.count(b"KeyboardInterrupt") == 1


def test_the_whole_group_gets_the_signal(runner):
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-u', '-c', '''import signal\n"
        "try:\n    print('ready')\n    signal.pause()\nexcept KeyboardInterrupt: print('child')'''])\n"
        "try: child.wait()\nexcept KeyboardInterrupt: child.wait()\nprint('script')\n"
    )
    run = runner.run(script)
    with runner.stream(run) as watcher:
        watcher.until(b"ready\n")
        reply = runner.http.post(f"/runs/{run}/signal", content=wire.to_json(wire.SignalRequest("SIGINT")))
        assert reply.json()["state"] == "running"
        out, _, last = watcher.rest()
    assert out == b"ready\nchild\nscript\n"
    assert last.status == 0


def test_a_timeout_says_so_and_lets_finally_run(runner):
    script = "import signal\ntry:\n    signal.pause()\nfinally:\n    print('cleaned')\n"
    out, err, last = runner.result(script, timeout=0.3)
    assert (out, last) == (b"cleaned\n", wire.Exited(124, "timeout", ["SIGINT (timeout)"]))
    assert err.startswith(b"=== lager: the run's timeout of 0.3s is over; stopping it\n")


@pytest.mark.parametrize("timeout", [60, 3e6, 1e300])
def test_a_script_that_ends_in_time(runner, timeout):
    assert runner.result("print(1)", timeout=timeout)[2] == wire.Exited(0, "exit")


def test_a_grandchild_that_keeps_the_pipe_does_not_delay_the_end(runner, tools):
    script = (
        "import subprocess\n"
        "inside, outside = (subprocess.Popen(['sleep', '1000'], start_new_session=new) for new in (False, True))\n"
        "print(inside.pid, outside.pid)\n"
    )
    run = runner.run(script)
    out, _, last = runner.watch(run)
    assert last == wire.Exited(0, "exit")
    info = runner.http.get(f"/runs/{run}").json()
    assert info["ended"] - info["started"] < 2
    inside, outside = map(int, out.split())
    assert not tools.alive(inside)
    assert not tools.alive(outside), "also what has left the script's group"


def test_a_grandchild_that_never_stops_talking(runner):
    script = "import subprocess\nsubprocess.Popen(['yes'])\nprint('end')\n"
    out, _, last = runner.result(script)
    assert b"end" in out  # its line end is a write of its own, which the other's may come before
    assert last == wire.Exited(0, "exit")


def test_nothing_is_inherited_but_what_is_meant(runner):
    script = (
        "import os, signal\n"
        "print(sorted(os.listdir('/proc/self/fd'))[:-1], 'LAGER_TOKEN' in os.environ, os.getpgrp() == os.getpid())\n"
        "print(os.readlink('/proc/self/fd/0'), signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
    )
    out = runner.result(script)[0]
    assert out == b"['0', '1', '2'] False True\n/dev/null True\n"


def test_much_output_in_order(runner):
    script = (
        "import sys\nfor n in range(60000):\n    print(n, 'ä' * (n % 7), file=sys.stderr if n % 3 else sys.stdout)\n"
    )
    out, err, _ = runner.result(script)
    lines = [f"{n} {'ä' * (n % 7)}\n" for n in range(60000)]
    assert out.decode() == "".join(lines[::3])
    assert err.decode() == "".join(line for n, line in enumerate(lines) if n % 3)


def test_a_slow_follower_does_not_slow_the_script(runner):
    size = 40_000_000  # more than all buffers on the way hold
    run = runner.run(f"import sys\nsys.stdout.write('x' * {size})\n")
    with runner.stream(run) as slow:
        slow.next()  # and no more
        out, _, last = runner.watch(run)
        assert (len(out), last.status) == (size, 0)
        assert runner.http.get(f"/runs/{run}").json()["state"] == "finished"
        assert len(slow.rest()[0]) == size


def test_following_from_an_offset(runner):
    run = runner.run("import sys\nfor n in range(9):\n    print(n, file=[sys.stdout, sys.stderr][n % 2])\n")
    whole = runner.watch(run)
    with runner.stream(run) as watcher:
        first = watcher.next()
    out, err, last = runner.watch(run, first.offset)
    assert (out, err, last) == (whole[0].removeprefix(first.data), whole[1], whole[2])
    for bad in (1, first.offset + 1, 10**9, "x", -1, 10**30):
        failed = runner.watch(run, bad)[2]
        assert failed.error.code == "usage"


def test_the_same_id_again_starts_nothing(runner):
    run = str(uuid.uuid4())
    script = "print('once')"
    assert runner.put(script, run).json()["id"] == run
    assert runner.watch(run)[0] == b"once\n"
    again = runner.put(script, run)
    assert again.status_code == 201
    assert again.json()["state"] == "finished"
    assert runner.watch(run)[0] == b"once\n"


def test_live_runs_are_reported(runner):
    runner.report("busy", live=0)  # of the tests before
    run = runner.run(WAIT)
    runner.report("busy", live=1)
    runner.http.post(f"/runs/{run}/signal", content=wire.to_json(wire.SignalRequest("SIGKILL")))
    runner.report("busy", live=0)


def test_a_flood_of_lines_is_kept_in_large_pieces(runner):
    run = runner.run("for n in range(100_000): print(n)")
    out, _, last = runner.watch(run)
    assert (out, last.status) == ("".join(f"{n}\n" for n in range(100_000)).encode(), 0)
    log = outputlog.Reader(runner.state / "runs" / run / "output.log")
    pieces = 0
    while log.next(largest=0):
        pieces += 1
    log.close()
    assert pieces < 10_000
